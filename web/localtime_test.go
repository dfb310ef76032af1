package web

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"fanfare/fault"
)

func place(t testing.TB, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func TestParseLocal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ zone, text, want, key string }{
		{"Asia/Hong_Kong", "2026-11-24T12:00", "2026-11-24T04:00:00Z", ""},
		{"Asia/Hong_Kong", "2026-11-24T12:00:30", "2026-11-24T04:00:30Z", ""},
		{"UTC", "2026-03-29T02:30", "2026-03-29T02:30:00Z", ""},
		{"Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00Z", ""},
		{"Europe/Berlin", "2026-03-29T02:30", "", "desk.time_skipped"},
		{"Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z", ""},
		{"Europe/Berlin", "2026-10-25T01:59", "2026-10-24T23:59:00Z", ""},
		{"Europe/Berlin", "2026-10-25T02:30", "", "desk.time_twice"},
		{"Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z", ""},
		{"Australia/Lord_Howe", "2026-04-05T01:45", "", "desk.time_twice"}, // goes back half an hour
		{"Pacific/Apia", "2011-12-30T12:00", "", "desk.time_skipped"},      // left out the whole day
		{"UTC", "", "", "desk.time_unreadable"},
		{"UTC", "2026-11-24", "", "desk.time_unreadable"},
		{"UTC", "2026-02-30T12:00", "", "desk.time_unreadable"},
		{"UTC", "2026-11-24T12:00Z", "", "desk.time_unreadable"},
		{"UTC", "2026-11-24T9:00", "", "desk.time_unreadable"},
		{"UTC", "noon", "", "desk.time_unreadable"},
	} {
		got, err := parseLocal("due_at", test.text, place(t, test.zone))
		if test.key != "" {
			f, ok := asFault(err)
			if !ok || f.Kind != fault.Invalid || f.Fields[0].Key != test.key || f.Fields[0].Location != "due_at" {
				t.Errorf("%s in %s: %v, want %s at due_at", test.text, test.zone, err, test.key)
			}
			continue
		}
		if err != nil || got.UTC().Format(time.RFC3339) != test.want {
			t.Errorf("%s in %s is %v (%v), want %s", test.text, test.zone, got, err, test.want)
		}
	}
}

// TestParseLocalReadsWhatClocksShow: every instant comes back from the wall
// clock, unless the wall clock shows the same twice.
func TestParseLocalReadsWhatClocksShow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		location := rapid.SampledFrom(commonZones).Draw(t, "zone")
		zone, err := time.LoadLocation(location)
		if err != nil {
			t.Fatal(err)
		}
		minute := rapid.Int64Range(0, 40*365*24*60).Draw(t, "minute") // from 1990 on
		instant := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(minute) * time.Minute)
		got, err := parseLocal("at", instant.In(zone).Format(inputTime), zone)
		f, refused := asFault(err)
		switch {
		case refused && f.Fields[0].Key != "desk.time_twice":
			t.Fatalf("%v is refused: %v", instant.In(zone), err)
		case !refused && !got.Equal(instant):
			t.Fatalf("%v is read as %v", instant.In(zone), got)
		}
	})
}

func FuzzParseLocal(f *testing.F) {
	for _, text := range []string{"2026-10-25T02:30", "2026-03-29T02:30", "0000-01-01T00:00", "9999-12-31T23:59:59", "T", "0000-01-01T0:00"} {
		f.Add(text)
	}
	berlin := place(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseLocal("at", text, berlin)
		if err == nil && got.In(berlin).Format(inputTime) != text[:len(inputTime)] {
			t.Errorf("%q is read as %v", text, got)
		}
	})
}

func TestTimesSpeakTheLanguage(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 27, 4, 30, 0, 0, time.UTC)
	for _, test := range [][3]string{
		{"en", "Asia/Hong_Kong", "Fri 27 Nov, 12:30 Hong Kong (UTC+08)"},
		{"de", "Asia/Hong_Kong", "Fr, 27. Nov., 12:30 Hongkong (UTC+08)"},
		{"zh-Hans", "Asia/Shanghai", "11月27日 周五 12:30 上海（UTC+08）"},
		{"zh-Hant", "Asia/Kolkata", "11月27日 週五 10:00 加爾各答（UTC+05:30）"},
		{"zh-Hans", "America/Argentina/Buenos_Aires", "11月27日 周五 01:30 Buenos Aires（UTC-03）"},
		{"de", "UTC", "Fr, 27. Nov., 04:30 UTC"},
	} {
		if got := newClock(at, test[1], test[0]).Full(at); got != test[2] {
			t.Errorf("%s in %s: %q, want %q", test[1], test[0], got, test[2])
		}
	}
}

func TestDollarsAreToldApart(t *testing.T) {
	t.Parallel()
	for _, test := range [][3]string{
		{"en", "TWD", "NT$9,999.00"}, {"de", "HKD", "9.999,00\u00a0HK$"}, {"zh-Hans", "TWD", "NT$9,999.00"}, {"zh-Hant", "TWD", "NT$9,999.00"}, {"zh-Hant", "HKD", "HK$9,999.00"},
	} {
		if got := formatMoney(test[0], 999900, test[1]); got != test[2] {
			t.Errorf("%s in %s: %q, want %q", test[1], test[0], got, test[2])
		}
	}
}

func TestCitiesAreZones(t *testing.T) {
	t.Parallel()
	for zone, names := range cities {
		if _, err := time.LoadLocation(zone); err != nil || slices.Contains(names[:], "") {
			t.Errorf("%s: %v, %v", zone, names, err)
		}
	}
}

func TestMarketTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, place(t, "Asia/Hong_Kong"))
	for market, want := range map[string]string{
		"DE": "2026-11-27T05:00", // another zone
		"TW": "",                 // the same clocks
		"US": "",                 // several zones
		"":   "",
	} {
		there, ok := marketTime(noon, market)
		if ok != (want != "") || ok && there.Format(inputTime) != want {
			t.Errorf("%q: %v, %v; want %q", market, there, ok, want)
		}
	}
}

func TestEveryMarketHasAZoneThatExists(t *testing.T) {
	t.Parallel()
	for market, zone := range marketZones {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Errorf("%s: %v", market, err)
		}
		if region, err := language.ParseRegion(market); err != nil || !region.IsCountry() {
			t.Errorf("%s is no country", market)
		}
	}
}
