package weibo

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/connectors"
)

// item is one status of a timeline, made some time after noon.
func item(id int, text string, after time.Duration) status {
	return status{
		IDString:  digits(id),
		Text:      text,
		CreatedAt: noon.Add(after).In(chinaTime).Format(time.RubyDate),
	}
}

func digits(id int) text { return text(fmt.Sprint(id)) }

func TestSearch(t *testing.T) {
	t.Parallel()
	const ours = "小米手机2开售 https://shop.example.cn/r/0123 快来"
	const shown = "小米手机2开售 http://t.cn/zWx1234\u200B 快来"
	other := func(id int, after time.Duration) status { return item(id, "别的", after) }
	full := []status{other(9, 5*time.Minute), other(8, 4*time.Minute), other(7, 3*time.Minute), other(6, 2*time.Minute)}

	for _, c := range []struct {
		name     string
		statuses []status
		want     text // the id; "" is absent
		unclear  bool
	}{
		{"empty timeline", []status{}, "", false},
		{"no timeline", nil, "", true},
		{"found", []status{item(5, shown, 0)}, "5", false},
		{"found behind others", append(full[:4:4], item(5, shown, time.Minute)), "5", false},
		{"newest of two", []status{item(5, shown, time.Minute), item(4, shown, 0)}, "5", false},
		{"created by a slow clock", []status{item(5, shown, -2*time.Minute)}, "5", false},
		{"created before", []status{item(5, shown, -2*time.Minute-time.Second)}, "", false},
		{"four others", full, "", false},
		{"five others reach back", append(full[:4:4], other(5, -time.Hour)), "", false},
		{"five others do not", append(full[:4:4], other(5, time.Minute)), "", true},
		{"five others, the oldest within the skew", append(full[:4:4], other(5, -time.Minute)), "", true},
		{"found among unreachable", append([]status{item(9, shown, time.Hour)}, full...), "9", false},
		{"no id", []status{{Text: shown, CreatedAt: noon.Format(time.RubyDate)}}, "", true},
		{"no time", []status{{Text: shown, IDString: "5"}}, "", true},
	} {
		got, err := timeline{Statuses: c.statuses}.search(ours, noon.Add(-clockSkew))
		var id text
		if got != nil {
			id = got.id()
		}
		if id != c.want || (err != nil) != c.unclear {
			t.Errorf("%s: %q, %v", c.name, id, err)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	const short = "http://t.cn/zWx1234\u200B"
	for _, c := range []struct {
		sent, shown string
		same        bool
	}{
		{"看 https://a.cn/1 吧", "看 " + short + " 吧", true},
		{"看 https://a.cn/1\r\n吧  ", "看 " + short + "\n吧", true},
		{"看http://a.cn/1吧", "看" + short + "吧", true},
		{"see http://a.cn/1, now", "see " + short + ", now", true},
		{"see http://a.cn/?a=1&copy=2 now", "see " + short + " now", true},
		{"Mi & Leica <3 http://a.cn/1", "Mi &amp; Leica &lt;3 " + short, true},
		{"HTTPS://A.CN/1", short, true},
		{"看 https://a.cn/1 吧", "看 " + short + " 啊", false},
		{"一 https://a.cn/1", "二 " + short, false},
		{"a.cn/1", short, false},
	} {
		if got := fold(c.sent) == fold(c.shown); got != c.same {
			t.Errorf("%q and %q: same %v; %q, %q", c.sent, c.shown, got, fold(c.sent), fold(c.shown))
		}
	}
}

// TestFoldForgetsURLsOnly puts other links into a text and finds it unchanged,
// other words and finds it changed.
func TestFoldForgetsURLsOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z米手机🎉&<.!]{1,8}`)
		words := rapid.SliceOfN(word, 1, 8).Draw(t, "words")
		link := rapid.StringMatching(`https?://[a-z]{1,6}\.cn/[a-zA-Z0-9/?&=#.]{0,30}`)
		var sent, shown []string
		for _, w := range words {
			sent = append(sent, w, link.Draw(t, "link"))
			shown = append(shown, w, "http://t.cn/zWx1234\u200B")
		}
		a, b := fold(strings.Join(sent, " ")), fold(strings.Join(shown, "\n"))
		if a != b {
			t.Fatalf("%q and %q", a, b)
		}
		shown[0] += "x"
		if a == fold(strings.Join(shown, " ")) {
			t.Fatalf("%q is taken for %q", shown[0], words[0])
		}
		if fold(a) != a {
			t.Fatalf("%q folds further to %q", a, fold(a))
		}
	})
}

func TestFindFailsWithoutAnOutcome(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]connectors.ErrorKind{
		`{"error":"?","error_code":20019}`: connectors.KindUnknown,
		`{"error":"?","error_code":20032}`: connectors.KindUnknown,
		`{"error":"?","error_code":20012}`: connectors.KindUnknown,
		`{"error":"?","error_code":10023}`: connectors.KindRetry,
		`{"error":"?","error_code":21327}`: connectors.KindUnknown,
		`{"statuses":null}`:                connectors.KindUnknown,
		`{"statuses":[{"text":"小`:          connectors.KindUnknown,
		`{}`:                               connectors.KindUnknown,
		`<html>`:                           connectors.KindUnknown,
	} {
		_, found, err := serve(t, answer(200, body)).Find(t.Context(), ours, connectors.Post{Text: "小米"}, noon)
		wantKind(t, body, err, kind)
		if found {
			t.Errorf("%s: found", body)
		}
	}
}

func FuzzTimeline(f *testing.F) {
	f.Add([]byte(`{"statuses":[{"idstr":"5","text":"小米 http://t.cn/z\u200b","created_at":"Thu Aug 16 20:00:00 +0800 2012"}]}`), "小米")
	f.Add([]byte(`{"statuses":[{},{},{},{},{}]}`), "")
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		var line timeline
		if json.Unmarshal(body, &line) != nil {
			return
		}
		got, err := line.search(text, noon)
		if got != nil && (err != nil || got.id() == "" || fold(got.Text) != fold(text)) {
			t.Errorf("%q: found %+v, %v", body, got, err)
		}
	})
}
