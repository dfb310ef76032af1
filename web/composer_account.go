package web

import (
	"cmp"
	"context"
	"strings"

	"fanfare/accounts"
	"fanfare/campaigns"
	"fanfare/connectors"
)

// composerAccount is an account's row in the composer, with the count of its
// text as its network counts.
type composerAccount struct {
	ID      int64
	Network string
	Name    string // of the account, in this program
	Handle  string
	Problem connectors.Problem // why a person must look at it
	Chosen  bool
	Variant string
	Check   connectors.Check
	Images  []connectors.Problem // that its network has with the images
	Preview preview
}

// Ring is how much of the limit is used, in per cent, for the arc of a circle.
func (a composerAccount) Ring() int {
	if a.Check.Limit <= 0 {
		return 0
	}
	return min(100, a.Check.Length*100/a.Check.Limit)
}

// Left is how much of the limit remains; below zero the text is too long.
func (a composerAccount) Left() int { return a.Check.Limit - a.Check.Length }

// preview is a post as its network shows it: the text around its link.
type preview struct {
	Network, Name, Handle string
	Before, After         string
	Link                  string // as the network shows it; "" without one
	Images                []campaigns.PostMedia
}

// composerRow makes a row out of an account and what is typed.
func (s *Server) composerRow(ctx context.Context, account accounts.NetworkAccount, form composerForm) (composerAccount, error) {
	text := cmp.Or(form.variant[account.ID], form.Text)
	check, err := s.Campaigns.CheckText(account.Network, text)
	images, imagesErr := s.Campaigns.CheckMedia(ctx, account.Network, form.Media)
	base := cmp.Or(account.LinkBaseURL, s.PublicURL)
	return composerAccount{
		ID: account.ID, Network: account.Network, Name: account.Name, Handle: account.Handle,
		Problem: connectors.Problem{Key: account.ProblemKey, Message: account.Problem}, Chosen: form.chosen[account.ID], Variant: form.variant[account.ID], Check: check,
		Images:  images,
		Preview: newPreview(account, text, "{link}", base+"/r/…", form.Media),
	}, cmp.Or(err, imagesErr)
}

// newPreview cuts text at its link, and shows the link as networks do: without
// its scheme. Weibo shows one image at the most.
func newPreview(account accounts.NetworkAccount, text, link, shown string, images []campaigns.PostMedia) preview {
	if account.Network == connectors.Weibo && len(images) > 1 {
		images = images[:1]
	}
	p := preview{Images: images, Network: account.Network, Name: account.Name, Handle: account.Handle}
	before, after, found := strings.Cut(text, link)
	p.Before, p.After = strings.TrimLeft(before, "\n"), after
	if found {
		_, p.Link, _ = strings.Cut(shown, "://")
	}
	return p
}

// unixLines gives text with the line ends that networks count as one.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
