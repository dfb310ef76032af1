package accounts_test

import (
	"bytes"
	"testing"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestAnotherSecretIsRecognised(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		right, wrong := accounts.New(db, secret), accounts.New(db, bytes.Repeat([]byte{8}, 32))
		for range 2 {
			if err := right.CheckSecret(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wantKind(t, wrong.CheckSecret(t.Context()), fault.Unavailable)
	})
}
