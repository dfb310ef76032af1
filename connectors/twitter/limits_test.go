package twitter

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/connectors"
)

func TestStandings(t *testing.T) {
	t.Parallel()
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
	standing := func(limit string, most, left int, reset time.Time) connectors.Standing {
		return connectors.Standing{Limit: limit, Most: most, Left: left, ResetsAt: reset}
	}
	for name, test := range map[string]struct {
		status int
		header map[string]string
		want   []connectors.Standing
	}{
		"nothing":       {200, nil, nil},
		"the window":    {201, map[string]string{"x-rate-limit-limit": "100", "x-rate-limit-remaining": "99", "x-rate-limit-reset": "900"}, []connectors.Standing{standing("posts", 100, 99, at(901))}},
		"no limit":      {201, map[string]string{"x-rate-limit-remaining": "99", "x-rate-limit-reset": "900"}, []connectors.Standing{standing("posts", 0, 99, at(901))}},
		"no reset":      {201, map[string]string{"x-rate-limit-remaining": "99"}, nil},
		"no remaining":  {201, map[string]string{"x-rate-limit-reset": "900"}, nil},
		"refused":       {429, map[string]string{"x-rate-limit-reset": "900"}, []connectors.Standing{standing("posts", 0, 0, at(901))}},
		"refused, odd":  {429, map[string]string{"x-rate-limit-remaining": "-1", "x-rate-limit-reset": "900"}, []connectors.Standing{standing("posts", 0, 0, at(901))}},
		"refused, huge": {429, map[string]string{"x-rate-limit-remaining": "99999999999", "x-rate-limit-reset": "900"}, []connectors.Standing{standing("posts", 0, 0, at(901))}},
		"refused bare":  {429, nil, nil},
		"absurd reset":  {429, map[string]string{"x-rate-limit-reset": "9223372036854775807"}, nil},
		"the days": {403, map[string]string{
			"x-user-limit-24hour-limit": "50", "x-user-limit-24hour-remaining": "7", "x-user-limit-24hour-reset": "5000",
			"x-app-limit-24hour-remaining": "0", "x-app-limit-24hour-reset": "6000",
		}, []connectors.Standing{standing("posts_day", 50, 7, at(5001)), standing("posts_app_day", 0, 0, at(6001))}},
	} {
		h := http.Header{}
		for name, value := range test.header {
			h.Set(name, value)
		}
		got := answer{status: test.status, header: h}.standings(connectors.CallPublish)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Accounts of one app share its limit, and the database does not learn its key.
func TestAppsAreTold(t *testing.T) {
	t.Parallel()
	n := New(Options{})
	app := func(keys string) string {
		for _, l := range n.Limits(connectors.Credentials(keys)) {
			if l.Name == "posts_app_day" {
				return l.App
			}
		}
		return ""
	}
	one, same := app(keysV2), app(keysV1)
	if one == "" || one != same || one == app(bearers) || one == "ck" {
		t.Errorf("%q, %q, %q", one, same, app(bearers))
	}
}
