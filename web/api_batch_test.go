package web

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/orders"
)

func TestTheAnswerToABatchIsItsResult(t *testing.T) {
	t.Parallel()
	for _, result := range []orders.BatchResult{
		{Accepted: 2, Replayed: 1, Rejected: []orders.RejectedLine{}},
		{RejectedTotal: 3, Rejected: []orders.RejectedLine{{Line: 4, Detail: `There is no "field" <here>.`}, {Line: 7, Detail: "…"}}},
	} {
		var out strings.Builder
		if err := writeBatch(&out, result); err != nil {
			t.Fatal(err)
		}
		var got orders.BatchResult
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
			t.Fatalf("%v in %s", err, out.String())
		}
		if diff := cmp.Diff(result, got); diff != "" {
			t.Error(diff)
		}
	}
	if err := writeBatch(brokenWriter{}, orders.BatchResult{}); !errors.Is(err, errBroken) {
		t.Errorf("to a caller who has left: %v", err)
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
