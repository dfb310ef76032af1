package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"fanfare/campaigns"
)

// parallel is how many connections the fans and the store use.
const parallel = 64

// click follows the links as browsers do, without going on to the store: a
// few more people than order in the end.
func (d *demo) click(ctx context.Context) error {
	browser := newClient("", "").http
	random := rand.New(rand.NewPCG(2012, 815))
	total := d.orders + d.orders/5
	bar := newBar(d.tell, total)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for range total {
		_, delivery := d.someDelivery(random)
		group.Go(func() error {
			defer bar.step()
			return follow(ctx, browser, delivery)
		})
	}
	d.summary.Clicks.Sent = int64(total)
	return group.Wait()
}

// follow asks for a delivery's link as a phone's browser does.
func follow(ctx context.Context, browser *http.Client, delivery campaigns.Delivery) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, delivery.URL, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 4.1; MI 2) AppleWebKit/534.30 Mobile Safari/534.30")
	response, err := browser.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusFound || !strings.Contains(response.Header.Get("Location"), "ref="+delivery.Token) {
		return fmt.Errorf("%s answered %s to %q", delivery.URL, response.Status, response.Header.Get("Location"))
	}
	return nil
}

// storeOrder is an order as the store sends it, with what the store expects.
type storeOrder struct {
	Store    string    `json:"store"`
	OrderID  string    `json:"order_id"`
	Token    string    `json:"token,omitempty"`
	Kind     string    `json:"kind"`
	Units    int       `json:"units"`
	Total    int64     `json:"total"`
	Currency string    `json:"currency"`
	PlacedAt time.Time `json:"placed_at"`

	usable bool // carries a token of ours
}

// sell sends the orders from a simulated store over HTTP, and keeps the
// store's own books: the service's are compared with them in the end.
func (d *demo) sell(ctx context.Context) error {
	orders := d.makeOrders()
	bar := newBar(d.tell, len(orders))
	var accepted, refused, attributed atomic.Int64
	next := make(chan storeOrder)
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for range parallel {
		group.Go(func() error {
			for order := range next {
				status, err := d.api.do(ctx, http.MethodPost, "/api/v1/orders", 0, order, nil)
				switch {
				case status == http.StatusCreated:
					accepted.Add(1)
					if order.usable {
						attributed.Add(1)
					}
				case status == http.StatusOK, status == http.StatusConflict:
					refused.Add(1)
				default:
					return fmt.Errorf("order %s: %w", order.OrderID, err)
				}
				bar.step()
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(next)
		for _, order := range orders {
			select {
			case next <- order:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	err := group.Wait()
	s := &d.summary.Orders
	s.Seconds = time.Since(began).Seconds()
	s.PerSecond = float64(len(orders)) / s.Seconds
	s.Sent, s.Accepted, s.DuplicatesRefused = int64(len(orders)), accepted.Load(), refused.Load()
	s.storeAttributed = attributed.Load()
	return err
}

// makeOrders makes what a store sends in a drop: most orders carry the token
// of the link that brought them; some have none, a mistyped or a made-up one;
// some are sent again, as stores do after a time-out, and a few ids come again
// with other content. The seed makes each run the same.
func (d *demo) makeOrders() []storeOrder {
	random := rand.New(rand.NewPCG(2012, 816))
	orders := make([]storeOrder, 0, d.orders)
	began := time.Now().UTC().Truncate(time.Millisecond)
	for i := range d.orders {
		if i > 0 && random.IntN(100) < 2 {
			again := orders[random.IntN(len(orders))]
			if random.IntN(10) == 0 {
				again.Units += 10 // the same id, but not the same order
			}
			orders = append(orders, again)
			continue
		}
		market, delivery := d.someDelivery(random)
		order := storeOrder{
			Store: "mi-" + strings.ToLower(market.region), OrderID: fmt.Sprintf("%s-%06d", market.region, i),
			Token: delivery.Token, usable: true, Kind: "order", Units: 1, // one for each buyer
			Total: market.price, Currency: market.currency, PlacedAt: began,
		}
		switch random.IntN(100) {
		case 0, 1:
			order.Token, order.usable = "", false
		case 2:
			order.Token, order.usable = mistype(order.Token), false
		case 3:
			order.Token, order.usable = "zzzzzzzzzzzz", false
		}
		orders = append(orders, order)
	}
	return orders
}

// someDelivery picks one as fans do: three in five from the first market, more
// from the earlier posts, nearly all from Weibo.
func (d *demo) someDelivery(random *rand.Rand) (demoMarket, campaigns.Delivery) {
	c := d.campaign[random.IntN(5)/3]
	post := c.posts[min(random.IntN(len(c.posts)), random.IntN(len(c.posts)))]
	if random.IntN(25) == 0 {
		return c.market, post.Deliveries[0]
	}
	return c.market, post.Deliveries[len(post.Deliveries)-1]
}

// mistype changes one character of a token to its neighbour on the keyboard
// that is none of its look-alikes.
func mistype(token string) string {
	const neighbour = "7"
	if token[3:4] == neighbour {
		return token[:3] + "8" + token[4:]
	}
	return token[:3] + neighbour + token[4:]
}
