package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/sync/semaphore"
	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// Service is the door to this package.
type Service struct {
	db    *storage.DB
	store Store
	// keeping lets many uploads in, or one clearing: else an image that comes
	// again while it is cleared would lose its content.
	keeping sync.RWMutex
	// cleaning bounds the uploads that lie in memory at one time.
	cleaning *semaphore.Weighted
	shelf    shelf
}

const cleanedAtOnce = 2

// New makes the service.
func New(db *storage.DB, store Store) *Service {
	return &Service{db: db, store: store, cleaning: semaphore.NewWeighted(cleanedAtOnce), shelf: shelf{held: map[string][]byte{}}}
}

// Upload keeps an image on behalf of marketing, without what it tells besides
// its picture, such as the place where it was taken. The same again is the
// same image. It returns Invalid naming file for what is no image that any network
// takes, and reads no more of content than that may have.
func (s *Service) Upload(ctx context.Context, actor accounts.Actor, content io.Reader) (Image, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Image{}, err
	}
	file, err := os.CreateTemp("", "fanfare-upload-")
	if err != nil {
		return Image{}, fault.Wrap(err, "spool an upload")
	}
	defer func() { _ = errors.Join(file.Close(), os.Remove(file.Name())) }()
	size, err := io.Copy(file, io.LimitReader(content, MaxGIFBytes+1))
	switch {
	case err != nil:
		return Image{}, &fault.Error{Kind: fault.Invalid, Key: "media.broken_off", Message: "The upload broke off. Please send the image again.", Err: err}
	case size > MaxGIFBytes:
		return Image{}, tooLarge(MaxGIFBytes)
	case size == 0:
		return Image{}, refuse("media.empty", "This file is empty.", nil)
	}
	image, err := identify(io.NewSectionReader(file, 0, size), size)
	if err != nil {
		return Image{}, fault.Wrap(err, "identify an upload")
	}
	if err := s.cleaning.Acquire(ctx, 1); err != nil {
		return Image{}, fault.Wrap(err, "wait to clean an upload")
	}
	defer s.cleaning.Release(1)
	clean, err := clean(io.NewSectionReader(file, 0, size), image.ContentType)
	if err != nil {
		return Image{}, fault.Wrap(err, "clean an upload")
	}
	sum := sha256.Sum256(clean)
	image.Hash, image.Bytes, image.CreatedBy = hex.EncodeToString(sum[:]), int64(len(clean)), actor.PersonID
	return image, s.keep(ctx, &image, bytes.NewReader(clean))
}

// keep stores the content first: a row always has its content.
func (s *Service) keep(ctx context.Context, image *Image, content io.Reader) error {
	s.keeping.RLock()
	defer s.keeping.RUnlock()
	if err := s.store.Put(ctx, image.Hash, content, image.Bytes, image.ContentType); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		image.CreatedAt = tx.Now
		again := clause.OnConflict{Columns: []clause.Column{{Name: "hash"}}, DoUpdates: clause.AssignmentColumns([]string{"created_at"})}
		return tx.Clauses(again).Create(image).Error
	})
}

// Open gives an image with its content; NotFound when there is none.
func (s *Service) Open(ctx context.Context, hash string) (Image, io.ReadCloser, error) {
	if !IsHash(hash) {
		return Image{}, nil, missing(nil)
	}
	var image Image
	err := s.db.Read(ctx, func(tx *storage.Tx) error { return tx.First(&image, "hash = ?", hash).Error })
	if fault.Is(err, fault.NotFound) {
		err = missing(err)
	}
	if err != nil {
		return Image{}, nil, err
	}
	content, err := s.store.Open(ctx, hash)
	return image, content, err
}

// Find gives those images that are here, by hash, inside a caller's transaction.
func Find(tx *storage.Tx, hashes []string) (map[string]Image, error) {
	found := make(map[string]Image, len(hashes))
	if len(hashes) == 0 {
		return found, nil
	}
	var images []Image
	err := tx.Where("hash IN ?", hashes).Find(&images).Error
	for _, image := range images {
		found[image.Hash] = image
	}
	return found, err
}
