package links

import (
	"context"
	"net/http"

	"fanfare/fault"
	"fanfare/storage"
)

var errUnknown = fault.New(fault.NotFound, "link.unknown", "This link leads nowhere. It may be mistyped.")

// Visit is one request of a campaign link.
type Visit struct {
	Method    string
	UserAgent string
	Referrer  string // the Referer header
	Address   string // where it came from, as net/netip reads it
	Ahead     bool   // a browser or an app fetches it in case somebody clicks
	Country   string // ISO 3166-1 alpha-2 where a trusted proxy told it
}

// Follow resolves a token, or the alias of a link, to the store's address, with
// ref and UTM fields, and counts the click. It returns NotFound for what is not
// ours.
func (s *Service) Follow(ctx context.Context, token string, visit Visit) (string, error) {
	now := s.db.Clock().Now()
	id, ok := s.tokens.LinkID(token)
	if !ok {
		var err error
		if id, ok, err = s.aliases.find(ctx, token, now); err != nil {
			return "", err
		}
	}
	if !ok {
		return "", errUnknown
	}
	e, found, err := s.known.find(ctx, id)
	if err != nil {
		return "", err
	}
	if !found {
		return "", errUnknown
	}
	agent := s.agents.of(visit.UserAgent)
	bot := agent.bot || visit.Ahead || visit.Method == http.MethodHead
	s.clicks.count(id, now, bot)
	if bot {
		s.followed.WithLabelValues("bot").Inc()
		return e.targetURL, nil
	}
	s.clicks.audience.see(id, now, agent, visit)
	s.followed.WithLabelValues("people").Inc()
	return e.targetURL, nil
}

// URL gives the address of a link by its token, as posted. It returns
// NotFound for a token that is not ours.
func (s *Service) URL(ctx context.Context, token string) (url string, err error) {
	id, ok := s.tokens.LinkID(token)
	if !ok {
		return "", errUnknown
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var link Link
		err := tx.Select("url").First(&link, id).Error
		url = link.URL
		return err
	})
	return url, err
}
