package sandbox

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signatureAge is how far a signature's timestamp may be from the clock.
const signatureAge = 5 * time.Minute

// authenticate gives the account whose credentials made the call; nil, and how
// to refuse it, if none did. x.mu must be held.
func (x *X) authenticate(c xCall, dialect *xDialect) (*xUser, answer) {
	header := c.Header.Get("Authorization")
	if token, ok := strings.CutPrefix(header, "Bearer "); ok {
		return x.bearer(token, c.now), dialect.unauthorized
	}
	oauth, ok := parseOAuth(header)
	if !ok || oauth["oauth_signature_method"] != "HMAC-SHA1" ||
		oauth["oauth_version"] != "" && oauth["oauth_version"] != "1.0" {
		return nil, dialect.unauthorized
	}
	user := x.claimed(oauth)
	if user == nil {
		return nil, dialect.unauthorized
	}
	seconds, err := strconv.ParseInt(oauth["oauth_timestamp"], 10, 64)
	if err != nil || c.now.Sub(time.Unix(seconds, 0)).Abs() > signatureAge {
		return nil, dialect.badTime
	}
	want := signature(c, oauth, user)
	if !hmac.Equal([]byte(want), []byte(oauth["oauth_signature"])) || !x.fresh(oauth, c.now) {
		return nil, dialect.unauthorized
	}
	return user, answer{}
}

// claimed gives the account that a signature claims to be of; nil for none.
func (x *X) claimed(oauth map[string]string) *xUser {
	token, key := oauth["oauth_token"], oauth["oauth_consumer_key"]
	for _, u := range x.users {
		if !u.OAuth2 && u.AccessToken == token && u.ConsumerKey == key {
			return u
		}
	}
	return nil
}

// claimedHandle names the account that a request claims to come from, for the
// script of failures; "" for none.
func (x *X) claimedHandle(r *http.Request) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	header := r.Header.Get("Authorization")
	oauth, _ := parseOAuth(header)
	user := x.claimed(oauth)
	if token, ok := strings.CutPrefix(header, "Bearer "); ok {
		user = x.bearer(token, x.clock())
	}
	if user == nil {
		return ""
	}
	return user.Handle
}

// fresh tells whether a nonce is new, and keeps it for as long as its
// timestamp would be taken again. RFC 5849, section 3.3.
func (x *X) fresh(oauth map[string]string, now time.Time) bool {
	nonce := oauth["oauth_nonce"]
	key := strings.Join([]string{oauth["oauth_consumer_key"], oauth["oauth_token"], oauth["oauth_timestamp"], nonce}, " ")
	if _, used := x.nonces[key]; used || nonce == "" {
		return false
	}
	if len(x.nonces) >= x.nonceSweep {
		for old, at := range x.nonces {
			if now.Sub(at).Abs() > 2*signatureAge {
				delete(x.nonces, old)
			}
		}
		x.nonceSweep = max(1024, 2*len(x.nonces))
	}
	x.nonces[key] = now
	return true
}

// parseOAuth reads the header of RFC 5849, section 3.5.1. It refuses a
// parameter that comes twice.
func parseOAuth(header string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(header, "OAuth ")
	if !ok {
		return nil, false
	}
	params := make(map[string]string)
	for part := range strings.SplitSeq(rest, ",") {
		name, quoted, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			return nil, false
		}
		key, err := url.PathUnescape(name)
		if err != nil {
			return nil, false
		}
		value, err := url.PathUnescape(quoted[1 : len(quoted)-1])
		if _, twice := params[key]; err != nil || twice {
			return nil, false
		}
		params[key] = value
	}
	return params, true
}

// signature is what the account would have made of the request: RFC 5849,
// section 3.4, over the header, the query, and the body if it is a form.
func signature(c xCall, oauth map[string]string, user *xUser) string {
	var params []string
	add := func(name, value string) {
		// A byte below all that encoding leaves keeps "a" before "a-b".
		params = append(params, encode(name)+"\x00"+encode(value))
	}
	for name, value := range oauth {
		if name != "oauth_signature" && name != "realm" {
			add(name, value)
		}
	}
	sources := []url.Values{c.URL.Query()}
	if isForm(c.Request) {
		form, _ := url.ParseQuery(string(c.body)) // what cannot be read was not signed
		sources = append(sources, form)
	}
	for _, source := range sources {
		for name, values := range source {
			for _, value := range values {
				add(name, value)
			}
		}
	}
	slices.Sort(params)
	joined := strings.ReplaceAll(strings.Join(params, "&"), "\x00", "=")
	base := c.Method + "&" + encode(signedURL(c.Request)) + "&" + encode(joined)
	mac := hmac.New(sha1.New, []byte(encode(user.ConsumerSecret)+"&"+encode(user.AccessSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func isForm(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded")
}

// signedURL is the base string URI of section 3.4.1.2, as the client saw it.
func signedURL(r *http.Request) string {
	scheme, port := "http", ":80"
	if r.TLS != nil {
		scheme, port = "https", ":443"
	}
	return scheme + "://" + strings.TrimSuffix(strings.ToLower(r.Host), port) + r.URL.EscapedPath()
}

// encode is the percent encoding of section 3.6.
func encode(s string) string {
	// QueryEscape leaves exactly the unreserved characters, but for the space.
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
