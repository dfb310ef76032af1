package sandbox

import (
	"errors"
	"net/http"
	"time"
)

// weiboCall is one call of the API whose token is good. Handlers run with w.mu
// held.
type weiboCall struct {
	*http.Request
	user  *weiboUser
	now   time.Time
	fault Fault
}

// skew is how far the clock in the answer is off.
func (c weiboCall) skew() time.Duration {
	if c.fault.Kind == Skew {
		return c.fault.wait()
	}
	return 0
}

func (c weiboCall) fail(e weiboError) answer { return e.answer(c.URL.Path) }

type weiboHandler func(weiboCall) answer

// routes registers the API.
func (w *Weibo) routes() {
	w.route("POST", "/oauth2/get_token_info", CallVerify, w.tokenInfo)
	w.route("POST", "/oauth2/revokeoauth2", CallDelete, w.revoke)
	w.route("POST", "/2/statuses/share.json", CallPublish, w.counted(w.share))
	w.route("GET", "/2/statuses/user_timeline.json", CallTimeline, w.counted(w.userTimeline))
	w.route("GET", "/2/statuses/show.json", CallShow, w.counted(w.show))
	w.route("GET", "/2/statuses/count.json", CallCounts, w.counted(w.count))
	w.route("GET", "/2/users/show.json", CallVerify, w.counted(w.showUser))
	w.route("GET", "/2/account/rate_limit_status.json", CallShow, w.rateLimitStatus)
	for _, closed := range []string{"update", "upload"} {
		w.route("POST", "/2/statuses/"+closed+".json", CallPublish, func(c weiboCall) answer {
			return c.fail(weiboPermission)
		})
	}
	w.signInRoutes()
	w.api.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		weiboNoAPI.answer(r.URL.Path).write(rw)
	})
}

// route registers one endpoint behind the script of failures and the check of
// the token.
func (w *Weibo) route(method, path string, call Call, handle weiboHandler) {
	w.api.HandleFunc(path, func(rw http.ResponseWriter, r *http.Request) {
		if failed, bad := readForm(r, method); bad {
			failed.answer(path).write(rw)
			return
		}
		token := r.Form.Get("access_token")
		fault := w.Faults.Next(call, w.nameOf(token))
		hit := fault
		if hit.Kind == Delayed {
			hit = Fault{} // share serves it; to other calls it does nothing
		}
		perform(rw, r, hit, func() answer {
			w.mu.Lock()
			defer w.mu.Unlock()
			now := w.clock()
			user, failed, bad := w.authorize(token, now)
			if bad {
				return failed.answer(path)
			}
			return handle(weiboCall{r, user, now, fault})
		}, func(kind FaultKind) answer { return weiboFault(kind, path) })
	})
}

// readForm checks the method and reads the whole body.
func readForm(r *http.Request, method string) (weiboError, bool) {
	if r.Method != method {
		return weiboMethod, true
	}
	err := r.ParseMultipartForm(maxBody)
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return weiboTooLarge, true
	case err != nil:
		return weiboParam, true
	}
	return weiboError{}, false
}

// authorize gives the user behind a token, or what is wrong with the token.
func (w *Weibo) authorize(token string, now time.Time) (*weiboUser, weiboError, bool) {
	user := w.user(token)
	switch {
	case token == "":
		return nil, weiboNoSource, true
	case user == nil:
		return nil, weiboNoToken, true
	case user.revoked:
		return nil, weiboRevoked, true
	case !user.ExpiresAt.After(now):
		return nil, weiboExpired, true
	}
	return user, weiboError{}, false
}

// nameOf gives the screen name behind a token, "" if there is none.
func (w *Weibo) nameOf(token string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u := w.user(token); u != nil {
		return u.Name
	}
	return ""
}

// counted takes the call from the day's allowance.
func (w *Weibo) counted(handle weiboHandler) weiboHandler {
	return func(c weiboCall) answer {
		if !c.user.calls.take(dayOf(c.now), w.options.CallsPerDay) {
			return c.fail(weiboCallLimit)
		}
		return handle(c)
	}
}
