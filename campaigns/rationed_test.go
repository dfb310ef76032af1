package campaigns

import (
	"errors"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// An image that the limit leaves no call for puts its post off.
func TestImagesWaitForTheirLimit(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.net.limits = []connectors.Limit{{Name: "uploads", Calls: []connectors.Call{connectors.CallUpload}, Most: 1, Span: 15 * time.Minute}}
		var ids []int64
		for number := range 2 {
			draft := d.draft()
			draft.Media = []PostMedia{d.uploadImage(t, number)}
			ids = append(ids, d.schedule(t, draft).ID)
		}
		clock.Advance(time.Minute)
		d.run(t)
		row := d.wantState(t, ids[1], Scheduled)
		if row.HeldBy != "uploads" || !row.WakeAt.Equal(clock.Now().Add(15*time.Minute)) || d.net.uploads != 1 || d.net.calls != 1 {
			t.Errorf("held by %q until %v; %d uploads, %d calls", row.HeldBy, row.WakeAt, d.net.uploads, d.net.calls)
		}
		d.wantState(t, ids[0], Published)
		clock.Advance(15 * time.Minute)
		d.run(t)
		d.wantState(t, ids[1], Published)
	})
}

// What the network tells of its limit with an image goes before what we count.
func TestUploadsBelieveTheNetwork(t *testing.T) {
	t.Parallel()
	pictured(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.limits = []connectors.Limit{{Name: "uploads", Calls: []connectors.Call{connectors.CallUpload}, Most: 500, Span: 15 * time.Minute}}
		until := clock.Now().Add(10 * time.Minute)
		refused := netErr(connectors.KindRetry)
		refused.RetryAt, refused.Limits = until, []connectors.Standing{{Limit: "uploads", Most: 500, ResetsAt: until}}
		d.net.uploadErrs = []error{refused}
		clock.Advance(time.Minute)
		d.run(t)
		row := d.wantState(t, id, Scheduled)
		draft := d.draft()
		draft.Media, draft.DueAt = []PostMedia{d.uploadImage(t, 7)}, clock.Now()
		second := d.schedule(t, draft).ID
		d.run(t)
		if next := d.wantState(t, second, Scheduled); next.HeldBy != "uploads" || row.HeldBy != "uploads" || d.net.uploads != 1 {
			t.Errorf("held by %q, %q; %d uploads", row.HeldBy, next.HeldBy, d.net.uploads)
		}
		clock.Set(until)
		d.run(t)
		d.wantState(t, second, Published)
	})
}

// A renewal that the network has put off by its limit is not asked for before.
func TestRenewalsWaitForTheirLimit(t *testing.T) {
	t.Parallel()
	eachTokenDesk(t, func(t *testing.T, d *tokenDesk, clock *storagetest.Clock) {
		d.net.limits = []connectors.Limit{{Name: "renewals", Calls: []connectors.Call{connectors.CallRenew}, Span: 15 * time.Minute}}
		account, _ := d.row(t)
		clock.Set(account.ExpiresAt.Add(-10 * time.Minute))
		until := clock.Now().Add(5 * time.Minute)
		refused := netErr(connectors.KindRetry)
		refused.Limits = []connectors.Standing{{Limit: "renewals", ResetsAt: until}}
		d.tokens.errs = []error{refused}
		for range 3 {
			if err := d.renew(t.Context(), account.ID); !fault.Is(err, fault.Unavailable) {
				t.Fatal(err)
			}
			clock.Advance(renewPause)
		}
		if d.tokens.renewals != 1 {
			t.Errorf("%d calls", d.tokens.renewals)
		}
		clock.Set(until)
		must(t, d.renew(t.Context(), account.ID))
		if after, _ := d.row(t); !after.ExpiresAt.After(*account.ExpiresAt) || d.tokens.renewals != 2 {
			t.Errorf("%d calls, ends at %v", d.tokens.renewals, after.ExpiresAt)
		}
	})
}

// The checks of pre-flights count, too.
func TestPreflightsTakeFromTheLimit(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		d := openDesk(t, db)
		d.net.limits = []connectors.Limit{{Name: "checks", Calls: []connectors.Call{connectors.CallVerify}, Most: 1, Span: 15 * time.Minute}}
		d.schedule(t, d.draft())
		if _, found := d.preflight(t); found["account_ok"].Code == "" {
			t.Error("the account was not checked")
		}
		d.net.verifyErr = errors.New("called once too often")
		if _, found := d.preflight(t); found["network_silent"].Code == "" {
			t.Error("nothing tells that the account was not checked")
		}
	})
}
