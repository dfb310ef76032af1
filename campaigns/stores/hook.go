package stores

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"fanfare/campaigns/links"
	"fanfare/campaigns/orders"
	"fanfare/fault"
)

// hookTimeout is when a store gets an answer at the latest. Shopify waits for
// 5 seconds in all.
const hookTimeout = time.Second

// Hook is a webhook as it came in.
type Hook struct {
	Kind   SourceKind
	Source string // its name
	Header http.Header
	Body   []byte
}

// HookResult is what became of a webhook.
type HookResult string

// The results. Whatever a store need not send again is a success.
const (
	HookAccepted     HookResult = "accepted"      // a new order
	HookReplayed     HookResult = "replayed"      // nothing new
	HookKeptFirst    HookResult = "kept_first"    // other content under an id that is taken: the first one stays
	HookAdjusted     HookResult = "adjusted"      // a cancellation or a refund was noted
	HookIgnored      HookResult = "ignored"       // nothing that concerns us
	HookPinged       HookResult = "ping"          // the store tried the address out
	HookBadSignature HookResult = "bad_signature" // not signed with the source's secret
	HookUnreadable   HookResult = "unreadable"    // signed, but no such thing as its topic says
	HookFailed       HookResult = "failed"        // ours to mend; the store should send it again
)

// HookAnswer is what a store is told.
type HookAnswer struct {
	Result HookResult      `json:"result" enum:"accepted,replayed,kept_first,adjusted,ignored,ping"`
	Detail string          `json:"detail,omitempty"`
	Order  *orders.Receipt `json:"order,omitempty" doc:"Where the order belongs, when it is about one."`
}

// storeEvent is what a webhook says once it is read.
type storeEvent struct {
	orderID     string        // what it is about, as far as it could be read
	topic       string        // what it says, where no header does
	order       *orders.Order // nil when it brings none
	test        bool          // the store says that the order is none
	status      *orderStatus  // of the order in its store; nil where only what happened is told
	adjustments []orders.Adjustment
	leftOut     fault.Fields // what else it says, and could not be read
	ignored     string       // why there is nothing to do
}

// orderStatus is what a store says of an order at an instant.
type orderStatus struct {
	name   string
	placed bool // it is a sale
	at     time.Time
}

// hookFormat is how the stores of a kind speak.
type hookFormat struct {
	topicHeader     string
	signatureHeader string
	decodeSignature func(string) ([]byte, error)
	read            func(hookInput) (storeEvent, error) // the error is Invalid
}

// hookInput is what a webhook is read from. Its signature was good.
type hookInput struct {
	topic  string
	header http.Header
	body   []byte
	store  string    // of the source
	now    time.Time // stands in where the store tells no time
	tokens *links.Codec
}

var hookFormats = map[SourceKind]hookFormat{
	Shopify:     {"X-Shopify-Topic", "X-Shopify-Hmac-Sha256", base64.StdEncoding.DecodeString, readShopify},
	WooCommerce: {"X-WC-Webhook-Topic", "X-WC-Webhook-Signature", base64.StdEncoding.DecodeString, readWooCommerce},
	Generic:     {"", "X-Fanfare-Signature", hex.DecodeString, readGeneric},
}

// TakeHook takes a store's webhook and returns once what it says would survive
// a power cut. It returns NotFound for a source that is not there,
// Unauthenticated when the signature is not the source's, Invalid for what
// cannot be read, Unavailable when it should be sent again.
func (s *Service) TakeHook(ctx context.Context, hook Hook) (HookAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	format := hookFormats[hook.Kind]
	source, err := s.sources.find(ctx, hook.Kind, hook.Source, sourceTTL)
	if err != nil {
		return HookAnswer{}, err
	}
	note := HookDelivery{SourceID: source.ID, At: s.db.Clock().Now(), Topic: hook.topic(format)}
	answer, err := s.answerHook(ctx, source, format, hook, &note)
	note.Result, note.Detail = answer.Result, tame(answer.Detail, maxHookDetail)
	s.hooks.add(note)
	if err != nil {
		return HookAnswer{}, err
	}
	return answer, nil
}

// answerHook gives the result with an error too. The signature is checked over
// the bytes as they came, before anything looks into them.
func (s *Service) answerHook(ctx context.Context, source openSource, format hookFormat, hook Hook, note *HookDelivery) (HookAnswer, error) {
	if isPing(hook) {
		return HookAnswer{Result: HookPinged}, nil
	}
	signed, err := s.signed(ctx, source, format, hook, note.At)
	if err != nil {
		return failedHook(err), err
	}
	if !signed {
		err := fault.New(fault.Unauthenticated, "source.signature", "The signature is missing, or was not made with this source's secret.")
		return HookAnswer{Result: HookBadSignature, Detail: err.Message}, err
	}
	if note.Topic == "" { // a proxy took it: to call it no order would lose one in silence
		err := missingTopic(format.topicHeader)
		return HookAnswer{Result: HookUnreadable, Detail: orders.Detail(err)}, err
	}
	event, err := format.read(hookInput{
		topic: note.Topic, header: hook.Header, body: hook.Body, store: source.Store, now: note.At, tokens: s.tokens,
	})
	note.RemoteID, note.Topic = tame(event.orderID, orders.MaxOrderID), cmp.Or(event.topic, note.Topic)
	if err != nil {
		return HookAnswer{Result: HookUnreadable, Detail: orders.Detail(err)}, err
	}
	answer, err := s.applyEvent(ctx, source.Store, event)
	note.LagMS = lagOf(hook.Header, event, answer.Result, note.At)
	return answer, err
}

