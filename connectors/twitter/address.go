package twitter

import (
	"fmt"
	"regexp"
	"strings"

	"fanfare/connectors"
)

// realSites are all hosts that X's web pages have had; the first is today's.
var realSites = []string{
	"https://x.com", "https://www.x.com", "https://mobile.x.com",
	"https://twitter.com", "https://www.twitter.com", "https://mobile.twitter.com",
}

// postPage is the path of a post, with or without its author; what follows the
// id leads to its pictures, its likes and the like.
var postPage = regexp.MustCompile(`^(?:/i(?:/web)?|/([A-Za-z0-9_]{1,20}))/status(?:es)?/([1-9][0-9]*)(?:/.*)?$`)

// Recognize implements connectors.Network. X itself goes by the id alone and
// puts the author's present handle into the address.
func (n *Network) Recognize(account connectors.Identity, address string) (connectors.Receipt, *connectors.Problem) {
	path, _, _ := connectors.PageOf(address, n.sites()...)
	parts, ours := postPage.FindStringSubmatch(path), strings.TrimPrefix(account.Handle, "@")
	if parts == nil || !isID(parts[2]) || createdAt(parts[2]).IsZero() {
		example := n.site() + "/" + ours + "/status/1234567890123456789"
		return connectors.Receipt{}, &connectors.Problem{
			Key:     "twitter.no_post",
			Message: "This is not the address of a post on X. Open the post there and copy its address: it is like " + example + ".",
			Args:    map[string]any{"Example": example},
		}
	}
	author := parts[1]
	if author != "" && !strings.EqualFold(author, ours) {
		return connectors.Receipt{}, &connectors.Problem{
			Key: "twitter.other_author",
			Message: fmt.Sprintf("This is the address of a post of @%s, and this one went to @%s. "+
				"If the account has a new name on X, connect it again.", author, ours),
			Args: map[string]any{"Author": "@" + author, "Account": "@" + ours},
		}
	}
	return n.receipt(parts[2]), nil
}

// sites are where posts have their pages; a sandbox has its own.
func (n *Network) sites() []string {
	if site := n.site(); site != realSites[0] {
		return []string{site}
	}
	return realSites
}
