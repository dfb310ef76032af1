package orders

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bojanz/currency"

	"fanfare/campaigns/links"
	"fanfare/fault"
)

// Bounds of what a store may send.
const (
	maxStore    = 100 // bytes
	MaxOrderID  = 200 // bytes
	MaxToken    = 200 // bytes
	MaxCustomer = 320 // bytes
	MaxUnits    = 1_000_000
	MaxTotal    = 1_000_000_000_000_000 // minor units
	noTotal     = math.MinInt64         // an order without one
	FirstYear   = 2000                  // no time is before it
	maxAhead    = 24 * time.Hour        // how far a store's clock may be ahead of ours
)

// Take stores an order and attributes it. It returns once the order would
// survive a power cut: Invalid, Conflict when the id was used for another
// order, Unavailable when the database cannot take it or ctx ends before the
// outcome is known. An order may be sent again at any time: the same one is
// stored once and answered as before, with Replayed set.
func (s *Service) Take(ctx context.Context, order Order) (Receipt, error) {
	p, err := s.prepareOrder(ctx, order)
	if err != nil {
		return Receipt{}, err
	}
	return s.intake.take(ctx, p)
}

// TakeTest is Take for an order of which the store says that it is none: it is
// kept and counts nowhere.
func (s *Service) TakeTest(ctx context.Context, order Order) (Receipt, error) {
	p, err := s.prepareOrder(ctx, order)
	if err != nil {
		return Receipt{}, err
	}
	p.link, p.reason, p.touches = links.Place{}, TestOrder, nil
	return s.intake.take(ctx, p)
}

// pendingOrder is an order on its way into the database.
type pendingOrder struct {
	order        Order
	customerHash []byte // nil without a customer
	fingerprint  fingerprint
	link         links.Place // where the order belongs, if it belongs anywhere
	reason       string      // why it does not
	touches      []touch     // nil for an order that came with a token alone: the two above are then known at once
	receivedAt   time.Time   // of one that was read back; a new one is received in its transaction

	// What the transaction found out, anew each time it is run.
	inserted bool // the key was not here before
	adjusted bool // but adjustments of it were

	// The outcome, which may be read once its batch is stored.
	receipt Receipt
	err     error
}

// prepareOrder does all that needs no transaction: it validates the order,
// attributes it and takes its fingerprint.
func (s *Service) prepareOrder(ctx context.Context, order Order) (*pendingOrder, error) {
	order.PlacedAt = stored(order.PlacedAt)
	order.Touches = storedTouches(order.Touches)
	if err := validateOrder(order, s.db.Clock().Now()); err != nil {
		s.metrics.order(Receipt{}, err)
		return nil, err
	}
	p := &pendingOrder{order: order, customerHash: s.customers.hash(order.Customer)}
	p.fingerprint = fingerprintOf(order, p.customerHash)
	var err error
	if len(order.Touches) > 0 {
		p.touches, err = s.touchesOf(ctx, order)
	} else {
		p.link, p.reason, err = s.attribute(ctx, order.Token)
	}
	return p, err
}

// attribute finds where the link of a token belongs, or the reason why it leads
// nowhere.
func (s *Service) attribute(ctx context.Context, token string) (place links.Place, reason string, err error) {
	id, ok := s.tokens.LinkID(token)
	if !ok {
		return links.Place{}, s.whyNoLink(token), nil
	}
	place, found, err := s.links.Find(ctx, id)
	if err == nil && !found {
		reason = s.whyNoLink(token)
	}
	return place, reason, err
}

// whyNoLink gives the reason why a token leads nowhere.
func (s *Service) whyNoLink(token string) string {
	if strings.TrimSpace(token) == "" {
		return NoToken
	}
	if _, ok := s.tokens.LinkID(token); !ok {
		return BadToken
	}
	return UnknownLink
}

func (p *pendingOrder) fresh() Receipt {
	return Receipt{
		Store: p.order.Store, OrderID: p.order.OrderID, Attributed: p.reason == "", Reason: p.reason,
		CampaignID: p.link.CampaignID, PostID: p.link.PostID, DeliveryID: p.link.DeliveryID,
	}
}

