package links

import (
	"slices"
	"strings"
)

// referrerOfNetwork gives the network to which a host belongs, or a part of it.
// The names of Android's apps stand in android-app:// addresses.
var referrerOfNetwork = map[string]string{
	"t.co": "x", "x.com": "x", "twitter.com": "x", "com.twitter.android": "x",
	"t.cn": "weibo", "weibo.com": "weibo", "weibo.cn": "weibo", "com.sina.weibo": "weibo",
}

// referrerName makes of a Referer header what reports tell: "x", "weibo", a host
// without www, "direct" for none, and "other" for what is no host.
func referrerName(header string) string {
	if header == "" {
		return DirectReferrer
	}
	_, host, ok := strings.Cut(header, "://")
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	host, _, _ = strings.Cut(host, ":")
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !ok || !isHost(host) {
		return OtherReferrer
	}
	for rest, more := host, true; more; _, rest, more = strings.Cut(rest, ".") {
		if network := referrerOfNetwork[rest]; network != "" {
			return network
		}
	}
	return strings.Clone(strings.TrimPrefix(host, "www."))
}

// isHost takes names that DNS allows (RFC 1123), of two labels at least.
func isHost(host string) bool {
	labels := strings.Split(host, ".")
	return len(host) <= 253 && len(labels) > 1 && !slices.ContainsFunc(labels, func(label string) bool {
		return label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
		})
	})
}
