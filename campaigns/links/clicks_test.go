package links

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

type clickRow struct{ LinkID, Second, People, Bots int64 }

func clickRows(t *testing.T, db *storage.DB) (rows []clickRow) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx *storage.Tx) error {
		return tx.Raw("SELECT * FROM clicks ORDER BY link_id, second").Scan(&rows).Error
	}))
	return rows
}

func TestFollowCountsBySecond(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		person := Visit{Method: "GET", UserAgent: "Mozilla/5.0"}
		follow := func(link int, visit Visit) {
			t.Helper()
			if target, err := s.Follow(t.Context(), s.token(link), visit); err != nil || target != s.Links[link].TargetURL {
				t.Fatalf("%q, %v", target, err)
			}
		}
		second := clock.Now().Unix()
		follow(0, person)
		follow(0, Visit{Method: "HEAD", UserAgent: "Mozilla/5.0"})
		follow(0, Visit{Method: "GET", UserAgent: "Mozilla/5.0", Ahead: true})
		follow(1, person)
		must(t, s.clicks.flush(t.Context()))
		follow(0, person)
		clock.Advance(time.Second)
		follow(0, person)
		must(t, s.clicks.flush(t.Context()))
		want := []clickRow{
			{s.Links[0].ID, second, 2, 2},
			{s.Links[0].ID, second + 1, 1, 0},
			{s.Links[1].ID, second, 1, 0},
		}
		if diff := cmp.Diff(want, clickRows(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFollowRefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		for _, token := range []string{"", "x", s.token(0)[1:], "000000000000", s.tokens.Token(4_000_000_000)} {
			if target, err := s.Follow(t.Context(), token, Visit{Method: "GET", UserAgent: "x"}); !fault.Is(err, fault.NotFound) || target != "" {
				t.Errorf("%q leads to %q, %v", token, target, err)
			}
		}
		must(t, s.clicks.flush(t.Context()))
		if rows := clickRows(t, db); len(rows) != 0 {
			t.Errorf("counted %v", rows)
		}
	})
}

func TestClicksSurviveAFailedFlush(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		c := newClickCounter(db, slog.New(slog.DiscardHandler), nil)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 250 {
					c.count(uint32(s.Links[0].ID), clock.Now(), false)
				}
			})
		}
		c.count(4_000_000_000, clock.Now(), false) // no such link: the database refuses the batch
		all.Wait()
		if err := c.flush(t.Context()); err == nil {
			t.Fatal("the flush did not fail")
		}
		if rows := clickRows(t, db); len(rows) != 0 {
			t.Fatalf("a failed flush left %v", rows)
		}
		c.count(uint32(s.Links[0].ID), clock.Now(), true)
		delete(c.pending, clickKey{4_000_000_000, clock.Now().Unix()})
		must(t, c.stop(t.Context()))
		must(t, c.stop(t.Context()))
		want := []clickRow{{s.Links[0].ID, clock.Now().Unix(), 2000, 1}}
		if diff := cmp.Diff(want, clickRows(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestManyClicksInOneFlush(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		c := newClickCounter(db, slog.New(slog.DiscardHandler), nil)
		for n := range 300 {
			c.count(uint32(s.Links[n%4].ID), clock.Now().Add(time.Duration(n)*time.Second), false)
		}
		c.start()
		must(t, c.stop(t.Context()))
		if rows := clickRows(t, db); len(rows) != 300 {
			t.Errorf("%d rows, want 300", len(rows))
		}
	})
}

func TestBotsAreToldFromPeople(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]bool{
		"":               true,
		" ":              true,
		"Twitterbot/1.0": true,
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)":                                                         true,
		"Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)":                                               true,
		"Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)":                                                           true,
		"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)":                                                           true,
		"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)":                                                                        true,
		"Mozilla/5.0 (compatible; TwitterBot/1.0)":                                                                                          true,
		"Mozilla/5.0 (Linux; Android 7.0) AppleWebKit/537.36 Mobile Safari/537.36 (compatible; Bytespider; https://zhanzhang.toutiao.com/)": true,
		"Mozilla/5.0 (compatible;PetalBot;+https://webmaster.petalsearch.com/site/petalbot)":                                                true,
		"Mozilla/5.0 (compatible; YisouSpider/5.0)":                                                                                         true,
		"Mozilla/5.0 AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36":                                                             true,
		"AdsBot-Google (+http://www.google.com/adsbot.html)":                                                                                true,
		"Discordbot/2.0":              true,
		"FanfareBot/1.0 (pre-flight)": true,
		"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://linkedin.com)":                                               true,
		"Mozilla/5.0 (Linux; Android 14; 23127PN0CC) Chrome/118.0 Mobile Safari/537.36 XWEB/1160065 MicroMessenger/8.0.48":                false,
		"Mozilla/5.0 (Linux; Android 13; V2254A) Chrome/89.0 Mobile Safari/537.36 Weibo (vivo-V2254A__weibo__13.6.1__android__android13)": false,
		"Mozilla/5.0 (Linux; U; Android 12; zh-cn; M2102K1C) Chrome/100.0 MQQBrowser/13.9 Mobile Safari/537.36":                           false,
		"Mozilla/5.0 (Linux; Android 11) Mobile Safari/537.36 NewsArticle/8.9 ToutiaoMicroApp":                                            false,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 Twitter for iPhone/10.1":                                    false,
		"Mozilla/5.0 Google Web Preview": true,
		"WhatsApp/2.23.20.0":             true,
		"Mozilla/5.0 (Linux; Android 8.0; MI 6) AppleWebKit/537.36 Mobile Safari/537.36 baiduboxapp/11.5.0.10 (Baidu; P1 8.0.0)":    false,
		"Mozilla/5.0 (Linux; U; Android 4.1.1; MI 2) AppleWebKit/534.30 SogouMSE,SogouMobileBrowser/5.1.6":                          false,
		"Mozilla/5.0 (Linux; Android 10; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36":                   false,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Weibo (iPhone17,1__weibo__15.5)": false,
		"Go-http-client/1.1": false,
		"curl/8.5.0":         false,
	} {
		if got := newAgent(agent).bot; got != want {
			t.Errorf("%q: bot %v, want %v", agent, got, want)
		}
	}
}
