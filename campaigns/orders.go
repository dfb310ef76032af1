package campaigns

import (
	"context"
	"io"
	"log/slog"

	"fanfare/storage"
)

type tokenCodec struct{}

func newTokenCodec(secret []byte) (*tokenCodec, error) { return &tokenCodec{}, nil }

// token makes the campaign token of a link: 12 characters.
func (c *tokenCodec) token(linkID int64) string { return "" }

type linkIndex struct{}

func newLinkIndex(db *storage.DB) *linkIndex        { return &linkIndex{} }
func (x *linkIndex) load(ctx context.Context) error { return nil }

// add makes links known at once; call it from Tx.AfterCommit.
func (x *linkIndex) add(links ...Link) {}

type clickCounter struct{}

func newClickCounter(db *storage.DB, log *slog.Logger) *clickCounter { return &clickCounter{} }
func (c *clickCounter) start()                                       {}
func (c *clickCounter) stop(ctx context.Context) error               { return nil }

type intake struct{}

func newIntake(s *Service) *intake { return &intake{} }
func (i *intake) start()           {}
func (i *intake) stop()            {}

// Follow resolves a token to the store's address, with ref and UTM fields, and
// counts the click. It returns NotFound for a token that is not ours.
func (s *Service) Follow(ctx context.Context, token string, visit Visit) (string, error) {
	return "", errNotBuilt
}

// TakeOrder stores an order and attributes it. It returns once the order would
// survive a power cut: Invalid, Conflict when the id was used for another
// order, Unavailable when the database cannot take it.
func (s *Service) TakeOrder(ctx context.Context, order Order) (Receipt, error) {
	return Receipt{}, errNotBuilt
}

// BatchResult is what became of a stream of orders.
type BatchResult struct {
	Accepted int64          `json:"accepted"`
	Replayed int64          `json:"replayed"`
	Rejected []RejectedLine `json:"rejected"`
}

// RejectedLine is one line of a stream that was not taken.
type RejectedLine struct {
	Line   int64  `json:"line" doc:"Counted from 1."`
	Detail string `json:"detail"`
}

// TakeOrders reads NDJSON, one order a line, in flat memory.
func (s *Service) TakeOrders(ctx context.Context, lines io.Reader) (BatchResult, error) {
	return BatchResult{}, errNotBuilt
}

// Adjust notes a cancellation or a refund, before or after the order itself;
// the same one again is a replay.
func (s *Service) Adjust(ctx context.Context, a Adjustment) (replayed bool, err error) {
	return false, errNotBuilt
}

// OrderRow is an order as the desk lists it.
type OrderRow struct {
	ID int64 `json:"id"`
	Order
	Attributed bool   `json:"attributed"`
	CampaignID int64  `json:"campaign_id,omitempty"`
	PostID     int64  `json:"post_id,omitempty"`
	DeliveryID int64  `json:"delivery_id,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// Orders lists orders, newest first.
func (s *Service) Orders(ctx context.Context, limit int, cursor string) (storage.Page[OrderRow], error) {
	return storage.Page[OrderRow]{}, errNotBuilt
}

// Report tells what came of a campaign.
func (s *Service) Report(ctx context.Context, campaignID int64) (Report, error) {
	return Report{}, errNotBuilt
}
