package campaigns

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/connectors/twitter"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestArrivalsFollowDueOrder looks at a network, over HTTP, at the order in
// which posts come that have become due while all calls were taken.
func TestArrivalsFollowDueOrder(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		x := sandbox.NewX(sandbox.XOptions{Clock: clock.Now})
		server := httptest.NewServer(x)
		defer server.Close()
		d.networks[connectors.Twitter] = twitter.New(twitter.Options{BaseURL: server.URL, Now: clock.Now})
		calls := newDispatcher(clock, 0, d.Service.release, d.takeBack)
		d.dispatchers[connectors.Twitter] = calls
		credentials, err := json.Marshal(x.AddAccount(sandbox.XAccount{Handle: "mi2"}).Info().Credentials)
		must(t, err)
		account, err := d.ConnectAccount(t.Context(), d.actor, AccountDraft{Network: connectors.Twitter, Name: "mi2", Credentials: credentials})
		must(t, err)
		var want []Delivery
		for i := range 24 {
			draft := d.draft()
			draft.Accounts, draft.Priority = []int64{account.ID}, i*5%3
			draft.DueAt = clock.Now().Add(time.Second + time.Duration(i*7%4)*time.Second)
			draft.Text = fmt.Sprintf("Number %d of the launch {link}", i)
			want = append(want, d.schedule(t, draft))
		}
		clock.Advance(5 * time.Second)
		var jobs sync.WaitGroup
		for _, delivery := range want {
			jobs.Go(func() {
				if err := d.publish(t.Context(), publishJob{delivery.ID}); err != nil {
					t.Error(err)
				}
			})
		}
		for all := false; !all; {
			calls.mu.Lock()
			all = len(calls.due) == len(want)
			calls.mu.Unlock()
		}
		calls.done() // one call is free
		jobs.Wait()
		slices.SortFunc(want, func(a, b Delivery) int {
			return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(d.delivery(t, b.ID).Priority, d.delivery(t, a.ID).Priority), cmp.Compare(a.ID, b.ID))
		})
		posts := x.Posts()
		if len(posts) != len(want) {
			t.Fatalf("%d posts came", len(posts))
		}
		for i, delivery := range want {
			if !strings.Contains(posts[i].Text, delivery.URL) {
				t.Errorf("post %d to come is %q, want that of delivery %d", i, posts[i].Text, delivery.ID)
			}
		}
	})
}
