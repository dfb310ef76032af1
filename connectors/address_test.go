package connectors_test

import (
	"strings"
	"testing"

	"fanfare/connectors"
)

func TestPageOf(t *testing.T) {
	t.Parallel()
	sites := []string{"https://x.com", "http://127.0.0.1:8081/x/"}
	for address, want := range map[string]string{
		"https://x.com/mi/status/1":           "/mi/status/1",
		"http://X.com:80/mi%2F1?a=1#b":        "/mi%2F1",
		"https://x.com:443/":                  "/",
		"http://127.0.0.1:8081/x/i/status/1":  "/i/status/1",
		"https://127.0.0.1:8081/x/i/status/1": "/i/status/1",

		"":                             "",
		"x.com/mi/status/1":            "",
		"//x.com/mi/status/1":          "",
		"ftp://x.com/mi/status/1":      "",
		"https:x.com/mi/status/1":      "",
		"https://x.com":                "",
		"https://x.com./mi/status/1":   "",
		"https://x.com:444/mi":         "",
		"https://x.com:80/mi":          "",
		"https://x.com@evil.example/":  "",
		"https://evil@x.com/mi":        "",
		"https://x.com.evil.example/":  "",
		"https://evil.example/x.com/":  "",
		"https://xx.com/mi":            "",
		`https://x.com\@evil.example/`: "",
		"http://127.0.0.1:8081/xx/i":   "",
		"http://127.0.0.1:8082/x/i":    "",
		"javascript:alert(1)":          "",
		"https://x.com/%zz":            "",
		"https://x.com/\nhttps://y.de": "",
	} {
		if path, _, ok := connectors.PageOf(address, sites...); path != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", address, path, ok)
		}
	}
	_, query, _ := connectors.PageOf("https://x.com/?id=7&id=8", sites...)
	if got := strings.Join(query["id"], " "); got != "7 8" {
		t.Errorf("the query holds %q", got)
	}
}
