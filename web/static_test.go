package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"testing"
)

// TestAssetsComePacked to whoever takes them so, and plain to everybody else.
func TestAssetsComePacked(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	plain, err := staticFiles.ReadFile("static/base.css")
	h.must(err)
	for accepted, encoding := range map[string]string{"gzip, br": "gzip", "": "", "gzip;q=0": ""} {
		request := httptest.NewRequestWithContext(t.Context(), "GET", assetURL("base.css"), nil)
		request.Header.Set("Accept-Encoding", accepted)
		answer := httptest.NewRecorder()
		h.server.ServeHTTP(answer, request)
		content := answer.Body.Bytes()
		if encoding == "gzip" {
			if len(content) > len(plain)/2 {
				t.Errorf("packed, %d bytes are %d", len(plain), len(content))
			}
			unpacked, err := gzip.NewReader(bytes.NewReader(content))
			h.must(err)
			content, err = io.ReadAll(unpacked)
			h.must(err)
		}
		if answer.Header().Get("Content-Encoding") != encoding || answer.Header().Get("Vary") != "Accept-Encoding" || !bytes.Equal(content, plain) {
			t.Errorf("for %q: %v, %d bytes", accepted, answer.Header(), len(content))
		}
	}
}
