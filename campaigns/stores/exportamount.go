package stores

import "strings"

// exportAmount reads an amount of a store's export in minor units of a
// currency. Spreadsheets write it as their country does, with marks between
// thousands too: 1.999,00 or 1,999.00. A single mark that could be either is
// the decimal one where the currency has that many digits: 1,999 is 1999 whole
// units in EUR, and 1999 fils in KWD.
func exportAmount(text, code string) (units int64, ok bool) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "").Replace(text)
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
