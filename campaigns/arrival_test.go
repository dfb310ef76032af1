package campaigns

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
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
	request, err := http.NewRequestWithContext(context.WithValue(ctx, wirePost{}, post.Text), http.MethodPost, n.server.URL+"/2/tweets", bytes.NewReader(body))
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

// wire is a network's transport whose connections are made when the test says
// so, and that notes which posts are written to them, in this order.
type wire struct {
	written               chan string // the beginnings of their texts
	connecting, connected func(post string)
}

type wirePost struct{} // of the context of a call: its text

func (w *wire) transport() *http.Transport {
	var dialer net.Dialer
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		w.connecting(ctx.Value(wirePost{}).(string))
		conn, err := dialer.DialContext(ctx, network, address)
		w.connected(ctx.Value(wirePost{}).(string))
		return wireConn{conn, w.written}, err
	}}
}

type wireConn struct {
	net.Conn
	written chan<- string
}

func (c wireConn) Write(b []byte) (int, error) {
	_, body, _ := bytes.Cut(b, []byte(`{"text":"`))
	name, _, _ := bytes.Cut(body, []byte(" "))
	c.written <- string(name)
	return c.Conn.Write(b)
}

// TestRequestsGoOutInDueOrder has three posts called at one time: two that are
// due at one instant, of which one connects slowly, and one that is due later.
func TestRequestsGoOutInDueOrder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		hangs bool // until the last is out, instead of until it is connected
	}{
		{"a slow one is waited for", false},
		{"one that hangs is not", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
				d := openDesk(t, db)
				x := sandbox.NewX(sandbox.XOptions{Clock: clock.Now})
				server := httptest.NewServer(x)
				defer server.Close()
				account := x.AddAccount(sandbox.XAccount{Handle: "mi2", OAuth2: true})
				proceed := make(chan bool)
				lines := &wire{
					written: make(chan string, 3),
					connecting: func(post string) {
						if strings.HasPrefix(post, "first") {
							<-proceed
						}
					},
					connected: func(post string) {
						if strings.HasPrefix(post, "later") && !test.hangs {
							close(proceed)
						}
					},
				}
				server.Client().Transport = lines.transport()
				d.networks[connectors.Twitter] = &wireNetwork{d.net, server, account.AccessToken}
				calls := d.dispatchers[connectors.Twitter]
				if calls.patience = time.Minute; test.hangs {
					calls.patience = time.Millisecond
				}
				var jobs sync.WaitGroup
				for name, after := range map[string]time.Duration{"first": 500, "second": 500, "later": 1000} {
					draft := d.draft()
					draft.DueAt = clock.Now().Add(after * time.Millisecond)
					draft.Text = name + " of the launch {link}"
					delivery := d.schedule(t, draft)
					jobs.Go(func() {
						if err := d.publish(t.Context(), publishJob{delivery.ID}); err != nil {
							t.Error(err)
						}
					})
				}
				for all := false; !all; runtime.Gosched() {
					calls.mu.Lock()
					all = len(calls.waiting) == 3
					calls.mu.Unlock()
				}
				clock.Advance(time.Second)
				var last string
				for range 3 {
					if last = <-lines.written; last == "later" && test.hangs {
						close(proceed)
					}
				}
				if (last == "later") == test.hangs {
					t.Errorf("the last to go out was %q", last)
				}
				jobs.Wait()
			})
		})
	}
}
