package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/storage"
)

// postForm is what the composer sends for both accounts.
func (d *desk) postForm(text string) url.Values {
	return url.Values{
		"text": {text}, "accounts": {fmt.Sprint(d.x.ID), fmt.Sprint(d.weibo.ID)},
		"when": {"at"}, "due_at": {"2012-08-17T20:00"}, "expires_after": {"10m"},
	}
}

func TestComposerSchedules(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	// It offers the opening of the sale, by the clock of who writes.
	d.wants(200, `value="2012-08-17T20:00"`, "@mi_hk", "小米手机", ">Schedule<")(d.get("/campaigns/1/posts/new"))

	form := d.postForm("Go now\r\n{link}")
	form.Set(fmt.Sprintf("variants.%d", d.weibo.ID), "现在开抢 {link}")
	d.wants(303, "Location: /posts/1\n")(d.post("/campaigns/1/posts", form))
	post, err := d.campaigns.Post(t.Context(), 1)
	d.must(err)
	texts := []string{post.Deliveries[0].Text, post.Deliveries[1].Text}
	want := []string{"Go now\n" + post.Deliveries[0].URL, "现在开抢 " + post.Deliveries[1].URL}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
	if !post.DueAt.Equal(d.sale.OpensAt) || post.ExpiresAfter != 10*time.Minute {
		t.Errorf("due %v, expires after %v", post.DueAt, post.ExpiresAfter)
	}
	d.wants(200, "Scheduled.", "Due Fri 17 Aug, 20:00 Hong Kong", "not after 20:10", "现在开抢")(d.get("/posts/1"))
}

func TestComposerPostsNow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := d.postForm("Now {link}")
	form.Set("when", "now")
	form.Set("due_at", "nonsense that is not looked at")
	d.wants(303, "Location: /posts/1\n")(d.post("/campaigns/1/posts", form))
	if post, err := d.campaigns.Post(t.Context(), 1); err != nil || !post.DueAt.Equal(d.clock.Now()) {
		t.Errorf("due %v, %v", post.DueAt, err)
	}
}

func TestComposerKeepsWhatIsWrong(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, test := range map[string]struct {
		change url.Values
		want   []string
	}{
		"no link":    {url.Values{"text": {"No <link> here"}}, []string{"No &lt;link&gt; here", "{link} exactly once"}},
		"no account": {url.Values{"accounts": nil}, []string{"Choose at least one account."}},
		"the past":   {url.Values{"due_at": {"2012-08-16T19:00"}}, []string{`value="2012-08-16T19:00"`, "due in the past"}},
		"no time":    {url.Values{"due_at": {""}}, []string{"Give a day and a time."}},
		"nothing":    {url.Values{"due_at": {""}, "accounts": nil, "text": {""}}, []string{"Give a day and a time.", "Choose at least one account.", "{link} exactly once"}},
		"too long":   {url.Values{"text": {strings.Repeat("汗", 141) + "{link}"}}, []string{strings.Repeat("汗", 141)}},
		"a variant without a link": {url.Values{fmt.Sprintf("variants.%d", d.x.ID): {"Mine alone"}},
			[]string{"<details open>", "Mine alone", "{link} exactly once"}},
	} {
		form := d.postForm("Go {link}")
		for field, values := range test.change {
			form[field] = values
		}
		t.Log(name)
		d.wants(422, test.want...)(d.post("/campaigns/1/posts", form))
	}
	if posts, err := d.campaigns.CampaignPosts(t.Context(), 1); err != nil || len(posts) != 0 {
		t.Errorf("%d posts were made, %v", len(posts), err)
	}
}

// TestComposerRefusesHoursThatAreNone: a team in Berlin, on the two nights on
// which its clocks are changed.
func TestComposerRefusesHoursThatAreNone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(d.accounts.Preferences(t.Context(), d.actor, "de", "Europe/Berlin"))
	for due, want := range map[string]string{
		"2013-03-31T02:30": "überspringt die Zeitumstellung",
		"2012-10-28T02:30": "gibt es diese Uhrzeit wegen der Zeitumstellung zweimal",
	} {
		form := d.postForm("Go {link}")
		form.Set("due_at", due)
		d.wants(422, want, `value="`+due+`"`)(d.post("/campaigns/1/posts", form))
	}
}

