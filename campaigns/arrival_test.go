package campaigns

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// wireNetwork posts over HTTP, with a bearer token.
type wireNetwork struct {
	*fakeNetwork
	server *httptest.Server
	token  string
}

func (n *wireNetwork) Publish(ctx context.Context, _ connectors.Credentials, post connectors.Post) (connectors.Receipt, error) {
	body, err := json.Marshal(map[string]string{"text": post.Text})
	if err != nil {
		return connectors.Receipt{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.server.URL+"/2/tweets", bytes.NewReader(body))
	if err != nil {
		return connectors.Receipt{}, err
	}
	request.Header.Set("Authorization", "Bearer "+n.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := n.server.Client().Do(request)
	if err != nil {
		return connectors.Receipt{}, err
	}
	return connectors.Receipt{RemoteID: post.Link}, response.Body.Close()
}

// TestArrivalsFollowDueOrder looks at a network, over HTTP, at the order in
// which posts come that have become due while all calls were taken.
func TestArrivalsFollowDueOrder(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		x := sandbox.NewX(sandbox.XOptions{Clock: clock.Now})
		server := httptest.NewServer(x)
		defer server.Close()
		account := x.AddAccount(sandbox.XAccount{Handle: "mi2", OAuth2: true})
		d.networks[connectors.Twitter] = &wireNetwork{d.net, server, account.AccessToken}
		calls := newDispatcher(clock, 0, d.Service.release, d.takeBack)
		d.dispatchers[connectors.Twitter] = calls
		var want []Delivery
		for i := range 24 {
			draft := d.draft()
			draft.Priority = i * 5 % 3
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
