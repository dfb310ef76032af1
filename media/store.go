package media

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"fanfare/fault"
)

// Store keeps the content of images by hash: in a folder, or in a bucket that
// speaks S3.
type Store interface {
	// Put keeps content of so many bytes; what is there under the hash is
	// replaced. When it returns nil, the content survives a power cut.
	Put(ctx context.Context, hash string, content io.Reader, size int64, contentType string) error
	// Open gives the content; NotFound when there is none.
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
	// Delete forgets the content; it is no error when there is none.
	Delete(ctx context.Context, hash string) error
	// Check tells whether images could be kept and read now, and changes nothing.
	Check(ctx context.Context) error
	// String names the place, without secrets.
	String() string
}

// OpenStore gives the store at an address: s3://KEY:SECRET@host/bucket, or the
// folder media in the data folder when it is empty. It asks nobody yet. Its
// error is Invalid and tells no secret.
func OpenStore(address, data string) (Store, error) {
	switch {
	case address == "":
		return folder(filepath.Join(data, "media")), nil
	case strings.HasPrefix(address, "s3://"):
		return openBucket(address)
	}
	return nil, fault.New(fault.Invalid, "", "The address of the images must begin with s3://, or be empty for the data folder.")
}

// unavailable says that the store does not answer; its own words are for the
// log.
func unavailable(err error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Key: "media.unavailable",
		Message: "The store of the images does not answer. Please try again.", Err: err,
	}
}

func missing(err error) error {
	return &fault.Error{Kind: fault.NotFound, Key: "media.missing", Message: "This image is not here.", Err: err}
}
