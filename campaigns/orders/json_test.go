package orders

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"fanfare/fault"
)

// TestReadQuotesWhatIsWrong looks at the value that an error shows: a number or
// a time as it was sent, and nothing of what may be private.
func TestReadQuotesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		`{"total":19.9}`:                         `total 19.9`,
		`{"total":1e999}`:                        `total 1e999`,
		`{"units":"2"}`:                          `units null`,
		`{"units":[2]}`:                          `units null`,
		`{"placed_at":"yesterday"}`:              `placed_at "yesterday"`,
		`{"touches":[{"at":"2012-13-01"}]}`:      `touches[0].at "2012-13-01"`,
		`{"customer":13800138000}`:               `customer null`,
		`{"client":"fan@example.com"}`:           `client null`,
		`[{"customer":"fan@example.com"}]`:       `body null`,
		`{"customer":"fan@example.com","total":`: `body null`,
	} {
		_, err := Read(strings.NewReader(sent))
		var f *fault.Error
		if !errors.As(err, &f) || len(f.Fields) != 1 {
			t.Fatalf("%s: %v", sent, err)
		}
		value, err := json.Marshal(f.Fields[0].Value)
		must(t, err)
		if got := f.Fields[0].Location + " " + string(value); got != want {
			t.Errorf("%s: %s, want %s", sent, got, want)
		}
	}
}
