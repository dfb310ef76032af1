package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"fanfare/accounts"
	"fanfare/campaigns/orders"
	"fanfare/fault"
)

// ordersAPI registers the sale API. One order and a stream of orders are read
// by hand, not by Huma: this is the path on which a drop's speed hangs. Both
// stand in the document all the same.
func (s *Server) ordersAPI() {
	one := call("POST", "/api/v1/orders", 201, "Take an order and attribute it")
	one.Description = "Answered once it would survive a power cut. The same order again gets 200, the same answer and Idempotent-Replay: true; " +
		"the same id with other content 409, and the first is kept."
	describe[orders.Order, orders.Receipt](s, &one, "application/json")
	one.Errors = []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests}
	replay := *one.Responses["201"]
	replay.Description, replay.Headers = "The same order was here before", map[string]*huma.Header{"Idempotent-Replay": {Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"true"}}}}
	one.Responses["200"] = &replay
	s.handleCall(marketing.in(accounts.ScopeOrders), one, s.takeOrder)

	many := call("POST", "/api/v1/orders/batch", 200, "Take a stream of orders, one a line")
	describe[orders.Order, orders.BatchResult](s, &many, "application/x-ndjson")
	s.handleCall(marketing.in(accounts.ScopeOrders), many, s.takeOrders)

	operate(s, marketing.in(accounts.ScopeOrders), call("GET", "/api/v1/orders", 200, "List orders, newest first"),
		func(ctx context.Context, actor *accounts.Actor, in *struct {
			Paging
			OrderID string `query:"order_id" doc:"The orders of this id alone, one of each store at the most."`
		}) (*answer[listPage[orders.OrderRow]], error) {
			return answerList(s.Orders.List(ctx, orders.Filter{Store: actor.Store, OrderID: in.OrderID}, in.Limit, in.Cursor))
		})
	operate(s, marketing.in(accounts.ScopeOrders), call("GET", "/api/v1/orders/{store}/{order_id}", 200, "Show an order, its visits and what was taken back"),
		func(ctx context.Context, actor *accounts.Actor, in *ByOrder) (*answer[orders.OrderDetail], error) {
			if err := actor.RequireStore(in.Store); err != nil {
				return nil, err
			}
			return answerWith(s.Orders.Order(ctx, in.Store, in.OrderID))
		})
	for _, kind := range []string{"cancel", "refund"} {
		note := call("POST", "/api/v1/orders/{store}/{order_id}/"+kind, 200, "Note a "+kind+", before or after the order itself")
		note.Errors = []int{http.StatusConflict}
		operate(s, marketing.in(accounts.ScopeOrders), note,
			func(ctx context.Context, actor *accounts.Actor, in *adjustInput) (*adjustAnswer, error) {
				if err := actor.RequireStore(in.Store); err != nil {
					return nil, err
				}
				replayed, err := s.Orders.Adjust(ctx, in.Body.Of(in.Store, in.OrderID, kind))
				if err != nil {
					return nil, err
				}
				out := &adjustAnswer{}
				out.Body.Store, out.Body.OrderID, out.Body.Kind, out.Body.At = in.Store, in.OrderID, kind, in.Body.At
				if replayed {
					out.Replay = "true"
				}
				return out, nil
			})
	}
}

// ByOrder is the path of every call about one order.
type ByOrder struct {
	Store   string `path:"store"`
	OrderID string `path:"order_id"`
}

type adjustInput struct {
	ByOrder
	Body orders.TakenBack
}

type adjustAnswer struct {
	Replay string `header:"Idempotent-Replay"`
	Body   struct {
		Store   string    `json:"store"`
		OrderID string    `json:"order_id"`
		Kind    string    `json:"kind"`
		At      time.Time `json:"at"`
	}
}

func (s *Server) takeOrder(c *gin.Context) {
	order, err := readOrder(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	if err := actorOf(c.Request.Context()).RequireStore(order.Store); err != nil {
		s.fail(c, err)
		return
	}
	receipt, err := s.Orders.Take(c.Request.Context(), order)
	if err != nil {
		s.fail(c, err)
		return
	}
	status := http.StatusCreated
	if receipt.Replayed {
		status = http.StatusOK
		c.Header("Idempotent-Replay", "true")
	}
	c.JSON(status, receipt)
}

const maxBody = 64 << 10

// readOrder reads the order that a request brings.
func readOrder(c *gin.Context) (orders.Order, error) {
	order, err := orders.Read(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	var size *http.MaxBytesError
	if errors.As(err, &size) {
		err = fault.New(fault.TooLarge, "api.too_large", "The body is larger than 64 KiB.")
	}
	return order, err
}
