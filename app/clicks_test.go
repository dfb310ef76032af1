package app

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
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
// answered before SIGTERM took effect is counted. SIGKILL takes at most what no
// flush has written yet, and a flush whole or not at all; how long that is, `make
// bench` measures.
func TestClicksSurvive(t *testing.T) {
	t.Parallel()
	path := binary(t)
	for _, dialect := range []storage.Dialect{storage.SQLite, storage.Postgres} {
		for name, signal := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "SIGKILL": syscall.SIGKILL} {
			t.Run(fmt.Sprint(dialect, " ", name), func(t *testing.T) {
				t.Parallel()
				database := storagetest.URL(t, dialect)
				p, link := clickedProgram(t, path, database)
				clicking := startClicking(t, link)
				flushed := waitForClicks(t, database)
				answered := clicking.until(p, signal)
				least, after := answered, countClicks(t, database)
				if signal == syscall.SIGKILL {
					least = flushed.total
				}
				if after.total < least {
					t.Errorf("%d of %d clicks are counted, want at least %d", after.total, answered, least)
				}
				n := after.total
				if after != (clickSums{n, n, n, n}) {
					t.Errorf("the sums differ: %+v", after)
				}
			})
		}
	}
}

// clickedProgram starts the program with a link of a post that is due later.
func clickedProgram(t *testing.T, path, database string) (*process, string) {
	t.Helper()
	x := sandbox.NewX(sandbox.XOptions{Clock: storage.SystemClock{}.Now})
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
	return p, makeLink(t, newClient("http://"+p.addr, strings.TrimSpace(string(out))), x)
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

// clicking is people who follow a link until it is dead.
type clicking struct {
	*testing.T
	browsers sync.WaitGroup
	answered atomic.Int64 // redirects that came
}

func startClicking(t *testing.T, link string) *clicking {
	t.Helper()
	c := &clicking{T: t}
	for range 4 {
		c.browsers.Go(func() {
			for {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
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
					c.answered.Add(1)
				}
			}
		})
	}
	return c
}

// until ends the program by a signal while people click, and gives how many were
// answered.
func (c *clicking) until(p *process, signal os.Signal) int64 {
	c.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.command.Process.Signal(signal); err != nil {
		c.Fatal(err)
	}
	err := p.command.Wait()
	p.command = nil
	if signal == syscall.SIGTERM && err != nil {
		c.Errorf("after SIGTERM: %v", err)
	}
	c.browsers.Wait()
	return c.answered.Load()
}

// clickSums is how many clicks of people each table has.
type clickSums struct{ total, seconds, minutes, hours int64 }

func countClicks(t *testing.T, database string) (sums clickSums) {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Config{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw(`SELECT (SELECT COALESCE(SUM(people), 0) FROM click_totals), (SELECT COALESCE(SUM(people), 0) FROM clicks),
(SELECT COALESCE(SUM(people), 0) FROM click_counts WHERE span = 60), (SELECT COALESCE(SUM(people), 0) FROM click_counts WHERE span = 3600)`).
			Row().Scan(&sums.total, &sums.seconds, &sums.minutes, &sums.hours)
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// waitForClicks waits until clicks are in the database, and counts them.
func waitForClicks(t *testing.T, database string) clickSums {
	t.Helper()
	clock := storage.SystemClock{}
	for {
		sums := countClicks(t, database)
		if sums.total > 0 {
			return sums
		}
		if err := clock.WaitUntil(t.Context(), clock.Now().Add(20*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
}
