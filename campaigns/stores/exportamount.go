package stores

import (
	"strings"
	"unicode"
)

// exportAmount reads an amount of a store's export in minor units of a
// currency. Spreadsheets write it as their country does, with marks between
// thousands and a sign of the currency too: 1.999,00 € or $1,999.00. A single mark that could be either is
// the decimal one where the currency has that many digits: 1,999 is 1999 whole
// units in EUR, and 1999 fils in KWD.
func exportAmount(text, code string) (units int64, ok bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) || r == '\'' || r == '’' {
			return -1
		}
		return r
	}, text)
	last := strings.LastIndexAny(text, ".,")
	if last < 0 {
		return minorUnits(text, code)
	}
	ungrouped := strings.NewReplacer(".", "", ",", "")
	if units, ok := minorUnits(ungrouped.Replace(text[:last])+"."+text[last+1:], code); ok {
		return units, true
	}
	if len(text)-last-1 == 3 {
		return minorUnits(ungrouped.Replace(text), code)
	}
	return 0, false
}
