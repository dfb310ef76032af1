package twitter

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

	"fanfare/connectors"
)

// maxBody is the longest answer that is read, in bytes; a page of 100 posts
// has about 100 KiB.
const maxBody = 1 << 20

// answer is what X said, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call speaks v2: it sends body as JSON, if there is one, and decodes a good
// answer into into.
func (n *Network) call(ctx context.Context, c *credentials, method, path string, query url.Values, body, into any) *connectors.Error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return notSent(err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, n.base+path, bytes.NewReader(content))
	if err != nil {
		return notSent(err)
	}
	request.URL.RawQuery = query.Encode()
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return n.exchange(request, c, into)
}

// exchange sends a request of v2 and decodes a good answer into into; nil
// wants none of it.
func (n *Network) exchange(request *http.Request, c *credentials, into any) *connectors.Error {
	got, failed := n.send(request, c)
	if failed != nil {
		return failed
	}
	if failed := judge(got, c); failed != nil {
		return failed
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(got.body, into); err != nil {
		return unreadable(got.status, err)
	}
	return nil
}

// send authorizes a request and sends it once. Any answer that can be read to
// its end is no failure, whatever its status.
func (n *Network) send(request *http.Request, c *credentials) (answer, *connectors.Error) {
	if err := n.authorize(request, c); err != nil {
		return answer{}, notSent(err)
	}
	response, err := n.http.Do(request)
	if err != nil {
		return answer{}, sendFailure(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errors.New("the answer is longer than 1 MiB")
	}
	if err != nil {
		return answer{}, unreadable(response.StatusCode, err)
	}
	c.heard = answer{response.StatusCode, response.Header, body}
	return c.heard, nil
}

// sendFailure judges an error of the transport: only a connection that never
// came about proves that X did not get the request.
func sendFailure(err error) *connectors.Error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return notSent(err)
	}
	return &connectors.Error{
		Kind:    connectors.KindUnknown,
		Message: "The connection to X broke, so its answer is not known.",
		Key:     "twitter.broken_off",
		Err:     err,
	}
}

func notSent(err error) *connectors.Error {
	return &connectors.Error{Kind: connectors.KindRetry, Message: "X could not be reached.", Key: "twitter.unreachable", Err: err}
}

func unreadable(status int, err error) *connectors.Error {
	return &connectors.Error{
		Kind:    connectors.KindUnknown,
		Message: "X gave an answer that cannot be read.",
		Key:     "twitter.unreadable",
		Status:  status,
		Err:     fmt.Errorf("status %d: %w", status, err),
	}
}
