package campaigns

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm/clause"

	"fanfare/connectors"
	"fanfare/media"
	"fanfare/scheduler"
	"fanfare/storage"
)

// Images are handed to the network ahead of their post, for a post must not
// wait for its images, nor go without them. uploadJob does it minutes before;
// publish does what is left in the seconds before, and when it goes once more.

const (
	// uploadLead is how long before its due instant a delivery's images go. X
	// keeps them for a day.
	uploadLead = 5 * time.Minute
	// uploadMargin is how long an uploaded image must still be kept to be used.
	uploadMargin = 15 * time.Minute
)

// deliveryMedia is an image that a network has been given for a delivery.
type deliveryMedia struct {
	DeliveryID int64 `gorm:"primaryKey"`
	Position   int   `gorm:"primaryKey"`
	RemoteID   string
	ExpiresAt  time.Time
}

// TableName names the table to GORM.
func (deliveryMedia) TableName() string { return "delivery_media" }

type uploadJob struct {
	DeliveryID int64 `json:"delivery_id"`
}

// Kind names the job to the scheduler.
func (uploadJob) Kind() string { return "campaigns.upload" }

// upload hands a delivery's images over minutes ahead. What does not succeed
// is left to publish, which has to tell of it.
func (s *Service) upload(ctx context.Context, job uploadJob) error {
	out, err := s.prepare(ctx, job.DeliveryID)
	if err != nil || out.delivery.State != Scheduled {
		return err
	}
	if early := out.delivery.WakeAt.Sub(s.db.Clock().Now()) - uploadLead; early > 0 {
		return scheduler.Again(early)
	}
	if err := s.handOver(ctx, &out); err != nil {
		s.log.Warn("images not uploaded ahead", "delivery", job.DeliveryID, "error", err)
	}
	return nil
}

// readyImages hands over, in the lead before the due instant, what the network
// does not have yet, and tries again while there is time. What does not succeed
// stands in out.unready: the delivery then goes the way of a call that the
// network put off.
func (s *Service) readyImages(ctx context.Context, out *outgoing) error {
	if len(out.post.Images) == 0 {
		return nil
	}
	due := *out.delivery.WakeAt
	if err := s.tooEarly(due); err != nil {
		return err
	}
	for pause := s.timing.UploadPause; ; pause *= 2 {
		failed := s.handOver(ctx, out)
		if failed == nil {
			return nil
		}
		next := s.db.Clock().Now().Add(pause)
		if failed.Kind != connectors.KindRetry || next.After(due) || failed.RetryAt.After(due) {
			out.unready = failed
			return nil
		}
		if err := s.db.Clock().WaitUntil(ctx, next); err != nil {
			return err
		}
	}
}

// handOver gives the network the images that it does not have: by upload, or,
// where they travel with the post, by having their content at hand. The jobs
// of one delivery do it together.
func (s *Service) handOver(ctx context.Context, out *outgoing) *connectors.Error {
	images, err, _ := s.uploads.Do(strconv.FormatInt(out.delivery.ID, 10), func() (any, error) {
		return s.handOverAll(ctx, *out)
	})
	if err != nil {
		failed := *networkError(err)
		if failed.Kind == connectors.KindUnknown {
			failed.Kind = connectors.KindRetry // an image is no post: nothing is out
		}
		return &failed
	}
	out.post.Images = images.([]connectors.Image)
	return nil
}

func (s *Service) handOverAll(ctx context.Context, out outgoing) ([]connectors.Image, error) {
	images := append([]connectors.Image(nil), out.post.Images...)
	for i := range images {
		if images[i].RemoteID != "" {
			continue
		}
		if err := s.handOverOne(ctx, out, i, &images[i]); err != nil {
			return nil, err
		}
	}
	return images, nil
}

func (s *Service) handOverOne(ctx context.Context, out outgoing, position int, image *connectors.Image) error {
	content, err := s.media.Content(ctx, out.hashes[position])
	if err != nil {
		return &connectors.Error{Kind: connectors.KindRetry, Message: "The post's image cannot be read at the moment.", Key: "delivery.image_unread", Err: err}
	}
	if err := s.allowed(ctx, out.limited(), connectors.CallUpload); err != nil {
		return err
	}
	image.Content = content
	uploading, cancel := context.WithTimeout(ctx, s.timing.Call)
	defer cancel()
	up, failed := out.network.Upload(uploading, out.credentials, *image)
	if failed == nil && up.RemoteID == "" {
		return nil
	}
	told := up.Limits
	if failed != nil {
		told = networkError(failed).Limits
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.heard(tx, out.limited(), connectors.CallUpload, told); err != nil || failed != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&deliveryMedia{
			DeliveryID: out.delivery.ID, Position: position, RemoteID: storable(up.RemoteID), ExpiresAt: stored(up.ExpiresAt),
		}).Error
	})
	if failed != nil {
		return failed
	}
	image.RemoteID, image.Content = up.RemoteID, nil
	return err
}

// forgetUploads takes back the ids of images that the network does not know
// any more, so that they are uploaded anew.
func forgetUploads(tx *storage.Tx, batch []finishedCall) error {
	var ids []int64
	for _, r := range batch {
		if r.outcome.err != nil && networkError(r.outcome.err).Field == connectors.FieldImages {
			ids = append(ids, r.claimed.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return tx.Where(among(tx, "delivery_id", ids)).Delete(&deliveryMedia{}).Error
}

// attachments are the images of deliveries that are prepared together.
type attachments struct {
	byPost   map[int64][]PostMedia
	known    map[string]media.Image
	uploaded map[int64]map[int]string // remote ids by delivery and position
}

// readAttachments reads the images of those deliveries that have any: a drop
// without images asks for nothing.
func readAttachments(tx *storage.Tx, deliveries []Delivery) (a attachments, err error) {
	var ids, posts []int64
	for _, d := range deliveries {
		if d.Images > 0 {
			ids, posts = append(ids, d.ID), append(posts, d.PostID)
		}
	}
	if len(ids) == 0 {
		return a, nil
	}
	if a.byPost, err = loadMedia(tx, "?", among(tx, "post_id", posts)); err != nil {
		return a, err
	}
	hashes := make(map[string]bool)
	for _, attached := range a.byPost {
		for _, m := range attached {
			hashes[m.Hash] = true
		}
	}
	if a.known, err = media.Find(tx, sortedKeys(hashes)); err != nil {
		return a, err
	}
	var uploads []deliveryMedia
	err = tx.Where(among(tx, "delivery_id", ids)).Where("expires_at > ?", tx.Now.Add(uploadMargin)).Find(&uploads).Error
	a.uploaded = make(map[int64]map[int]string)
	for _, u := range uploads {
		if a.uploaded[u.DeliveryID] == nil {
			a.uploaded[u.DeliveryID] = make(map[int]string)
		}
		a.uploaded[u.DeliveryID][u.Position] = u.RemoteID
	}
	return a, err
}

// of gives the images of one delivery, as far as its network has them, and
// their hashes.
func (a attachments) of(d Delivery) (images []connectors.Image, hashes []string) {
	if d.Images == 0 {
		return nil, nil
	}
	images = describeImages(a.byPost[d.PostID], a.known)
	for i, m := range a.byPost[d.PostID] {
		images[i].RemoteID = a.uploaded[d.ID][i]
		hashes = append(hashes, m.Hash)
	}
	return images, hashes
}
