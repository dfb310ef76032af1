package web

import (
	"net/http"

	"fanfare/campaigns/orders"

	"github.com/gin-gonic/gin"
)

// orderListPage is the latest orders and what each is counted for.
type orderListPage struct {
	Orders []orderLine
	Pager  map[string]any
	Curl   string // a command that sends an order
}

type orderLine struct {
	orders.OrderRow
	Campaign string // its name; "" without one
}

const ordersPerPage = 50

func (s *Server) orderList(c *gin.Context) {
	page, err := s.Orders.List(c.Request.Context(), "", ordersPerPage, c.Query("cursor"))
	if err != nil {
		s.fail(c, err)
		return
	}
	names := map[int64]string{}
	lines := make([]orderLine, len(page.Items))
	for i, order := range page.Items {
		name, known := names[order.CampaignID]
		if !known && order.CampaignID != 0 {
			campaign, err := s.Campaigns.Campaign(c.Request.Context(), order.CampaignID)
			if err != nil {
				s.fail(c, err)
				return
			}
			name = campaign.Name
			names[order.CampaignID] = name
		}
		lines[i] = orderLine{order, name}
	}
	s.render(c, http.StatusOK, "orders", orderListPage{lines, pagerOf(c, page), s.orderCommand()})
}

// orderCommand is the sale API in one command, ready to paste into a terminal.
func (s *Server) orderCommand() string {
	return "curl " + s.PublicURL + `/api/v1/orders \
  -H "Authorization: Bearer $FANFARE_KEY" \
  -H "Content-Type: application/json" \
  -d '{"store":"shop.example.com","order_id":"100234","token":"REF",
       "kind":"order","units":1,"total":199900,"currency":"HKD",
       "placed_at":"` + s.Now().UTC().Format("2006-01-02T15:04:05Z") + `"}'`
}
