package storage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// Statements are remembered by the connection that ran them. Whatever was done
// with one before, it must do as if it were new.
func TestRememberedStatements(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
	write := func(f func(tx *storage.Tx) error) {
		t.Helper()
		if err := db.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	const insert, sum = "INSERT INTO numbers (n) VALUES (?)", "SELECT n FROM numbers WHERE n >= ? ORDER BY n"
	write(func(tx *storage.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
		return err
	})
	write(func(tx *storage.Tx) error {
		for n := range 3 {
			if _, err := tx.SQL().ExecContext(t.Context(), insert, n); err != nil {
				return err
			}
		}
		return nil
	})
	read := func(tx *storage.Tx, from int, each func(n int)) error {
		rows, err := tx.SQL().QueryContext(t.Context(), sum, from)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return err
			}
			each(n)
		}
		return rows.Err()
	}
	write(func(tx *storage.Tx) error { // inside itself
		var pairs []string
		err := read(tx, 0, func(a int) {
			if err := read(tx, a, func(b int) { pairs = append(pairs, fmt.Sprint(a, b)) }); err != nil {
				t.Error(err)
			}
		})
		if got := strings.Join(pairs, ","); got != "0 0,0 1,0 2,1 1,1 2,2 2" {
			t.Errorf("nested: %s", got)
		}
		return err
	})
	write(func(tx *storage.Tx) error { // after it failed
		if _, err := tx.SQL().ExecContext(t.Context(), insert, 2); err == nil {
			t.Error("a key twice was taken")
		}
		_, err := tx.SQL().ExecContext(t.Context(), insert, 3)
		return err
	})
	write(func(tx *storage.Tx) error { // after its rows were left unread, and its context ended
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rows, err := tx.SQL().QueryContext(ctx, sum, 0)
		if err != nil {
			return err
		}
		rows.Next()
		cancel()
		_ = rows.Close()
		if _, err := tx.SQL().QueryContext(ctx, sum, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
		return nil
	})
	write(func(tx *storage.Tx) error { // after the schema changed, and among more than are kept
		if _, err := tx.SQL().ExecContext(t.Context(), "ALTER TABLE numbers ADD COLUMN word TEXT"); err != nil {
			return err
		}
		for n := range 600 {
			var got int
			if err := tx.SQL().QueryRowContext(t.Context(), fmt.Sprintf("SELECT n + %d FROM numbers WHERE n = ?", n), 3).Scan(&got); err != nil || got != n+3 {
				t.Fatal(n, got, err)
			}
		}
		var all []int
		err := read(tx, 1, func(n int) { all = append(all, n) })
		if fmt.Sprint(all) != "[1 2 3]" {
			t.Errorf("afterwards: %v", all)
		}
		return err
	})
}
