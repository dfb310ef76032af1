package links

import (
	"testing"

	"fanfare/fault"
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
		{"letters and spaces escaped", "https://mi.com/手机?q=手机&a=1 2", "x", "https://mi.com/%E6%89%8B%E6%9C%BA?q=%E6%89%8B%E6%9C%BA&a=1%202&" + utm + "x"},
		{"a host in Chinese", "https://小米.cn:8443/", "x", "https://xn--yets76e.cn:8443/?" + utm + "x"},
		{"a host that is an address", "http://[2001:db8::1]:80/", "x", "http://[2001:db8::1]:80/?" + utm + "x"},
		{"broken escape kept", "http://mi.com/?a=%zz", "x", "http://mi.com/?a=%zz&" + utm + "x"},
	} {
		got, err := targetURL(Draft{Place: Place{CampaignID: 7}, Network: "weibo", Campaign: c.campaign, StoreURL: c.store}, "TOKEN")
		if err != nil || got != c.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.name, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "mi.com", "javascript:alert(1)", "//mi.com/", "https://", "ftp://mi.com/", "http://a b/"} {
		if got, err := targetURL(Draft{Network: "weibo", StoreURL: bad}, "TOKEN"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %s, %v", bad, got, err)
		}
	}
}
