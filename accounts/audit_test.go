package accounts_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestAuditTrail(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := newService(t, db)
		var want []accounts.AuditEvent
		for i := range int64(5) {
			clock.Advance(time.Second)
			err := db.Write(t.Context(), func(tx *storage.Tx) error {
				return accounts.Record(tx, accounts.Actor{PersonID: i}, "post.cancel", fmt.Sprintf("post %d", i))
			})
			if err != nil {
				t.Fatal(err)
			}
			event := accounts.AuditEvent{ID: i + 1, At: clock.Now(), PersonID: i, Action: "post.cancel", Subject: fmt.Sprintf("post %d", i)}
			want = append([]accounts.AuditEvent{event}, want...)
		}
		undone := errors.New("undone")
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			return errors.Join(accounts.Record(tx, accounts.System(), "post.cancel", "post 9"), undone)
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		var got []accounts.AuditEvent
		cursor := ""
		for pages := 0; pages == 0 || cursor != ""; pages++ {
			page, err := s.AuditTrail(t.Context(), 2, cursor)
			if err != nil || len(page.Items) > 2 || pages > 3 {
				t.Fatalf("page %d: %+v, %v", pages, page, err)
			}
			got, cursor = append(got, page.Items...), page.NextCursor
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		_, err = s.AuditTrail(t.Context(), -1, "")
		wantFields(t, err, fault.Invalid, "limit")
		_, err = s.AuditTrail(t.Context(), 0, "x")
		wantFields(t, err, fault.Invalid, "cursor")
	})
}
