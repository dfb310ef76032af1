package links

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// agent is what a user agent tells.
type agent struct {
	bot    bool
	device string
	app    string // the network whose app it is, "" for none
	digest uint64 // tells one user agent from others, in every process
}

// The classes of devices.
const (
	Phone       = "phone"
	Tablet      = "tablet"
	Computer    = "computer"
	OtherDevice = "other"
)

// botMarks are what the user agents of crawlers and link previews contain, in
// lower case. Words such as "baidu" or "sogou" are not among them: the in-app
// browsers of people carry them too. Nor is a bare "bot": Cubot makes phones.
var botMarks = []string{
	"bot/", "bot-linkexpanding", "telegrambot", "facebot", "petalbot", "adsbot-google", "bot.html", "crawler", "spider", "preview", "slurp",
	"facebookexternalhit", "facebookcatalog", "meta-external", "whatsapp/", "embedly", "ia_archiver", "iframely", "headlesschrome",
	"google-inspectiontool", "mediapartners-google",
}

// newAgent reads a user agent. Apps say what they are in the browser inside of
// them: X's as "Twitter for iPhone" or "TwitterAndroid", Weibo's with "__weibo__".
func newAgent(text string) agent {
	sum := sha256.Sum256([]byte(text))
	a := agent{digest: binary.BigEndian.Uint64(sum[:])}
	text = strings.ToLower(strings.TrimSpace(text))
	a.bot = text == "" || hasAny(text, botMarks...)
	a.device = deviceOf(text)
	switch {
	case hasAny(text, "__weibo__", "weibo ("):
		a.app = "weibo"
	case hasAny(text, "twitter for i", "twitterandroid"):
		a.app = "x"
	}
	return a
}

// deviceOf takes a user agent in lower case. Android's browsers name "Mobile" on
// phones alone (https://developer.chrome.com/docs/privacy-security/user-agent).
func deviceOf(text string) string {
	switch {
	case hasAny(text, "ipad", "tablet"), strings.Contains(text, "android") && !strings.Contains(text, "mobile"):
		return Tablet
	case hasAny(text, "mobile", "iphone", "ipod", "phone"):
		return Phone
	case hasAny(text, "windows nt", "macintosh", "x11", "cros "):
		return Computer
	}
	return OtherDevice
}

func hasAny(text string, marks ...string) bool {
	return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(text, mark) })
}

const (
	mostAgents   = 4096 // to remember before all are forgotten
	longestAgent = 512  // bytes of one that is remembered
)

// agentCache remembers what user agents tell: people share a few of them, and
// each is read once.
type agentCache struct {
	mu    sync.RWMutex
	known map[string]*agent
}

func (c *agentCache) of(text string) *agent {
	c.mu.RLock()
	a, found := c.known[text]
	c.mu.RUnlock()
	if found {
		return a
	}
	read := newAgent(text)
	a = &read
	if len(text) > longestAgent {
		return a
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= mostAgents {
		c.known = make(map[string]*agent)
	}
	c.known[strings.Clone(text)] = a
	return a
}
