package campaigns

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"fanfare/campaigns/shoptest"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// leaveToPerson has deliveries that are due together called and left to a
// person. What the network holds of them is not what we were told.
func (d *desk) leaveToPerson(t *testing.T, clock *storagetest.Clock, posted bool, ids ...int64) {
	t.Helper()
	for range ids {
		d.net.script(reply{err: netErr(connectors.KindDuplicate), posted: posted})
	}
	d.net.lag = time.Hour // it does not show on the timeline
	clock.Set(*d.delivery(t, ids[0]).WakeAt)
	d.run(t)
	clock.Advance(time.Minute)
	d.run(t)
	for _, id := range ids {
		if row := d.wantState(t, id, InDoubt); row.WakeAt != nil {
			t.Fatal("nobody is asked")
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for name, posted := range map[string]bool{"it is out": true, "it is not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
				delivery, err := d.Delivery(t.Context(), id)
				must(t, err)
				settle := func(url string) error { return d.SettleDelivery(t.Context(), d.actor, id, url) }
				if err := settle(""); !fault.Is(err, fault.Conflict) {
					t.Errorf("not in doubt: %v", err)
				}
				d.leaveToPerson(t, clock, posted, id)
				if posted {
					must(t, settle(" "+d.net.pageOf(delivery.URL)+"\n"))
				} else {
					must(t, settle(""))
				}
				d.run(t)
				row := d.wantState(t, id, Published)
				if row.RemoteID != "r"+delivery.URL || row.RemoteURL != d.net.pageOf(delivery.URL) {
					t.Errorf("%q at %q", row.RemoteID, row.RemoteURL)
				}
				if posted && (d.net.calls != 1 || *row.LatenessUS != 0) || !posted && d.net.calls != 2 {
					t.Errorf("%d calls, %d µs late", d.net.calls, *row.LatenessUS)
				}
				if err := settle(""); !fault.Is(err, fault.Conflict) {
					t.Errorf("settled twice: %v", err)
				}
			})
		})
	}
}

// A post that somebody put there by hand, later, is as late as it is; and a
// settled post has figures as any other.
func TestSettledPostIsCounted(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.leaveToPerson(t, clock, false, id)
		delivery, err := d.Delivery(t.Context(), id)
		must(t, err)
		d.net.posts = append(d.net.posts, fakePost{connectors.Post{AccountID: "id-mi", Link: delivery.URL}, clock.Now()})
		must(t, d.SettleDelivery(t.Context(), d.actor, id, d.net.pageOf(delivery.URL)))
		if row := d.wantState(t, id, Published); *row.LatenessUS != time.Minute.Microseconds() {
			t.Errorf("%d µs late", *row.LatenessUS)
		}
		var asked []string
		d.net.counts = func(ids []string) (connectors.Counts, error) {
			asked = append(asked, ids...)
			return connectors.Counts{}, nil
		}
		clock.Advance(15 * time.Minute)
		must(t, d.countPosts(t.Context(), countJob{}))
		if fmt.Sprint(asked) != "[r"+delivery.URL+"]" {
			t.Errorf("asked for %v", asked)
		}
	})
}

// What the network has accepted and not shown yet is published; a person who
// sees it first tells where, and that it is not there says nothing.
func TestSettleWhatIsDelayed(t *testing.T) {
	t.Parallel()
	scenario(t, func(t *testing.T, d *desk, clock *storagetest.Clock, id int64) {
		d.net.script(reply{err: netErr(connectors.KindDelayed), posted: true})
		clock.Advance(time.Minute)
		d.run(t)
		row, err := d.Delivery(t.Context(), id)
		must(t, err)
		if row.State != Published || !row.Delayed || row.RemoteID != "" {
			t.Fatalf("%+v", row)
		}
		settle := func(url string) error { return d.SettleDelivery(t.Context(), d.actor, id, url) }
		if err := settle(""); !fault.Is(err, fault.Conflict) {
			t.Errorf("it would go out again: %v", err)
		}
		if fields := shoptest.InvalidFields(t, settle("https://evil.example/1")); fields[0] != "remote_url" {
			t.Errorf("another address: %v", fields)
		}
		must(t, settle(d.net.pageOf(row.URL)))
		got, err := d.Delivery(t.Context(), id)
		must(t, err)
		if got.Delayed || got.RemoteID != "r"+row.URL || !got.PublishedAt.Equal(*row.PublishedAt) || *got.LatenessUS != *row.LatenessUS {
			t.Errorf("%+v", got)
		}
		clock.Advance(usual.ReceiptPause)
		d.run(t)
		if d.net.finds != 0 || d.net.calls != 1 {
			t.Errorf("%d looks, %d calls", d.net.finds, d.net.calls)
		}
		if err := settle(d.net.pageOf(row.URL)); !fault.Is(err, fault.Conflict) {
			t.Errorf("told twice: %v", err)
		}
	})
}

// A person pastes what is in the clipboard: whatever cannot be this post is
// refused, and the delivery stays as it is.
func TestSettleRefusesOtherAddresses(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		d.net.posts = []fakePost{{connectors.Post{AccountID: "id-mi", Link: "old"}, clock.Now().Add(-time.Hour)}}
		first, second := d.schedule(t, d.draft()), d.schedule(t, d.draft())
		clock.Set(first.DueAt)
		d.net.script(reply{}, reply{err: netErr(connectors.KindDuplicate)})
		d.run(t)
		clock.Advance(time.Minute)
		d.run(t)
		if d.delivery(t, first.ID).State != Published {
			first, second = second, first
		}
		d.wantState(t, first.ID, Published)
		d.wantState(t, second.ID, InDoubt)
		for address, key := range map[string]string{
			" ":                              "delivery.remote_url",
			"javascript:alert(1)":            "delivery.remote_url",
			"net.example/id-mi/r1":           "delivery.remote_url",
			"https://evil.example/1":         "fake.no_post",
			fakePages + "id-mi-hk/r1":        "fake.other_author",
			d.net.pageOf("old"):              "delivery.remote_time",
			d.net.pageOf(first.URL):          "delivery.remote_taken",
			d.net.pageOf(first.URL) + "\t\n": "delivery.remote_taken",
		} {
			err := d.SettleDelivery(t.Context(), d.actor, second.ID, address)
			if fields := shoptest.InvalidFields(t, err); fmt.Sprint(fields) != "[remote_url]" {
				t.Errorf("%q names %v", address, fields)
			}
			var wrong *fault.Error
			if errors.As(err, &wrong) && wrong.Fields[0].Key != key {
				t.Errorf("%q: %s, want %s", address, wrong.Fields[0].Key, key)
			}
			if row := d.wantState(t, second.ID, InDoubt); row.RemoteURL != "" || row.RemoteID != "" {
				t.Fatalf("%q left %+v", address, row)
			}
		}
	})
}

// However two people settle two deliveries by one post, it is that of one.
func TestSettleRacesSettle(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		for range 5 {
			rows := []Delivery{d.schedule(t, d.draft()), d.schedule(t, d.draft())}
			d.leaveToPerson(t, clock, true, rows[0].ID, rows[1].ID)
			var both sync.WaitGroup
			failed := make([]error, 2)
			for i, row := range rows {
				both.Go(func() {
					failed[i] = d.SettleDelivery(t.Context(), d.actor, row.ID, d.net.pageOf(rows[0].URL))
				})
			}
			both.Wait()
			if (failed[0] == nil) == (failed[1] == nil) {
				t.Fatalf("settled by one post: %v, %v", failed[0], failed[1])
			}
			clock.Advance(2 * time.Minute)
		}
	})
}
