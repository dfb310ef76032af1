package campaigns

import (
	"testing"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestTargetURL(t *testing.T) {
	t.Parallel()
	const utm = "ref=TOKEN&utm_source=weibo&utm_medium=social&utm_campaign="
	for _, c := range []struct{ name, store, campaign, want string }{
		{"plain", "https://mi.com/mi2", "Mi 2 Launch!", "https://mi.com/mi2?" + utm + "mi-2-launch"},
		{"query and fragment kept in order", "https://mi.com/?z=1&a=%20x&a=2#buy", "x", "https://mi.com/?z=1&a=%20x&a=2&" + utm + "x#buy"},
		{"ours replace theirs", "https://mi.com/?ref=old&q=1&utm_source=mail&utm%5Fmedium=m&utm_campaign=c&utm_content=hero", "x", "https://mi.com/?q=1&utm_content=hero&" + utm + "x"},
		{"any script", "https://mi.com/", "小米 手机２ — Über", "https://mi.com/?" + utm + "%E5%B0%8F%E7%B1%B3-%E6%89%8B%E6%9C%BA%EF%BC%92-%C3%BCber"},
		{"no letters", "https://mi.com/", "!!!", "https://mi.com/?" + utm + "campaign-7"},
		{"broken escape kept", "http://mi.com/?a=%zz", "x", "http://mi.com/?a=%zz&" + utm + "x"},
	} {
		got, err := targetURL(c.store, "TOKEN", Campaign{ID: 7, Name: c.campaign}, "weibo")
		if err != nil || got != c.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.name, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "mi.com", "javascript:alert(1)", "//mi.com/", "https://", "ftp://mi.com/", "http://a b/"} {
		if got, err := targetURL(bad, "TOKEN", Campaign{}, "weibo"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %s, %v", bad, got, err)
		}
	}
}

func TestLinkOfAnotherProcessIsFound(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		later := addPost(t, db, s.campaign)[0] // behind the running service's back
		for range 2 {
			target, err := s.Follow(t.Context(), s.tokens.token(later.ID), Visit{Method: "GET", UserAgent: "x"})
			if err != nil || target != later.TargetURL {
				t.Fatalf("%q, %v; want %q", target, err, later.TargetURL)
			}
			// The second time it must come out of memory.
			must(t, db.Write(t.Context(), func(tx *storage.Tx) error {
				return tx.Exec("UPDATE links SET target_url = 'changed' WHERE id = ?", later.ID).Error
			}))
		}
	})
}
