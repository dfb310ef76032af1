package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// xCall is one call whose signature is good. Handlers run with x.mu held.
type xCall struct {
	*http.Request
	body []byte
	user *xUser
	now  time.Time
	lag  time.Duration // how much of the timeline is not there yet
}

// xDialect is how a version of the API words its refusals.
type xDialect struct {
	legacy                              bool
	unauthorized, badTime               answer
	spent, broken, closed               answer
	duplicate, tooLong, invalid, absent answer
	noMedia                             answer
}

// problem is an error of v2, RFC 9457.
func problem(status int, kind, detail string) answer {
	a := jsonAnswer(status, map[string]any{
		"title": http.StatusText(status), "detail": detail, "type": kind, "status": status,
	})
	a.header.Set("Content-Type", "application/problem+json")
	return a
}

// v1Error is an error of v1.1.
func v1Error(status, code int, message string) answer {
	return jsonAnswer(status, map[string]any{"errors": []any{map[string]any{"code": code, "message": message}}})
}

const blank = "about:blank"

var xV2 = &xDialect{
	unauthorized: problem(http.StatusUnauthorized, blank, "Unauthorized"),
	badTime:      problem(http.StatusUnauthorized, blank, "Unauthorized"),
	spent:        problem(http.StatusTooManyRequests, blank, "Too Many Requests"),
	broken:       problem(http.StatusInternalServerError, blank, "Something is broken. This is usually a temporary error."),
	duplicate:    problem(http.StatusForbidden, blank, "You are not allowed to create a Tweet with duplicate content."),
	tooLong:      problem(http.StatusForbidden, blank, "You are not permitted to perform this action."),
	invalid:      problem(http.StatusBadRequest, "https://api.twitter.com/2/problems/invalid-request", "One or more parameters to your request was invalid."),
	noMedia: jsonAnswer(http.StatusBadRequest, map[string]any{
		"title": "Invalid Request", "detail": "One or more parameters to your request was invalid.",
		"type": "https://api.twitter.com/2/problems/invalid-request", "status": http.StatusBadRequest,
		"errors": []any{map[string]any{"message": "Your media IDs are invalid."}},
	}),
	// v2 answers 200 for what is not there.
	absent: jsonAnswer(http.StatusOK, map[string]any{"errors": []any{map[string]any{
		"title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found",
		"detail": "Could not find what was asked for.",
	}}}),
}

var xV1 = &xDialect{
	legacy:       true,
	unauthorized: v1Error(http.StatusUnauthorized, 89, "Invalid or expired token."),
	badTime:      v1Error(http.StatusUnauthorized, 135, "Timestamp out of bounds."),
	spent:        v1Error(http.StatusTooManyRequests, 88, "Rate limit exceeded."),
	broken:       v1Error(http.StatusInternalServerError, 131, "Internal error."),
	closed: v1Error(http.StatusForbidden, 453, "You currently have access to a subset of X API V2 endpoints and "+
		"limited v1.1 endpoints only. If you need access to this endpoint, you may need a different access level."),
	duplicate: v1Error(http.StatusForbidden, 187, "Status is a duplicate."),
	tooLong:   v1Error(http.StatusForbidden, 186, "Tweet needs to be a bit shorter."),
	invalid:   v1Error(http.StatusForbidden, 170, "Missing required parameter: status."),
	noMedia:   v1Error(http.StatusBadRequest, 324, "The validation of media ids failed."),
	absent:    v1Error(http.StatusNotFound, 144, "No status found with that ID."),
}

// api makes a handler that reads the body, meets the script of failures, and
// serves the call when its signature and the account's limits allow.
func (x *X) api(dialect *xDialect, call Call, serve func(xCall) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			dialect.invalid.write(w)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		fault := x.Faults.Next(call, x.claimedHandle(r))
		c := xCall{Request: r, body: body, now: x.clock()}
		switch fault.Kind {
		case Skew:
			c.now = c.now.Add(fault.wait())
		case Lag:
			c.lag = fault.wait()
		}
		do := func() answer {
			x.mu.Lock()
			defer x.mu.Unlock()
			return x.admit(c, dialect, call, serve)
		}
		perform(w, r, fault, do, func(kind FaultKind) answer { return dialect.refuse(kind, c.now) })
	}
}

// admit serves a call after the checks that all calls share.
func (x *X) admit(c xCall, dialect *xDialect, call Call, serve func(xCall) answer) answer {
	user, refusal := x.authenticate(c, dialect)
	if user == nil {
		return refusal
	}
	if dialect.legacy && !user.Legacy {
		return dialect.closed
	}
	c.user = user
	rate, ok := x.spend(user, call, c.now)
	if !ok {
		return dialect.spent.with(rate)
	}
	return serve(c).with(rate)
}

// refuse words a scripted failure.
func (d *xDialect) refuse(kind FaultKind, now time.Time) answer {
	switch kind {
	case Revoked:
		return d.unauthorized
	case Unsupported:
		return problem(http.StatusForbidden, "https://api.twitter.com/2/problems/unsupported-authentication",
			"Authenticating with OAuth 1.0a User Context is forbidden for this endpoint.")
	case RateLimited:
		return d.spent.with(rateHeader(XLimit{Calls: 100}, 0, now.Add(15*time.Minute)))
	case RateLimitedBare:
		return d.spent
	}
	return d.broken
}

// with gives the answer with more headers; the answer itself is shared and
// stays as it is.
func (a answer) with(header http.Header) answer {
	joined := a.header.Clone()
	for name, values := range header {
		joined[name] = values
	}
	a.header = joined
	return a
}
