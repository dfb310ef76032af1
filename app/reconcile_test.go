package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/orders"
	"fanfare/campaigns/stores"
	"fanfare/fault"
)

func TestReconcileTellsByItsError(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, config Config) {
		err := with(t.Context(), &config, func(a *App) error {
			_, err := a.Orders.TakeStream(t.Context(), accounts.System(), strings.NewReader(
				`{"store":"hk","order_id":"1","kind":"order","units":1,"total":199900,"currency":"HKD","placed_at":"2012-08-16T12:00:00Z"}`))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for content, kind := range map[string]fault.Kind{
			"Id,Total,Currency\n1,1999.00,HKD\n": "", "Id,Total,Currency\n1,1998.00,HKD\n": fault.Conflict, "Total\n1\n": fault.Invalid,
		} {
			file := filepath.Join(t.TempDir(), "orders.csv")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := (&ReconcileCommand{Source: "hk", File: file, Zone: "UTC", JSON: true}).Run(t.Context(), &config); fault.KindOf(err) != kind {
				t.Errorf("%q: %v, want %q", content, err, kind)
			}
		}
	})
}

func TestPrintComparison(t *testing.T) {
	t.Parallel()
	at := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	var out strings.Builder
	err := printComparison(&out, stores.StoreComparison{
		Store: "hk", From: &at, Until: &at, Orders: 2, Counts: map[stores.DifferenceKind]int64{stores.OtherAmount: 1},
		Differences: []stores.Difference{{
			Kind: stores.OtherAmount, OrderID: "7001", Line: 2, Theirs: "1998.00 HKD", Ours: &orders.Money{Currency: "HKD", Total: 199900}, PlacedAt: &at,
		}},
	})
	want := `WHAT          ORDER  LINE  IN THE FILE  HERE         PLACED
other amount  7001   2     1998.00 HKD  1999.00 HKD  2012-08-16T12:00:00Z
2 orders of hk in the file, from 2012-08-16T12:00:00Z to 2012-08-16T12:00:00Z: 0 missing here, 0 missing there, 1 with another amount, 0 lines unreadable.
`
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
}
