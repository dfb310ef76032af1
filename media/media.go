// Package media keeps the images of posts. An image is known by the SHA-256
// hash of its content: the same image is kept once, and never changes.
package media

import (
	"regexp"
	"time"
)

// Image is what is known of an image; its content lies in the Store.
type Image struct {
	Hash        string    `json:"id" gorm:"primaryKey" doc:"SHA-256 of the content, in hexadecimal."`
	ContentType string    `json:"content_type" enum:"image/jpeg,image/png,image/gif,image/webp" doc:"Told from the content."`
	Bytes       int64     `json:"bytes"`
	Width       int       `json:"width" doc:"In pixels."`
	Height      int       `json:"height" doc:"In pixels."`
	CreatedBy   int64     `json:"-"`
	CreatedAt   time.Time `json:"-"` // of its last upload
}

// TableName names the table to GORM.
func (Image) TableName() string { return "media" }

// What any network takes at the most, in bytes. Where "5 MB" is all that a
// network says, the smaller reading of it is meant.
const (
	MaxBytes    = 5_000_000
	MaxGIFBytes = 15_000_000
)

// maxSide bounds the pixels that a few bytes may claim to be, for whoever
// unpacks the image: it is X's limit for each side, see
// https://docs.x.com/x-api/media/quickstart/best-practices.
const maxSide = 8192

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// IsHash tells whether s has the form of a hash. What becomes a path or a key
// of the store must pass here first.
func IsHash(s string) bool { return hashForm.MatchString(s) }
