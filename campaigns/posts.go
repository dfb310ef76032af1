package campaigns

import (
	"context"
	"time"

	"gorm.io/gorm"

	"fanfare/campaigns/links"
	"fanfare/storage"
)

// Post gives a post with its deliveries.
func (s *Service) Post(ctx context.Context, id int64) (Post, error) {
	var post Post
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		post, err = s.loadPost(tx, id)
		return err
	})
	return post, err
}

// CampaignPosts lists the posts of a campaign with their deliveries, by due time.
func (s *Service) CampaignPosts(ctx context.Context, campaignID int64) ([]Post, error) {
	return s.listPosts(ctx, "campaign_id = ?", campaignID)
}

// PostsBetween lists the posts due in [from, to) with their deliveries, by due time.
func (s *Service) PostsBetween(ctx context.Context, from, to time.Time) ([]Post, error) {
	return s.listPosts(ctx, "due_at >= ? AND due_at < ?", stored(from), stored(to))
}

func (s *Service) listPosts(ctx context.Context, where string, args ...any) (posts []Post, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		posts, err = s.loadPosts(tx, where, args...)
		return err
	})
	return posts, err
}

func (s *Service) loadPost(tx *storage.Tx, id int64) (Post, error) {
	posts, err := s.loadPosts(tx, "id = ?", id)
	if err != nil {
		return Post{}, err
	}
	if len(posts) == 0 {
		return Post{}, gorm.ErrRecordNotFound
	}
	return posts[0], nil
}

// Delivery gives one delivery. It returns NotFound for one that is not there.
func (s *Service) Delivery(ctx context.Context, id int64) (d Delivery, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if err := tx.First(&d, id).Error; err != nil {
			return err
		}
		var link links.Link
		if err := tx.Where("delivery_id = ?", id).First(&link).Error; err != nil {
			return err
		}
		paused, err := readScopes(tx)
		d.Paused = d.State == Scheduled && paused.hold(d)
		d = s.complete(d, link)
		return err
	})
	return d, err
}

// loadPosts gives the posts that meet a condition with their deliveries, by
// due time: a few statements, however many posts.
func (s *Service) loadPosts(tx *storage.Tx, where string, args ...any) ([]Post, error) {
	posts := []Post{}
	if err := tx.Where(where, args...).Order("due_at, id").Find(&posts).Error; err != nil {
		return nil, err
	}
	chosen := func() *gorm.DB { return tx.Model(&Post{}).Select("id").Where(where, args...) }
	var deliveries []Delivery
	if err := tx.Where("post_id IN (?)", chosen()).Order("id").Find(&deliveries).Error; err != nil {
		return nil, err
	}
	if err := s.completeAll(tx, deliveries, "post_id IN (?)", chosen()); err != nil {
		return nil, err
	}
	images, err := loadMedia(tx, "post_id IN (?)", chosen())
	if err != nil {
		return nil, err
	}
	byPost := make(map[int64][]Delivery, len(posts))
	for _, d := range deliveries {
		byPost[d.PostID] = append(byPost[d.PostID], d)
	}
	for i := range posts {
		posts[i].Deliveries = byPost[posts[i].ID]
		if posts[i].Media = images[posts[i].ID]; posts[i].Media == nil {
			posts[i].Media = []PostMedia{}
		}
	}
	return posts, nil
}

// completeAll is complete for many, whose links meet a condition.
func (s *Service) completeAll(tx *storage.Tx, deliveries []Delivery, where string, args ...any) error {
	var all []links.Link
	if err := tx.Where(where, args...).Find(&all).Error; err != nil {
		return err
	}
	paused, err := readScopes(tx)
	if err != nil {
		return err
	}
	byDelivery := make(map[int64]links.Link, len(all))
	for _, link := range all {
		byDelivery[link.DeliveryID] = link
	}
	for i, d := range deliveries {
		d.Paused = d.State == Scheduled && paused.hold(d)
		deliveries[i] = s.complete(d, byDelivery[d.ID])
	}
	return nil
}

// complete fills in what is not kept in the delivery's row.
func (s *Service) complete(d Delivery, link links.Link) Delivery {
	d.Token, d.URL, d.AliasURL = s.tokens.Token(link.ID), link.URL, link.AliasURL()
	if link.Alias != nil {
		d.Alias = *link.Alias
	}
	d.Delayed = d.delayed()
	if d.HeldBy != "" && d.State == Scheduled {
		d.HeldUntil = d.WakeAt
	}
	if d.LatenessUS != nil {
		ms := float64(*d.LatenessUS) / 1000
		d.LatenessMS = &ms
	}
	return d
}
