package twitter

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"fanfare/connectors"
)

// Every row of X's errors, in the shapes in which it was seen.
func TestJudge(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		body   string
		kind   connectors.ErrorKind
		code   string
	}{
		{"token", 401, `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`, connectors.KindAttention, "Unauthorized"},
		{"token, no JSON", 401, `nope`, connectors.KindAttention, ""},
		{"token, v1.1", 401, `{"errors":[{"code":89,"message":"Invalid or expired token."}]}`, connectors.KindAttention, "89"},
		{"clock", 401, `{"errors":[{"code":135,"message":"Timestamp out of bounds."}]}`, connectors.KindAttention, "135"},
		{"credit", 402, `{"title":"CreditsDepleted","detail":"…","status":402,"type":"https://api.twitter.com/2/problems/credits"}`, connectors.KindAttention, "credits"},
		{"duplicate", 403, `{"detail":"You are not allowed to create a Tweet with duplicate content.","type":"about:blank","title":"Forbidden","status":403}`, connectors.KindDuplicate, "Forbidden"},
		{"duplicate, v1.1", 403, `{"errors":[{"code":187,"message":"Status is a duplicate."}]}`, connectors.KindDuplicate, "187"},
		{"too long, v1.1", 403, `{"errors":[{"code":186,"message":"Tweet needs to be a bit shorter."}]}`, connectors.KindRefused, "186"},
		{"empty, v1.1", 403, `{"errors":[{"code":170,"message":"Missing required parameter: status."}]}`, connectors.KindRefused, "170"},
		{"posts of the day, v1.1", 403, `{"errors":[{"code":185,"message":"User is over daily status update limit."}]}`, connectors.KindRetry, "185"},
		{"no v1.1", 403, `{"errors":[{"message":"You currently have access to a subset…","code":453}]}`, connectors.KindAttention, "453"},
		{"suspended", 403, `{"errors":[{"code":64,"message":"Your account is suspended."}]}`, connectors.KindAttention, "64"},
		{"locked", 403, `{"errors":[{"code":326,"message":"To protect our users…"}]}`, connectors.KindAttention, "326"},
		{"read only", 403, `{"title":"Forbidden","detail":"Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.","type":"https://api.twitter.com/2/problems/oauth1-permissions","status":403}`, connectors.KindAttention, "oauth1-permissions"},
		{"wrong way to sign in", 403, `{"title":"Unsupported Authentication","detail":"…","type":"https://api.twitter.com/2/problems/unsupported-authentication","status":403}`, connectors.KindAttention, "unsupported-authentication"},
		{"length or media", 403, `{"detail":"You are not permitted to perform this action.","type":"about:blank","title":"Forbidden","status":403}`, connectors.KindRefused, "Forbidden"},
		{"403 of a new kind", 403, `{"detail":"?","type":"about:blank","title":"Forbidden","status":403}`, connectors.KindAttention, "Forbidden"},
		{"bad request", 400, `{"errors":[{"message":"…"}],"title":"Invalid Request","detail":"…","type":"https://api.twitter.com/2/problems/invalid-request"}`, connectors.KindRefused, "invalid-request"},
		{"token, as 400", 400, `{"errors":[{"code":89,"message":"Invalid or expired token."}]}`, connectors.KindAttention, "89"},
		{"images gone", 400, `{"errors":[{"message":"Your media IDs are invalid."}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"https://api.twitter.com/2/problems/invalid-request"}`, connectors.KindRetry, "invalid-request"},
		{"images gone, v1.1", 400, `{"errors":[{"code":324,"message":"The validation of media ids failed."}]}`, connectors.KindRetry, "324"},
		{"rate", 429, `{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}`, connectors.KindRetry, "Too Many Requests"},
		{"rate, typed", 429, `{"type":"https://api.twitter.com/2/problems/rate-limit-exceeded"}`, connectors.KindRetry, "rate-limit-exceeded"},
		{"rate, v1.1", 429, `{"errors":[{"code":88,"message":"Rate limit exceeded."}]}`, connectors.KindRetry, "88"},
		{"usage cap", 429, `{"title":"UsageCapExceeded","detail":"…","type":"https://api.twitter.com/2/problems/usage-capped"}`, connectors.KindAttention, "usage-capped"},
		{"500", 500, `{"title":"Internal Server Error"}`, connectors.KindUnknown, "Internal Server Error"},
		{"502", 502, `<html>Bad Gateway</html>`, connectors.KindUnknown, ""},
		{"503", 503, `{"errors":[{"code":130,"message":"Over capacity"}]}`, connectors.KindUnknown, "130"},
		{"504", 504, ``, connectors.KindUnknown, ""},
		{"moved", 307, ``, connectors.KindUnknown, ""},
		{"gone", 404, ``, connectors.KindUnknown, ""},
		{"errors of another type", 500, `{"errors":"?","title":7}`, connectors.KindUnknown, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := judge(answer{status: test.status, body: []byte(test.body)}, &credentials{})
			if got.Kind != test.kind || got.Status != test.status || got.Code != test.code {
				t.Errorf("got %s, status %d, code %q; want %s, code %q", got.Kind, got.Status, got.Code, test.kind, test.code)
			}
		})
	}
	for _, status := range []int{200, 201} {
		if failed := judge(answer{status: status}, &credentials{}); failed != nil {
			t.Errorf("%d is an error: %v", status, failed)
		}
	}
}

