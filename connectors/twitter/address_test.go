package twitter

import (
	"testing"

	"fanfare/connectors"
)

var mi = connectors.Identity{RemoteID: "14594813", Handle: "@mi_HK"}

func TestRecognize(t *testing.T) {
	t.Parallel()
	const id, page = "1791000000000000001", "https://x.com/i/status/1791000000000000001"
	n := New(Options{})
	for _, address := range []string{
		page, "https://x.com/mi_hk/status/" + id, "https://x.com/Mi_HK/status/" + id + "?s=20&t=a%2Fb", "https://twitter.com/mi_hk/status/" + id + "#m",
		"https://mobile.twitter.com/mi_hk/status/" + id, "http://www.twitter.com/mi_hk/statuses/" + id, "https://www.x.com/i/web/status/" + id,
		"https://mobile.x.com/mi_hk/status/" + id + "/", "https://x.com/mi_hk/status/" + id + "/photo/1", "https://x.com/mi_hk/status/" + id + "/analytics?a=1",
		"HTTPS://X.COM:443/mi_hk/status/" + id,
	} {
		got, problem := n.Recognize(mi, address)
		if problem != nil || got.RemoteID != id || got.URL != page || !got.CreatedAt.Equal(createdAt(id)) {
			t.Errorf("%s: %+v, %+v", address, got, problem)
		}
	}
}

func TestRecognizeRefuses(t *testing.T) {
	t.Parallel()
	n, sandbox := New(Options{}), New(Options{BaseURL: "http://127.0.0.1:9"})
	for address, key := range map[string]string{
		"https://x.com/somebody/status/1791000000000000001":          "twitter.other_author",
		"https://twitter.com/mi_hk2/status/1791000000000000001?s=20": "twitter.other_author",
		"https://x.com/mi_hk":                                         "twitter.no_post",
		"https://x.com/mi_hk/status/":                                 "twitter.no_post",
		"https://x.com/mi_hk/status/1791000":                          "twitter.no_post", // not the whole id
		"https://x.com/mi_hk/status/1791000000000000001…":             "twitter.no_post",
		"https://x.com/mi_hk/status/01791000000000000001":             "twitter.no_post",
		"https://x.com/mi_hk/status/99999999999999999999":             "twitter.no_post",
		"https://x.com/mi_hk/likes/1791000000000000001":               "twitter.no_post",
		"https://x.com/i/lists/1791000000000000001":                   "twitter.no_post",
		"https://x.com/i/user/status/1791000000000000001":             "twitter.no_post",
		"https://x.com/?u=https://x.com/mi/status/179100000000000000": "twitter.no_post",
		"https://api.x.com/i/status/1791000000000000001":              "twitter.no_post",
		"https://t.co/abc":                                            "twitter.no_post",
		"https://fxtwitter.com/mi_hk/status/1791000000000000001":      "twitter.no_post",
		"http://127.0.0.1:9/i/status/1791000000000000001":             "twitter.no_post", // a sandbox's
	} {
		if got, problem := n.Recognize(mi, address); problem == nil || problem.Key != key {
			t.Errorf("%s: %+v, %+v", address, got, problem)
		}
	}
	if got, problem := sandbox.Recognize(mi, "https://x.com/mi_hk/status/1791000000000000001"); problem == nil {
		t.Errorf("a sandbox takes a real post: %+v", got)
	}
}

// Whatever is recognized has an id and a page of X's, which is recognized as the
// same post.
func FuzzRecognize(f *testing.F) {
	for _, address := range []string{
		"", "https://x.com/mi_hk/status/1791000000000000001", "https://twitter.com/i/web/status/1791000000000000001/photo/1?a=1#b",
		"https://x.com:443/mi_hk/status/%31", "http://[::1]/status/1",
	} {
		f.Add(address)
	}
	n := New(Options{})
	f.Fuzz(func(t *testing.T, address string) {
		got, problem := n.Recognize(mi, address)
		if problem != nil {
			if got.RemoteID != "" || got.URL != "" || problem.Key == "" {
				t.Fatalf("%q: %+v, %+v", address, got, problem)
			}
			return
		}
		again, problem := n.Recognize(mi, got.URL)
		if problem != nil || again.RemoteID != got.RemoteID || got.URL != "https://x.com/i/status/"+got.RemoteID || !isID(got.RemoteID) {
			t.Fatalf("%q: %+v, then %+v, %+v", address, got, again, problem)
		}
	})
}
