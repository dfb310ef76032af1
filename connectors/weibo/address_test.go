package weibo

import (
	"strings"
	"testing"

	"fanfare/connectors"
)

var xiaomi = connectors.Identity{RemoteID: "2202387347", Handle: "小米手机"}

func TestRecognize(t *testing.T) {
	t.Parallel()
	const mid, page = "4607741009594608", "https://weibo.com/2202387347/K3fnuEfZK"
	n := New(Options{})
	for _, address := range []string{
		page, page + "?refer_flag=1001030103_", page + "#comment", page + "/", "http://www.weibo.com/2202387347/K3fnuEfZK?type=comment#_rnd1",
		"https://weibo.com/2202387347/" + mid, "https://weibo.com/detail/" + mid, "https://weibo.com/detail/K3fnuEfZK",
		"https://m.weibo.cn/status/K3fnuEfZK?mblogid=K3fnuEfZK&luicode=10000011", "https://m.weibo.cn/status/" + mid, "https://m.weibo.cn/detail/" + mid,
		"https://m.weibo.cn/2202387347/" + mid, "HTTPS://Weibo.COM/2202387347/K3fnuEfZK",
		"https://share.api.weibo.cn/share/312975272," + mid + ".html?weibo_id=" + mid,
		"https://weibointl.api.weibo.com/share/151617848.html?weibo_id=" + mid,
	} {
		if got, problem := n.Recognize(xiaomi, address); problem != nil || got.RemoteID != mid || got.URL != page || !got.CreatedAt.IsZero() {
			t.Errorf("%s: %+v, %+v", address, got, problem)
		}
	}
}

func TestRecognizeRefuses(t *testing.T) {
	t.Parallel()
	n, sandbox := New(Options{}), New(Options{BaseURL: "http://127.0.0.1:9"})
	for address, key := range map[string]string{
		"https://weibo.com/1645372340/K3fnuEfZK": "weibo.other_author",
		"https://m.weibo.cn/1/4607741009594608":  "weibo.other_author",

		"https://weibo.com/2202387347":                               "weibo.no_post",
		"https://weibo.com/u/2202387347":                             "weibo.no_post",
		"https://weibo.com/2202387347/profile":                       "weibo.no_post",
		"https://weibo.com/2202387347/k3fnuEfZK!":                    "weibo.no_post",
		"https://weibo.com/2202387347/K3fnuEfZ":                      "weibo.no_post", // not the whole code
		"https://weibo.com/2202387347/460774100959460":               "weibo.no_post", // nor the whole mid
		"https://weibo.com/xiaomi/K3fnuEfZK":                         "weibo.no_post", // whose it is cannot be told
		"https://t.cn/A68M9zZn":                                      "weibo.no_post",
		"https://weibo.cn/sinaurl?u=https://weibo.com/1/K3fnuEfZK":   "weibo.no_post",
		"https://share.api.weibo.cn/share/312975272.html":            "weibo.no_post",
		"https://weibo.com/share/1.html?weibo_id=4607741009594608":   "weibo.no_post",
		"https://weibo.com/tv/show/1034:5060746271457298":            "weibo.no_post",
		"http://127.0.0.1:9/2202387347/4607741009594608":             "weibo.no_post", // a sandbox's
		"https://api.weibo.com/2202387347/4607741009594608":          "weibo.no_post",
		"https://share.api.weibo.cn/share/1?weibo_id=46077410095946": "weibo.no_post",
	} {
		if got, problem := n.Recognize(xiaomi, address); problem == nil || problem.Key != key {
			t.Errorf("%s: %+v, %+v", address, got, problem)
		}
	}
	if got, problem := sandbox.Recognize(xiaomi, "https://weibo.com/2202387347/K3fnuEfZK"); problem == nil {
		t.Errorf("a sandbox takes a real post: %+v", got)
	}
}

// Whatever is recognized has an id and a page of Weibo's, which is recognized as
// the same post.
func FuzzRecognize(f *testing.F) {
	for _, address := range []string{
		"", "https://weibo.com/2202387347/K3fnuEfZK", "https://m.weibo.cn/status/4607741009594608?a=1#b", "https://weibo.com/detail/z0JH2lOMb/x",
		"https://share.api.weibo.cn/share/1.html?weibo_id=4607741009594608", "https://weibo.com:443/2202387347/%4b", "http://[::1]/",
	} {
		f.Add(address)
	}
	n := New(Options{})
	f.Fuzz(func(t *testing.T, address string) {
		got, problem := n.Recognize(xiaomi, address)
		if problem != nil {
			if got.RemoteID != "" || got.URL != "" || problem.Key == "" {
				t.Fatalf("%q: %+v, %+v", address, got, problem)
			}
			return
		}
		if again, problem := n.Recognize(xiaomi, got.URL); problem != nil || again.RemoteID != got.RemoteID || again.URL != got.URL ||
			!text(got.RemoteID).isID() || !strings.HasPrefix(got.URL, "https://weibo.com/2202387347/") {
			t.Fatalf("%q: %+v, then %+v, %+v", address, got, again, problem)
		}
	})
}
