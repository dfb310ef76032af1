package connectors

import (
	"net/url"
	"strings"
)

// PageOf reads the address of a page on one of a network's sites, as people copy
// it: by http or https, in whatever case the host is written. It gives the path
// below the site, which begins with a slash and is still escaped, and the query;
// ok is false for a page anywhere else.
func PageOf(address string, sites ...string) (path string, query url.Values, ok bool) {
	page, ok := webAddress(address)
	if !ok {
		return "", nil, false
	}
	for _, site := range sites {
		below, ok := webAddress(site)
		if !ok || hostOf(page) != hostOf(below) {
			continue
		}
		path, ok = strings.CutPrefix(page.EscapedPath(), strings.TrimRight(below.EscapedPath(), "/"))
		if ok && strings.HasPrefix(path, "/") {
			return path, page.Query(), true
		}
	}
	return "", nil, false
}

func webAddress(address string) (u *url.URL, ok bool) {
	u, err := url.Parse(address)
	ok = err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.User == nil && u.Hostname() != ""
	return u, ok
}

// hostOf gives the host with its port, where that is not the scheme's own.
func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host += ":" + port
	}
	return host
}
