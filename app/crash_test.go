package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/campaigns"
	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// soak says how hard the crash test is. FANFARE_SOAK=1 chooses the long form,
// FANFARE_SEED the chances.
type soak struct {
	posts   int           // each goes to both networks
	over    time.Duration // from the first due instant to the last
	kills   int
	patient time.Duration // for all to come to an end
	seed    uint64
}

func chooseSoak(t *testing.T) soak {
	t.Helper()
	s := soak{posts: 20, over: 4 * time.Second, kills: 4, patient: 90 * time.Second, seed: uint64(time.Now().UnixNano())}
	if os.Getenv("FANFARE_SOAK") == "1" {
		s = soak{posts: 150, over: 20 * time.Second, kills: 15, patient: 5 * time.Minute, seed: s.seed}
	}
	if text := os.Getenv("FANFARE_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal("FANFARE_SEED: ", err)
		}
		s.seed = seed
	}
	return s
}

// TestCrashes has the program killed again and again, while half of its calls
// to the networks fail, and counts on the networks: nothing is lost, nothing is
// out twice. On PostgreSQL two processes share the work.
func TestCrashes(t *testing.T) {
	t.Parallel()
	path := binary(t, "-ldflags", "-X fanfare/app.hurry=20")
	for dialect, processes := range map[storage.Dialect]int{storage.SQLite: 1, storage.Postgres: 2} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			c := newCrash(t, path, storagetest.URL(t, dialect), processes)
			c.schedule()
			c.breakNetworks()
			c.killAtRandom()
			c.count(c.awaitEnds())
		})
	}
}

// crash is one run.
type crash struct {
	*testing.T
	soak
	random    *rand.Rand
	x         *sandbox.X
	weibo     *sandbox.Weibo
	database  string
	processes []*process
	api       client
	first     time.Time // the first due instant
}

// postsPerWeibo keeps to what Weibo's timeline shows: with more posts on an
// account, whether one is absent could not be told.
const postsPerWeibo = 4

// postsPerX keeps within X's limit of 100 posts in 15 minutes, repeats of
// failed calls among them: posts beyond it would wait for longer than the test.
const postsPerX = 25

func newCrash(t *testing.T, path, database string, processes int) *crash {
	t.Helper()
	c := &crash{T: t, soak: chooseSoak(t), database: database}
	t.Logf("FANFARE_SEED=%d", c.seed)
	c.random = rand.New(rand.NewPCG(c.seed, 1))
	clock := storage.SystemClock{}.Now
	plenty := sandbox.XLimit{Calls: 1 << 20, Window: time.Hour}
	// Both take a text as often as it comes: twice must not be prevented by the network.
	c.x = sandbox.NewX(sandbox.XOptions{Clock: clock, Repeats: true, Limits: map[sandbox.Call]sandbox.XLimit{
		sandbox.CallPublish: plenty, sandbox.CallTimeline: plenty, sandbox.CallShow: plenty, sandbox.CallVerify: plenty,
	}})
	c.weibo = sandbox.NewWeibo(sandbox.WeiboOptions{Clock: clock, PostsPerHour: 1 << 20, CallsPerDay: 1 << 20, RepeatWindow: 1})
	data := t.TempDir()
	environment := append(os.Environ(), "FANFARE_SECRET_KEY="+strings.Repeat("5a", 32), "FANFARE_DATABASE="+database,
		"FANFARE_X_URL="+listen(t, c.x), "FANFARE_WEIBO_URL="+listen(t, c.weibo), "FANFARE_LOG_LEVEL=error",
		"FANFARE_PUBLIC_URL=http://go.example.com")
	for i := range processes {
		p := &process{T: t, path: path, addr: freeAddr(t), data: fmt.Sprintf("%s/%d", data, i), environment: environment}
		p.start()
		t.Cleanup(p.kill)
		c.processes = append(c.processes, p)
	}
	key := exec.Command(path, "apikey", "create", "--name", "crash", "--role", "admin", "--data", c.processes[0].data)
	key.Env = environment
	out, err := key.Output()
	if err != nil {
		t.Fatal(err)
	}
	c.api = newClient("http://"+c.processes[0].addr, strings.TrimSpace(string(out)))
	return c
}

func listen(t testing.TB, network http.Handler) string {
	t.Helper()
	server := httptest.NewServer(network)
	t.Cleanup(server.Close)
	return server.URL
}

func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// process is one running `fanfare serve`.
type process struct {
	*testing.T
	path, addr, data string
	environment      []string

	mu      sync.Mutex
	command *exec.Cmd // nil when it is dead
}

func (p *process) start() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.command = exec.Command(p.path, "serve", "--data", p.data, "--addr", p.addr)
	p.command.Env, p.command.Stderr = p.environment, os.Stderr
	if err := p.command.Start(); err != nil {
		p.Fatal(err)
	}
	waitReady(p.T, "http://"+p.addr+"/readyz")
}

// kill is SIGKILL: the process learns nothing of it.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.command != nil {
		_ = p.command.Process.Kill()
		_ = p.command.Wait() // it was killed
		p.command = nil
	}
}

func (c *crash) post(path string, in, out any) {
	c.Helper()
	if err := c.api.post(c.Context(), path, in, out); err != nil {
		c.Fatal(err)
	}
}

func (c *crash) connect(network, name string, credentials map[string]string) int64 {
	c.Helper()
	var account struct{ ID int64 }
	c.post("/api/v1/accounts", map[string]any{"network": network, "name": name, "credentials": credentials}, &account)
	return account.ID
}

