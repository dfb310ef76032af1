package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"fanfare/fault"
)

// shelfBytes is how much content is kept at hand: a drop sends the same few
// images to many accounts at one instant.
const shelfBytes = 64 << 20

const readTimeout = 30 * time.Second

// shelf holds the content that was read last.
type shelf struct {
	loading singleflight.Group
	mu      sync.Mutex
	held    map[string][]byte
	bytes   int
}

// Content gives the bytes of an image as networks get them, without what it
// tells besides its picture; nobody may change them. It reads them once for all
// who ask at one time, and returns an error where what is kept has another hash.
func (s *Service) Content(ctx context.Context, hash string) ([]byte, error) {
	if content, ok := s.shelf.get(hash); ok {
		return content, nil
	}
	// Whoever asks first may leave, and the others still want it.
	content, err, _ := s.shelf.loading.Do(hash, func() (any, error) { return s.read(context.WithoutCancel(ctx), hash) })
	if err != nil {
		return nil, err
	}
	return content.([]byte), nil
}

func (s *Service) read(ctx context.Context, hash string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	in, err := s.store.Open(ctx, hash)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, MaxGIFBytes+1))
	if err != nil {
		return nil, unavailable(err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != hash {
		return nil, fault.Wrap(errors.New("the stored image has another hash than its name"), hash)
	}
	content = cleanLate(content)
	s.shelf.put(hash, content)
	return content, nil
}

// cleanLate cleans an image that was kept before uploads were. What does not
// follow its format goes as it is: it was taken, and its post is due.
func cleanLate(content []byte) []byte {
	cleaner, known := cleaners[http.DetectContentType(content)]
	if !known {
		return content
	}
	if cleaned, err := cleaner(content); err == nil {
		return cleaned
	}
	return content
}

func (s *shelf) get(hash string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content, ok := s.held[hash]
	return content, ok
}

// put starts anew when the shelf is full: what is still wanted comes back.
func (s *shelf) put(hash string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.held[hash]; there {
		return
	}
	if s.bytes+len(content) > shelfBytes {
		clear(s.held)
		s.bytes = 0
	}
	s.held[hash] = content
	s.bytes += len(content)
}