// Only X's demand for another way to sign in may be a whim of X: it is asked a
// second time before it stops an account.
func TestOneDemandMayBeSpurious(t *testing.T) {
	t.Parallel()
	for problem, want := range map[string]bool{"unsupported-authentication": true, "oauth1-permissions": false} {
		body := `{"title":"Forbidden","type":"https://api.twitter.com/2/problems/` + problem + `","status":403}`
		if got := judge(answer{status: 403, body: []byte(body)}, &credentials{}); got.Spurious != want {
			t.Errorf("%s: spurious %t, want %t", problem, got.Spurious, want)
		}
	}
}

func TestJudgeHidesSecretsAndFloods(t *testing.T) {
	t.Parallel()
	c := &credentials{AccessToken: "token-1", AccessSecret: "secret-2"}
	body := `{"detail":"you sent token-1 signed by secret-2 ` + strings.Repeat("é", 10_000) + `"}`
	got := judge(answer{status: 500, body: []byte(body)}, c).Error()
	if strings.Contains(got, "token-1") || strings.Contains(got, "secret-2") || !strings.Contains(got, "[secret]") {
		t.Errorf("a secret is told: %.200s", got)
	}
	if len(got) > 600 {
		t.Errorf("%d bytes of a stranger's words", len(got))
	}
}

func TestRetryAt(t *testing.T) {
	t.Parallel()
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
	for name, test := range map[string]struct {
		header map[string]string
		want   time.Time
	}{
		"nothing":       {nil, time.Time{}},
		"the window":    {map[string]string{"x-rate-limit-reset": "1345118400"}, at(1345118400)},
		"no number":     {map[string]string{"x-rate-limit-reset": "soon"}, time.Time{}},
		"negative":      {map[string]string{"x-rate-limit-reset": "-5"}, time.Time{}},
		"absurd":        {map[string]string{"x-rate-limit-reset": "9223372036854775807"}, time.Time{}},
		"the day":       {map[string]string{"x-rate-limit-reset": "100", "x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": "900"}, at(900)},
		"the app's day": {map[string]string{"x-app-limit-24hour-remaining": "0", "x-app-limit-24hour-reset": "900"}, at(900)},
		"day not spent": {map[string]string{"x-rate-limit-reset": "100", "x-user-limit-24hour-remaining": "3", "x-user-limit-24hour-reset": "900"}, at(100)},
	} {
		h := http.Header{}
		for name, value := range test.header {
			h.Set(name, value)
		}
		if got := retryAt(h); !got.Equal(test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
