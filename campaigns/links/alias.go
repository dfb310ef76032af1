package links

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// reservedAliases are what people would take for a part of the service.
var reservedAliases = []string{
	"about", "account", "accounts", "admin", "api", "app", "calendar", "campaigns", "favicon", "forum", "healthz", "help", "hooks",
	"ideas", "index", "links", "login", "logout", "media", "metrics", "orders", "posts", "privacy", "qr", "ranking", "readyz", "reports",
	"robots", "sales", "settings", "setup", "sign-in", "sign-out", "sign-up", "static", "terms", "www",
}

// foldAlias gives an alias as it is stored, and whether it is written as one:
// 3 to 40 of a to z, 0 to 9 and hyphens, these not at its ends. Case does not
// matter, and white space around is ignored, as with tokens.
func foldAlias(text string) (alias string, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) < 3 || len(text) > 40 || text[0] == '-' || text[len(text)-1] == '-' {
		return "", false
	}
	// Looked at before it is folded: Unicode has signs whose lower case is a plain k.
	strange := strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	})
	return strings.ToLower(text), !strange
}

// checkAlias gives an alias as it is stored, or Invalid naming alias.
func (s *Service) checkAlias(text string) (string, error) {
	var wrong fault.Fields
	alias, ok := foldAlias(text)
	_, token := s.tokens.LinkID(alias)
	switch {
	case !ok:
		wrong.Add("alias", "alias.form", "Write 3 to 40 letters from a to z, digits and hyphens, with no hyphen at the ends.", text, nil)
	case slices.Contains(reservedAliases, alias):
		wrong.Add("alias", "alias.reserved", "This name is reserved. Choose another one.", text, nil)
	case token:
		wrong.Add("alias", "alias.token", "This name reads like the link of a post. Choose another one.", text, nil)
	}
	return alias, wrong.Err()
}

// SetAlias gives a delivery's link another name, in place of the one it had. The
// link by its token stays as it is. It returns NotFound, Invalid naming alias,
// or Conflict naming it when another link has the name.
func (s *Service) SetAlias(ctx context.Context, actor accounts.Actor, deliveryID int64, alias string) (Link, error) {
	if err := actor.Require(accounts.Marketing); err != nil {
		return Link{}, err
	}
	folded, err := s.checkAlias(alias)
	if err != nil {
		return Link{}, err
	}
	link, err := s.storeAlias(ctx, actor, deliveryID, &folded)
	if fault.Is(err, fault.Conflict) {
		return Link{}, aliasTaken(alias, err)
	}
	return link, err
}

// RemoveAlias takes a delivery's link its other name; twice is once. It returns
// NotFound for a delivery that is not there.
func (s *Service) RemoveAlias(ctx context.Context, actor accounts.Actor, deliveryID int64) error {
	if err := actor.Require(accounts.Marketing); err != nil {
		return err
	}
	_, err := s.storeAlias(ctx, actor, deliveryID, nil)
	return err
}

func (s *Service) storeAlias(ctx context.Context, actor accounts.Actor, deliveryID int64, alias *string) (link Link, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		link = Link{}
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("delivery_id = ?", deliveryID).First(&link).Error
		if err != nil {
			return err
		}
		before := link.Alias
		if err := tx.Model(&link).Update("alias", alias).Error; err != nil {
			return err
		}
		link.Alias = alias
		tx.AfterCommit(func() { s.aliases.change(before, alias, uint32(link.ID)) })
		return accounts.Record(tx, actor, "link.alias", fmt.Sprintf("delivery %d", deliveryID))
	})
	return link, err
}

func aliasTaken(alias string, err error) error {
	var wrong fault.Fields
	wrong.Add("alias", "alias.taken", "Another link has this name already. Choose another one.", alias, nil)
	return &fault.Error{
		Kind: fault.Conflict, Key: "alias.taken", Message: "Another link has this name already. Choose another one.",
		Fields: wrong, Err: err,
	}
}
