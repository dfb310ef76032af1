package weibo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"fanfare/connectors"
)

// maxBody is the longest answer that is read, in bytes; a timeline of five
// posts has about 20 KiB.
const maxBody = 1 << 20

// get calls a reading endpoint: the token travels as a parameter of the
// address, which therefore must not show in any error.
func (n *Network) get(ctx context.Context, c credentials, path string, query url.Values, into any) *connectors.Error {
	query.Set("access_token", c.AccessToken)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.base+path, nil)
	if err != nil {
		return notSent(err)
	}
	request.URL.RawQuery = query.Encode()
	return n.exchange(request, c, into)
}

// post sends a form, the token inside it.
func (n *Network) post(ctx context.Context, c credentials, path string, form url.Values, into any) *connectors.Error {
	form.Set("access_token", c.AccessToken)
	return n.send(ctx, c, path, "application/x-www-form-urlencoded; charset=utf-8", strings.NewReader(form.Encode()), into)
}

// postImage is post with a picture.
func (n *Network) postImage(ctx context.Context, c credentials, path string, form url.Values, image connectors.Image, into any) *connectors.Error {
	form.Set("access_token", c.AccessToken)
	contentType, body, err := multipartForm(form, image)
	if err != nil {
		return notSent(err)
	}
	return n.send(ctx, c, path, contentType, body, into)
}

func (n *Network) send(ctx context.Context, c credentials, path, contentType string, body io.Reader, into any) *connectors.Error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.base+path, body)
	if err != nil {
		return notSent(err)
	}
	request.Header.Set("Content-Type", contentType)
	return n.exchange(request, c, into)
}

// exchange sends the request once and decodes the answer into into.
func (n *Network) exchange(request *http.Request, c credentials, into any) *connectors.Error {
	response, err := n.http.Do(request)
	if err != nil {
		return sendFailure(c.scrub(err))
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return unreadable(response.StatusCode, c.scrub(err))
	}
	if len(body) > maxBody {
		return unreadable(response.StatusCode, errors.New("the answer is longer than 1 MiB"))
	}
	if failed := n.decode(response.StatusCode, body, into); failed != nil {
		failed.Err = c.scrub(fmt.Errorf("%s: %w", request.URL.Path, failed.Err))
		return failed
	}
	return nil
}

// decode reads the body first, because Weibo does not document which HTTP
// status comes with which error.
func (n *Network) decode(httpStatus int, body []byte, into any) *connectors.Error {
	var failed failure
	list := bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) // which is no error
	if err := json.Unmarshal(body, &failed); err != nil && !list {
		return unreadable(httpStatus, err)
	}
	if failed.Code != "" && failed.Code != "0" {
		return n.failure(httpStatus, failed)
	}
	if httpStatus != http.StatusOK || failed.Message != "" {
		return unreadable(httpStatus, fmt.Errorf("no error code, message %.200q", string(failed.Message)))
	}
	if err := json.Unmarshal(body, into); err != nil {
		return unreadable(httpStatus, err)
	}
	return nil
}

// sendFailure judges an error of the transport: only a connection that never
// came about proves that Weibo did not get the request.
func sendFailure(err error) *connectors.Error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return notSent(err)
	}
	return &connectors.Error{
		Kind:    connectors.KindUnknown,
		Message: "The connection to Weibo broke, so its answer is not known.",
		Key:     "weibo.broken_off",
		Err:     err,
	}
}

func notSent(err error) *connectors.Error {
	return &connectors.Error{
		Kind: connectors.KindRetry, Message: "Weibo could not be reached.", Key: "weibo.unreachable", Err: err,
	}
}

func unreadable(httpStatus int, err error) *connectors.Error {
	return &connectors.Error{
		Kind:    connectors.KindUnknown,
		Message: "Weibo gave an answer that cannot be read.",
		Key:     "weibo.unreadable",
		Status:  httpStatus,
		Err:     err,
	}
}
