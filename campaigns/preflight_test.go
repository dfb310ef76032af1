package campaigns

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fanfare/accounts"
	"fanfare/campaigns/links"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/netguard"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	dead := &connectors.Error{Kind: connectors.KindRetry, Message: "no route"}
	for name, got := range map[string]struct{ got, want string }{
		"token ended":       {tokenCode(noon, noon.Add(time.Hour), noon), "token_ended"},
		"token short":       {tokenCode(noon.Add(time.Hour), noon.Add(time.Hour), noon), "token_short"},
		"token tight":       {tokenCode(noon.Add(2*time.Hour), noon.Add(time.Hour), noon), "token_tight"},
		"token lasts":       {tokenCode(noon.Add(25*time.Hour), noon.Add(time.Hour), noon), "token_ok"},
		"quota full":        {quotaCode(1), "quota_tight"},
		"quota over":        {quotaCode(31.0 / 30), "quota_over"},
		"quota easy":        {quotaCode(0.8), "quota_ok"},
		"no answer":         {unverifiedCode(dead), "network_silent"},
		"a strange error":   {unverifiedCode(errors.New("x")), "network_silent"},
		"a token refused":   {unverifiedCode(&connectors.Error{Kind: connectors.KindAttention, Status: 401}), "account_refused"},
		"a field missing":   {unverifiedCode(&connectors.Error{Kind: connectors.KindRefused}), "account_refused"},
		"a busy network":    {unverifiedCode(&connectors.Error{Kind: connectors.KindRetry, Status: 429}), "network_busy"},
		"link leads":        {linkCode(sight{status: 302, location: "https://s"}, "https://s"), "link_ok"},
		"link leads away":   {linkCode(sight{status: 302, location: "https://other"}, "https://s"), "link_wrong"},
		"link is a page":    {linkCode(sight{status: 200}, "https://s"), "link_wrong"},
		"link is dead":      {linkCode(sight{err: errors.New("x")}, "https://s"), "link_silent"},
		"link is inside":    {linkCode(sight{err: netguard.ErrInternal}, "https://s"), "link_internal"},
		"store answers":     {storeCode(sight{status: 200}, noon), "store_ok"},
		"store leads on":    {storeCode(sight{status: 301}, noon), "store_ok"},
		"store is gone":     {storeCode(sight{status: 404}, noon), "store_wrong"},
		"store breaks":      {storeCode(sight{status: 503}, noon), "store_wrong"},
		"store shuts out":   {storeCode(sight{status: 403}, noon), "store_shy"},
		"store is dead":     {storeCode(sight{err: errors.New("x")}, noon), "store_silent"},
		"store is inside":   {storeCode(sight{err: netguard.ErrInternal}, noon), "store_internal"},
		"certificate ends":  {storeCode(sight{status: 200, tlsEnds: at(noon.Add(-time.Second))}, noon), "store_tls"},
		"certificate lasts": {storeCode(sight{status: 200, tlsEnds: at(noon)}, noon), "store_ok"},
		"failed":            {postCode(Delivery{State: Failed}, false, noon), "post_failed"},
		"expired":           {postCode(Delivery{State: Expired}, false, noon), "post_expired"},
		"in doubt":          {postCode(Delivery{State: InDoubt}, false, noon), "post_in_doubt"},
		"out":               {postCode(Delivery{State: Published}, false, noon), ""},
		"due a moment ago":  {postCode(Delivery{State: Scheduled, DueAt: noon.Add(-time.Minute)}, false, noon), ""},
		"overdue":           {postCode(Delivery{State: Scheduled, DueAt: noon.Add(-2 * time.Minute)}, false, noon), "post_overdue"},
		"overdue, paused":   {postCode(Delivery{State: Scheduled, DueAt: noon.Add(-2 * time.Minute)}, true, noon), ""},
		"past its expiry":   {postCode(Delivery{State: Scheduled, DueAt: noon.Add(-time.Hour), ExpiresAt: at(noon.Add(-time.Minute))}, true, noon), "post_too_late"},
	} {
		if got.got != got.want {
			t.Errorf("%s: %q, want %q", name, got.got, got.want)
		}
	}
}