func TestComposerPreview(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := d.postForm("Hallo {link}")
	form.Set(fmt.Sprintf("variants.%d", d.weibo.ID), strings.Repeat("字", 150)+"{link}")
	check, err := d.campaigns.CheckText("twitter", "Hallo {link}")
	d.must(err)
	d.wants(200, fmt.Sprintf(`<span class="figure">%d</span>`, check.Limit-check.Length), `class="count over"`, "Schedule for Fri 17 Aug, 20:00 Hong Kong",
		"That is Fri 17 Aug, 14:00 in Berlin.", "over Weibo", strings.TrimPrefix(d.url, "http://")+"/r/…")(
		d.post("/campaigns/1/posts/preview", form))
	form.Set("when", "now")
	d.wants(200, ">Post now<")(d.post("/campaigns/1/posts/preview", form))
	form.Set("when", "at")
	form.Set("due_at", "")
	d.wants(200, ">Schedule<")(d.post("/campaigns/1/posts/preview", form))
	if posts, err := d.campaigns.CampaignPosts(t.Context(), 1); err != nil || len(posts) != 0 {
		t.Errorf("a preview made %d posts, %v", len(posts), err)
	}
}

func TestPostIsCancelled(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.schedule("Go {link}", time.Hour)
	d.wants(200, `action="/posts/1/cancel"`)(d.get("/posts/1"))
	d.wants(303, "Location: /posts/1\n")(d.post("/posts/1/cancel", nil))
	_, body, _ := d.get("/posts/1")
	if strings.Contains(body, `action="/posts/1/cancel"`) || !strings.Contains(body, "Cancelled") {
		t.Error("the post can be cancelled again")
	}
	d.wants(404)(d.post("/posts/9/cancel", nil))
}

func TestDoubtIsSettled(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	post, other := d.schedule("Go {link}", time.Hour), d.schedule("Went {link}", time.Hour)
	first, second := post.Deliveries[0], post.Deliveries[1]
	postOnX := func(at time.Time) string { return fmt.Sprint((at.UnixMilli() - 1288834974657) << 22) }
	here, taken := postOnX(d.clock.Now()), postOnX(d.clock.Now().Add(time.Second))
	d.must(d.db.Write(t.Context(), func(tx *storage.Tx) error {
		return tx.Exec("UPDATE deliveries SET state = 'published', remote_id = ? WHERE id = ?", taken, other.Deliveries[0].ID).Error
	}))
	d.doubt(first)
	d.doubt(second)
	path := func(d campaigns.Delivery, outcome string) string {
		return fmt.Sprintf("/posts/1/deliveries/%d/%s", d.ID, outcome)
	}
	d.wants(200, path(first, "found"), path(first, "repeat"), "The connection broke.", "Nothing happens until you tell.")(d.get("/posts/1"))

	// An empty address must never mean "post it again".
	d.wants(422, "must begin with https://")(d.post(path(first, "found"), url.Values{"remote_url": {""}}))
	d.wants(422, `value="x.com/1"`)(d.post(path(first, "found"), url.Values{"remote_url": {"x.com/1"}}))
	for address, why := range map[string]string{
		"https://evil.example/1":                "This is not the address of a post on X.",
		d.xURL + "/somebody/status/" + here:     "This is the address of a post of @somebody, and this one went to @mi_hk.",
		d.xURL + "/mi_hk/status/" + here[:17]:   "the post at this address is older than this one",
		d.xURL + "/mi_hk/status/" + taken:       "This is the address of another post already, which went to @mi_hk: “Went”",
		d.xURL + `/"><script>alert(1)</script>`: `value="` + d.xURL + `/&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`,
	} {
		d.wants(422, why)(d.post(path(first, "found"), url.Values{"remote_url": {address}}))
	}
	d.wants(404)(d.post(path(other.Deliveries[0], "repeat"), nil))
	if states := d.states(1); states != "in_doubt in_doubt" {
		t.Fatalf("the deliveries are %s", states)
	}

	d.wants(303)(d.post(path(first, "found"), url.Values{"remote_url": {d.xURL + "/mi_hk/status/" + here + "?s=20"}}))
	d.wants(303)(d.post(path(second, "repeat"), nil))
	if states := d.states(1); states != "published scheduled" {
		t.Errorf("the deliveries are %s", states)
	}
	d.wants(200, `href="`+d.xURL+"/i/status/"+here+`"`, "Next attempt")(d.get("/posts/1"))
	d.wants(409)(d.post(path(first, "repeat"), nil))
}

