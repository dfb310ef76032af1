package campaigns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/scheduler"
	"fanfare/storage"
)

// fakeNetwork does what its script says, call by call, and keeps what was
// posted. Without a script every call succeeds.
type fakeNetwork struct {
	name     string
	linkHost string
	price    int64
	clock    storage.Clock

	mu         sync.Mutex
	replies    []reply // for the next calls to Publish
	findErrs   []error // for the next calls to Find
	uploads    int
	uploadErrs []error // for the next calls to Upload
	verifyErr  error
	lag        time.Duration // until a post shows on the timeline
	posts      []fakePost
	calls      int
	finds      int
	limits     []connectors.Limit
	counts     func(ids []string) (connectors.Counts, error) // none when nil
}

// reply is what one call to Publish does.
type reply struct {
	err    error
	posted bool   // although there is an error
	during func() // while the call is under way
}

type fakePost struct {
	connectors.Post
	at time.Time
}

func (n *fakeNetwork) Name() string { return n.name }

func (n *fakeNetwork) Check(text, linkHost string) connectors.Check {
	check := connectors.Check{Length: len(text), Limit: 280, Valid: len(text) <= 280, Price: n.price}
	if !check.Valid {
		check.Problems = []connectors.Problem{{Key: "fake.long", Message: "Too long."}}
	}
	return check
}

func (n *fakeNetwork) CheckMedia(images []connectors.Image) []connectors.Problem {
	if n.name == connectors.Weibo && len(images) > 1 {
		return []connectors.Problem{{Key: "fake.images", Message: "One image at the most."}}
	}
	return nil
}

// Upload takes images ahead, but for Weibo.
func (n *fakeNetwork) Upload(_ context.Context, _ connectors.Credentials, image connectors.Image) (connectors.Uploaded, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.name == connectors.Weibo {
		return connectors.Uploaded{}, nil
	}
	n.uploads++
	if len(n.uploadErrs) > 0 {
		err := n.uploadErrs[0]
		n.uploadErrs = n.uploadErrs[1:]
		if err != nil {
			return connectors.Uploaded{}, err
		}
	}
	return connectors.Uploaded{RemoteID: fmt.Sprintf("m%d-%d", n.uploads, len(image.Content)), ExpiresAt: n.clock.Now().Add(24 * time.Hour)}, nil
}

func (n *fakeNetwork) Verify(_ context.Context, credentials connectors.Credentials) (connectors.Identity, error) {
	if n.verifyErr != nil {
		return connectors.Identity{}, n.verifyErr
	}
	var given struct{ User string }
	if err := json.Unmarshal(credentials, &given); err != nil {
		return connectors.Identity{}, err
	}
	return connectors.Identity{RemoteID: "id-" + given.User, Handle: "@" + given.User, LinkHost: n.linkHost}, nil
}

func (n *fakeNetwork) Publish(ctx context.Context, _ connectors.Credentials, post connectors.Post) (connectors.Receipt, error) {
	n.mu.Lock()
	var r reply
	if len(n.replies) > 0 {
		r, n.replies = n.replies[0], n.replies[1:]
	}
	n.calls++
	n.mu.Unlock()
	if r.during != nil {
		r.during()
	}
	if ctx.Err() != nil {
		return connectors.Receipt{}, &connectors.Error{Kind: connectors.KindUnknown, Message: "cut short"}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if r.err == nil || r.posted {
		n.posts = append(n.posts, fakePost{post, n.clock.Now()})
	}
	if r.err != nil {
		return connectors.Receipt{}, r.err
	}
	return n.receipt(n.posts[len(n.posts)-1]), nil
}

func (n *fakeNetwork) Find(_ context.Context, _ connectors.Credentials, post connectors.Post, since time.Time) (connectors.Receipt, bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.finds++
	if len(n.findErrs) > 0 {
		err := n.findErrs[0]
		n.findErrs = n.findErrs[1:]
		if err != nil {
			return connectors.Receipt{}, false, err
		}
	}
	for _, p := range n.posts {
		shown := !p.at.Add(n.lag).After(n.clock.Now())
		if p.Link == post.Link && p.AccountID == post.AccountID && !p.at.Before(since) && shown {
			return n.receipt(p), true, nil
		}
	}
	return connectors.Receipt{}, false, nil
}

func (n *fakeNetwork) Limits(connectors.Credentials) []connectors.Limit { return n.limits }

func (n *fakeNetwork) Counts(_ context.Context, _ connectors.Credentials, ids []string) (connectors.Counts, error) {
	if n.counts == nil {
		return connectors.Counts{}, nil
	}
	return n.counts(ids)
}

const fakePages = "https://net.example/"

// Recognize takes addresses such as those of its receipts.
func (n *fakeNetwork) Recognize(account connectors.Identity, address string) (connectors.Receipt, *connectors.Problem) {
	path, ok := strings.CutPrefix(address, fakePages)
	author, page, _ := strings.Cut(path, "/")
	id, err := url.PathUnescape(page)
	switch {
	case !ok || page == "" || err != nil:
		return connectors.Receipt{}, &connectors.Problem{Key: "fake.no_post", Message: "No post."}
	case author != account.RemoteID:
		return connectors.Receipt{}, &connectors.Problem{Key: "fake.other_author", Message: "Not yours."}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.posts {
		if receipt := n.receipt(p); receipt.RemoteID == id {
			return receipt, nil
		}
	}
	return connectors.Receipt{RemoteID: id, URL: address}, nil
}

// receipt tells whole seconds, as real networks do.
func (n *fakeNetwork) receipt(p fakePost) connectors.Receipt {
	id := "r" + p.Link
	return connectors.Receipt{RemoteID: id, URL: fakePages + p.AccountID + "/" + url.PathEscape(id), CreatedAt: p.at.Truncate(time.Second)}
}

// pageOf gives the address of the post with a link; "" while it is not out.
func (n *fakeNetwork) pageOf(link string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.posts {
		if p.Link == link {
			return n.receipt(p).URL
		}
	}
	return ""
}

// holds counts how often a link is out.
func (n *fakeNetwork) holds(link string) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.posts {
		if p.Link == link {
			count++
		}
	}
	return count
}

func (n *fakeNetwork) script(replies ...reply) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.replies = append(n.replies, replies...)
}

