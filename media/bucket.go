package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"fanfare/fault"
)

// bucket is a Store in a bucket of anything that speaks S3, under
// media/ab/cdef….
type bucket struct {
	client *minio.Core
	host   string
	name   string
}

var errBucketAddress = fault.New(fault.Invalid, "",
	"The bucket's address must be s3://KEY:SECRET@host/bucket?region=REGION, with a secret that is encoded as in a URL. tls=off after it speaks plain HTTP.")

// openBucket reads an address such as s3://KEY:SECRET@host:9000/bucket?region=eu-central-1.
// Its error quotes nothing of the address, which holds the secret.
func openBucket(address string) (Store, error) {
	u, err := url.Parse(address)
	if err != nil || u.User == nil || u.Host == "" || u.Opaque != "" || u.Fragment != "" {
		return nil, errBucketAddress
	}
	secret, _ := u.User.Password()
	name := strings.Trim(u.Path, "/")
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.User.Username() == "" || secret == "" || name == "" || strings.Contains(name, "/") {
		return nil, errBucketAddress
	}
	for key := range query {
		if key != "region" && key != "tls" {
			return nil, errBucketAddress
		}
	}
	client, err := minio.NewCore(u.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(u.User.Username(), secret, ""),
		Secure: query.Get("tls") != "off", Region: query.Get("region"), MaxRetries: 3,
	})
	if err != nil {
		return nil, errBucketAddress
	}
	return &bucket{client, u.Host, name}, nil
}

func key(hash string) string { return "media/" + hash[:2] + "/" + hash[2:] }

// Put implements Store: an object appears whole or not at all.
func (b *bucket) Put(ctx context.Context, hash string, content io.Reader, size int64, contentType string) error {
	_, err := b.client.Client.PutObject(ctx, b.name, key(hash), content, size,
		minio.PutObjectOptions{ContentType: contentType, DisableMultipart: true})
	return b.fault(err)
}

// Open implements Store.
func (b *bucket) Open(ctx context.Context, hash string) (io.ReadCloser, error) {
	object, _, _, err := b.client.GetObject(ctx, b.name, key(hash), minio.GetObjectOptions{})
	if err != nil {
		return nil, b.fault(err)
	}
	return object, nil
}

// Delete implements Store.
func (b *bucket) Delete(ctx context.Context, hash string) error {
	return b.fault(b.client.RemoveObject(ctx, b.name, key(hash), minio.RemoveObjectOptions{}))
}

// Check implements Store.
func (b *bucket) Check(ctx context.Context) error {
	there, err := b.client.BucketExists(ctx, b.name)
	if err == nil && !there {
		err = errors.New("there is no such bucket")
	}
	return b.fault(err)
}

// String implements Store.
func (b *bucket) String() string { return fmt.Sprintf("the bucket %s at %s", b.name, b.host) }

func (b *bucket) fault(err error) error {
	var answer minio.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound && answer.Code == minio.NoSuchKey:
		return missing(err)
	}
	return unavailable(fmt.Errorf("%s: %w", b, err))
}
