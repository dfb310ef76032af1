package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

// weiboError is one of Weibo's errors; the HTTP statuses are those that were
// seen in the wild, as Weibo documents none.
type weiboError struct {
	code    int
	status  int
	message string
}

var (
	weiboSystem      = weiboError{10001, http.StatusInternalServerError, "System error"}
	weiboNoSource    = weiboError{10006, http.StatusForbidden, "Source paramter (appkey) is missing"}
	weiboParam       = weiboError{10008, http.StatusBadRequest, "Param error, see doc for more info"}
	weiboPermission  = weiboError{10014, http.StatusForbidden, "Insufficient app permissions!"}
	weiboNoDomain    = weiboError{10017, http.StatusBadRequest, "text not find domain!"}
	weiboTooLarge    = weiboError{10018, http.StatusBadRequest, "Request body length over limit"}
	weiboNoAPI       = weiboError{10020, http.StatusNotFound, "Request Api not found!"}
	weiboMethod      = weiboError{10021, http.StatusBadRequest, "HTTP METHOD is not suported for this request!"}
	weiboCallLimit   = weiboError{10023, http.StatusForbidden, "User requests out of rate limit!"}
	weiboShareLimit  = weiboError{10024, http.StatusForbidden, "User requests for statuses/share out of rate limit!"}
	weiboNoUser      = weiboError{20003, http.StatusBadRequest, "User does not exists!"}
	weiboImageType   = weiboError{20005, http.StatusBadRequest, "Unsupported image type, only suport JPG, GIF, PNG!"}
	weiboImageSize   = weiboError{20006, http.StatusBadRequest, "Image size too large."}
	weiboEmpty       = weiboError{20008, http.StatusBadRequest, "Content is null!"}
	weiboTextTooLong = weiboError{20012, http.StatusBadRequest, "Text too long, please input text less than 140 characters!"}
	weiboRepeat      = weiboError{20019, http.StatusBadRequest, "repeat content!"}
	weiboIllegal     = weiboError{20021, http.StatusBadRequest, "Content is illegal!"}
	weiboSlow        = weiboError{20032, http.StatusBadRequest, "Update success, while server slow now, please wait 1-2 minutes"}
	weiboNoStatus    = weiboError{20101, http.StatusBadRequest, "Target weibo does not exist!"}
	weiboNotOwn      = weiboError{20112, http.StatusForbidden, "Permission Denied!"}
	weiboRevoked     = weiboError{21316, http.StatusForbidden, "Token revoked!"}
	weiboExpired     = weiboError{21327, http.StatusForbidden, "expired_token"}
	weiboNoToken     = weiboError{21332, http.StatusForbidden, "invalid_access_token"}
)

// answer words the error.
func (e weiboError) answer(path string) answer {
	return jsonAnswer(e.status, map[string]any{
		"error": e.message, "error_code": e.code, "request": path,
	})
}

// weiboFault words a scripted fault.
func weiboFault(kind FaultKind, path string) answer {
	switch kind {
	case RateLimited, RateLimitedBare: // Weibo has no headers for it
		return weiboShareLimit.answer(path)
	case Revoked:
		return weiboRevoked.answer(path)
	}
	return weiboSystem.answer(path)
}

// statusJSON is a status as every endpoint gives it.
func (w *Weibo) statusJSON(p Post, skew time.Duration) map[string]any {
	return map[string]any{
		"id": json.Number(p.ID), "idstr": p.ID, "mid": p.ID,
		"created_at": p.At.Add(skew).In(chinaTime).Format(time.RubyDate),
		"text":       shortenURLs(p.Text), "source": "Fanfare", "truncated": false,
		"user":     map[string]any{"id": json.Number(p.AccountID), "idstr": p.AccountID, "screen_name": p.Handle},
		"pic_urls": thumbnails(p.Pictures), "reposts_count": 0, "comments_count": 0, "attitudes_count": 0,
	}
}
