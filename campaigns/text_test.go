package campaigns

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"fanfare/campaigns/shoptest"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestCompose(t *testing.T) {
	t.Parallel()
	const url = "https://fan.example/r/0123456789ab"
	for text, want := range map[string]string{
		"Buy {link}":             "Buy " + url,
		"{link}":                 url,
		"Buy {link} now":         "Buy " + url + " now",
		"现在{link}开售":             "现在" + url + " 开售",
		"({link})":               "(" + url + " )",
		"now{link}":              "now " + url,
		"@{link}":                "@ " + url,
		"{link}\nnow":            url + "\nnow",
		"a {link}\u3000b":        "a " + url + "\u3000b",
		"nothing":                "nothing",
		"{link}{link}":           url + " " + url,
		"{{link}}":               "{" + url + " }",
		"no {Link} and no {link": "no {Link} and no {link",
	} {
		if got := compose(text, url); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzCompose(f *testing.F) {
	for _, seed := range []string{"Buy {link}", "{link}\xff", "小米{link}。", "{link}{link}", "a{link}\u2028b"} {
		f.Add(seed)
	}
	const url = "https://fan.example/r/0123456789ab"
	f.Fuzz(func(t *testing.T, text string) {
		got := compose(text, url)
		if links := strings.Count(text, placeholder); strings.Count(got, url) < links {
			t.Fatalf("%q lost a link: %q", text, got)
		}
		if strings.Count(text, placeholder) != 1 {
			return
		}
		_, after, _ := strings.Cut(got, url)
		if next, _ := utf8.DecodeRuneInString(after); after != "" && !unicode.IsSpace(next) && !strings.Contains(text, url) {
			t.Fatalf("%q: something sticks to the link in %q", text, got)
		}
		if strip(got, url) != strip(text, placeholder) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// strip gives a text without the link and without spaces.
func strip(text, link string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, link, ""), " ", "")
}

func TestTextKey(t *testing.T) {
	t.Parallel()
	same := []string{
		"小米手机2 开售 https://go.example/r/0123456789ab",
		"小米手机2  开售 https://go.example/r/ba9876543210",
		"小米手机2\n开售 HTTP://other.example/ ",
	}
	for _, text := range same {
		if textKey(text) != textKey(same[0]) {
			t.Errorf("%q differs from %q", text, same[0])
		}
	}
	for _, text := range []string{"小米手机2 开售啦 https://go.example/r/0123456789ab", "小米手机 2 开售", ""} {
		if textKey(text) == textKey(same[0]) {
			t.Errorf("%q is like %q", text, same[0])
		}
	}
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	d := openDesk(t, storagetest.Open(t, storage.SQLite, storagetest.NewClock()))
	check, err := d.CheckText(connectors.Twitter, "Buy {link}")
	must(t, err)
	if want := len("Buy https://fan.example/r/0123456789ab"); check.Length != want || !check.Valid {
		t.Errorf("%+v, want length %d", check, want)
	}
	if _, err := d.CheckText("myspace", "x"); !fault.Is(err, fault.Invalid) || shoptest.InvalidFields(t, err)[0] != "network" {
		t.Errorf("unknown network: %v", err)
	}
}
