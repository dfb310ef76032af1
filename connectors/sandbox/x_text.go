package sandbox

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// xStatus is a post as X keeps it: its links wrapped by t.co.
type xStatus struct {
	Post
	wrapped string
	written int // bytes of wrapped without the link of the pictures
	urls    []xURL
}

// xURL is a wrapped link. Start and end count code points of the wrapped text.
type xURL struct {
	Start       int    `json:"start"`
	End         int    `json:"end"`
	URL         string `json:"url"`
	ExpandedURL string `json:"expanded_url"`
	DisplayURL  string `json:"display_url"`

	from, to int // the same in bytes
}

// newXStatus wraps the links of a post.
func newXStatus(p Post) *xStatus {
	s := &xStatus{Post: p}
	text := norm.NFC.String(p.Text)
	var wrapped strings.Builder
	last := 0
	for i, link := range xLinks(text) {
		wrapped.WriteString(text[last:link[0]])
		written := text[link[0]:link[1]]
		u := xURL{
			URL: shortLink(p.ID, i), ExpandedURL: expandedLink(written), DisplayURL: displayLink(written),
			from: wrapped.Len(), Start: utf8.RuneCountInString(wrapped.String()),
		}
		u.to, u.End = u.from+len(u.URL), u.Start+len(u.URL)
		wrapped.WriteString(u.URL)
		s.urls = append(s.urls, u)
		last = link[1]
	}
	wrapped.WriteString(text[last:])
	s.written = wrapped.Len()
	if len(p.Pictures) > 0 { // their link follows the text
		u := xURL{
			URL: shortLink(p.ID, len(s.urls)), ExpandedURL: "https://x.com/i/status/" + p.ID + "/photo/1",
			DisplayURL: "pic.x.com/" + p.ID, from: wrapped.Len() + 1, Start: utf8.RuneCountInString(wrapped.String()) + 1,
		}
		u.to, u.End = u.from+len(u.URL), u.Start+len(u.URL)
		wrapped.WriteString(" " + u.URL)
		s.urls = append(s.urls, u)
	}
	s.wrapped = wrapped.String()
	return s
}

// shortLink makes a t.co link of 23 characters, as X's all are.
func shortLink(id string, number int) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id + " " + strconv.Itoa(number)))
	slug := strconv.FormatUint(h.Sum64(), 36)
	return "https://t.co/" + (slug + "0000000000")[:10]
}

// expandedLink adds the scheme that X takes for granted.
func expandedLink(link string) string {
	if xProtocol.MatchString(link) {
		return link
	}
	return "http://" + link
}

// displayLink is a link as X shows it: without a scheme, and cut.
func displayLink(link string) string {
	const shown = 27
	if _, rest, found := strings.Cut(link, "://"); found {
		link = rest
	}
	if runes := []rune(link); len(runes) > shown {
		return string(runes[:shown-1]) + "…"
	}
	return link
}

// segments gives the text as people see it. Unlike on X, the address of a
// machine can be followed too: links of a demonstration often lead there.
func (s *xStatus) segments() []segment {
	var list []segment
	last := 0
	for _, u := range s.urls {
		if u.from > s.written {
			break
		}
		list = append(list, cutURLs(s.wrapped[last:u.from])...)
		list = append(list, segment{Text: u.DisplayURL, Href: u.ExpandedURL})
		last = u.to
	}
	return append(list, cutURLs(s.wrapped[last:s.written])...)
}

// publish takes a text and uploaded images for an account, or gives the
// refusal. x.mu must be held.
func (x *X) publish(c xCall, text string, mediaIDs []string, dialect *xDialect) (*xStatus, answer) {
	switch {
	case strings.TrimSpace(text) == "" || strings.ContainsAny(text, "\uFFFE\uFEFF\uFFFF"):
		return nil, dialect.invalid
	case xLength(text) > xConfiguration.most:
		return nil, dialect.tooLong
	}
	for _, p := range x.posts {
		if p.AccountID == c.user.ID && p.Text == text && !x.repeats {
			return nil, dialect.duplicate
		}
	}
	pictures, refusal, ok := x.pictures(c, mediaIDs, dialect)
	if !ok {
		return nil, refusal
	}
	s := newXStatus(Post{
		ID: x.nextID(c.now), AccountID: c.user.ID, Handle: "@" + c.user.Handle, Text: text, At: c.now.UTC(), Pictures: pictures,
	})
	x.posts = append(x.posts, s.Post)
	x.status[s.ID] = s
	return s, answer{}
}

// timeline gives an account's posts that the call can see, newest first.
func (x *X) timeline(c xCall, userID string) []*xStatus {
	var list []*xStatus
	for i := len(x.posts) - 1; i >= 0; i-- {
		p := x.posts[i]
		if p.AccountID == userID && !(c.lag > 0 && c.now.Sub(p.At) < c.lag) {
			list = append(list, x.status[p.ID])
		}
	}
	return list
}

// before tells whether an id is smaller than another; both are decimal.
func before(id, other string) bool {
	if len(id) != len(other) {
		return len(id) < len(other)
	}
	return id < other
}

// milliseconds is the time format of v2.
func milliseconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
