package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestWhatIsFetchedAhead(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"Sec-Purpose: prefetch": true, "Sec-Purpose: prefetch;prerender": true, "Purpose: prefetch": true,
		"X-Purpose: preview": true, "X-Moz: prefetch": true, "Sec-Purpose: ": false, "X-Prefetch: prefetch": false, "Purpose: click": false,
	} {
		h := http.Header{}
		name, text, _ := strings.Cut(value, ": ")
		h.Set(name, text)
		if got := fetchedAhead(h); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}