func TestAccountVerdicts(t *testing.T) {
	t.Parallel()
	account := accounts.NetworkAccount{RemoteID: "1", LinkBaseURL: "https://go.example.cn"}
	troubled := account
	troubled.Problem = "locked"
	for name, test := range map[string]struct {
		account  accounts.NetworkAccount
		identity connectors.Identity
		want     string
	}{
		"well":            {account, connectors.Identity{RemoteID: "1", LinkHost: "GO.example.cn"}, "account_ok"},
		"any links":       {account, connectors.Identity{RemoteID: "1"}, "account_ok"},
		"somebody else's": {account, connectors.Identity{RemoteID: "2"}, "account_other"},
		"troubled":        {troubled, connectors.Identity{RemoteID: "1"}, "account_problem"},
		"other links":     {account, connectors.Identity{RemoteID: "1", LinkHost: "example.cn"}, "account_link_host"},
	} {
		if got := accountCode(test.account, test.identity, "https://fan.example"); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// TestFullest compares the sliding window with counting at every instant.
func TestFullest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		seconds := rapid.SliceOfN(rapid.IntRange(0, 3600), 0, 60).Draw(rt, "due")
		slices.Sort(seconds)
		q := quota{posts: 30, window: connectors.Limit{Span: time.Duration(rapid.IntRange(1, 1000).Draw(rt, "span")) * time.Second}}
		if rapid.Bool().Draw(rt, "by the clock") {
			q.window.Zone = time.FixedZone("CST", 8*60*60)
		}
		var dues []time.Time
		for _, s := range seconds {
			dues = append(dues, noon.Add(time.Duration(s)*time.Second))
		}
		want := 0
		for _, from := range dues {
			n := 0
			for _, due := range dues {
				same := due.Before(from.Add(q.window.Span))
				if q.window.Zone != nil {
					same = due.Before(q.window.End(from))
				}
				if !due.Before(from) && same {
					n++
				}
			}
			want = max(want, n)
		}
		if got := q.fullest(dues); got.used != want {
			rt.Fatalf("%d in a span, want %d", got.used, want)
		}
	})
}

func TestProbe(t *testing.T) {
	t.Parallel()
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.UserAgent()
		http.Redirect(w, r, "https://shop.example/?ref=1", http.StatusFound)
	}))
	defer server.Close()
	if saw := glance(t.Context(), newProbe(false), server.URL); !errors.Is(saw.err, netguard.ErrInternal) || asked != "" {
		t.Errorf("a loopback address was looked at: %+v", saw)
	}
	named := strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // judged after it is resolved
	if saw := glance(t.Context(), newProbe(false), named); !errors.Is(saw.err, netguard.ErrInternal) || asked != "" {
		t.Errorf("localhost was looked at: %+v", saw)
	}
	saw := glance(t.Context(), newProbe(true), server.URL)
	if saw.err != nil || saw.status != 302 || saw.location != "https://shop.example/?ref=1" || saw.tlsEnds != nil {
		t.Errorf("%+v", saw)
	}
	if asked != probeAgent { // which links counts as a bot
		t.Errorf("asked as %q", asked)
	}
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	if saw := glance(t.Context(), newProbe(true), secure.URL); saw.err == nil || netguard.Reason(saw.err) == "" {
		t.Errorf("a certificate that nobody signed was accepted: %+v", saw)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	asked := func(err error) error { return &url.Error{Op: "Get", URL: "https://shop.example/", Err: err} }
	for want, err := range map[string]error{
		"":                    nil,
		"silence.no_host":     asked(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}),
		"silence.timeout":     asked(context.DeadlineExceeded),
		"silence.refused":     asked(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}),
		"silence.certificate": asked(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}),
		"silence.broken":      asked(io.ErrUnexpectedEOF),
	} {
		if got := silence(err); got.Key != want {
			t.Errorf("%v became %q, want %q", err, got.Key, want)
		}
	}
	if got := silence(asked(io.ErrUnexpectedEOF)); got.Message != "the connection failed (unexpected EOF)" {
		t.Errorf("what nobody has words for is told as %q", got.Message)
	}
}

// TestSayings: each code fills all places of its sentences, or the words would
// show {{.Name}}. The codes that are made in tests here are all of campaigns'.
func TestSayings(t *testing.T) {
	t.Parallel()
	for code, say := range sayings {
		if !slices.Contains(groupOrder, say.group) || !slices.Contains(verdictOrder, say.verdict) || say.found == "" {
			t.Errorf("%s: %+v", code, say)
		}
		if (say.verdict == VerdictOK) != (say.toDo == "") {
			t.Errorf("%s: what is wrong has something to do, and nothing else has: %q", code, say.toDo)
		}
	}
}

