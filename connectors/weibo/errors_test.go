package weibo

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"fanfare/connectors"
)

// noon is a Thursday, 20:00 in China.
var noon = time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)

func stopped() *Network {
	return New(Options{Now: func() time.Time { return noon.Add(25 * time.Minute) }})
}

func TestEveryCode(t *testing.T) {
	t.Parallel()
	type row struct {
		kind  connectors.ErrorKind
		codes string
	}
	// Codes by what they allow us to do, as the table of Weibo's error codes
	// groups them.
	rows := []row{
		{connectors.KindUnknown, "10001 10003 10010 10011"},
		{connectors.KindRetry, "10002 10009 20014 21331"},
		{connectors.KindDelayed, "20032"},
		{connectors.KindRetry, "10022 10023 10024 20016 10004"},
		{connectors.KindAttention, "21301 21314 21315 21316 21317 21319 21327 21332 10006 10013"},
		{connectors.KindAttention, "10005 10014 21321"},
		{connectors.KindDuplicate, "20017 20019 20111"},
		{connectors.KindRefused, "10008 10016 10018 10021 20003 20005 20006 20007 20008 20012 20013 20018 20020 20021"},
		{connectors.KindAttention, "20015 20022 20031"},
	}
	tested := map[text]bool{"10017": true} // in the test below
	for _, r := range rows {
		for code := range strings.FieldsSeq(r.codes) {
			tested[text(code)] = true
			got := stopped().failure(http.StatusForbidden, failure{Message: "said", Code: text(code)})
			if got.Kind != r.kind || got.Code != code || got.Status != http.StatusForbidden || got.Message == "" {
				t.Errorf("code %s became %+v, want kind %s", code, got, r.kind)
			}
		}
	}
	for _, r := range rulings {
		if !tested[r.code] {
			t.Errorf("code %s stands in the table without a test", r.code)
		}
		if r.window != "" && r.kind != connectors.KindRetry {
			t.Errorf("code %s has a window but is not to be tried again", r.code)
		}
	}
}

func TestCodeWithTwoMeanings(t *testing.T) {
	t.Parallel()
	for said, want := range map[text]connectors.ErrorKind{
		"text not find domain!":    connectors.KindRefused,
		"Text Not Find Domain!":    connectors.KindRefused,
		"appkey not bind domain!":  connectors.KindAttention,
		"parameter (status)'s ...": connectors.KindRefused,
		"":                         connectors.KindRefused,
	} {
		if got := stopped().failure(400, failure{Message: said, Code: "10017"}); got.Kind != want {
			t.Errorf("10017 %q became %s, want %s", said, got.Kind, want)
		}
	}
}

func TestUnknownCodeLeavesTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	for _, code := range []text{"99999", "1001", "100010", "x", "-1"} {
		if got := stopped().failure(400, failure{Message: "text not find domain!", Code: code}); got.Kind != connectors.KindUnknown {
			t.Errorf("code %q became %s", code, got.Kind)
		}
	}
}

func TestRetryAtIsTheEndOfTheWindow(t *testing.T) {
	t.Parallel()
	hour := noon.Add(time.Hour)
	midnight := time.Date(2012, 8, 16, 16, 0, 0, 0, time.UTC)
	for code, want := range map[text]time.Time{
		"10004": hour, "10022": hour, "10024": hour, "20016": hour,
		"10023": midnight, "10002": {}, "20019": {},
	} {
		if got := stopped().failure(403, failure{Code: code}).RetryAt; !got.Equal(want) {
			t.Errorf("code %s: try again at %v, want %v", code, got, want)
		}
	}
	lastMinute := New(Options{Now: func() time.Time { return midnight.Add(-time.Second) }})
	for _, w := range []string{postsHour, callsHour, callsDay} {
		if got := lastMinute.windowEnd(w); !got.Equal(midnight) {
			t.Errorf("a second before midnight in China %s ends at %v", w, got)
		}
	}
	if got := New(Options{Now: func() time.Time { return midnight }}).windowEnd(callsDay); !got.Equal(midnight.Add(24 * time.Hour)) {
		t.Errorf("at midnight the day ends at %v", got)
	}
}
