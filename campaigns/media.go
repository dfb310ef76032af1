package campaigns

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"fanfare/accounts"
	"fanfare/connectors"
	"fanfare/fault"
	"fanfare/media"
	"fanfare/storage"
)

const (
	maxMedia   = 4    // images of a post, where its network takes most
	maxAltText = 1000 // characters, as X takes them
)

// PostMedia is an image of a post.
type PostMedia struct {
	PostID   int64  `json:"-" gorm:"primaryKey"`
	Position int    `json:"-" gorm:"primaryKey"`
	Hash     string `json:"id" doc:"Of the image, as POST /api/v1/media gave it."`
	AltText  string `json:"alt_text,omitempty" doc:"What is to be seen on it, for those who cannot: 1,000 characters at the most. X shows it; Weibo has no place for it."`
}

// TableName names the table to GORM.
func (PostMedia) TableName() string { return "post_media" }

// findImages looks the draft's images up.
func (p *plan) findImages(tx *storage.Tx) (err error) {
	hashes := make([]string, len(p.Media))
	for i, m := range p.Media {
		hashes[i] = m.Hash
	}
	p.images, err = media.Find(tx, hashes)
	return err
}

func (p plan) checkMedia(wrong *fault.Fields) {
	if len(p.Media) > maxMedia {
		wrong.Add("media", "post.media_most", fmt.Sprintf("A post can have %d images at the most.", maxMedia), nil, fault.Args{"Max": maxMedia})
	}
	for i, m := range p.Media {
		if _, here := p.images[m.Hash]; !here {
			wrong.Add("media", "post.media_missing", "One of these images is not here. Attach it again.", m.Hash, nil)
		}
		if slices.ContainsFunc(p.Media[:i], func(other PostMedia) bool { return other.Hash == m.Hash }) {
			wrong.Add("media", "post.media_twice", "An image is attached twice.", m.Hash, nil)
		}
		if !isPlain(m.AltText, "\n\r\t") || utf8.RuneCountInString(m.AltText) > maxAltText {
			wrong.Add(fmt.Sprintf("media.%d.alt_text", i), "post.alt_text",
				fmt.Sprintf("A description may have %d characters at the most, and no control characters.", maxAltText),
				m.AltText, fault.Args{"Max": maxAltText})
		}
	}
}

// checkImages notes why an account's network would refuse the images.
func (p plan) checkImages(wrong *fault.Fields, network connectors.Network, account accounts.NetworkAccount) {
	for _, problem := range network.CheckMedia(describeImages(p.Media, p.images)) {
		wrong.Add("media", problem.Key, account.Name+": "+problem.Message, nil, fault.Args(problem.Args))
	}
}

// CheckMedia examines images, which must be here, as a network does. It
// returns Invalid naming network when there is none of that name.
func (s *Service) CheckMedia(ctx context.Context, network string, attached []PostMedia) ([]connectors.Problem, error) {
	var wrong fault.Fields
	n := s.findNetwork(&wrong, network)
	if err := wrong.Err(); err != nil || len(attached) == 0 {
		return nil, err
	}
	p := plan{PostDraft: PostDraft{Media: attached}}
	if err := s.db.Read(ctx, p.findImages); err != nil {
		return nil, err
	}
	return n.CheckMedia(describeImages(attached, p.images)), nil
}

// describeImages gives images as a network sees them, without their content.
func describeImages(attached []PostMedia, known map[string]media.Image) []connectors.Image {
	images := make([]connectors.Image, len(attached))
	for i, m := range attached {
		images[i] = connectors.Image{Type: known[m.Hash].ContentType, Bytes: known[m.Hash].Bytes, AltText: m.AltText}
	}
	return images
}

// storeMedia writes which images the post has.
func storeMedia(tx *storage.Tx, post *Post, attached []PostMedia) error {
	post.Media = []PostMedia{}
	for i, m := range attached {
		post.Media = append(post.Media, PostMedia{PostID: post.ID, Position: i, Hash: m.Hash, AltText: m.AltText})
	}
	if len(post.Media) == 0 {
		return nil
	}
	return tx.Create(post.Media).Error
}

// loadMedia gives the images of posts that meet a condition on post_id, in
// their order, by post.
func loadMedia(tx *storage.Tx, where string, args ...any) (map[int64][]PostMedia, error) {
	var all []PostMedia
	err := tx.Where(where, args...).Order("post_id, position").Find(&all).Error
	byPost := make(map[int64][]PostMedia)
	for _, m := range all {
		byPost[m.PostID] = append(byPost[m.PostID], m)
	}
	return byPost, err
}

// clearMediaWithin is long: nobody would delete again what a bucket was asked
// to delete and was not.
const clearMediaWithin = time.Hour

type clearMediaJob struct{}

// Kind names the job to the scheduler.
func (clearMediaJob) Kind() string { return "campaigns.clear_media" }

// clearMedia forgets images that were uploaded for no post.
func (s *Service) clearMedia(ctx context.Context, _ clearMediaJob) error {
	cleared, err := s.media.ClearUnused(ctx)
	if cleared > 0 {
		s.log.Info("unused images cleared", "images", cleared)
	}
	return err
}
