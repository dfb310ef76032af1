package campaigns

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bojanz/currency"
	"golang.org/x/text/language"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/netguard"
	"fanfare/storage"
)

const maxUnits = 1_000_000_000

// CreateSale makes a sale. It returns Invalid with every wrong field.
func (s *Service) CreateSale(ctx context.Context, actor accounts.Actor, sale Sale) (Sale, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Sale{}, err
	}
	sale, err := checkSale(sale)
	if err != nil {
		return Sale{}, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		sale.ID, sale.CreatedBy, sale.CreatedAt = 0, actor.PersonID, tx.Now
		if err := tx.Create(&sale).Error; err != nil {
			return err
		}
		return accounts.Record(tx, actor, "sale.create", fmt.Sprintf("sale %d", sale.ID))
	})
	if err != nil {
		return Sale{}, err
	}
	return sale, nil
}

// checkSale gives the sale as it is stored: trimmed, codes in capitals, times
// in UTC. It returns Invalid with every wrong field.
func checkSale(sale Sale) (Sale, error) {
	var wrong fault.Fields
	sale.Name = checkName(&wrong, "name", sale.Name, maxName)
	sale.Product = checkName(&wrong, "product", sale.Product, maxName)
	sale.Market = marketCode(sale.Market)
	if !isMarket(sale.Market) {
		wrong.Add("market", "sale.market", "The market must be the two-letter code of a country, such as HK (ISO 3166-1).", sale.Market, nil)
	}
	sale.Currency = strings.ToUpper(strings.TrimSpace(sale.Currency))
	if sale.Currency == "" || !currency.IsValid(sale.Currency) {
		wrong.Add("currency", "sale.currency", "The currency must be a three-letter code, such as HKD (ISO 4217).", sale.Currency, nil)
	}
	if sale.Units < 1 || sale.Units > maxUnits {
		wrong.Add("units", "sale.units", "The units must be a number from 1 to 1,000,000,000.", sale.Units, fault.Args{"Max": maxUnits})
	}
	checkOpening(&wrong, &sale)
	if _, ok := netguard.ParseURL(sale.StoreURL); !ok {
		wrong.Add("store_url", "sale.store_url", "The store's address must be a web address that begins with https:// or http:// and holds no password.", sale.StoreURL, nil)
	}
	return sale, wrong.Err()
}

func checkOpening(wrong *fault.Fields, sale *Sale) {
	if sale.OpensAt.IsZero() {
		wrong.Add("opens_at", "sale.opens_at", "Say when the sale opens.", nil, nil)
	}
	sale.OpensAt = stored(sale.OpensAt)
	if sale.ClosesAt == nil {
		return
	}
	closes := stored(*sale.ClosesAt)
	sale.ClosesAt = &closes
	if !closes.After(sale.OpensAt) {
		wrong.Add("closes_at", "sale.closes_at", "The sale must close after it opens.", closes, nil)
	}
}

// stored gives t as both databases keep it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// marketCode gives a market as it is kept.
func marketCode(raw string) string {
	code := strings.ToUpper(strings.TrimSpace(raw))
	if code == "UK" {
		return "GB" // the code that ISO 3166-1 keeps free for those who write this
	}
	return code
}

// isMarket tells whether code is a country in capital letters, or the European
// Union, which ISO 3166-1 has a code for too. The library reads numbers, three
// letters and old codes besides: only what it would write itself is taken.
func isMarket(code string) bool {
	region, err := language.ParseRegion(code)
	return err == nil && len(code) == 2 && (region.IsCountry() || code == "EU") && region.Canonicalize().String() == code
}

// Sale gives one sale.
func (s *Service) Sale(ctx context.Context, id int64) (Sale, error) {
	var sale Sale
	err := s.db.Read(ctx, func(tx *storage.Tx) error { return tx.First(&sale, id).Error })
	return sale, err
}

// Sales lists sales, newest first.
func (s *Service) Sales(ctx context.Context, limit int, cursor string) (storage.Page[Sale], error) {
	return newestFirst(ctx, s.db, limit, cursor, func(sale Sale) int64 { return sale.ID })
}

// newestFirst gives a page of T's table by falling id. It returns Invalid for
// a limit or a cursor that makes no sense.
func newestFirst[T any](ctx context.Context, db *storage.DB, limit int, cursor string, id func(T) int64) (storage.Page[T], error) {
	size, err := storage.PageSize(limit)
	if err != nil {
		return storage.Page[T]{}, err
	}
	last, err := storage.DecodeIDCursor(cursor)
	if err != nil {
		return storage.Page[T]{}, err
	}
	var rows []T
	err = db.Read(ctx, func(tx *storage.Tx) error {
		query := tx.Order("id DESC").Limit(size + 1)
		if last > 0 {
			query = query.Where("id < ?", last)
		}
		return query.Find(&rows).Error
	})
	if err != nil {
		return storage.Page[T]{}, err
	}
	return storage.NewPage(rows, size, func(last T) string { return storage.EncodeIDCursor(id(last)) }), nil
}