// signed tells whether a webhook carries a signature of its source, of which
// another process may have changed the secret just now.
func (s *Service) signed(ctx context.Context, source openSource, format hookFormat, hook Hook, now time.Time) (bool, error) {
	if format.signed(source.secrets(now), hook) {
		return true, nil
	}
	source, err := s.sources.find(ctx, hook.Kind, hook.Source, doubtedSourceTTL)
	return err == nil && format.signed(source.secrets(now), hook), err
}

// applyEvent stores what a webhook says.
func (s *Service) applyEvent(ctx context.Context, store string, event storeEvent) (HookAnswer, error) {
	if event.ignored != "" {
		return HookAnswer{Result: HookIgnored, Detail: event.ignored}, nil
	}
	if status := event.status; status != nil && !status.placed {
		known, err := s.orders.Known(ctx, store, event.orderID)
		if err != nil {
			return failedHook(err), err
		}
		if !known { // it never was placed, and still may be
			return HookAnswer{Result: HookIgnored, Detail: notPlacedDetail(status.name)}, nil
		}
	}
	answer, err := s.takeTold(ctx, event)
	if err != nil {
		return failedHook(err), err
	}
	if unread := event.leftOut.Err(); unread != nil {
		answer.Detail = orders.Detail(unread)
	}
	adjusted, err := s.orders.AdjustAll(ctx, event.adjustments)
	switch {
	case err != nil && !fault.Is(err, fault.Conflict):
		return failedHook(err), err
	case err != nil:
		answer.Detail = orders.Detail(err)
		if answer.Result == HookReplayed {
			answer.Result = HookKeptFirst
		}
	}
	if event.status != nil {
		changed, err := s.orders.Follow(ctx, store, event.orderID, event.status.placed, event.status.at)
		if err != nil {
			return failedHook(err), err
		}
		adjusted = adjusted || changed
	}
	if adjusted && answer.Result != HookAccepted {
		answer.Result = HookAdjusted
	}
	return answer, nil
}

// takeTold takes the order that a webhook brings, if it brings one.
func (s *Service) takeTold(ctx context.Context, event storeEvent) (HookAnswer, error) {
	if event.order == nil {
		return HookAnswer{Result: HookReplayed}, nil
	}
	take := s.orders.Take
	if event.test {
		take = s.orders.TakeTest
	}
	receipt, err := take(ctx, *event.order)
	switch {
	case fault.Is(err, fault.Conflict):
		return HookAnswer{Result: HookKeptFirst, Detail: orders.Detail(err)}, nil
	case err != nil:
		return HookAnswer{}, err
	case receipt.Replayed:
		return HookAnswer{Result: HookReplayed, Order: &receipt}, nil
	}
	return HookAnswer{Result: HookAccepted, Order: &receipt}, nil
}

func notPlacedDetail(status string) string {
	return "The order is not placed: its status is " + status + "."
}

func failedHook(err error) HookAnswer {
	if fault.Is(err, fault.Invalid) {
		return HookAnswer{Result: HookUnreadable, Detail: orders.Detail(err)}
	}
	return HookAnswer{Result: HookFailed, Detail: orders.Detail(err)}
}

func (h Hook) topic(format hookFormat) string {
	if format.topicHeader == "" {
		return "order"
	}
	return tame(strings.ToLower(h.Header.Get(format.topicHeader)), maxHookTopic)
}

func missingTopic(header string) error {
	var wrong fault.Fields
	wrong.Add("header."+header, "source.no_topic", "This header is missing: it tells what the webhook is about.", nil, nil)
	return wrong.Err()
}

// signed tells whether a webhook was signed with one of the secrets.
func (f hookFormat) signed(secrets [][]byte, hook Hook) bool {
	signature, err := f.decodeSignature(hook.Header.Get(f.signatureHeader))
	return err == nil && slices.ContainsFunc(secrets, func(secret []byte) bool {
		mac := hmac.New(sha256.New, secret)
		mac.Write(hook.Body)
		return hmac.Equal(signature, mac.Sum(nil))
	})
}

// pingBody is what WooCommerce sends, unsigned, when a webhook is made. It
// switches the webhook off unless the answer is 200.
var pingBody = regexp.MustCompile(`^webhook_id=[0-9]{1,20}$`)

func isPing(h Hook) bool { return h.Kind == WooCommerce && pingBody.Match(h.Body) }
