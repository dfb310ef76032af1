package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns"
	"fanfare/fault"
)

// saleForm is a sale as it is typed.
type saleForm struct {
	Name, Product, Market, Currency, Units, OpensAt, ClosesAt, StoreURL string
}

func (s *Server) newSale(c *gin.Context) {
	s.render(c, http.StatusOK, "sale_new", saleForm{})
}

// createSale leads on to the campaign for it: nobody makes a sale for its own
// sake.
func (s *Server) createSale(c *gin.Context) {
	form := saleForm{
		Name: c.PostForm("name"), Product: c.PostForm("product"), Market: c.PostForm("market"),
		Currency: c.PostForm("currency"), Units: c.PostForm("units"), OpensAt: c.PostForm("opens_at"),
		ClosesAt: c.PostForm("closes_at"), StoreURL: c.PostForm("store_url"),
	}
	actor := actorOf(c.Request.Context())
	draft, unread := form.sale(actorPlace(c))
	sale, err := s.Campaigns.CreateSale(c.Request.Context(), *actor, draft)
	if err != nil {
		s.renderForm(c, "sale_new", form, alsoUnread(err, unread))
		return
	}
	s.say(c, "sale_new.created", sale.Name)
	seeOther(c, "/campaigns/new?"+url.Values{"sale": {strconv.FormatInt(sale.ID, 10)}}.Encode())
}

// sale parses what stands in the form; what remains to be checked is the
// service's affair. What cannot be read is zero, which it refuses: so it tells
// of all other fields too. unread says why of times.
func (f saleForm) sale(place *time.Location) (sale campaigns.Sale, unread fault.Fields) {
	sale = campaigns.Sale{
		Name: f.Name, Product: f.Product, Market: f.Market, Currency: f.Currency, StoreURL: f.StoreURL,
	}
	sale.Units, _ = strconv.ParseInt(f.Units, 10, 64)
	opens, err := parseLocal("opens_at", f.OpensAt, place)
	addFields(&unread, err)
	sale.OpensAt = opens
	if f.ClosesAt != "" {
		closes, err := parseLocal("closes_at", f.ClosesAt, place)
		addFields(&unread, err)
		sale.ClosesAt = &closes
	}
	return sale, unread
}

// addFields collects what is wrong from several parsers.
func addFields(wrong *fault.Fields, err error) {
	if f, ok := asFault(err); ok {
		*wrong = append(*wrong, f.Fields...)
	}
}

// alsoUnread tells with what a service found wrong why it was given zeros: that
// stands in place of its own word about them.
func alsoUnread(err error, unread fault.Fields) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	var wrong fault.Fields
	addFields(&wrong, err)
	return append(wrong, unread...).Err()
}