// validateOrder finds everything that is wrong with an order at once.
func validateOrder(o Order, now time.Time) error {
	var wrong fault.Fields
	checkOrderKey(&wrong, o.Store, o.OrderID)
	if len(o.Token) > MaxToken || !Printable(o.Token) {
		wrong.Add("token", "order.token", "The token must be printable text of at most 200 bytes.", o.Token, fault.Args{"Max": MaxToken})
	}
	if o.Kind != "order" && o.Kind != "preorder" {
		wrong.Add("kind", "order.kind", "The kind must be order or preorder.", o.Kind, nil)
	}
	if o.Units < 1 || o.Units > MaxUnits {
		wrong.Add("units", "order.units", "The units must be between 1 and 1,000,000.", o.Units, fault.Args{"Max": MaxUnits})
	}
	switch {
	case o.Total == noTotal:
		wrong.Add("total", "order.total_missing", "The total is missing.", nil, nil)
	case o.Total < 0 || o.Total > MaxTotal:
		wrong.Add("total", "order.total", "The total must be between 0 and 10^15 minor units.", o.Total, nil)
	}
	if o.Currency == "" || !currency.IsValid(o.Currency) {
		wrong.Add("currency", "order.currency", "The currency must be an ISO 4217 code in capitals, such as CNY.", o.Currency, nil)
	}
	checkPast(&wrong, "placed_at", o.PlacedAt, now)
	checkTouches(&wrong, o)
	if len(o.Customer) > MaxCustomer || !utf8.ValidString(o.Customer) {
		wrong.Add("customer", "order.customer", "The customer must be text of at most 320 bytes.", nil, fault.Args{"Max": MaxCustomer})
	}
	return wrong.Err()
}

func checkOrderKey(wrong *fault.Fields, store, orderID string) {
	CheckStore(wrong, store)
	if orderID == "" || len(orderID) > MaxOrderID || !Printable(orderID) {
		wrong.Add("order_id", "order.order_id", "The order_id must be printable text of 1 to 200 bytes.", orderID, fault.Args{"Max": MaxOrderID})
	}
}

// CheckStore notes, as the field store, when a text is no name of a store.
func CheckStore(wrong *fault.Fields, store string) {
	if store == "" || len(store) > maxStore || !Printable(store) {
		wrong.Add("store", "order.store", "The store must be printable text of 1 to 100 bytes.", store, fault.Args{"Max": maxStore})
	}
}

func checkPast(wrong *fault.Fields, location string, at, now time.Time) {
	switch {
	case at.IsZero():
		wrong.Add(location, "order.time_missing", "The time is missing.", nil, nil)
	case at.Year() < FirstYear:
		wrong.Add(location, "order.time_early", "The time must not be before the year 2000.", at, fault.Args{"Year": FirstYear})
	case at.After(now.Add(maxAhead)):
		wrong.Add(location, "order.time_ahead", "The time must not be more than a day in the future.", at, nil)
	}
}

// Printable tells whether a text can be shown on one line, which also keeps
// NUL out of it: PostgreSQL refuses that.
func Printable(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// fingerprint tells a retry from another order with the same id.
type fingerprint [16]byte

// fingerprintOf hashes all that the store sent. Every text goes in with its
// length before it and every number at its full width, so that no two orders
// are written alike. The customer goes in as the keyed hash: otherwise a guess
// at the address could be checked against the fingerprint without the key.
func fingerprintOf(o Order, customerHash []byte) fingerprint {
	var space [512]byte
	b := space[:0]
	for _, text := range []string{o.Store, o.OrderID, o.Token, o.Kind, o.Currency, string(customerHash)} {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	for _, number := range []int64{o.Units, o.Total, o.PlacedAt.UnixMicro()} {
		b = binary.BigEndian.AppendUint64(b, uint64(number))
	}
	for _, t := range o.Touches { // after all else: an order without any is written as it always was
		b = binary.AppendUvarint(b, uint64(len(t.Token)))
		b = append(b, t.Token...)
		b = binary.BigEndian.AppendUint64(b, uint64(t.At.UnixMicro()))
	}
	sum := sha256.Sum256(b)
	return fingerprint(sum[:16])
}
