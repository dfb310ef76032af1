package app

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fanfare/connectors/sandbox"
	"fanfare/storage"
)

// TestAFullDisk fills the disk under the real program while it takes orders and
// clicks: it refuses with 503, keeps what it acknowledged, and serves again when
// there is room. Clicks wait in memory meanwhile, and none is lost.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 24)
	x := sandbox.NewX(sandbox.XOptions{Clock: storage.SystemClock{}.Now})
	s := newShop(t, "sqlite:"+filepath.Join(disk, "fanfare.db"), 1, "FANFARE_X_URL="+listen(t, x))
	link := makeLink(t, s.clients[0], x)
	s.token = link[strings.LastIndex(link, "/")+1:]

	var answers [3]atomic.Int64 // orders stored, orders refused, clicks answered
	var next atomic.Int64
	ended := make(chan struct{})
	var people sync.WaitGroup
	for range 8 {
		people.Go(func() {
			for running(ended) {
				switch status := s.send(s.clients[0], fmt.Sprint("order-", next.Add(1))); status {
				case http.StatusCreated:
					answers[0].Add(1)
				case http.StatusServiceUnavailable:
					answers[1].Add(1)
				default:
					t.Errorf("an order was answered with %d", status)
				}
			}
		})
	}
	people.Go(func() {
		for running(ended) {
			if status := s.click(link); status == http.StatusFound {
				answers[2].Add(1)
			} else {
				t.Errorf("a click was answered with %d", status)
			}
		}
	})
	more := func(n *atomic.Int64) {
		t.Helper()
		want := n.Load() + 200
		for deadline := time.Now().Add(2 * time.Minute); n.Load() < want; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("after two minutes: %d orders stored, %d refused, %d clicks", answers[0].Load(), answers[1].Load(), answers[2].Load())
			}
		}
	}
	more(&answers[0])
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	more(&answers[1])
	more(&answers[2])
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	more(&answers[0])
	more(&answers[2])
	close(ended)
	people.Wait()
	p := s.processes[0]
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.command.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	s.check()
	wantClicks(t, s.database, answers[2].Load())
	t.Logf("%d orders stored, %d refused, %d clicks", answers[0].Load(), answers[1].Load(), answers[2].Load())
}

func running(ended chan struct{}) bool {
	select {
	case <-ended:
		return false
	default:
		return true
	}
}

// smallDisk mounts a disk of so many megabytes, or skips the test where that is
// not allowed: root alone may, and not in every container.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes))
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("nothing may be mounted here, so that there is no disk to fill: run it as root")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes a file until its disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; {
		if _, err := file.Write(bytes.Repeat([]byte{'x'}, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// click follows a link once, as somebody with a phone.
func (s *shop) click(link string) (status int) {
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, link, nil)
	if err != nil {
		s.Error(err)
		return 0
	}
	request.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// wantClicks compares every rollup of clicks with what was answered.
func wantClicks(t *testing.T, database string, want int64) {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Config{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, query := range map[string]string{
		"in all":    "SELECT SUM(people) FROM click_totals",
		"by second": "SELECT SUM(people) FROM clicks",
		"by minute": "SELECT SUM(people) FROM click_counts WHERE span = 60",
		"by hour":   "SELECT SUM(people) FROM click_counts WHERE span = 3600",
		"by device": "SELECT SUM(people) FROM click_audience WHERE kind = 'device'",
	} {
		var got int64
		err := db.Read(t.Context(), func(tx *storage.Tx) error { return tx.Raw(query).Row().Scan(&got) })
		if err != nil || got != want {
			t.Errorf("%s: %d clicks are counted, want %d: %v", name, got, want, err)
		}
	}
}