// A post that Weibo has accepted and holds back says so, and takes its address.
func TestDelayedPostSaysSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	held := d.schedule("Go {link}", time.Hour).Deliveries[1]
	d.must(d.db.Write(t.Context(), func(tx *storage.Tx) error {
		return tx.Exec("UPDATE deliveries SET state = 'published', attempts = 1, wake_at = NULL, called_at = due_at, published_at = due_at, lateness_us = 0 WHERE id = ?", held.ID).Error
	}))
	found := fmt.Sprintf("/posts/1/deliveries/%d/found", held.ID)
	d.wants(200, "Accepted by Weibo, not shown there yet", "Weibo has accepted the post and holds it back for now", found)(d.get("/posts/1"))
	if _, body, _ := d.get("/posts/1"); strings.Contains(body, fmt.Sprintf("/deliveries/%d/repeat", held.ID)) {
		t.Error("it can be posted again")
	}
	d.wants(422, "This is not the address of a post on Weibo.")(d.post(found, url.Values{"remote_url": {"https://evil.example/1"}}))
	d.wants(303)(d.post(found, url.Values{"remote_url": {d.weiboURL + "/detail/3501756485200075"}}))
	if _, body, _ := d.get("/posts/1"); strings.Contains(body, "holds it back") || !strings.Contains(body, "/3501756485200075\"") {
		t.Error("the page does not know where it is")
	}
}

func (d *desk) states(post int64) string {
	d.t.Helper()
	p, err := d.campaigns.Post(d.t.Context(), post)
	d.must(err)
	var states []string
	for _, delivery := range p.Deliveries {
		states = append(states, string(delivery.State))
	}
	return strings.Join(states, " ")
}

func TestChoosingTheCampaignOfAPost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.campaigns.CreateCampaign(t.Context(), d.actor, d.sale.ID, "Reminder")
	d.must(err)
	d.wants(200, "/campaigns/1/posts/new", "/campaigns/2/posts/new", "Reminder")(d.get("/posts/new"))
}

func TestComposerWithoutAccounts(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	b, actor := h.signedIn(accounts.Marketing)
	sale, err := h.campaigns.CreateSale(t.Context(), actor, campaigns.Sale{
		Name: "S", Product: "P", Market: "US", Currency: "USD", Units: 1, OpensAt: h.clock.Now(), StoreURL: "https://shop.example.com",
	})
	h.must(err)
	_, err = h.campaigns.CreateCampaign(t.Context(), actor, sale.ID, "C")
	h.must(err)
	b.wants(200, "No account is connected yet.", `value="2012-08-16T21:00"`)(b.get("/campaigns/1/posts/new"))
}

