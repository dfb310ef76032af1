package web

import (
	"testing"

	"github.com/chromedp/chromedp"

	"fanfare/accounts"
)

// TestKillSwitchByKeyboard: the dialog takes the keyboard, gives it back when it
// is left, and does what it asks about.
func TestKillSwitchByKeyboard(t *testing.T) {
	t.Parallel()
	tab, h := chromium(t), newHarness(t)
	h.person("kit@example.com", accounts.Marketing)
	key := func(keys string) move { return chromedp.KeyEvent(keys) }
	do(t, tab, "open and leave it",
		signIn(h, "kit@example.com"), chromedp.Navigate(h.url+"/calendar"),
		chromedp.Focus(chromedp.CSS(`[popovertarget=pause-all]`)), key("\r"), see(`#pause-all:popover-open`),
		key("\t"), see(`#pause-all button.danger:focus`), key("\t"), see(`#pause-all button.quiet:focus`), key("\t"), see(`#pause-all button.danger:focus`),
		key("\u001b"), see(`[popovertarget=pause-all]:focus`))
	do(t, tab, "pause", key("\r"), see(`#pause-all:popover-open`), key("\t"), key("\r"), see(`.paused-note`))
	if paused, err := h.campaigns.Paused(t.Context()); err != nil || paused == nil {
		t.Errorf("not paused, %v", err)
	}
}
