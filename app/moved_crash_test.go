package app

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"fanfare/campaigns"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// TestKilledAfterAMove kills the program when it has claimed a post for the next
// moment, and the post has just been moved. The post is looked for, and goes once,
// at the new time, though by the old one it would have expired.
func TestKilledAfterAMove(t *testing.T) {
	t.Parallel()
	path := binary(t, "-ldflags", "-X fanfare/app.hurry=4") // claims are made 250 ms ahead
	x := sandbox.NewX(sandbox.XOptions{Clock: storage.SystemClock{}.Now, Repeats: true})
	m := mover{process: &process{T: t, path: path, addr: freeAddr(t), data: t.TempDir(), environment: append(os.Environ(),
		"FANFARE_SECRET_KEY="+strings.Repeat("5a", 32), "FANFARE_DATABASE="+storagetest.URL(t, storage.SQLite),
		"FANFARE_X_URL="+listen(t, x), "FANFARE_LOG_LEVEL=error")}}
	m.start()
	t.Cleanup(m.kill)
	key := exec.Command(path, "apikey", "create", "--name", "mover", "--role", "admin", "--data", m.data)
	key.Env = m.environment
	out, err := key.Output()
	if err != nil {
		t.Fatal(err)
	}
	m.api = newClient("http://"+m.addr, strings.TrimSpace(string(out)))
	makeLink(t, m.api, x) // with a campaign and an account, the first of each

	id, due := m.moveAndKill()
	m.start()
	got := m.await(id, due.Add(time.Minute), campaigns.Published)
	outs := 0
	for _, post := range x.Posts() {
		if post.Text != got.Text {
			continue
		}
		if outs++; post.At.Before(due) {
			t.Errorf("it is out since %v, due %v", post.At, due)
		}
	}
	if outs != 1 || !got.DueAt.Equal(due) {
		t.Errorf("it is out %d times: %+v", outs, got)
	}
}

// mover moves posts in their last moment.
type mover struct {
	*process
	api client
}

// moveAndKill kills the program between a move and the old instant, and gives
// the post with its new one. It tries again where it was too slow.
func (m mover) moveAndKill() (id int64, due time.Time) {
	m.Helper()
	for range 20 {
		instant := time.Now().Add(2 * time.Second).UTC().Truncate(time.Microsecond)
		var made campaigns.Post
		err := m.api.post(m.Context(), "/api/v1/campaigns/1/posts", map[string]any{
			"text": fmt.Sprintf("Due %d: {link}", instant.UnixMicro()), "accounts": []int64{1}, "due_at": instant, "expires_after": "1s"}, &made)
		if err != nil {
			m.Fatal(err)
		}
		if m.await(made.ID, instant, campaigns.Publishing).State != campaigns.Publishing {
			continue
		}
		due = instant.Add(20 * time.Second)
		err = m.api.post(m.Context(), fmt.Sprintf("/api/v1/posts/%d/reschedule", made.ID), map[string]any{"due_at": due}, nil)
		m.kill()
		if err == nil && time.Now().Before(instant) {
			return made.ID, due
		}
		m.start()
	}
	m.Fatal("too slow each time")
	return 0, due
}

// await reads a post's delivery until it is in the state, or until then.
func (m mover) await(id int64, until time.Time, state campaigns.State) campaigns.Delivery {
	m.Helper()
	for {
		var post campaigns.Post
		if _, err := m.api.do(m.Context(), http.MethodGet, fmt.Sprintf("/api/v1/posts/%d", id), 0, nil, &post); err != nil {
			m.Fatal(err)
		}
		if d := post.Deliveries[0]; d.State == state || time.Now().After(until) {
			return d
		}
		time.Sleep(2 * time.Millisecond)
	}
}
