package storage_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestOrdersKeepTheirInstants runs the migration that makes numbers of the
// instants of orders, on a table as it was before.
func TestOrdersKeepTheirInstants(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		script := func(name string) string {
			content, err := os.ReadFile("migrations/" + string(db.Dialect()) + "/" + name + ".sql")
			must(t, err)
			return string(content)
		}
		before := regexp.MustCompile(`(?s)CREATE TABLE orders \(.*?\n\);`).FindString(script("0002_campaigns"))
		_, after, _ := strings.Cut(script("0019_orders_in_numbers"), "+goose Up")
		_, err := db.SQL().Exec("DROP TABLE orders; " + before + " ALTER TABLE orders ADD COLUMN first_answer TEXT NOT NULL DEFAULT ''")
		must(t, err)
		noon := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
		instants := []time.Time{noon, noon.Add(time.Microsecond), noon.Add(250 * time.Millisecond), noon.Add(999999 * time.Microsecond), noon.Add(time.Second)}
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			for n, at := range instants {
				err := tx.Exec(`INSERT INTO orders (store, order_id, kind, units, total, currency, placed_at, fingerprint, received_at)
VALUES ('mi', ?, 'order', 1, 199900, 'CNY', ?, ?, ?)`, string(rune('a'+n)), at, []byte{1}, at.Add(time.Hour)).Error
				if err != nil {
					return err
				}
			}
			return nil
		}))
		_, err = db.SQL().Exec(after)
		must(t, err)
		var rows []struct{ PlacedAt, ReceivedAt int64 }
		must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
			return tx.Raw("SELECT placed_at, received_at FROM orders ORDER BY order_id").Scan(&rows).Error
		}))
		if len(rows) != len(instants) {
			t.Fatalf("%d orders are left", len(rows))
		}
		for n, at := range instants {
			if rows[n].PlacedAt != at.UnixMicro() || rows[n].ReceivedAt != at.Add(time.Hour).UnixMicro() {
				t.Errorf("%s became %+v, want %d", at, rows[n], at.UnixMicro())
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
