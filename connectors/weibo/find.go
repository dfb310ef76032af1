package weibo

import (
	"context"
	"errors"
	"html"
	"net/url"
	"regexp"
	"strings"
	"time"

	"fanfare/connectors"
)

const (
	// timelineReach is how many posts statuses/user_timeline gives at most.
	timelineReach = 5
	// clockSkew is how far Weibo's clock may be behind ours.
	clockSkew = 2 * time.Minute
)

// Find implements connectors.Network with one call of statuses/user_timeline.
// Weibo shortens every URL in a text and no API expands it again, so a post is
// known by its text without URLs. It is absent only if the timeline reaches
// back past since: when five newer posts fill it, ours may have been pushed out.
func (n *Network) Find(ctx context.Context, raw connectors.Credentials, post connectors.Post, since time.Time) (connectors.Receipt, bool, error) {
	c, bad := storedCredentials(raw)
	if bad != nil {
		return connectors.Receipt{}, false, undecided(bad)
	}
	var line timeline
	if failed := n.get(ctx, c, "/2/statuses/user_timeline.json", url.Values{}, &line); failed != nil {
		return connectors.Receipt{}, false, undecided(ofReading(failed))
	}
	found, err := line.search(post.Text, since.Add(-clockSkew))
	if err != nil {
		return connectors.Receipt{}, false, &connectors.Error{
			Kind:    connectors.KindUnknown,
			Message: "Weibo's timeline does not tell whether the post is out.",
			Key:     "weibo.no_look_up",
			Err:     err,
		}
	}
	if found == nil {
		return connectors.Receipt{}, false, nil
	}
	return n.receipt(*found, post), true, nil
}

// search gives the newest status with the text that was created at or after
// cutoff, nil if there surely is none, an error if that cannot be told.
func (t timeline) search(text string, cutoff time.Time) (*status, error) {
	if t.Statuses == nil {
		return nil, errors.New("the answer has no list of statuses")
	}
	want := fold(text)
	reachesBack := len(t.Statuses) < timelineReach
	for i, s := range t.Statuses {
		at, err := s.createdAt()
		if err != nil {
			return nil, errors.New("a status has no readable creation time")
		}
		if at.Before(cutoff) {
			reachesBack = true
			continue
		}
		if fold(s.Text) != want {
			continue
		}
		if s.id() == "" {
			return nil, errors.New("the status has no id")
		}
		return &t.Statuses[i], nil
	}
	if !reachesBack {
		return nil, errors.New("five newer posts fill the timeline")
	}
	return nil, nil
}

// urlRun is a URL as Weibo cuts it out of a text, together with the U+200B that
// it puts after the short one. What is glued to a URL counts as part of it on
// both sides of a comparison, so it does not matter where exactly Weibo cut.
var urlRun = regexp.MustCompile(anyScheme + `[` + urlBytes + `\x{200B}]+`)

// fold gives the part of a text that survives Weibo's hands: without URLs,
// entities resolved, white space folded. URLs go first, because an address
// such as ?a=1&copy=2 only looks as if it held an entity.
func fold(text string) string {
	text = html.UnescapeString(urlRun.ReplaceAllString(text, " "))
	text = strings.ReplaceAll(text, "\u200B", " ")
	return strings.Join(strings.Fields(text), " ")
}

// undecided keeps a failed look-up from being read as a verdict on the post: a
// token that is revoked now says nothing about whether the post went out before.
func undecided(failed *connectors.Error) *connectors.Error {
	if failed.Kind != connectors.KindRetry {
		failed.Kind = connectors.KindUnknown
	}
	return failed
}
