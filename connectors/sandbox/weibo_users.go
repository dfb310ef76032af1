package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

func (w *Weibo) tokenInfo(c weiboCall) answer {
	return jsonAnswer(http.StatusOK, map[string]any{
		"uid": json.Number(c.user.UID), "appkey": c.user.AppKey, "scope": "", "create_at": c.now.Unix(),
		// A string here and there is Weibo's own habit.
		"expire_in": strconv.Itoa(int(c.user.ExpiresAt.Sub(c.now) / time.Second)),
	})
}

func (w *Weibo) revoke(c weiboCall) answer {
	c.user.revoked = true
	return jsonAnswer(http.StatusOK, map[string]any{"result": "true"})
}

func (w *Weibo) showUser(c weiboCall) answer {
	if c.Form.Get("uid") != c.user.UID {
		return c.fail(weiboNoUser)
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"id": json.Number(c.user.UID), "idstr": c.user.UID,
		"screen_name": c.user.Name, "name": c.user.Name,
	})
}

func (w *Weibo) rateLimitStatus(c weiboCall) answer {
	end := dayOf(c.now).AddDate(0, 0, 1)
	return jsonAnswer(http.StatusOK, map[string]any{
		"user_limit":            w.options.CallsPerDay,
		"remaining_user_hits":   w.options.CallsPerDay - c.user.calls.in(dayOf(c.now)),
		"ip_limit":              15000,
		"remaining_ip_hits":     15000,
		"limit_time_unit":       "DAYS",
		"reset_time":            end.Format(time.DateTime),
		"reset_time_in_seconds": int(end.Sub(c.now) / time.Second),
		"api_rate_limits": []any{map[string]any{
			"api": "/statuses/share", "limit": w.options.PostsPerHour, "limit_time_unit": "HOURS",
			"remaining_hits": w.options.PostsPerHour - c.user.shares.in(hourOf(c.now)),
		}},
	})
}
