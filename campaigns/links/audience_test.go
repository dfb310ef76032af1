package links

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

const (
	iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
	desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

func TestAudienceTellsWherePeopleCameFrom(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		s.clicks.audience.country = func(address netip.Addr) string {
			return map[string]string{"192.0.2.7": "TW"}[address.String()]
		}
		follow := func(link int, v Visit) {
			t.Helper()
			_, err := s.Follow(t.Context(), s.token(link), v)
			must(t, err)
		}
		follow(0, Visit{Method: "GET", UserAgent: iPhone + " Weibo (iPhone17,1__weibo__15.5)", Country: "cn", Address: "192.0.2.1"})
		follow(0, Visit{Method: "GET", UserAgent: iPhone, Country: "CN", Address: "192.0.2.2", Referrer: "https://t.co/abc?x"})
		follow(0, Visit{Method: "GET", UserAgent: iPhone, Country: "T1", Address: "192.0.2.2"})
		follow(1, Visit{Method: "GET", UserAgent: desktop, Address: "192.0.2.7", Referrer: "https://www.Shop.example.com:8443/a"})
		follow(2, Visit{Method: "GET", UserAgent: desktop, Address: "192.0.2.7", Referrer: "nonsense"})
		follow(2, Visit{Method: "HEAD", UserAgent: desktop, Address: "192.0.2.9", Country: "DE"})
		follow(2, Visit{Method: "GET", UserAgent: "Twitterbot/1.0", Address: "192.0.2.9", Country: "DE"})
		must(t, s.clicks.flush(t.Context()))
		clock.Advance(24 * time.Hour)
		follow(1, Visit{Method: "GET", UserAgent: desktop, Address: "192.0.2.7", Referrer: "https://shop.example.com/b"})
		must(t, s.clicks.flush(t.Context()))

		got, err := s.Audience(t.Context(), s.CampaignID)
		must(t, err)
		want := Audience{
			People: 6, Visitors: 4, // three on the first day, one of them again on the second
			Countries: []AudiencePart{{"TW", 3}, {"CN", 2}, {Unknown, 1}},
			Devices:   []AudiencePart{{Computer, 3}, {Phone, 3}},
			Referrers: []AudiencePart{{"shop.example.com", 2}, {DirectReferrer, 1}, {"weibo", 1}, {"x", 1}, {OtherReferrer, 1}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		post, err := s.PostAudience(t.Context(), s.Links[2].PostID)
		must(t, err)
		if post.People != 1 || post.Visitors != 1 {
			t.Errorf("the second post has %+v", post)
		}
		if _, err := s.Audience(t.Context(), 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("no campaign: %v", err)
		}
		if _, err := s.PostAudience(t.Context(), 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("no post: %v", err)
		}
	})
}

// TestVisitorsAreSharedForADay has two services count one person through one
// link: on PostgreSQL, where they may be two processes, that is one visitor.
func TestVisitorsAreSharedForADay(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		if db.Dialect() == storage.SQLite {
			t.Skip("one process")
		}
		s := openShop(t, db)
		other := openService(t, db)
		v := Visit{Method: "GET", UserAgent: iPhone, Address: "2001:db8::1"}
		salts := func() (days []int64) {
			must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
				return tx.Raw("SELECT day FROM visitor_salts").Scan(&days).Error
			}))
			return days
		}
		for _, service := range []*Service{s.Service, other} {
			_, err := service.Follow(t.Context(), s.token(0), v)
			must(t, err)
			must(t, service.clicks.flush(t.Context()))
			v.Address = "2001:db8::2" // the same household
		}
		got, err := s.Audience(t.Context(), s.CampaignID)
		must(t, err)
		if got.People != 2 || got.Visitors != 1 {
			t.Errorf("%+v", got)
		}
		clock.Advance(24 * time.Hour)
		must(t, s.clicks.flush(t.Context()))
		if diff := cmp.Diff([]int64{clock.Now().Unix() / secondsOfDay}, salts()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestManyVisitorsAreEstimated(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		const people = 20_000
		for n := range 2 * people {
			n %= people
			_, err := s.Follow(t.Context(), s.token(0), Visit{
				Method: "GET", UserAgent: iPhone, Address: fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255),
			})
			must(t, err)
			if n%5000 == 0 {
				must(t, s.clicks.flush(t.Context()))
			}
		}
		must(t, s.clicks.flush(t.Context()))
		got, err := s.Audience(t.Context(), s.CampaignID)
		must(t, err)
		if off := float64(got.Visitors)/people - 1; got.People != 2*people || off < -0.07 || off > 0.07 { // four standard errors
			t.Errorf("%d clicks of %d visitors", got.People, got.Visitors)
		}
		var size int
		must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
			return tx.Raw("SELECT length(sketch) FROM click_visitors").Row().Scan(&size)
		}))
		if size > 4200 {
			t.Errorf("a sketch takes %d bytes", size)
		}
	})
}

