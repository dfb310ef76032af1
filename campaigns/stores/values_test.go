package stores

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"

	"github.com/bojanz/currency"
	"pgregory.net/rapid"
)

func TestMinorUnitsAreExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		decimal, code string
		want          int64
		ok            bool
	}{
		{"1999.00", "CNY", 199900, true},
		{"0.1", "EUR", 10, true},
		{"0.29", "EUR", 29, true}, // 28.999999999999996 as a float
		{"12800", "JPY", 12800, true},
		{"12800.00", "JPY", 12800, true},
		{"12800.50", "JPY", 0, false},
		{"1.234", "KWD", 1234, true},
		{"1.2345", "KWD", 0, false},
		{"1.23450000", "KWD", 0, false},
		{"007.50", "USD", 750, true},
		{"10000000000000.00", "USD", 1e15, true},
		{"10000000000000.01", "USD", 0, false}, // more than an order may have
		{"999999999999999999", "KWD", 0, false},
		{"", "USD", 0, false},
		{"-1.00", "USD", 0, false},
		{"+1.00", "USD", 0, false},
		{"1e3", "USD", 0, false},
		{"NaN", "USD", 0, false},
		{"1,000.00", "USD", 0, false},
		{".5", "USD", 0, false},
		{"1.", "USD", 0, false},
		{"1.00\n", "USD", 0, false},
		{"٣.00", "USD", 0, false},
		{"1.00", "usd", 0, false},
		{"1.00", "", 0, false},
	} {
		if got, ok := minorUnits(c.decimal, c.code); got != c.want || ok != c.ok {
			t.Errorf("%q %s: %d, %v; want %d, %v", c.decimal, c.code, got, ok, c.want, c.ok)
		}
	}
}

// The library does not refuse what must be rounded; otherwise both agree.
func TestMinorUnitsEqualTheLibrarys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"JPY", "CNY", "EUR", "KWD"}).Draw(t, "currency")
		decimal := fmt.Sprint(rapid.Int64Range(0, 1e11).Draw(t, "whole"))
		if fraction := rapid.StringMatching(`[0-9]{0,5}`).Draw(t, "fraction"); fraction != "" {
			decimal += "." + fraction
		}
		exact, err := currency.NewAmount(decimal, code)
		if err != nil {
			t.Fatal(err)
		}
		rounded := exact.Round()
		want, err := rounded.Int64()
		fits, cmpErr := exact.Cmp(rounded)
		if err != nil || cmpErr != nil {
			t.Fatal(err, cmpErr)
		}
		got, ok := minorUnits(decimal, code)
		if ok != (fits == 0) || ok && got != want {
			t.Fatalf("%s %s: %d, %v; the library has %d", decimal, code, got, ok, want)
		}
	})
}

func TestTame(t *testing.T) {
	t.Parallel()
	if got := tame("a\x00b\nc\xffd小米", 8); got != "abcd小" {
		t.Errorf("%q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		most := rapid.IntRange(0, 20).Draw(t, "most")
		if got := tame(text, most); len(got) > most || !utf8.ValidString(got) || !orders.Printable(got) {
			t.Fatalf("%q", got)
		}
	})
}

func TestTokenIsTakenFromTheFirstPlaceThatHasOne(t *testing.T) {
	t.Parallel()
	codec, err := links.NewCodec(testSecret)
	must(t, err)
	one, two := codec.Token(1), codec.Token(2)
	for name, c := range map[string]struct {
		places tokenPlaces
		want   string
	}{
		"none":                   {tokenPlaces{meant: []string{"", " "}, other: []string{"WELCOME10"}}, ""},
		"the first":              {tokenPlaces{meant: []string{one, two}}, one},
		"behind nonsense":        {tokenPlaces{meant: []string{"homepage", two}, other: []string{one}}, two},
		"in a discount":          {tokenPlaces{meant: []string{""}, other: []string{"WELCOME10", strings.ToUpper(one)}}, strings.ToUpper(one)},
		"nonsense that was it":   {tokenPlaces{meant: []string{"", "homepage"}, other: []string{"WELCOME10"}}, "homepage"},
		"nonsense of any length": {tokenPlaces{meant: []string{"\x00" + strings.Repeat("x", 1000)}}, strings.Repeat("x", orders.MaxToken)},
	} {
		if got := c.places.token(codec); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
