package twitter

import (
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"fanfare/connectors"
)

// saying is a message for a person: in English, and the key of its translation.
type saying struct{ key, message string }

// ruling is what an answer means for a post. Empty conditions hold for all.
type ruling struct {
	status int
	code   string // of the problem type's last part, its title, or v1.1's number
	saying string // part of the detail, in lower case
	kind   connectors.ErrorKind
	say    saying

	spurious bool
}

// Messages that several rulings share.
var (
	sayToken     = saying{"twitter.token", "X does not accept the account's token or keys. Sign in there once more, or copy the keys anew."}
	sayDuplicate = saying{"twitter.duplicate", "X has this text already."}
	sayTooLong   = saying{"twitter.refused_long", "X refused the text: it is longer than 280 characters as X counts them."}
	sayEmpty     = saying{"twitter.refused_empty", "X refused the post: its text is missing."}
	sayAccess    = saying{"twitter.no_access", "The app at X may not post. Give it read and write permission on developer.x.com, then connect the account again."}
	sayRate      = saying{"twitter.calls_used", "The account has used up its calls to X for now."}
	sayImages    = saying{"twitter.images_gone", "X does not know the post's images any more."}
	sayUnknown   = saying{"twitter.unknown", "X had an internal error, so it is not known whether the post is out."}
)

// rulings hold the first that fits. They follow
// https://docs.x.com/x-api/fundamentals/response-codes-and-errors and, for the
// numbers, the error codes of v1.1. What none of them names leaves the outcome
// open.
var rulings = []ruling{
	{status: 401, code: "135", kind: connectors.KindAttention, say: saying{"twitter.clock", "X does not accept the time of this server. Set its clock right."}},
	{status: 401, kind: connectors.KindAttention, say: sayToken},
	{status: 402, kind: connectors.KindAttention, say: saying{"twitter.credit", "The app's credit at X is used up. Add credit on developer.x.com."}},

	{status: 403, code: "187", kind: connectors.KindDuplicate, say: sayDuplicate},
	{status: 403, saying: "duplicate content", kind: connectors.KindDuplicate, say: sayDuplicate},
	{status: 403, code: "186", kind: connectors.KindRefused, say: sayTooLong},
	{status: 403, code: "170", kind: connectors.KindRefused, say: sayEmpty},
	{status: 403, code: "185", kind: connectors.KindRetry, say: saying{"twitter.posts_used", "The account has used up its posts on X for now."}},
	{status: 403, code: "453", kind: connectors.KindAttention, say: saying{"twitter.no_v1", `This app has no access to API v1.1. Choose "v2" for the account.`}},
	{status: 403, code: "64", kind: connectors.KindAttention, say: saying{"twitter.suspended", "X has suspended the account."}},
	{status: 403, code: "326", kind: connectors.KindAttention, say: saying{"twitter.locked", "X has locked the account. Sign in there and unlock it."}},
	{status: 403, code: "oauth1-permissions", kind: connectors.KindAttention, say: sayAccess},
	{status: 403, code: "unsupported-authentication", kind: connectors.KindAttention, spurious: true, say: saying{"twitter.way", "X did not accept the way in which the app signs in. Connect the account again."}},
	{status: 403, saying: "you are not permitted to perform this action", kind: connectors.KindRefused, say: saying{"twitter.refused", "X refused the post, mostly a matter of its length or its pictures."}},
	{status: 403, kind: connectors.KindAttention, say: saying{"twitter.forbidden", "X did not permit this to the account. Look at the account and its app on X."}},

	{status: 400, code: "89", kind: connectors.KindAttention, say: sayToken},
	{status: 400, saying: "media ids are invalid", kind: connectors.KindRetry, say: sayImages},
	{status: 400, code: "324", kind: connectors.KindRetry, say: sayImages},
	{status: 400, kind: connectors.KindRefused, say: saying{"twitter.refused_part", "X refused a part of the post that it could not read."}},

	{status: 429, code: "usage-capped", kind: connectors.KindAttention, say: saying{"twitter.plan_used", "The app has used up what its plan at X allows for this period."}},
	{status: 429, kind: connectors.KindRetry, say: sayRate},

	{kind: connectors.KindUnknown, say: sayUnknown},
}

// problem is X's error in either shape: RFC 9457, or v1.1's list.
type problem struct {
	Title, Detail, Type string
	Errors              []struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
}

// judge gives the error of an answer, nil for a good one.
func judge(got answer, c *credentials) *connectors.Error {
	if got.status >= 200 && got.status <= 299 {
		return nil
	}
	var p problem
	_ = json.Unmarshal(got.body, &p) // no JSON says nothing beyond its status
	code, detail := p.code(), p.detail()
	r := rule(got.status, code, detail)
	failed := &connectors.Error{
		Kind: r.kind, Message: r.say.message, Key: r.say.key, Status: got.status, Code: code, Spurious: r.spurious,
		Err: errors.New(c.redact("status " + strconv.Itoa(got.status) + " " + code + ": " + shorten(detail))),
	}
	if r.say == sayImages {
		failed.Field = connectors.FieldImages
	}
	if r.kind == connectors.KindRetry {
		failed.RetryAt = retryAt(got.header)
	}
	return failed
}

func rule(status int, code, detail string) ruling {
	detail = strings.ToLower(detail)
	for _, r := range rulings {
		if (r.status == 0 || r.status == status) &&
			(r.code == "" || r.code == code) && strings.Contains(detail, r.saying) {
			return r
		}
	}
	return rulings[len(rulings)-1]
}

// code names the problem: "usage-capped" of
// "https://api.twitter.com/2/problems/usage-capped", or the number of v1.1.
func (p problem) code() string {
	switch {
	case len(p.Errors) > 0 && p.Errors[0].Code != 0:
		return strconv.Itoa(p.Errors[0].Code)
	case p.Type != "" && p.Type != "about:blank":
		return path.Base(p.Type)
	}
	return shorten(p.Title)
}

func (p problem) detail() string {
	if len(p.Errors) == 0 {
		return p.Detail
	}
	return strings.TrimSpace(p.Detail + " " + p.Errors[0].Message)
}

// shorten keeps a stranger's words from flooding the log.
func shorten(s string) string {
	const limit = 300
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

// redact hides the secrets in what X said, in case it quotes the request.
func (c *credentials) redact(s string) string { return redact(s, c.secrets()) }

func redact(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[secret]")
		}
	}
	return s
}

// retryAt reads when the calls count anew: the latest end among the windows
// that are spent, or that of the 15 minutes; zero when X does not tell.
// Documented at https://docs.x.com/x-api/fundamentals/rate-limits.
func retryAt(h http.Header) time.Time {
	at := unix(h.Get("x-rate-limit-reset"))
	for _, window := range []string{"x-user-limit-24hour-", "x-app-limit-24hour-"} {
		if end := unix(h.Get(window + "reset")); h.Get(window+"remaining") == "0" && end.After(at) {
			at = end
		}
	}
	return at
}

// unix reads seconds since 1970; zero when there are none.
func unix(s string) time.Time {
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
