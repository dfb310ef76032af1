package twitter

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dghubble/oauth1"
)

// The example of X's own documentation, "Creating a signature",
// https://docs.x.com/resources/fundamentals/authentication.
func TestSignExample(t *testing.T) {
	t.Parallel()
	request, err := http.NewRequest(http.MethodPost, "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
		strings.NewReader("status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", formType)
	c := &credentials{
		ConsumerKey: "xvz1evFS4wEEPTGEFPHBog", ConsumerSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
		AccessToken: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", AccessSecret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
	}
	if err := sign(request, c, "1318622958", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"); err != nil {
		t.Fatal(err)
	}
	const want = `oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"`
	if got := request.Header.Get("Authorization"); !strings.Contains(got, want) {
		t.Errorf("%s\nholds no %s", got, want)
	}
}

// The same request through oauth1's own transport has the same header.
func TestSignAsOAuth1(t *testing.T) {
	t.Parallel()
	c := &credentials{ConsumerKey: "ck", ConsumerSecret: "c&s", AccessToken: "7-t", AccessSecret: "t s~"}
	for _, test := range []struct{ method, url, form string }{
		{http.MethodGet, "https://api.x.com/2/users/me", ""},
		{http.MethodGet, "http://127.0.0.1:9001/2/users/7/tweets?tweet.fields=created_at%2Centities&start_time=2012-08-16T12%3A00%3A00Z&exclude=a+b", ""},
		{http.MethodPost, "https://API.x.com/1.1/statuses/update.json", url.Values{"status": {"小米 + 100% & more!"}, "a": {""}}.Encode()},
		{http.MethodPost, "http://example.com:80/2/tweets", ""},
	} {
		build := func() *http.Request {
			request, err := http.NewRequest(test.method, test.url, strings.NewReader(test.form))
			if err != nil {
				t.Fatal(err)
			}
			if test.form != "" {
				request.Header.Set("Content-Type", formType)
			}
			return request
		}
		want := libraryHeader(t, build())
		params := make(map[string]string)
		for part := range strings.SplitSeq(strings.TrimPrefix(want, "OAuth "), ", ") {
			name, value, _ := strings.Cut(part, "=")
			params[name], _ = url.PathUnescape(strings.Trim(value, `"`))
		}
		ours := build()
		if err := sign(ours, c, params["oauth_timestamp"], params["oauth_nonce"]); err != nil {
			t.Fatal(err)
		}
		if got := ours.Header.Get("Authorization"); got != want {
			t.Errorf("%s %s:\n%s\n%s", test.method, test.url, got, want)
		}
	}
}

type capture struct{ header string }

func (c *capture) RoundTrip(r *http.Request) (*http.Response, error) {
	c.header = r.Header.Get("Authorization")
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

func libraryHeader(t *testing.T, request *http.Request) string {
	t.Helper()
	seen := new(capture)
	config, token := oauth1.NewConfig("ck", "c&s"), oauth1.NewToken("7-t", "t s~")
	client := config.Client(oauth1.NoContext, token)
	client.Transport.(*oauth1.Transport).Base = seen
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return seen.header
}
