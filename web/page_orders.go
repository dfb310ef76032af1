package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"fanfare/campaigns/orders"

	"github.com/gin-gonic/gin"
)

// orderListPage is the latest orders and what each is counted for.
type orderListPage struct {
	Find   string // the order's id that is looked for
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
	find := strings.TrimSpace(c.Query("q"))
	page, err := s.Orders.List(c.Request.Context(), orders.Filter{OrderID: find}, ordersPerPage, c.Query("cursor"))
	if err != nil {
		s.fail(c, err)
		return
	}
	if find != "" && len(page.Items) == 1 {
		seeOther(c, "/orders/"+strconv.FormatInt(page.Items[0].ID, 10))
		return
	}
	lines := make([]orderLine, len(page.Items))
	names := map[int64]string{}
	for i, order := range page.Items {
		if _, known := names[order.CampaignID]; !known {
			if names[order.CampaignID], err = s.campaignName(c.Request.Context(), order.CampaignID); err != nil {
				s.fail(c, err)
				return
			}
		}
		lines[i] = orderLine{order, names[order.CampaignID]}
	}
	s.render(c, http.StatusOK, "orders", orderListPage{find, lines, pagerOf(c, page), s.orderCommand()})
}

// campaignName gives the name of a campaign, "" for none.
func (s *Server) campaignName(ctx context.Context, id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	campaign, err := s.Campaigns.Campaign(ctx, id)
	return campaign.Name, err
}

// orderPage is one order, the visits it came with and what was taken back.
type orderPage struct {
	orders.OrderDetail
	Campaign string // its name; "" without one
}

func (s *Server) order(c *gin.Context) {
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	order, err := s.Orders.OrderByID(c.Request.Context(), id)
	if err != nil {
		s.fail(c, err)
		return
	}
	name, err := s.campaignName(c.Request.Context(), order.CampaignID)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "order", orderPage{order, name})
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
