package web

import (
	"net/http"
	"testing"
)

func TestTheRankingAtATime(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for query, want := range map[string]int{
		"as_of=2012-08-16T12:00:00Z":           http.StatusOK,
		"as_of=2012-08-16T19:59:59%2B08:00":    http.StatusOK,
		"as_of=2012-08-16T19:59:59.5+08:00":    http.StatusOK, // the plus is a space in a query
		"format=json&as_of=2012-08-16%2012:00": http.StatusUnprocessableEntity,
		"as_of=2099-01-01T00:00:00Z":           http.StatusUnprocessableEntity,
		"format=pdf":                           http.StatusUnprocessableEntity,
		"sort=best":                            http.StatusUnprocessableEntity,
	} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", h.url+"/api/v1/ideas/export", nil)
		h.must(err)
		request.URL.RawQuery = query
		request.Header.Set("Authorization", "Bearer "+h.adminKey)
		response, err := http.DefaultClient.Do(request)
		h.must(err)
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %s, want %d", query, response.Status, want)
		}
	}
}
