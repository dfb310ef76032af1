package links

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fanfare/campaigns/shoptest"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

// A link is made while its post is still being checked: what is rolled back
// must not lead anywhere, what is committed at once.
func TestALinkLeadsFromItsCommitOn(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		was := s.Links[0]
		draft := Draft{
			Place:   Place{was.CampaignID, was.PostID, was.DeliveryID},
			Network: "weibo", Base: "https://go.example.cn/", Campaign: "Launch", StoreURL: "https://shop.example.com/mi2",
		}
		giveUp := fault.New(fault.Conflict, "", "given up")
		var link Link
		create := func(then error) error {
			return db.Write(t.Context(), func(tx *storage.Tx) (err error) {
				for _, table := range []string{"clicks", "click_totals", "links"} {
					must(t, tx.Exec("DELETE FROM "+table).Error)
				}
				if link, err = s.Create(tx, draft); err != nil {
					return err
				}
				return then
			})
		}
		if err := create(giveUp); !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
		if _, found, err := s.Find(t.Context(), uint32(link.ID)); found || err != nil {
			t.Errorf("a link that was rolled back is found, %v", err)
		}
		must(t, create(nil))
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error { return tx.Exec("UPDATE links SET target_url = 'changed'").Error }))
		token := s.tokens.Token(link.ID)
		if link.URL != "https://go.example.cn/r/"+token || !strings.Contains(link.TargetURL, "ref="+token) {
			t.Errorf("%+v", link)
		}
		target, err := s.Follow(t.Context(), token, Visit{Method: "GET", UserAgent: iPhone})
		if err != nil || target != link.TargetURL {
			t.Errorf("leads to %q, %v; want %q, out of memory", target, err, link.TargetURL)
		}
		if place, found, err := s.Find(t.Context(), uint32(link.ID)); !found || place != draft.Place || err != nil {
			t.Errorf("it belongs to %+v, %v", place, err)
		}
		if url, err := s.URL(t.Context(), token); err != nil || url != link.URL {
			t.Errorf("its address is %q, %v", url, err)
		}
		draft.StoreURL = "mi.com"
		if err := create(nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("no store: %v", err)
		}
	})
}

// The token of a post that a restore has lost is still out there.
func TestLostLinksAreNotMadeAgain(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]int{"with links": 1, "without": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storagetest.Open(t, storage.SQLite, storagetest.NewClock())
			shop := shoptest.Open(t, db)
			last := shop.Links[len(shop.Links)-1].ID * int64(made)
			if made == 0 {
				must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
					return tx.Exec("DELETE FROM links; DELETE FROM sqlite_sequence WHERE name = 'links'").Error
				}))
			}
			must(t, SkipLost(t.Context(), db))
			if next := shoptest.AddPost(t, db, shop.CampaignID)[0].ID; next != last+lostLinks+1 {
				t.Errorf("after %d links the next is %d", last, next)
			}
		})
	}
}

func TestMetricsOfClicks(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		rows := openShop(t, db)
		registry := prometheus.NewRegistry()
		s, err := New(Options{DB: db, Secret: testSecret, Metrics: registry})
		must(t, err)
		for _, agent := range []string{"Mozilla/5.0 (iPhone)", "Mozilla/5.0 (iPhone)", "Googlebot/2.1"} {
			_, err := s.Follow(t.Context(), rows.token(0), Visit{Method: "GET", UserAgent: agent})
			must(t, err)
		}
		answer := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		for _, line := range []string{`fanfare_clicks_total{kind="bot"} 1`, `fanfare_clicks_total{kind="people"} 2`} {
			if !strings.Contains(answer.Body.String(), line+"\n") {
				t.Errorf("%s is missing in\n%s", line, answer.Body)
			}
		}
		if _, err := New(Options{DB: db, Secret: testSecret, Metrics: registry}); err == nil {
			t.Error("two services share one registry")
		}
	})
}
