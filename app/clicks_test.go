package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fanfare/campaigns"
	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestClicksSurvive ends the real program while people follow a link. What was
// answered before SIGTERM took effect is counted; what was answered more than
// 250 ms before SIGKILL is counted too.
func TestClicksSurvive(t *testing.T) {
	t.Parallel()
	path := binary(t)
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		for name, signal := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "SIGKILL": syscall.SIGKILL} {
			t.Run(fmt.Sprint(dialect, " ", name), func(t *testing.T) {
				t.Parallel()
				// A busy machine may flush late: of the killed ones, one in three lives must keep the time.
				lives := map[os.Signal]int{syscall.SIGTERM: 1, syscall.SIGKILL: 3}[signal]
				for life := range lives {
					sure, counted := clicksOfALife(t, path, dialect, signal)
					if counted >= sure && sure > 0 {
						return
					}
					t.Logf("life %d: %d answered clicks are counted, want %d", life+1, counted, sure)
				}
				t.Errorf("clicks are lost in all of %d lives", lives)
			})
		}
	}
}

// clicksOfALife follows a link until the program is ended by a signal, and gives
// how many of the answered clicks must be counted, and how many are.
func clicksOfALife(t *testing.T, path string, dialect storage.Dialect, signal os.Signal) (sure, counted int64) {
	t.Helper()
	x := sandbox.NewX(sandbox.XOptions{Clock: storage.SystemClock{}.Now})
	database := storagetest.URL(t, dialect)
	p := &process{T: t, path: path, addr: freeAddr(t), data: t.TempDir(), environment: append(os.Environ(),
		"FANFARE_SECRET_KEY="+strings.Repeat("5a", 32), "FANFARE_DATABASE="+database, "FANFARE_X_URL="+listen(t, x), "FANFARE_LOG_LEVEL=error")}
	p.start()
	t.Cleanup(p.kill)
	key := exec.Command(path, "apikey", "create", "--name", "clicks", "--role", "admin", "--data", p.data)
	key.Env = p.environment
	out, err := key.Output()
	if err != nil {
		t.Fatal(err)
	}
	link := makeLink(t, newClient("http://"+p.addr, strings.TrimSpace(string(out))), x)
	answered := clickUntilDead(t, p, link, signal)
	deadline := time.Now()
	if signal == syscall.SIGKILL {
		deadline = answered.ended.Add(-250 * time.Millisecond)
	}
	return answered.before(deadline), countPeople(t, database)
}

// makeLink schedules a post for later and gives its link.
func makeLink(t *testing.T, api client, x *sandbox.X) string {
	t.Helper()
	post := func(path string, in, out any) {
		if err := api.post(t.Context(), path, in, out); err != nil {
			t.Fatal(err)
		}
	}
	var sale, campaign, account struct{ ID int64 }
	post("/api/v1/sales", map[string]any{"name": "Mi 2", "product": "Mi 2", "market": "HK", "currency": "HKD", "units": 1,
		"opens_at": time.Now(), "store_url": "https://shop.example.com/mi2"}, &sale)
	post("/api/v1/campaigns", map[string]any{"sale_id": sale.ID, "name": "Launch"}, &campaign)
	post("/api/v1/accounts", map[string]any{"network": connectors.Twitter, "name": "x",
		"credentials": x.AddAccount(sandbox.XAccount{}).Info().Credentials}, &account)
	var made campaigns.Post
	post(fmt.Sprintf("/api/v1/campaigns/%d/posts", campaign.ID), map[string]any{
		"text": "Open: {link}", "accounts": []int64{account.ID}, "due_at": time.Now().Add(time.Hour)}, &made)
	return made.Deliveries[0].URL
}

type answeredClicks struct {
	ended time.Time // when the signal went out
	times []time.Time
}

func (a answeredClicks) before(deadline time.Time) (n int64) {
	for _, at := range a.times {
		if at.Before(deadline) {
			n++
		}
	}
	return n
}

// clickUntilDead follows the link from four sides, sends the signal after a
// second, and gives when the redirects came.
func clickUntilDead(t *testing.T, p *process, link string, signal os.Signal) (answered answeredClicks) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	var browsers sync.WaitGroup
	for range 4 {
		browsers.Go(func() {
			for ctx.Err() == nil {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
				if err != nil {
					t.Error(err)
					return
				}
				request.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)")
				response, err := http.DefaultTransport.RoundTrip(request)
				if err != nil {
					return // it is dead
				}
				response.Body.Close()
				if response.StatusCode == http.StatusFound {
					mu.Lock()
					answered.times = append(answered.times, time.Now())
					mu.Unlock()
				}
			}
		})
	}
	time.Sleep(time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	answered.ended = time.Now()
	if err := p.command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	err := p.command.Wait()
	p.command = nil
	if signal == syscall.SIGTERM && err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	stop()
	browsers.Wait()
	return answered
}

func countPeople(t *testing.T, database string) (people int64) {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Config{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw("SELECT people FROM click_totals").Row().Scan(&people)
	})
	if err != nil {
		t.Fatal(err)
	}
	return people
}
