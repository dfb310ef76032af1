package web

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"fanfare/accounts"
	"fanfare/connectors/sandbox"
)

// chromium starts a browser for the test. It skips where there is none, and
// fails if FANFARE_TEST_REQUIRE is "all". Whatever a page complains about
// (an exception, a refused script, a missing file) fails the test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		if os.Getenv("FANFARE_TEST_REQUIRE") == "all" {
			t.Fatal("FANFARE_TEST_REQUIRE=all, but there is no Chromium; `make test` installs one")
		}
		t.Skip("there is no Chromium; `make test` installs one")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(1280, 900))
	allocator, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	if err := chromedp.Do(tab, send(log.Enable, cdp.Empty{})); err != nil {
		t.Fatal(err)
	}
	err := chromedp.Listen(tab, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("a script failed: %+v", e.ExceptionDetails)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError {
				t.Errorf("the browser complains: %s", e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(tab, 2*time.Minute)
	t.Cleanup(cancel)
	return limited
}

// move is one thing done in the browser.
type move = chromedp.Action[chromedp.Void]

// send makes a move of a command of the browser's protocol.
func send[P, R any](command cdp.Command[P, R], params P) move {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, command, params)
		return err
	})
}

// scripts lets pages run theirs, or not.
func scripts(on bool) move {
	return send(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// do makes the moves and fails the test where one does not come about.
func do(t *testing.T, tab context.Context, doing string, steps ...move) {
	t.Helper()
	for _, next := range steps {
		limited, cancel := context.WithTimeout(tab, 20*time.Second)
		err := chromedp.Do(limited, next)
		cancel()
		if err != nil {
			where, _ := chromedp.Run(tab, chromedp.Location())
			t.Fatalf("%s: %v, at %s:\n%s", doing, err, where, textOf(t, tab, "body"))
		}
	}
}

// textOf gives what people read there.
func textOf(t *testing.T, tab context.Context, selector string) string {
	t.Helper()
	text, err := chromedp.Run(tab, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func click(selector string) move { return chromedp.Click(chromedp.CSS(selector)) }
func see(selector string) move   { return chromedp.WaitVisible(chromedp.CSS(selector)) }

func evaluate(script string) move {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[any](script+"; null"))
		return err
	})
}

// fill sets a field as a hand would leave it: date fields take no keystrokes
// that are the same everywhere.
func fill(name, value string) move {
	script := fmt.Sprintf(`{ const field = document.querySelector('[name=%q]'); field.value = %q;
		field.dispatchEvent(new Event('input', {bubbles: true})); field.dispatchEvent(new Event('change', {bubbles: true})) }`, name, value)
	return evaluate(script)
}

// submit sends the form of the page's main part and waits for what must then
// be visible.
func submit(then string) move { return chromedp.Steps(click(`main form button.main`), see(then)) }

func signIn(h *harness, email string) move {
	return chromedp.Steps(
		chromedp.Navigate(h.url+"/sign-in"),
		fill("email", email), fill("password", testPassword),
		click(`form[action="/sign-in"] button.main`),
		chromedp.WaitNotPresent(chromedp.CSS(`form[action="/sign-in"]`)),
	)
}

// TestMarketingInABrowser makes an account, a sale, a campaign and a post with
// forms alone, with scripts and without.
func TestMarketingInABrowser(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab, h := chromium(t), newHarness(t)
			h.person("kit@example.com", accounts.Marketing)
			h.x.AddAccount(sandbox.XAccount{Handle: "mi", Name: "Mi"})
			do(t, tab, "sign in", scripts(on), signIn(h, "kit@example.com"))
			do(t, tab, "connect an account",
				chromedp.Navigate(h.url+"/settings/accounts/new"), fill("name", "Mi"),
				fill("credentials.client_id", sandbox.XConfidential.ClientID), fill("credentials.client_secret", sandbox.XConfidential.ClientSecret),
				submit(`.consent`), click(`.consent [value=allow]`), see(`.flash`))
			do(t, tab, "make a sale",
				chromedp.Navigate(h.url+"/sales/new"), fill("name", "Mi 2 in Hong Kong"), fill("product", "Mi 2"), fill("units", "50000"),
				fill("market", "HK"), fill("currency", "HKD"), fill("opens_at", "2012-08-17T12:00"), fill("store_url", "https://store.example.hk/mi2"),
				submit(`form[action="/campaigns"]`))
			do(t, tab, "make a campaign", fill("name", "Launch"), submit(`a[href="/campaigns/1/posts/new"]`))
			do(t, tab, "write a post",
				chromedp.Navigate(h.url+"/campaigns/1/posts/new"), fill("text", "The Mi 2 is here: {link}"),
				fill("due_at", "2012-08-17T12:00"),
				evaluate(`for (const box of document.querySelectorAll('[name=accounts]')) if (!box.checked) box.click()`),
				submit(`.flash`))

			post, err := h.campaigns.Post(t.Context(), 1)
			h.must(err)
			due := time.Date(2012, 8, 17, 4, 0, 0, 0, time.UTC) // noon in Hong Kong
			if len(post.Deliveries) != 1 || !post.DueAt.Equal(due) || post.Deliveries[0].Network != "twitter" {
				t.Errorf("the post is %+v", post)
			}
			do(t, tab, "look at the calendar", chromedp.Navigate(h.url+"/calendar"))
			if calendar := textOf(t, tab, "main"); !strings.Contains(calendar, "The Mi 2 is here") {
				t.Errorf("the calendar does not show the post:\n%s", calendar)
			}
		})
	}
}

// TestAFanInABrowser signs up, submits an idea, takes the vote back and gives
// it again, comments and searches, with scripts and without.
func TestAFanInABrowser(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab, h := chromium(t), newHarness(t)
			do(t, tab, "sign up", scripts(on),
				chromedp.Navigate(h.url+"/sign-up?next=/ideas/new"), fill("name", "小雨"), fill("email", "xiaoyu@example.com"),
				fill("password", testPassword), click(`form[action="/sign-up"] button.main`),
				see(`form[action="/ideas/new"]`))
			do(t, tab, "submit an idea", fill("title", "相机可以手动调节曝光"), fill("body", "拍夜景的时候**太亮**。"),
				submit(`form[action^="/ideas/1/unvote"]`))
			do(t, tab, "take the vote back", click(`form[action^="/ideas/1/unvote"] button`),
				see(`form[action^="/ideas/1/vote"]`))
			do(t, tab, "vote", click(`form[action^="/ideas/1/vote"] button`),
				see(`form[action^="/ideas/1/unvote"]`))
			do(t, tab, "comment", fill("body", "<script>alert(1)</script>等很久了"),
				click(`form[action^="/ideas/1/comments"] button`), see(`.comment`))
			do(t, tab, "search", chromedp.Navigate(h.url+"/ideas?q=曝光"))
			if found := textOf(t, tab, "main"); !strings.Contains(found, "相机可以手动调节曝光") {
				t.Errorf("searching does not find the idea:\n%s", found)
			}
			idea, err := h.community.Idea(t.Context(), nil, 1)
			h.must(err)
			if idea.Votes != 1 || idea.Comments != 1 || idea.AuthorName != "小雨" {
				t.Errorf("the idea is %+v", idea)
			}
		})
	}
}
