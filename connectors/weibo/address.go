package weibo

import (
	"fmt"
	"regexp"

	"fanfare/connectors"
)

var (
	// realSites show posts to a browser, on a desk and on a phone.
	realSites = []string{"https://weibo.com", "https://www.weibo.com", "https://m.weibo.cn"}
	// shareSites are what the apps copy; their addresses name the post in weibo_id.
	shareSites = []string{"https://share.api.weibo.cn/share", "https://weibointl.api.weibo.com/share"}
)

// postPage is the path of a post: below its author's uid, or below a word that
// tells nothing of the author. The post is named by its mid or by the code for it.
var postPage = regexp.MustCompile(`^/(?:([1-9][0-9]*)|detail|status)/([0-9A-Za-z]+)(?:/.*)?$`)

// midForm tells mids from other numbers, and from words that could be codes:
// they are seconds above 22 bits, and so have 16 digits since before Weibo began.
var midForm = regexp.MustCompile(`^[1-9][0-9]{15,17}$`)

// Recognize implements connectors.Network.
func (n *Network) Recognize(account connectors.Identity, address string) (connectors.Receipt, *connectors.Problem) {
	uid, mid := n.readAddress(address)
	switch {
	case mid == "":
		example := n.pageURL(text(account.RemoteID), "3501756485200075")
		return connectors.Receipt{}, &connectors.Problem{
			Key:     "weibo.no_post",
			Message: "This is not the address of a post on Weibo. Open the post there and copy its address: it is like " + example + ".",
			Args:    map[string]any{"Example": example},
		}
	case uid != "" && uid != account.RemoteID:
		return connectors.Receipt{}, &connectors.Problem{
			Key: "weibo.other_author",
			Message: fmt.Sprintf("This is the address of a post of the account with the number %s, and this one went to %s, which has the number %s.",
				uid, account.Handle, account.RemoteID),
			Args: map[string]any{"Author": uid, "Account": account.Handle, "Number": account.RemoteID},
		}
	}
	return connectors.Receipt{RemoteID: mid, URL: n.pageURL(text(account.RemoteID), text(mid))}, nil
}

// readAddress gives what an address tells of its post: the author's uid, if it
// does, and the mid, which is "" when it is no address of a post.
func (n *Network) readAddress(address string) (uid, mid string) {
	sites := realSites
	if n.base != DefaultBaseURL {
		sites = []string{n.base} // a sandbox has its pages beside its API
	} else if _, query, ok := connectors.PageOf(address, shareSites...); ok {
		return "", readMID(query.Get("weibo_id"))
	}
	path, _, _ := connectors.PageOf(address, sites...)
	parts := postPage.FindStringSubmatch(path)
	if parts == nil {
		return "", ""
	}
	return parts[1], readMID(parts[2])
}

// readMID reads a mid or the code for one; "" is neither.
func readMID(written string) string {
	if midForm.MatchString(written) {
		return written
	}
	if mid, ok := decodeMID(written); ok && midForm.MatchString(mid) {
		return mid
	}
	return ""
}