// schedule stores the posts, each for X and for one of the Weibo accounts.
func (c *crash) schedule() {
	c.Helper()
	var sale, campaign struct{ ID int64 }
	c.post("/api/v1/sales", map[string]any{"name": "Mi 2", "product": "Mi 2", "market": "HK", "currency": "HKD", "units": 1,
		"opens_at": time.Now(), "store_url": "https://shop.example.com/mi2"}, &sale)
	c.post("/api/v1/campaigns", map[string]any{"sale_id": sale.ID, "name": "Launch"}, &campaign)
	c.first = time.Now().Add(4*time.Second + time.Duration(c.posts)*20*time.Millisecond)
	var x, weibo int64
	for i := range c.posts {
		if i%postsPerX == 0 {
			account := c.x.AddAccount(sandbox.XAccount{})
			x = c.connect(connectors.Twitter, account.Handle, account.Info().Credentials)
		}
		if i%postsPerWeibo == 0 {
			account := c.weibo.AddAccount(sandbox.WeiboAccount{SafeDomain: "go.example.com"})
			weibo = c.connect(connectors.Weibo, account.Name, map[string]string{
				"app_key": account.AppKey, "app_secret": account.AppSecret,
				"access_token": account.AccessToken, "safe_domain": account.SafeDomain,
			})
		}
		c.post(fmt.Sprintf("/api/v1/campaigns/%d/posts", campaign.ID), map[string]any{
			"text": fmt.Sprintf("Number %d of the Mi 2: {link}", i), "accounts": []int64{x, weibo},
			"due_at": c.first.Add(time.Duration(c.random.Int64N(int64(c.over)))),
		}, nil)
	}
}

// breakNetworks has half of all calls to publish fail, in every way there is.
func (c *crash) breakNetworks() {
	ways := []sandbox.Fault{
		{Kind: sandbox.Reset, Accepted: true}, {Kind: sandbox.Reset},
		{Kind: sandbox.Timeout, Accepted: true, Millis: 3000}, {Kind: sandbox.Timeout, Millis: 3000},
		{Kind: sandbox.ServerError, Accepted: true}, {Kind: sandbox.ServerError},
		{Kind: sandbox.BadGateway, Accepted: true}, {Kind: sandbox.BadGateway},
		{Kind: sandbox.Truncated},
	}
	c.random.Shuffle(len(ways), func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
	for i := range ways {
		// The first that fits hits: 1 - (1-p)^9 is about a half.
		ways[i].Call, ways[i].Probability = sandbox.CallPublish, 0.075
	}
	c.x.Faults.Add(ways...)
	c.weibo.Faults.Add(ways...)
}

// killAtRandom kills and restarts processes, one at a time, while deliveries
// are due and for some time after.
func (c *crash) killAtRandom() {
	c.Helper()
	pause := (c.over + 3*time.Second) / time.Duration(c.kills)
	time.Sleep(time.Until(c.first.Add(-time.Second)))
	for range c.kills {
		time.Sleep(time.Duration(c.random.Int64N(int64(2 * pause))))
		p := c.processes[c.random.IntN(len(c.processes))]
		p.kill()
		p.start()
	}
}

// awaitEnds waits until every delivery has come to an end or waits for a person.
func (c *crash) awaitEnds() []campaigns.Delivery {
	c.Helper()
	db, err := storage.Open(c.Context(), storage.Config{URL: c.database})
	if err != nil {
		c.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(c.patient); ; time.Sleep(100 * time.Millisecond) {
		var all, open []campaigns.Delivery
		err := db.Read(context.WithoutCancel(c.Context()), func(tx *storage.Tx) error {
			if err := tx.Find(&all).Error; err != nil {
				return err
			}
			return tx.Where("wake_at IS NOT NULL").Find(&open).Error
		})
		switch {
		case err != nil:
			c.Fatal(err)
		case len(open) == 0:
			return all
		case time.Now().After(deadline):
			c.Fatalf("%d of %d deliveries do not come to an end; the first is %+v", len(open), len(all), open[0])
		}
	}
}

// count compares what the deliveries say with what is on the networks.
func (c *crash) count(deliveries []campaigns.Delivery) {
	c.Helper()
	out := make(map[string]int)
	posts := append(c.x.Posts(), c.weibo.Posts()...)
	for _, p := range posts {
		out[p.Text]++
	}
	states := make(map[campaigns.State]int)
	var twice, lost, stray, attempts int
	for _, d := range deliveries {
		states[d.State]++
		attempts += d.Attempts
		n := out[d.Text]
		delete(out, d.Text)
		switch {
		case n > 1:
			twice++
		case d.State == campaigns.Published && n == 0:
			lost++
		case d.State != campaigns.Published && d.State != campaigns.InDoubt && n > 0:
			stray++
		}
		if d.State != campaigns.Published || n != 1 {
			c.Logf("delivery %d to %s is %s (%s) after %d attempts, and out %d times", d.ID, d.Network, d.State, d.Error, d.Attempts, n)
		}
	}
	c.Logf("%d deliveries: %v after %d attempts and %d kills; %d posts on the networks", len(deliveries), states, attempts, c.kills, len(posts))
	if len(deliveries) != 2*c.posts || twice+lost+stray+len(out) > 0 {
		c.Errorf("%d deliveries, want %d; %d twice, %d lost, %d out although they say otherwise, %d posts of nobody",
			len(deliveries), 2*c.posts, twice, lost, stray, len(out))
	}
	if undecided := states[campaigns.InDoubt]; undecided*100 > len(deliveries) {
		c.Errorf("%d of %d deliveries are left to a person", undecided, len(deliveries))
	}
}
