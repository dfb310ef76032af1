package stores

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bojanz/currency"

	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/fault"
)

// loose is a text that stores write as a JSON string, number or truth, as they please.
// Anything else is empty: a field that we can do without must not cost an order.
type loose string

// UnmarshalJSON implements json.Unmarshaler.
func (l *loose) UnmarshalJSON(raw []byte) error {
	*l = ""
	switch c := raw[0]; {
	case c == '"':
		return json.Unmarshal(raw, (*string)(l))
	case c == '-' || c >= '0' && c <= '9' || c == 't' || c == 'f':
		*l = loose(raw)
	}
	return nil
}

// several is a list that PHP writes as an object once something was taken out of
// it. What is not of its kind is left out.
type several[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (s *several[T]) UnmarshalJSON(raw []byte) error {
	*s = nil
	var all []json.RawMessage
	switch raw[0] {
	case '[':
		_ = json.Unmarshal(raw, &all) // it is valid
	case '{':
		byKey := map[string]json.RawMessage{}
		_ = json.Unmarshal(raw, &byKey)
		keys := slices.SortedFunc(maps.Keys(byKey), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
		for _, key := range keys {
			all = append(all, byKey[key])
		}
	}
	for _, one := range all {
		var item T
		if json.Unmarshal(one, &item) == nil {
			*s = append(*s, item)
		}
	}
	return nil
}

// perhaps is an object that PHP writes as a list once it is empty.
type perhaps[T any] struct{ it T }

// UnmarshalJSON implements json.Unmarshaler.
func (p *perhaps[T]) UnmarshalJSON(raw []byte) error {
	*p = perhaps[T]{}
	if raw[0] == '{' {
		return json.Unmarshal(raw, &p.it)
	}
	return nil
}

// readStoreJSON reads a store's JSON, which has far more fields than concern
// us. The error is Invalid.
func readStoreJSON(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return &fault.Error{Kind: fault.Invalid, Key: "source.unreadable", Message: "The body is not the JSON that its topic announces.", Err: err}
	}
	return nil
}

// decimalPattern is a decimal as stores write amounts: no sign, no exponent.
var decimalPattern = regexp.MustCompile(`^[0-9]{1,18}(\.[0-9]{1,18})?$`)

// minorUnits turns a decimal into minor units of a currency, exactly: 1.5 is
// 150 in EUR, 1500 in KWD, and none in JPY. ok is false for that, for what is
// no decimal or no currency, and for more than an order may have.
func minorUnits(decimal, code string) (units int64, ok bool) {
	digits, known := currency.GetDigits(code)
	if !known || !decimalPattern.MatchString(decimal) {
		return 0, false
	}
	whole, fraction, _ := strings.Cut(decimal, ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > int(digits) {
		return 0, false
	}
	fraction += strings.Repeat("0", int(digits)-len(fraction))
	units, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || units > orders.MaxTotal {
		return 0, false
	}
	return units, true
}

// amount reads an amount and notes when it is none, or when its currency, which
// stands beside it, is none.
func amount(wrong *fault.Fields, location string, decimal loose, code string) int64 {
	if code == "" || !currency.IsValid(code) {
		beside := location[:strings.LastIndexByte(location, '.')+1] + "currency"
		wrong.Add(beside, "order.currency", "The currency must be an ISO 4217 code in capitals, such as CNY.", tame(code, 100), nil)
		return 0
	}
	units, ok := minorUnits(string(decimal), code)
	if !ok {
		wrong.Add(location, "source.amount", "This must be an amount that its currency can hold, such as 1999.00.", tame(string(decimal), 100), nil)
		return 0
	}
	return units
}

// quantity reads a number of units and notes when it is none. A part of a unit,
// as of what is sold by length or weight, is one.
func quantity(wrong *fault.Fields, location string, text loose) int64 {
	whole, fraction, _ := strings.Cut(string(text), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > orders.MaxUnits || strings.Trim(fraction, "0123456789") != "" {
		wrong.Add(location, "source.quantity", "This must be a number of units.", tame(string(text), 100), nil)
		return 0
	}
	if strings.Trim(fraction, "0") != "" {
		n++
	}
	return n
}

// orderUnits is the number of units in an order's lines. An order without
// lines, as of a fee alone, is one of a single unit.
func orderUnits(wrong *fault.Fields, lines []storeLine) (units int64) {
	for _, line := range lines {
		units = min(units+quantity(wrong, "line_items.quantity", line.Quantity), orders.MaxUnits+1)
	}
	return max(1, units)
}

type storeLine struct {
	Quantity loose `json:"quantity"`
}

// firstTime gives the first of the texts that is a time in a layout, read as
// UTC where it tells no zone, and otherwise the last resort.
func firstTime(layout string, otherwise time.Time, texts ...loose) time.Time {
	for _, text := range texts {
		if at, err := time.Parse(layout, string(text)); err == nil {
			return at
		}
	}
	return otherwise
}

// tokenPlaces are where a store may have kept a token: in places meant for it,
// and in others where most texts are something else.
type tokenPlaces struct{ meant, other []string }

// token gives the first text that is a token. Where none is, the first one
// that was meant to be: the order's reason then tells that it is a bad one.
func (p tokenPlaces) token(codec *links.Codec) string {
	for _, list := range [][]string{p.meant, p.other} {
		for _, text := range list {
			if _, ok := codec.LinkID(text); ok {
				return text
			}
		}
	}
	for _, text := range p.meant {
		// Whoever opens the store's page writes this text: it must not have
		// the order refused.
		if text = tame(text, orders.MaxToken); strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}

// isTokenField tells whether a store's own field is one for our token.
func isTokenField(name loose) bool {
	return strings.EqualFold(string(name), "ref") || strings.EqualFold(string(name), "fanfare")
}

// refIn gives the parameter ref of an address, "" without one. What stands before
// the query need not make sense: shops have paths such as /50%-off.
func refIn(address loose) string {
	_, query, _ := strings.Cut(string(address), "?")
	query, _, _ = strings.Cut(query, "#")
	values, _ := url.ParseQuery(query) // of what can be read
	return values.Get("ref")
}

// lastPart gives the end of an address's path: the token, if it is a campaign
// link.
func lastPart(address loose) string {
	u, err := url.Parse(string(address))
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}

// tame makes any text one that can be stored and shown on a line: printable,
// and of at most so many bytes.
func tame(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
