package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns/orders"
)

func (s *Server) takeOrders(c *gin.Context) {
	result, err := s.Orders.TakeStream(c.Request.Context(), *actorOf(c.Request.Context()), c.Request.Body)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Content-Type", "application/json; charset=utf-8")
	c.Status(http.StatusOK)
	_ = writeBatch(c.Writer, result) // the caller has left
}

// writeBatch writes a result line by line: as one piece of JSON, a million
// rejections would stand in memory once more.
func writeBatch(w io.Writer, r orders.BatchResult) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `{"accepted":%d,"replayed":%d,"rejected_total":%d,"rejected":[`, r.Accepted, r.Replayed, r.RejectedTotal)
	lines := json.NewEncoder(out)
	for i, rejected := range r.Rejected {
		if i > 0 {
			_ = out.WriteByte(',') // Flush tells
		}
		if err := lines.Encode(rejected); err != nil {
			return err
		}
	}
	_, _ = out.WriteString("]}\n")
	return out.Flush()
}