func netErr(kind connectors.ErrorKind) *connectors.Error {
	return &connectors.Error{Kind: kind, Message: "The network said " + string(kind) + ".", Key: "net." + string(kind)}
}

// desk is a service with two connected accounts, one on each network, and a
// campaign.
type desk struct {
	*Service
	net, weibo *fakeNetwork
	actor      accounts.Actor
	campaign   Campaign
	account    int64 // on net
	other      int64 // on weibo
}

func openDesk(t testing.TB, db *storage.DB) *desk {
	t.Helper()
	jobs, err := scheduler.New(db, nil)
	must(t, err)
	people := accounts.New(db, testSecret)
	d := &desk{
		net:   &fakeNetwork{name: connectors.Twitter, clock: db.Clock()},
		weibo: &fakeNetwork{name: connectors.Weibo, clock: db.Clock(), linkHost: "go.example.cn"},
	}
	d.Service, err = New(Options{
		DB: db, Jobs: jobs, Accounts: people, Links: openLinks(t, db, "https://fan.example"), PublicURL: "https://fan.example",
		Media:    openMedia(t, db),
		Networks: []connectors.Network{d.net, d.weibo},
	})
	must(t, err)
	person, err := people.CreatePerson(t.Context(), accounts.System(), accounts.PersonDraft{Email: "lei@example.com", Name: "Lei", Role: accounts.Marketing})
	must(t, err)
	d.actor = accounts.Actor{PersonID: person.ID, Role: accounts.Marketing}
	sale, err := d.CreateSale(t.Context(), d.actor, d.saleDraft())
	must(t, err)
	d.campaign, err = d.CreateCampaign(t.Context(), d.actor, sale.ID, "Launch")
	must(t, err)
	d.account = d.connect(t, connectors.Twitter, "mi")
	d.other = d.connect(t, connectors.Weibo, "xiaomi")
	return d
}

func (d *desk) saleDraft() Sale {
	return Sale{
		Name: "Mi 2 in Hong Kong", Product: "Mi 2", Market: "HK", Currency: "HKD", Units: 50000,
		OpensAt: d.db.Clock().Now().Add(time.Hour), StoreURL: "https://shop.example/mi2?c=red",
	}
}

func (d *desk) connect(t testing.TB, network, user string) int64 {
	t.Helper()
	account, err := d.ConnectAccount(t.Context(), d.actor, AccountDraft{
		Network: network, Name: user, Credentials: connectors.Credentials(`{"user":"` + user + `"}`),
	})
	must(t, err)
	return account.ID
}

var nextText = struct {
	sync.Mutex
	n int
}{}

// uniqueText gives a text unlike all others.
func uniqueText() string {
	nextText.Lock()
	defer nextText.Unlock()
	nextText.n++
	return fmt.Sprintf("Mi 2, number %d: {link}", nextText.n)
}

