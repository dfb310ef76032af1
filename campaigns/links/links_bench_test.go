package links

import (
	"testing"

	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func BenchmarkFollow(b *testing.B) {
	s := openShop(b, storagetest.Open(b, storage.SQLite, storage.SystemClock{}))
	token := s.token(0)
	visit := Visit{Method: "GET", UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Follow(b.Context(), token, visit); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkTokenVerify(b *testing.B) {
	c, err := NewCodec(testSecret)
	must(b, err)
	token := c.Token(123456)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.LinkID(token); !ok {
			b.Fatal("refused")
		}
	}
}
