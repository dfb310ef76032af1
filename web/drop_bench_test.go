//go:build unix

package web

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"fanfare/storage"
)

// BenchmarkDropViewers tells what viewers of a drop cost while 20,000 orders a
// second come through 24 links: each round is one second, and the figure is
// the CPU time of the whole process, which reads the streams too.
func BenchmarkDropViewers(b *testing.B) {
	for _, viewers := range []int{0, 1, 100, 1000} {
		b.Run(fmt.Sprint(viewers), func(b *testing.B) {
			d := newDesk(b)
			d.sell()
			for range viewers {
				d.watch(b)
			}
			time.Sleep(time.Second) // until all have come
			before := cpuTime(b)
			for b.Loop() {
				time.Sleep(time.Second)
			}
			spent := (cpuTime(b) - before).Seconds() / float64(b.N)
			b.ReportMetric(100*spent, "%core")
			b.ReportMetric(100*spent/float64(max(1, viewers)), "%core/viewer")
		})
	}
}

// sell fills the sums with what five minutes of a drop leave behind.
func (d *desk) sell() {
	d.t.Helper()
	for n := range 12 {
		d.schedule(fmt.Sprintf("Wave %d {link}", n), time.Hour)
	}
	d.must(d.db.Write(d.t.Context(), func(tx *storage.Tx) error {
		for _, span := range []int64{1, 60, 3600} {
			err := tx.Exec(`WITH RECURSIVE ago (s) AS (SELECT 1 UNION ALL SELECT s + 1 FROM ago WHERE s < 300)
INSERT INTO order_counts (campaign_id, span, at, delivery_id, currency, shard, orders, units, total)
SELECT 1, ?1, (?2 - s) / ?1 * ?1, id, 'EUR', 0, COUNT(*) * 833, COUNT(*) * 833, COUNT(*) * 16616700 FROM ago, deliveries GROUP BY (?2 - s) / ?1, id`,
				span, tx.Now.Unix()).Error
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// watch opens a stream as cheaply as can be, and reads it to nowhere.
func (d *desk) watch(b *testing.B) {
	b.Helper()
	conn, err := net.Dial("tcp", d.url[len("http://"):])
	d.must(err)
	b.Cleanup(func() { conn.Close() })
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, d.url+"/campaigns/1/drop/events", nil)
	d.must(err)
	for _, cookie := range d.browser.http.Jar.Cookies(request.URL) {
		request.AddCookie(cookie)
	}
	d.must(request.Write(conn))
	answer := bufio.NewReader(conn)
	line, err := answer.ReadString('\n')
	if err != nil || line != "HTTP/1.1 200 OK\r\n" {
		b.Fatal(line, err)
	}
	go func() { _, _ = answer.WriteTo(discard{}) }()
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
