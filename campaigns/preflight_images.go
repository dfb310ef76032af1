package campaigns

import (
	"context"
	"slices"

	"fanfare/connectors"
	"fanfare/fault"
)

// imageCheck looks whether the images of the posts to come are in the store, and
// as their networks take them.
func (s *Service) imageCheck(b briefing) check {
	return func(ctx context.Context) []Finding {
		missing, err := s.missingImages(ctx, b.images)
		return b.imageFindings(s.networks, missing, err)
	}
}

// missingImages asks the store for each image once, without reading it. The
// error is that of a store that does not answer.
func (s *Service) missingImages(ctx context.Context, images attachments) (map[string]bool, error) {
	missing := make(map[string]bool)
	for _, attached := range images.byPost {
		for _, m := range attached {
			if missing[m.Hash] {
				continue
			}
			_, content, err := s.media.Open(ctx, m.Hash)
			switch {
			case fault.Is(err, fault.NotFound):
				missing[m.Hash] = true
			case err != nil:
				return missing, err
			default:
				_ = content.Close() // nothing was written
			}
		}
	}
	return missing, nil
}

// imageFindings judges the images, by post and network.
func (b *briefing) imageFindings(networks map[string]connectors.Network, missing map[string]bool, storeErr error) (findings []Finding) {
	total, told := 0, make(map[int64]bool)
	for _, d := range b.open() {
		images, hashes := b.images.of(d)
		if len(images) == 0 {
			continue
		}
		if !told[d.PostID] {
			total += len(images)
		}
		if slices.ContainsFunc(hashes, func(hash string) bool { return missing[hash] }) {
			if !told[d.PostID] {
				findings = append(findings, b.aboutPost("image_missing", d, nil))
			}
		} else if network := networks[d.Network]; network != nil {
			if problems := network.CheckMedia(images); len(problems) > 0 {
				findings = append(findings, b.aboutPost("images_refused", d, map[string]any{"Account": b.handle(d.AccountID), "Reasons": problems}))
			}
		}
		told[d.PostID] = true
	}
	if storeErr != nil {
		findings = append(findings, find("images_silent", "", "", map[string]any{"Reason": messageOf(storeErr)}))
	}
	if len(findings) == 0 && total > 0 {
		findings = append(findings, find("images_ok", "", "", map[string]any{"Images": total}))
	}
	return append(findings, b.altFindings()...)
}

// altFindings names the posts whose images nobody described, once each. Weibo
// has no place for descriptions.
func (b *briefing) altFindings() (findings []Finding) {
	told := make(map[int64]bool)
	for _, d := range b.open() {
		images, _ := b.images.of(d)
		bare := slices.ContainsFunc(images, func(image connectors.Image) bool { return image.AltText == "" })
		if bare && d.Network != connectors.Weibo && !told[d.PostID] {
			told[d.PostID] = true
			findings = append(findings, b.aboutPost("alt_missing", d, nil))
		}
	}
	return findings
}