// draft is a valid post for the account on net, due in a minute.
func (d *desk) draft() PostDraft {
	return PostDraft{
		CampaignID: d.campaign.ID, Text: uniqueText(), Accounts: []int64{d.account},
		DueAt: d.db.Clock().Now().Add(time.Minute),
	}
}

// schedule stores the draft and gives its first delivery.
func (d *desk) schedule(t testing.TB, draft PostDraft) Delivery {
	t.Helper()
	post, err := d.SchedulePost(t.Context(), d.actor, draft)
	must(t, err)
	return post.Deliveries[0]
}

// delivery reads a delivery as it stands now.
func (d *desk) delivery(t testing.TB, id int64) (row Delivery) {
	t.Helper()
	must(t, d.db.Read(context.WithoutCancel(t.Context()), func(tx *storage.Tx) error { return tx.First(&row, id).Error }))
	return row
}

func (d *desk) wantState(t testing.TB, id int64, want State) Delivery {
	t.Helper()
	row := d.delivery(t, id)
	if row.State != want {
		t.Fatalf("delivery is %s (%s), want %s", row.State, row.Error, want)
	}
	return row
}

// claimNow claims a delivery as a job does that has just read it.
func (d *desk) claimNow(t testing.TB, id int64) (claimed outgoing, ok bool) {
	t.Helper()
	claimed, err := d.prepare(t.Context(), id)
	must(t, err)
	claimed.delivery, ok, err = d.claim(claimed)
	must(t, err)
	return claimed, ok
}

// releaseNow does what comes in the last instant before the call.
func (d *desk) releaseNow(out outgoing) (ok bool, err error) {
	wave, err := newDispatcher(d.db.Clock(), 1, d.Service.release, d.takeBack).await(context.Background(), out, d.db.Clock().Now())
	return wave != nil, err
}

// storedJob is a row of the job engine's table.
type storedJob struct {
	ID   int64
	Kind string
	Args string
}

// jobs gives the jobs that are waiting.
func (d *desk) jobs(t testing.TB) (jobs []storedJob) {
	t.Helper()
	args := "json(args)"
	if d.db.Dialect() == storage.Postgres {
		args = "args::text"
	}
	must(t, d.db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw("SELECT id, kind, " + args + " AS args FROM river_job ORDER BY id").Scan(&jobs).Error
	}))
	return jobs
}

func (d *desk) forget(t testing.TB, jobs ...storedJob) {
	t.Helper()
	must(t, d.db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, job := range jobs {
			if err := tx.Exec("DELETE FROM river_job WHERE id = ?", job.ID).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

// run does, as the scheduler would, every job whose delivery is to be woken by
// now, and those that come of them.
func (d *desk) run(t testing.TB) {
	t.Helper()
	for range 20 {
		done := 0
		for _, job := range d.jobs(t) {
			if d.ripe(t, job) { // those before it may have changed that
				d.forget(t, job)
				must(t, d.do(t, job))
				done++
			}
		}
		if done == 0 {
			return
		}
	}
	t.Fatal("the jobs never come to an end")
}

func (j storedJob) deliveryID(t testing.TB) int64 {
	t.Helper()
	var args publishJob
	must(t, json.Unmarshal([]byte(j.Args), &args))
	return args.DeliveryID
}

// ripe tells whether a job would not wait: those of settled deliveries end at once.
func (d *desk) ripe(t testing.TB, job storedJob) bool {
	t.Helper()
	row := d.delivery(t, job.deliveryID(t))
	if job.Kind == (receiptJob{}).Kind() {
		return !d.db.Clock().Now().Before(row.PublishedAt.Add(d.timing.ReceiptPause))
	}
	now := d.db.Clock().Now()
	if job.Kind == (uploadJob{}).Kind() {
		now = now.Add(uploadLead)
	}
	return row.WakeAt == nil || !row.WakeAt.After(now)
}

func (d *desk) do(t testing.TB, job storedJob) error {
	t.Helper()
	id := job.deliveryID(t)
	var err error
	switch job.Kind {
	case publishJob{}.Kind():
		err = d.publish(t.Context(), publishJob{id})
	case uploadJob{}.Kind():
		err = d.upload(t.Context(), uploadJob{id})
	case reconcileJob{}.Kind():
		err = d.reconcile(t.Context(), reconcileJob{id})
	case receiptJob{}.Kind():
		err = d.fetchReceipt(t.Context(), receiptJob{id})
	default:
		t.Fatalf("no such job: %s", job.Kind)
	}
	var again *rivertype.JobSnoozeError
	if errors.As(err, &again) {
		return nil
	}
	return err
}
