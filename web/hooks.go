package web

import (
	"errors"
	"io"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"fanfare/campaigns/orders"
	"fanfare/campaigns/stores"
	"fanfare/fault"
)

// maxHook is the largest webhook that is read: an order of some thousand lines.
const maxHook = 1 << 20

// hookRoutes registers the webhooks of stores. Everybody may call: the
// signature over the body speaks, not a key.
func (s *Server) hookRoutes() {
	for _, hook := range []struct {
		kind          stores.SourceKind
		path, summary string
		headers       []string
	}{
		{stores.Shopify, "shopify", "Take a webhook of Shopify", []string{"X-Shopify-Hmac-Sha256", "X-Shopify-Topic"}},
		{stores.WooCommerce, "woocommerce", "Take a webhook of WooCommerce", []string{"X-WC-Webhook-Signature", "X-WC-Webhook-Topic"}},
		{stores.Generic, "orders", "Take an order of any other store, or what takes one back: X-Fanfare-Signature is the HMAC-SHA256 of the body, in hexadecimal", []string{"X-Fanfare-Signature"}},
	} {
		op := huma.Operation{
			Method: http.MethodPost, Path: "/hooks/" + hook.path + "/{source}", DefaultStatus: http.StatusOK,
			OperationID: "post-hooks-" + hook.path, Summary: hook.summary, Tags: []string{"hooks"},
			Description: "Answered once it would survive a power cut, within a second. What comes again gets 200 and Idempotent-Replay: true; " +
				"other content under the same id gets 200 too, and the first is kept.",
		}
		describe[orders.Order, stores.HookAnswer](s, &op, "application/json")
		body := &huma.Schema{Type: huma.TypeObject}
		if hook.kind == stores.Generic {
			body = &huma.Schema{OneOf: []*huma.Schema{s.schemaOf(reflect.TypeFor[orders.Order]()), s.schemaOf(reflect.TypeFor[orders.SentAdjustment]())}}
		}
		op.RequestBody.Content["application/json"].Schema = body
		op.Parameters = []*huma.Param{{Name: "source", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
		for _, header := range hook.headers {
			op.Parameters = append(op.Parameters, &huma.Param{Name: header, In: "header", Schema: &huma.Schema{Type: huma.TypeString}})
		}
		s.handleCall(everybody, op, s.takeHook(hook.kind))
	}
}

func (s *Server) takeHook(kind stores.SourceKind) gin.HandlerFunc {
	return func(c *gin.Context) {
		body, err := readHook(c)
		if err != nil {
			s.fail(c, err)
			return
		}
		answer, err := s.Stores.TakeHook(c.Request.Context(), stores.Hook{
			Kind: kind, Source: c.Param("source"), Header: c.Request.Header, Body: body,
		})
		if err != nil {
			s.fail(c, err)
			return
		}
		if answer.Result == stores.HookReplayed {
			c.Header("Idempotent-Replay", "true")
		}
		c.JSON(http.StatusOK, answer)
	}
}

// readHook reads the body as it came: the signature is over its bytes.
func readHook(c *gin.Context) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxHook))
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &size):
		return nil, fault.New(fault.TooLarge, "source.too_large", "The body is larger than 1 MiB.")
	case err != nil:
		return nil, &fault.Error{Kind: fault.Invalid, Key: "source.broken_off", Message: "The body broke off.", Err: err}
	}
	return body, nil
}