// TestAFailedFlushKeepsTheAudience and keeps no address.
func TestAFailedFlushKeepsTheAudience(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		_, err := s.Follow(t.Context(), s.token(0), Visit{Method: "GET", UserAgent: iPhone, Address: "192.0.2.1"})
		must(t, err)
		s.clicks.count(4_000_000_000, clock.Now(), false) // no such link: the database refuses the batch
		if err := s.clicks.flush(t.Context()); err == nil {
			t.Fatal("the flush did not fail")
		}
		if len(s.clicks.audience.waiting) != 0 {
			t.Error("addresses wait for the database")
		}
		s.clicks.mu.Lock()
		delete(s.clicks.pending, clickKey{4_000_000_000, clock.Now().Unix()})
		s.clicks.mu.Unlock()
		must(t, s.clicks.flush(t.Context()))
		must(t, s.clicks.flush(t.Context()))
		if got, err := s.Audience(t.Context(), s.CampaignID); err != nil || got.People != 1 || got.Visitors != 1 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestMadeUpReferrersAreBounded(t *testing.T) {
	t.Parallel()
	a := newAudience(nil, nil)
	names := make(map[string]bool)
	for n := range 10 * mostHosts {
		names[a.referrerOf(origin{link: 1, agent: &agent{}, referrer: fmt.Sprintf("https://h%d.example.com/", n)})] = true
	}
	if len(names) != mostHosts+1 || !names[OtherReferrer] {
		t.Errorf("%d names", len(names))
	}
	if got := a.referrerOf(origin{link: 1, agent: &agent{}, referrer: "https://m.weibo.cn/"}); got != "weibo" {
		t.Errorf("weibo counts as %q", got)
	}
}

func TestReferrerNames(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": DirectReferrer, "https://t.co/xyz": "x", "https://mobile.twitter.com/": "x", "https://x.com/a/status/1": "x",
		"android-app://com.twitter.android/": "x", "https://passport.weibo.cn/visitor?a=b": "weibo", "http://t.cn/A": "weibo",
		"https://notx.com/": "notx.com", "https://www.google.com/": "google.com", "HTTPS://NEWS.example.ORG.:443/x": "news.example.org",
		"localhost": OtherReferrer, "https://localhost/": OtherReferrer, "https://a b.com/": OtherReferrer, "https://[::1]/": OtherReferrer,
		"https://" + strings.Repeat("a", 64) + ".com/": OtherReferrer, "https://<script>.com/": OtherReferrer, "https://..": OtherReferrer,
	} {
		if got := referrerName(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func FuzzReferrerName(f *testing.F) {
	f.Add("https://t.co/xyz")
	f.Add("android-app://com.twitter.android/")
	f.Fuzz(func(t *testing.T, header string) {
		if got := referrerName(header); got == "" || len(got) > 253 || strings.ContainsAny(got, " /<>\x00\n") {
			t.Errorf("%q gives %q", header, got)
		}
	})
}

func TestAgentsTellDevices(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]agent{
		iPhone:  {device: Phone},
		desktop: {device: Computer},
		iPhone + " Weibo (iPhone17,1__weibo__15.5)":                                                          {device: Phone, app: "weibo"},
		iPhone + " Twitter for iPhone/11.2":                                                                  {device: Phone, app: "x"},
		"Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) Chrome/140.0 Mobile Safari/537.36 TwitterAndroid":      {device: Phone, app: "x"},
		"Mozilla/5.0 (Linux; Android 14; 23127PN0CC) Chrome/118.0 Mobile Safari/537.36 MicroMessenger/8.0.5": {device: Phone},
		"Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36":         {device: Tablet},
		"Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148":                   {device: Tablet},
		"Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0 ArkWeb/4.1 Mobile":             {device: Phone},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15":  {device: Computer},
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                             {device: Computer},
		"curl/8.5.0": {device: OtherDevice},
	} {
		got := newAgent(text)
		got.digest = 0
		if got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

func TestAgentsAreForgotten(t *testing.T) {
	t.Parallel()
	var c agentCache
	for n := range 3 * mostAgents {
		c.of(fmt.Sprint("agent ", n))
	}
	c.of(strings.Repeat("long", longestAgent))
	if len(c.known) > mostAgents {
		t.Errorf("%d are remembered", len(c.known))
	}
	if got, want := c.of(iPhone), newAgent(iPhone); *got != want || *c.of(iPhone) != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
