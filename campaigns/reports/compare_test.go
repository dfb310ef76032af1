package reports

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fanfare/campaigns/orders"
	"fanfare/campaigns/shoptest"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		for n, link := range []int{0, 1, 1, 3} {
			o := s.order(fmt.Sprint(n))
			o.Token = s.token(s.Links[link])
			_, err := s.orders.Take(t.Context(), o)
			must(t, err)
		}
		s.click(t, s.Links[3], "GET", 1)
		s.click(t, s.Links[3], "HEAD", 1)
		s.count(t)
		must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
			return tx.Exec("UPDATE deliveries SET text = '开售 http://x.cn/r/1' WHERE id = ?", s.Links[1].DeliveryID).Error
		}))
		cny := func(n int64) Counts {
			return Counts{Orders: n, Units: n, Revenue: []orders.Money{{Currency: "CNY", Total: 199900 * n}}}
		}
		with := func(c Counts, clicks int64) Counts { c.Clicks = clicks; return c }
		posts := []string{fmt.Sprint(s.Links[0].PostID), fmt.Sprint(s.Links[2].PostID)}
		for by, want := range map[Comparison][]Compared{
			CompareNetworks:  {{Key: "weibo", Posts: 2, Counts: with(cny(3), 1)}, {Key: "twitter", Posts: 2, Counts: cny(1)}},
			CompareCampaigns: {{Key: fmt.Sprint(s.CampaignID), Label: "Launch", Posts: 4, Counts: with(cny(4), 1)}},
			ComparePosts:     {{Key: posts[0], Label: "{link}", Posts: 2, Counts: cny(3)}, {Key: posts[1], Label: "{link}", Posts: 2, Counts: with(cny(1), 1)}},
			CompareMarkets:   {{Key: "CN", Posts: 4, Counts: with(cny(4), 1)}},
			CompareLanguages: {{Key: "und-Latn", Posts: 3, Counts: with(cny(2), 1)}, {Key: "zh", Posts: 1, Counts: cny(2)}},
		} {
			got, err := s.Compare(t.Context(), CompareQuery{By: by})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v %s", by, err, diff)
			}
		}
		later, err := s.Compare(t.Context(), CompareQuery{By: CompareMarkets, From: clock.Now().Add(time.Hour)})
		if err != nil || len(later) != 1 || later[0].Orders != 0 || later[0].Clicks != 0 {
			t.Errorf("%+v, %v; want nothing from an hour later on", later, err)
		}
		now := db.Clock().Now()
		wrong := CompareQuery{By: "colour", From: now, To: now}
		if _, err := s.Compare(t.Context(), wrong); !cmp.Equal(shoptest.InvalidFields(t, err), []string{"by", "to"}) {
			t.Errorf("%+v: %v", wrong, err)
		}
	})
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "und", "42 🎉": "und", "Go https://x.cn/开售": "und-Latn", "https://shop.example.com": "und",
		"MIUI 更新了": "zh", "新しい Mi 2": "ja", "샤오미 小米": "ko", "Größe": "und-Latn", "Привет": "und",
	} {
		if got := languageOf(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func FuzzLanguageOf(f *testing.F) {
	for _, seed := range []string{"", "小米 Mi", "\xff", "新しい", "샤오미", "a://b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := languageOf(text); got != languageOf(text+" http://x.example/r/0123") {
			t.Errorf("a link changes the language of %q", text)
		}
	})
}
