package weibo

import (
	"encoding/json"
	"testing"
	"time"
)

func TestTextTakesStringsAndNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{`"5023456789012345"`, "5023456789012345"},
		{`5023456789012345`, "5023456789012345"},
		{`9007199254740993`, "9007199254740993"}, // a float64 would lose the 3
		{`null`, ""},
		{`""`, ""},
		{`"小米"`, "小米"},
		{`0`, "0"},
		{`-1`, "-1"},
	} {
		var got struct {
			Value text `json:"value"`
		}
		if err := json.Unmarshal([]byte(`{"value": `+c.in+` }`), &got); err != nil {
			t.Errorf("%s: %v", c.in, err)
		} else if string(got.Value) != c.want {
			t.Errorf("%s became %q, want %q", c.in, got.Value, c.want)
		}
	}
}

func TestTextRefusesTheRest(t *testing.T) {
	t.Parallel()
	for _, in := range []string{`true`, `{}`, `[]`, `["1"]`, `{"a":1}`} {
		var got text
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s became %q", in, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{`"1"`, `1`, `null`, `"\ud83d"`, `1e400`, ` 7 `, `"`, `-`, `tru`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got text
		if json.Unmarshal(data, &got) != nil {
			return
		}
		var plain any
		if err := json.Unmarshal(data, &plain); err != nil {
			// A number such as 1e400 is one for us though it fits no float64.
			plain = 0.0
		}
		switch plain := plain.(type) {
		case string:
			if string(got) != plain {
				t.Errorf("%q became %q", data, got)
			}
		case nil:
			if got != "" {
				t.Errorf("null became %q", got)
			}
		case float64:
			if !json.Valid([]byte(got)) {
				t.Errorf("the number %q became %q", data, got)
			}
		default:
			t.Errorf("%q was taken as %q", data, got)
		}
	})
}

func TestStatusID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{`{"id":5000000000000000,"idstr":"5000000000000001","mid":"5000000000000002"}`, "5000000000000001"},
		{`{"idstr":5000000000000001}`, "5000000000000001"},
		{`{"id":5000000000000000,"mid":"5000000000000002"}`, "5000000000000002"},
		{`{"id":5000000000000000}`, ""},
		{`{"idstr":"../../x"}`, ""},
		{`{"idstr":"１２"}`, ""},
		{`{}`, ""},
	} {
		var s status
		if err := json.Unmarshal([]byte(c.in), &s); err != nil {
			t.Fatalf("%s: %v", c.in, err)
		}
		if got := s.id(); string(got) != c.want {
			t.Errorf("%s has the id %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCreatedAt(t *testing.T) {
	t.Parallel()
	got, err := status{CreatedAt: "Wed Oct 24 23:49:17 +0800 2012"}.createdAt()
	want := time.Date(2012, 10, 24, 15, 49, 17, 0, time.UTC)
	if err != nil || !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got, err := (status{CreatedAt: "yesterday"}).createdAt(); err == nil {
		t.Errorf("yesterday became %v", got)
	}
}
