package orders

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"fanfare/campaigns/links"
	"fanfare/fault"
)

// AttributionModel is how the touches of an order share it, in the terms of
// Google Analytics (https://support.google.com/analytics/answer/10596866).
type AttributionModel string

// The models.
const (
	LastTouch  AttributionModel = "last_touch"  // all goes to the last touch
	FirstTouch AttributionModel = "first_touch" // all goes to the first touch
	Linear     AttributionModel = "linear"      // each touch has the same part
)

// AttributionModels lists them all, the default first.
var AttributionModels = []AttributionModel{LastTouch, FirstTouch, Linear}

// Touch is one visit to a store through a campaign link, before an order.
type Touch struct {
	Token string    `json:"token" required:"false" maxLength:"200" doc:"The campaign token. One that is not ours is kept and counts for nothing."`
	At    time.Time `json:"at"`
}

const (
	maxTouches = 50
	touchSkew  = 5 * time.Minute // the clock that noted the visit may be ahead of the till's
)

// touch is a Touch with what its token leads to.
type touch struct {
	Touch
	link   links.Place
	reason string // why it counts for nothing; "" when it may count
	counts bool   // it has a part in its order
}

// touchesOf gives the touches of an order that came with some. Its token is one
// more, at the instant of the order, unless one of them is of the same link.
func (s *Service) touchesOf(ctx context.Context, o Order) ([]touch, error) {
	sent := o.Touches
	if strings.TrimSpace(o.Token) != "" {
		sent = append(slices.Clip(sent), Touch{o.Token, o.PlacedAt})
	}
	touches := make([]touch, len(sent))
	for i, t := range sent {
		touches[i].Touch = t
		var err error
		if touches[i].link, touches[i].reason, err = s.attribute(ctx, t.Token); err != nil {
			return nil, err
		}
	}
	known := func(t touch) bool { return t.reason == "" && t.link == touches[len(sent)-1].link }
	if len(sent) > len(o.Touches) && slices.ContainsFunc(touches[:len(o.Touches)], known) {
		touches = touches[:len(o.Touches)]
	}
	return touches, nil
}

// verdict is where an order belongs: the link of the touch that has it, or the
// reason why there is none.
type verdict struct {
	link   links.Place
	reason string
}

// judge decides which touches count, and marks them. The order belongs to the
// campaign of the last touch that lies in the window of its own campaign; that
// campaign's model shares it among its touches. The order as a whole, which
// cannot be shared, goes to the first or the last of them.
//
// A window is counted back from the order to the touch, as by Meta and by
// Google: https://www.facebook.com/business/help/460276478298895,
// https://support.google.com/analytics/answer/10597962
func judge(touches []touch, placedAt time.Time, of map[int64]terms) verdict {
	inWindow := func(t touch) bool {
		return t.reason == "" && placedAt.Sub(t.At) <= of[t.link.CampaignID].window
	}
	var last *touch
	for i := range touches {
		t := &touches[i]
		t.counts = false
		if inWindow(*t) && (last == nil || !t.At.Before(last.At)) {
			last = t
		}
	}
	if last == nil {
		return verdict{reason: whyNone(touches)}
	}
	first, model := last, of[last.link.CampaignID].model
	for i := range slices.Backward(touches) {
		t := &touches[i]
		if t.link.CampaignID != last.link.CampaignID || !inWindow(*t) {
			continue
		}
		t.counts = model == Linear
		if !t.At.After(first.At) {
			first = t
		}
	}
	lead := last
	if model == FirstTouch {
		lead = first
	}
	lead.counts = true
	return verdict{link: lead.link}
}

// whyNone gives the reason of the touch that came closest to counting.
func whyNone(touches []touch) string {
	reasons := []string{NoToken, BadToken, UnknownLink, OutsideWindow}
	closest := 0
	for _, t := range touches {
		closest = max(closest, slices.Index(reasons, cmp.Or(t.reason, OutsideWindow)))
	}
	return reasons[closest]
}

// checkTouches notes what is wrong with the touches of an order.
func checkTouches(wrong *fault.Fields, o Order) {
	if len(o.Touches) > maxTouches {
		wrong.Add("touches", "order.touches", "An order has at most 50 touches.", len(o.Touches), fault.Args{"Max": maxTouches})
		return
	}
	for i, t := range o.Touches {
		at := "touches[" + strconv.Itoa(i) + "]."
		if len(t.Token) > MaxToken || !Printable(t.Token) {
			wrong.Add(at+"token", "order.token", "The token must be printable text of at most 200 bytes.", t.Token, fault.Args{"Max": MaxToken})
		}
		switch {
		case t.At.IsZero():
			wrong.Add(at+"at", "order.time_missing", "The time is missing.", nil, nil)
		case t.At.Year() < FirstYear:
			wrong.Add(at+"at", "order.time_early", "The time must not be before the year 2000.", t.At, fault.Args{"Year": FirstYear})
		case t.At.After(o.PlacedAt.Add(touchSkew)):
			wrong.Add(at+"at", "order.touch_late", "A touch comes before its order: the time must not be more than five minutes after placed_at.", t.At, nil)
		}
	}
}

// storedTouches gives touches as the database gives them back.
func storedTouches(sent []Touch) []Touch {
	touches := slices.Clone(sent)
	for i := range touches {
		touches[i].At = stored(touches[i].At)
	}
	return touches
}

// stored gives t as both databases keep it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