func TestStoryOfADelivery(t *testing.T) {
	t.Parallel()
	at := func(minute int) *time.Time { when := time.Date(2012, 8, 16, 12, minute, 0, 0, time.UTC); return &when }
	base := campaigns.Delivery{DueAt: *at(0), UpdatedAt: *at(9)}
	stopped := accounts.NetworkAccount{ID: 2, Problem: "The token is void."}
	for name, test := range map[string]struct {
		change func(*campaigns.Delivery)
		want   string
	}{
		"waiting":   {func(d *campaigns.Delivery) { d.State = campaigns.Scheduled }, "due@0"},
		"under way": {func(d *campaigns.Delivery) { d.State, d.CalledAt = campaigns.Publishing, at(1) }, "due@0 called@1"},
		"out":       {func(d *campaigns.Delivery) { d.State, d.CalledAt, d.PublishedAt = campaigns.Published, at(1), at(2) }, "due@0 called@1 published@2"},
		"put off": {func(d *campaigns.Delivery) {
			d.State, d.Attempts, d.CalledAt, d.WakeAt = campaigns.Scheduled, 1, at(1), at(5)
		}, "due@0 called@1 again@5"},
		"account stopped": {func(d *campaigns.Delivery) {
			d.State, d.Error, d.WakeAt, d.AccountID = campaigns.Scheduled, "The token is void.", at(0), stopped.ID
		}, "due@0 account@9"},
		"in doubt":   {func(d *campaigns.Delivery) { d.State, d.CalledAt, d.DoubtedAt = campaigns.InDoubt, at(1), at(3) }, "due@0 called@1 in_doubt@3"},
		"failed":     {func(d *campaigns.Delivery) { d.State, d.CalledAt = campaigns.Failed, at(1) }, "due@0 called@1 failed@9"},
		"never sent": {func(d *campaigns.Delivery) { d.State = campaigns.Expired }, "due@0 expired@9"},
	} {
		d := base
		test.change(&d)
		account := accounts.NetworkAccount{ID: 1}
		if d.AccountID == stopped.ID {
			account = stopped
		}
		var told []string
		for _, s := range story(d, account) {
			told = append(told, fmt.Sprintf("%s@%d", strings.TrimPrefix(s.Key, "post_page.step_"), s.At.Minute()))
		}
		if got := strings.Join(told, " "); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestFirstWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      "",
		"{link}":                "",
		" Go\n\nnow {link}  ":   "Go now",
		strings.Repeat("字", 90): strings.Repeat("字", 90),
		strings.Repeat("字", 91): strings.Repeat("字", 89) + "…",
		strings.Repeat("👩‍👩‍👧", 91) + "x": strings.Repeat("👩‍👩‍👧", 89) + "…",
	} {
		if got := firstWords(text); got != want {
			t.Errorf("%q begins %q, want %q", text, got, want)
		}
	}
}

func TestBars(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var bars []bar
		for _, value := range rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 0, 20).Draw(t, "values") {
			bars = append(bars, bar{Value: value})
		}
		last := int64(1 << 40)
		for i, b := range newBars(bars) {
			var width float64
			if _, err := fmt.Sscanf(b.Width, "%f%%", &width); err != nil || width < 0 || width > 100 {
				t.Fatalf("width %q", b.Width)
			}
			if b.Value > last || i == 0 && b.Value > 0 && width != 100 {
				t.Fatalf("bar %d of %d is %s wide", i, b.Value, b.Width)
			}
			last = b.Value
		}
	})
}

// TestPostIsWrittenAgain for the accounts that missed it, with its texts.
func TestPostIsWrittenAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := d.postForm("Go {link}")
	form.Set(fmt.Sprintf("variants.%d", d.weibo.ID), "去 {link}")
	d.wants(303)(d.post("/campaigns/1/posts", form))
	again := `href="/campaigns/1/posts/new?again=1"`
	if _, page, _ := d.get("/posts/1"); strings.Contains(page, again) {
		t.Error("a post that waits for its time can be written again")
	}
	d.must(d.db.Write(t.Context(), func(tx *storage.Tx) error {
		return tx.Exec("UPDATE deliveries SET wake_at = NULL, state = CASE account_id WHEN ? THEN 'failed' ELSE 'published' END", d.weibo.ID).Error
	}))
	d.wants(200, again)(d.get("/posts/1"))
	box := func(account int64, checked string) string {
		return fmt.Sprintf(`name="accounts" value="%d"%s>`, account, checked)
	}
	d.wants(200, "Go {link}</textarea>", "去 {link}</textarea>", box(d.weibo.ID, " checked"), box(d.x.ID, ""))(d.get("/campaigns/1/posts/new?again=1"))
	d.wants(404)(d.get("/campaigns/1/posts/new?again=99"))
}

// TestPreviewLeavesTheWordOfThePageThatComes: it may overtake that page.
func TestPreviewLeavesTheWordOfThePageThatComes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	form := d.postForm("Go {link}")
	d.wants(303)(d.post("/campaigns/1/posts", form))
	d.wants(200)(d.post("/campaigns/1/posts/preview", form))
	d.wants(200, `class="flash"`)(d.get("/posts/1"))
}
