package web

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"fanfare/accounts"
	"fanfare/connectors/connectortest"
)

// leave ends what the composer still asks, before its server goes.
var leave = chromedp.Navigate("about:blank")

// valueOf gives what a field holds.
func valueOf(t *testing.T, tab context.Context, selector string) string {
	t.Helper()
	value, err := chromedp.Run(tab, chromedp.Value(chromedp.CSS(selector)))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// openComposer signs somebody in and opens the composer of a campaign.
func openComposer(t *testing.T, on bool) (move, *desk) {
	d := newDesk(t)
	d.person("writer@example.com", accounts.Marketing)
	return chromedp.Steps(scripts(on), signIn(d.harness, "writer@example.com"), chromedp.Navigate(d.url+"/campaigns/1/posts/new"), see(`form.composer`)), d
}

// TestImagesChangePlacesInABrowser, with scripts and without.
func TestImagesChangePlacesInABrowser(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := chromium(t)
			open, _ := openComposer(t, on)
			var files []string
			for i := range 2 {
				file := filepath.Join(t.TempDir(), "picture.png")
				if err := os.WriteFile(file, connectortest.Image(i).Content, 0o600); err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
			do(t, tab, "open the composer", open)
			do(t, tab, "choose images", chromedp.SetUploadFiles(chromedp.CSS(`[name=files]`), files))
			if on {
				// The script heard of the choice.
				do(t, tab, "see the images", see(`.attached > li:nth-child(2)`))
			} else {
				do(t, tab, "attach the images", click(`[data-attach-button]`), see(`.attached > li:nth-child(2)`))
			}
			before := valueOf(t, tab, `[name=media]`)
			do(t, tab, "move the first image down", chromedp.Focus(chromedp.CSS(`[name=later]:enabled`)), chromedp.KeyEvent("\r"),
				see(`.attached > li:nth-child(2) button[value="`+before+`"]`))
			if after := valueOf(t, tab, `[name=media]`); after == before || before == "" {
				t.Errorf("the first image was %q and is %q", before, after)
			}
			do(t, tab, "leave", leave)
		})
	}
}

// TestComposerWithoutAConnection keeps what is written, says so, and goes on
// when the connection is back.
func TestComposerWithoutAConnection(t *testing.T) {
	t.Parallel()
	tab := chromium(t)
	open, d := openComposer(t, true)
	do(t, tab, "open the composer", open)
	do(t, tab, "lose the connection",
		evaluate(`window.kept = fetch; window.fetch = () => Promise.reject(new TypeError("no connection"))`),
		fill("text", "Written on a train {link}"), see(`[data-offline]`))
	do(t, tab, "try to send", click(`#do`), see(`[data-offline]`))
	do(t, tab, "find the connection again", evaluate(`window.fetch = window.kept; dispatchEvent(new Event("online"))`),
		chromedp.WaitNotVisible(chromedp.CSS(`[data-offline]`)))
	if text := valueOf(t, tab, `[name=text]`); text != "Written on a train {link}" {
		t.Errorf("the text is %q", text)
	}
	do(t, tab, "leave", leave)
	if posts, err := d.campaigns.CampaignPosts(t.Context(), 1); err != nil || len(posts) != 0 {
		t.Errorf("%d posts were made without a connection, %v", len(posts), err)
	}
}
