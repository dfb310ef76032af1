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
	"fanfare/storage"
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

// TestReconcileMakesNothing: it compares with what is there, and says so where
// there is nothing.
func TestReconcileMakesNothing(t *testing.T) {
	t.Parallel()
	config := testConfig(t, storage.SQLite)
	config.Database = "" // in the data folder
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte("Id\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		file:               filepath.Join(config.Data, "fanfare.db") + " is not there. Is --data the folder of the service?",
		filepath.Dir(file): filepath.Dir(file) + " is a folder: name the file in it that the store exported.",
	} {
		err := (&ReconcileCommand{Source: "hk", File: name, Zone: "UTC"}).Run(t.Context(), &config)
		if err == nil || err.Error() != want {
			t.Errorf("%v", err)
		}
	}
	made, err := os.ReadDir(config.Data)
	if err != nil || len(made) > 0 {
		t.Errorf("%v %v", made, err)
	}
}

func TestPrintComparison(t *testing.T) {
	t.Parallel()
	at := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	var out strings.Builder
	err := printComparison(&out, stores.StoreComparison{
		Store: "hk", From: &at, Until: &at, Orders: 2, Counts: map[stores.DifferenceKind]int64{stores.OtherAmount: 1, stores.OtherStatus: 1},
		Differences: []stores.Difference{{
			Kind: stores.OtherAmount, OrderID: "7001", Line: 2, Theirs: "1998.00 HKD", Ours: &orders.Money{Currency: "HKD", Total: 199900}, PlacedAt: &at,
		}, {
			Kind: stores.OtherStatus, OrderID: "7002", Line: 3, Theirs: "failed", Ours: &orders.Money{Currency: "HKD", Total: 199900},
		}},
	})
	want := `WHAT          ORDER  LINE  IN THE FILE  HERE         PLACED
other amount  7001   2     1998.00 HKD  1999.00 HKD  2012-08-16T12:00:00Z
other status  7002   3     failed       1999.00 HKD  
2 orders of hk in the file, from 2012-08-16T12:00:00Z to 2012-08-16T12:00:00Z: 0 missing here, 0 missing there, 1 with another amount, 1 with another status, 0 lines unreadable.
`
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
}