// preflight runs one for the desk's campaign.
func (d *desk) preflight(t testing.TB) (Preflight, map[string]Finding) {
	t.Helper()
	p, err := d.Preflight(t.Context(), d.campaign.ID)
	must(t, err)
	place := regexp.MustCompile(`{{`)
	byCode := make(map[string]Finding)
	for _, f := range p.Findings {
		byCode[f.Code] = f
		if place.MatchString(f.Found + f.ToDo) {
			t.Errorf("%s: %q %q has a place that is not filled", f.Code, f.Found, f.ToDo)
		}
	}
	return p, byCode
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		d := openDesk(t, db)
		store := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer store.Close()
		targets := make(map[string]string) // by path
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, targets[r.URL.Path], http.StatusFound)
		}))
		defer front.Close()
		d.links, d.publicURL, d.weibo.linkHost = openLinks(t, db, front.URL), front.URL, strings.TrimPrefix(front.URL, "http://")
		d.account, d.other = d.connect(t, connectors.Twitter, "mi"), d.connect(t, connectors.Weibo, "xiaomi")
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Model(&Sale{}).Where("id = ?", d.campaign.SaleID).Update("store_url", store.URL).Error
		}))

		if p, found := d.preflight(t); p.Ready || found["posts_none"].Verdict != VerdictProblem || p.FirstDueAt != nil {
			t.Errorf("without posts: %+v", p)
		}
		draft := d.draft()
		draft.Accounts = []int64{d.account, d.other}
		row := d.schedule(t, draft)
		must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
			var all []links.Link
			if err := tx.Find(&all).Error; err != nil {
				return err
			}
			for _, link := range all {
				targets[strings.TrimPrefix(link.URL, front.URL)] = link.TargetURL
			}
			return nil
		}))
		d.limitTo(2)
		p, found := d.preflight(t)
		for _, code := range []string{"posts_due", "texts_ok", "account_ok", "quota_ok", "link_ok", "store_ok", "sale_open", "posts_before_opening"} {
			if _, ok := found[code]; !ok {
				t.Errorf("no line says %s", code)
			}
		}
		if !p.Ready || p.Problems != 0 || p.Warnings != 0 || !p.FirstDueAt.Equal(row.DueAt) {
			t.Errorf("%+v", p)
		}

		d.net.verifyErr, d.weibo.verifyErr = &connectors.Error{Kind: connectors.KindRetry, Message: "No route."}, netErr(connectors.KindAttention)
		must(t, d.PauseScope(t.Context(), d.actor, OfCampaign(d.campaign.ID)))
		clear(targets)
		store.Close()
		clock.Advance(time.Hour)
		p, found = d.preflight(t)
		for _, code := range []string{"network_silent", "account_refused", "paused_campaign", "link_wrong", "store_silent"} {
			if found[code].Verdict != VerdictProblem || found[code].ToDo == "" {
				t.Errorf("%s: %+v", code, found[code])
			}
		}
		if p.Ready || p.Findings[0].Verdict != VerdictProblem {
			t.Errorf("%+v", p)
		}
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Model(&Delivery{}).Where("campaign_id = ?", d.campaign.ID).Update("state", Expired).Error
		}))
		_, found = d.preflight(t)
		if got := found["post_expired"].Args["Account"]; got != "@mi" && got != "@xiaomi" {
			t.Errorf("what has ended stayed back on %q", got)
		}
		if _, err := d.Preflight(t.Context(), 77); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

func TestOneDeadNetworkIsOneLine(t *testing.T) {
	t.Parallel()
	x := map[string]any{"Network": "X", "Reason": "no route"}
	merged := mergeSilent([]Finding{
		find("network_silent", "@a", "account 1", x), find("network_silent", "@b", "account 2", x),
		find("clock_unknown", "X", "", nil), find("clock_unknown", "Weibo", "", nil),
	})
	if len(merged) != 2 || merged[0].About != "@a, @b" || merged[1].About != "Weibo" {
		t.Errorf("%+v", merged)
	}
}

func TestChecksEndInTime(t *testing.T) {
	t.Parallel()
	hangs := func(ctx context.Context) []Finding {
		if until, bound := ctx.Deadline(); !bound || time.Until(until) > preflightWithin {
			t.Error("a check may take for ever")
		}
		return []Finding{find("texts_ok", "", "", map[string]any{"Texts": 1})}
	}
	if found := runChecks(t.Context(), slices.Repeat([]check{hangs}, 20)); len(found) != 20 {
		t.Errorf("%d findings", len(found))
	}
}

func TestCostAndTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	b := briefing{now: noon, deliveries: []Delivery{
		{ID: 1, PostID: 1, AccountID: 1, Network: connectors.Twitter, State: Scheduled, DueAt: noon, Text: "a", TextKey: "k"},
		{ID: 2, PostID: 2, AccountID: 1, Network: connectors.Twitter, State: Scheduled, DueAt: noon, Text: "a", TextKey: "k"},
		{ID: 3, PostID: 3, AccountID: 2, Network: connectors.Twitter, State: Scheduled, DueAt: noon, Text: long, TextKey: "k"},
		{ID: 4, PostID: 4, AccountID: 1, Network: connectors.Twitter, State: Published, DueAt: noon, Text: "b"},
	}}
	networks := map[string]connectors.Network{connectors.Twitter: &fakeNetwork{price: 15}}
	if total, lines := b.cost(networks); total == nil || total.String() != "USD 0.05" || len(lines) != 1 {
		t.Errorf("three posts at 1.5 cents: %v", total)
	}
	if total, _ := b.cost(map[string]connectors.Network{connectors.Twitter: &fakeNetwork{}}); total != nil {
		t.Errorf("free posts cost %v", total)
	}
	findings := b.textFindings(networks)
	if len(findings) != 2 || findings[0].Code != "text_twin" || findings[0].Subject != "post 2" || findings[1].Code != "text_refused" {
		t.Errorf("%+v", findings)
	}
}
