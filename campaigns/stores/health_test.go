package stores

import (
	"fmt"
	"testing"
	"time"

	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

func TestLag(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		for i, late := range []time.Duration{9 * time.Second, 2 * time.Second, 500 * time.Millisecond, -time.Minute, time.Second} {
			hook := signedHook(Shopify, "orders/create", fmt.Sprintf(`{"id": %d, "total_price": "1.00", "currency": "CNY", "line_items": [{"quantity": 1}]}`, i+1))
			hook.Header.Set("X-Shopify-Triggered-At", clock.Now().Add(-late).Format(time.RFC3339Nano))
			_, err := s.TakeHook(t.Context(), hook)
			must(t, err)
		}
		bad := signedHook(Shopify, "orders/create", "{}")
		bad.Body = []byte("{ }")
		_, err := s.TakeHook(t.Context(), bad)
		if err == nil {
			t.Fatal("a bad signature")
		}
		all, err := s.SourcesHealth(t.Context())
		must(t, err)
		for _, h := range all {
			if h.Kind != Shopify {
				if h.LagP50 != nil || h.Seen != 0 {
					t.Errorf("%+v", h)
				}
				continue
			}
			if h.Seen != 6 || h.Refused != 1 || *h.LagLast != time.Second || *h.LagP50 != time.Second {
				t.Errorf("seen %d, refused %d, last %v, p50 %v", h.Seen, h.Refused, h.LagLast, h.LagP50)
			}
		}
	})
}

func TestSourceGetsANewSecret(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		s.openSources(t)
		other := New(Options{DB: db, Accounts: s.accounts, Tokens: s.tokens, Orders: s.orders}) // another process
		former := signedHook(Shopify, "products/create", "{}")
		if err := s.ChangeSourceSecret(t.Context(), keeper, former.Source, "short"); err == nil {
			t.Error("seven bytes")
		}
		for day, change := range []string{"the second secret", "the third secret"} {
			for _, taker := range []*Service{s.Service, other} {
				_, err := taker.TakeHook(t.Context(), former)
				must(t, err)
			}
			must(t, s.ChangeSourceSecret(t.Context(), keeper, former.Source, change))
			clock.Advance(time.Second)
			latter := signedBy(change, Shopify, "products/create", "{}")
			for _, hook := range []Hook{former, latter} {
				for n, taker := range []*Service{s.Service, other} {
					if _, err := taker.TakeHook(t.Context(), hook); err != nil {
						t.Errorf("day %d, process %d: %v", day, n, err)
					}
				}
			}
			clock.Advance(24 * time.Hour)
			if _, err := s.TakeHook(t.Context(), former); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("after a day the former secret is good still: %v", err)
			}
			former = latter
		}
	})
}
