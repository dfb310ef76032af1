package media

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"fanfare/fault"
)

// fakeS3 is one bucket named "drop", with the few calls of S3 that a store
// makes. It takes signed calls alone, by the key id "AKID" in "eu-test-1".
type fakeS3 struct {
	t       *testing.T
	mu      sync.Mutex
	objects map[string][]byte
	kinds   map[string]string
}

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	signed := r.Header.Get("Authorization")
	if !strings.HasPrefix(signed, "AWS4-HMAC-SHA256 Credential=AKID/") || !strings.Contains(signed, "/eu-test-1/s3/aws4_request") ||
		!strings.Contains(signed, "SignedHeaders=") || !strings.Contains(signed, "Signature=") {
		f.refuse(w, http.StatusForbidden, "SignatureDoesNotMatch")
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	content, there := f.objects[key]
	switch {
	case bucket != "drop":
		f.refuse(w, http.StatusNotFound, "NoSuchBucket")
	case r.Method == http.MethodHead && key == "":
	case r.Method == http.MethodPut:
		body := plain(f.t, r)
		f.objects[key], f.kinds[key] = body, r.Header.Get("Content-Type")
		w.Header().Set("ETag", `"0"`)
	case r.Method == http.MethodDelete:
		delete(f.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case !there:
		f.refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", `"0"`)
		w.Header().Set("Last-Modified", "Thu, 16 Aug 2012 12:00:00 GMT")
		_, _ = w.Write(content)
	}
}

func (f *fakeS3) refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
}

// plain reads a body, taking away the chunks that are signed one by one:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
func plain(t *testing.T, r *http.Request) []byte {
	in := bufio.NewReader(r.Body)
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		content, err := io.ReadAll(in)
		if err != nil {
			t.Error(err)
		}
		return content
	}
	var content bytes.Buffer
	for {
		head, err := in.ReadString('\n')
		if err != nil {
			t.Error(err)
			return nil
		}
		text, _, _ := strings.Cut(strings.TrimSpace(head), ";")
		size, err := strconv.ParseInt(text, 16, 64)
		if err != nil {
			t.Error(err)
			return nil
		}
		if size == 0 {
			return content.Bytes()
		}
		if _, err := io.CopyN(&content, in, size); err != nil {
			t.Error(err)
		}
		_, _ = in.ReadString('\n')
	}
}

// stores are both kinds of store, empty.
func stores(t *testing.T) map[string]Store {
	t.Helper()
	inFolder, err := OpenStore("", t.TempDir())
	must(t, err)
	remote := &fakeS3{t: t, objects: map[string][]byte{}, kinds: map[string]string{}}
	server := httptest.NewServer(remote)
	t.Cleanup(server.Close)
	inBucket, err := OpenStore("s3://AKID:se%2Fcret@"+strings.TrimPrefix(server.URL, "http://")+"/drop?region=eu-test-1&tls=off", "")
	must(t, err)
	return map[string]Store{"folder": inFolder, "bucket": inBucket}
}

func TestStores(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("0a", 32)
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			must(t, store.Check(t.Context()))
			if _, err := store.Open(t.Context(), hash); !fault.Is(err, fault.NotFound) {
				t.Errorf("before: %v", err)
			}
			for _, content := range []string{"the first", "another, which takes its place"} {
				must(t, store.Put(t.Context(), hash, strings.NewReader(content), int64(len(content)), "image/png"))
				file, err := store.Open(t.Context(), hash)
				must(t, err)
				got, err := io.ReadAll(file)
				must(t, err)
				must(t, file.Close())
				if string(got) != content {
					t.Errorf("%q came back", got)
				}
			}
			must(t, store.Delete(t.Context(), hash))
			must(t, store.Delete(t.Context(), hash))
			if _, err := store.Open(t.Context(), hash); !fault.Is(err, fault.NotFound) {
				t.Errorf("after: %v", err)
			}
			if strings.Contains(store.String(), "cret") {
				t.Errorf("the secret shows: %s", store)
			}
		})
	}
}

func TestStoresThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "no-folder")
	must(t, os.WriteFile(file, nil, 0o600))
	blocked, err := OpenStore("", file)
	must(t, err)
	gone := httptest.NewServer(nil)
	gone.Close()
	unreachable, err := OpenStore("s3://AKID:topsecret@"+strings.TrimPrefix(gone.URL, "http://")+"/drop?region=r&tls=off", "")
	must(t, err)
	other := stores(t)["bucket"].(*bucket)
	other.name = "another"
	for name, store := range map[string]Store{"no folder": blocked, "nobody there": unreachable, "no such bucket": other} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			put := store.Put(t.Context(), strings.Repeat("a", 64), strings.NewReader("x"), 1, "image/png")
			for doing, err := range map[string]error{"put": put, "check": store.Check(t.Context())} {
				if !fault.Is(err, fault.Unavailable) || strings.Contains(fmt.Sprintf("%+v", err), "topsecret") {
					t.Errorf("%s: %v", doing, err)
				}
			}
		})
	}
}

var badAddresses = []string{
	"s3://", "s3://host/bucket", "s3://key@host/bucket", "s3://key:topsecret@host", "s3://key:topsecret@host/a/b",
	"s3://key:topsecret@/bucket", "s3://key:topsecret@host/bucket?speed=1", "s3://key:topsecret@host/bucket#x", "s3://key:topsecret%@host/bucket",
	"s3://key:topsecret@ho st/bucket", "https://host/bucket", "/var/media", "s3:topsecret", "s3://key:topsecret@host/bucket?region=%zz",
}

func TestBadAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range badAddresses {
		store, err := OpenStore(address, t.TempDir())
		if !fault.Is(err, fault.Invalid) || strings.Contains(fmt.Sprintf("%+v", err), "topsecret") {
			t.Errorf("%q gave %v, %v", address, store, err)
		}
	}
}

func FuzzOpenStore(f *testing.F) {
	f.Add("s3://key:secret@host:9000/bucket?region=r&tls=off")
	for _, address := range badAddresses {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		store, err := OpenStore(address, "data")
		if (store == nil) == (err == nil) {
			t.Errorf("%v, %v", store, err)
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}
