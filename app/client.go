package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// client speaks to Fanfare's own API as an outside program would.
type client struct {
	base string
	key  string
	http *http.Client
}

func newClient(base, key string) client {
	return client{base: base, key: key, http: &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 128, MaxConnsPerHost: 128},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// do sends a call and decodes its answer into out, if not nil. It returns the
// status; another than 2xx is an error as well.
func (c client) do(ctx context.Context, method, path string, actAs int64, in, out any) (int, error) {
	var body io.Reader
	if in != nil {
		content, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(content)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	request.Header.Set("Content-Type", "application/json")
	if actAs != 0 {
		request.Header.Set("X-Act-As", strconv.FormatInt(actAs, 10))
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return response.StatusCode, err
	}
	if response.StatusCode/100 != 2 {
		return response.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, response.Status, bytes.TrimSpace(content))
	}
	if out != nil {
		err = json.Unmarshal(content, out)
	}
	return response.StatusCode, err
}

// post sends a call that makes something.
func (c client) post(ctx context.Context, path string, in, out any) error {
	_, err := c.do(ctx, http.MethodPost, path, 0, in, out)
	return err
}

// newPassword makes a password for one run of the demo.
func newPassword() string { return strings.ToLower(rand.Text()[:16]) }
