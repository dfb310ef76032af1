package stores

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"time"

	"fanfare/accounts"
	"fanfare/campaigns/orders"
	"fanfare/fault"
	"fanfare/storage"
)

// SourceKind is in whose words a source speaks.
type SourceKind string

// The kinds of sources.
const (
	Shopify     SourceKind = "shopify"
	WooCommerce SourceKind = "woocommerce"
	Generic     SourceKind = "generic" // an order as the sale API takes it, signed
)

// Source is a store that reports its orders by webhooks.
type Source struct {
	ID            int64      `json:"id"`
	Name          string     `json:"name"`
	Kind          SourceKind `json:"kind"`
	Store         string     `json:"store" doc:"The store of its orders."`
	URL           string     `json:"url" gorm:"-" doc:"Where the store sends its webhooks."`
	Sealed        []byte     `json:"-"` // what it signs with
	Replaced      []byte     `json:"-"` // what it signed with before, sealed
	ReplacedUntil *time.Time `json:"-"` // when that ends
	CreatedBy     int64      `json:"created_by"`
	CreatedAt     time.Time  `json:"created_at"`
}

// TableName is GORM's hook.
func (Source) TableName() string { return "order_sources" }

// SourceDraft is what it takes to make a source.
type SourceDraft struct {
	Name   string
	Kind   SourceKind
	Store  string
	Secret string // what the store signs with
}

// Bounds of a source.
const (
	minSourceSecret = 8    // bytes
	maxSourceSecret = 1000 // bytes
)

// sourceName can stand in an address as it is.
var sourceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// purposeSource is what the secrets of sources are sealed for.
const purposeSource = "order source v1"

// CreateSource makes a source. It returns Invalid with every wrong field, and
// Conflict when there is one of that name.
func (s *Service) CreateSource(ctx context.Context, actor accounts.Actor, d SourceDraft) (Source, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Source{}, err
	}
	if err := cmp.Or(d.validate(), actor.RequireStore(d.Store)); err != nil {
		return Source{}, err
	}
	sealed, err := s.accounts.Seal(purposeSource, d.Name, []byte(d.Secret))
	if err != nil {
		return Source{}, err
	}
	var source Source
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		source = Source{Name: d.Name, Kind: d.Kind, Store: d.Store, Sealed: sealed, CreatedBy: actor.PersonID, CreatedAt: tx.Now}
		if err := tx.Create(&source).Error; err != nil {
			return sourceTaken(err, d.Name)
		}
		return accounts.Record(tx, actor, "source.create", fmt.Sprintf("source %d", source.ID))
	})
	if err != nil {
		return Source{}, err
	}
	return s.withURL(source), nil
}

func (d SourceDraft) validate() error {
	var wrong fault.Fields
	if !sourceName.MatchString(d.Name) {
		wrong.Add("name", "source.name", "The name must be 1 to 64 small letters, digits and hyphens: it stands in the webhook's address.", d.Name, nil)
	}
	if d.Kind != Shopify && d.Kind != WooCommerce && d.Kind != Generic {
		wrong.Add("kind", "source.kind", "The kind must be shopify, woocommerce or generic.", d.Kind, nil)
	}
	orders.CheckStore(&wrong, d.Store)
	checkSourceSecret(&wrong, d.Secret)
	return wrong.Err()
}

func checkSourceSecret(wrong *fault.Fields, secret string) {
	if len(secret) < minSourceSecret || len(secret) > maxSourceSecret {
		wrong.Add("secret", "source.secret", "The secret must have 8 to 1,000 characters.", nil, fault.Args{"Min": minSourceSecret, "Max": maxSourceSecret})
	}
}

func sourceTaken(err error, name string) error {
	if !storage.IsDuplicate(err) {
		return err
	}
	var wrong fault.Fields
	wrong.Add("name", "source.taken", "There is a source of this name already.", name, nil)
	return &fault.Error{Kind: fault.Conflict, Key: "source.taken", Message: "There is a source of this name already.", Fields: wrong, Err: err}
}

// Sources lists all sources by name; a key of one store sees that store's.
func (s *Service) Sources(ctx context.Context, actor accounts.Actor) ([]Source, error) {
	sources := []Source{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		query := tx.Omit("sealed", "replaced").Order("name")
		if actor.Store != "" {
			query = query.Where("store = ?", actor.Store)
		}
		return query.Find(&sources).Error
	})
	for i := range sources {
		sources[i] = s.withURL(sources[i])
	}
	return sources, err
}

// DeleteSource closes a source and forgets its deliveries; the orders it
// brought stay. Other processes may take its webhooks for some seconds more.
// It returns NotFound when there is none of that name that the actor may see.
func (s *Service) DeleteSource(ctx context.Context, actor accounts.Actor, name string) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		source, err := sourceOf(tx, actor, name)
		if err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM hook_deliveries WHERE source_id = ?", source.ID).Error; err != nil {
			return err
		}
		if err := tx.Delete(&source).Error; err != nil {
			return err
		}
		tx.AfterCommit(func() { s.sources.forget(name) })
		return accounts.Record(tx, actor, "source.delete", fmt.Sprintf("source %d", source.ID))
	})
}

// secretGrace is how long webhooks that a source's former secret signed are taken:
// WooCommerce sends none again that was refused.
const secretGrace = 24 * time.Hour

// ChangeSourceSecret gives a source another secret. The former one is good for
// a day more. It returns Invalid for a bad one, NotFound without such a source.
func (s *Service) ChangeSourceSecret(ctx context.Context, actor accounts.Actor, name, secret string) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	var wrong fault.Fields
	checkSourceSecret(&wrong, secret)
	if err := wrong.Err(); err != nil {
		return err
	}
	sealed, err := s.accounts.Seal(purposeSource, name, []byte(secret))
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		source, err := sourceOf(tx, actor, name)
		if err != nil {
			return err
		}
		until := tx.Now.Add(secretGrace)
		changed := Source{Sealed: sealed, Replaced: source.Sealed, ReplacedUntil: &until}
		if err := tx.Model(&source).Select("sealed", "replaced", "replaced_until").Updates(changed).Error; err != nil {
			return err
		}
		tx.AfterCommit(func() { s.sources.forget(name) })
		return accounts.Record(tx, actor, "source.secret", fmt.Sprintf("source %d", source.ID))
	})
}

func sourceNamed(tx *storage.Tx, name string) (source Source, err error) {
	if !sourceName.MatchString(name) {
		return Source{}, noSource() // whatever stood in the path; PostgreSQL takes no NUL in a text
	}
	err = tx.Where("name = ?", name).Take(&source).Error
	if storage.IsMissing(err) {
		return Source{}, noSource()
	}
	return source, err
}

// sourceOf is sourceNamed for an actor: what a key of another store may not see
// is not there.
func sourceOf(tx *storage.Tx, actor accounts.Actor, name string) (Source, error) {
	source, err := sourceNamed(tx, name)
	if err == nil && !actor.MaySee(source.Store) {
		return Source{}, noSource()
	}
	return source, err
}

func noSource() error {
	return fault.New(fault.NotFound, "source.unknown", "There is no source of this name and kind.")
}

// hookPaths is where the webhooks of each kind arrive.
var hookPaths = map[SourceKind]string{Shopify: "/hooks/shopify/", WooCommerce: "/hooks/woocommerce/", Generic: "/hooks/orders/"}

func (s *Service) withURL(source Source) Source {
	source.URL = s.publicURL + hookPaths[source.Kind] + source.Name
	return source
}
