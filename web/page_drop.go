package web

import (
	"bytes"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"fanfare/campaigns/reports"
	"fanfare/storage"
)

const (
	// dropStream is how long one stream lives. Browsers open the next by
	// themselves, and who may not watch any more is refused then.
	dropStream = 10 * time.Minute
	// dropWrite is how long a viewer may take to accept an event.
	dropWrite = 10 * time.Second
)

// drop is the page for the projector.
func (s *Server) drop(c *gin.Context) {
	id, err := pathID(c, "id")
	if err != nil {
		s.fail(c, err)
		return
	}
	drop, err := s.Reports.Drop(c.Request.Context(), id)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "drop", newDropFigures(drop))
}

// dropEvents streams the page's figures, once a second, as server-sent events.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func (s *Server) dropEvents(c *gin.Context) {
	id, err := pathID(c, "id")
	if err == nil {
		_, err = s.Campaigns.Campaign(c.Request.Context(), id)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	viewer, err := s.drops.join(id, s.locale(c))
	if err != nil {
		s.fail(c, err)
		return
	}
	defer s.drops.leave(viewer)
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no") // nginx would gather the events
	stream := eventStream{c.Writer, http.NewResponseController(unwrapped(c.Writer))}
	defer stream.end()
	over := time.NewTimer(dropStream)
	defer over.Stop()
	for event := []byte("retry: 2000\n\n"); ; {
		if stream.send(event) != nil {
			return // gone, or too slow
		}
		select {
		case event = <-viewer.events:
		case <-c.Request.Context().Done():
			return
		case <-over.C:
			return
		case <-s.drops.quit:
			return
		}
	}
}

// EndStreams ends what would go on for as long as anybody watches, so that the
// server can stop. Call it when the server begins to.
func (s *Server) EndStreams() { s.drops.close() }

// eventStream writes events and gives up on who does not take them.
type eventStream struct {
	out     gin.ResponseWriter
	control *http.ResponseController
}

func (e eventStream) send(event []byte) error {
	// The deadline is the network's: it goes by the machine's clock.
	if err := e.control.SetWriteDeadline(storage.SystemClock{}.Now().Add(dropWrite)); err != nil {
		return err
	}
	if _, err := e.out.Write(event); err != nil {
		return err
	}
	return e.control.Flush()
}

// end takes the deadline off again: the connection may serve other requests.
func (e eventStream) end() { _ = e.control.SetWriteDeadline(time.Time{}) }

// unwrapped gives the writer under Gin's, whose Flush does not look through the
// session's.
func unwrapped(w gin.ResponseWriter) http.ResponseWriter {
	if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		return u.Unwrap()
	}
	return w
}

// renderDrop makes the event with the figures in a language. They are HTML, of
// the template that the page itself is made of.
func (s *Server) renderDrop(locale string, d reports.Drop) ([]byte, error) {
	page, err := s.pages.get(locale, "drop")
	if err != nil {
		return nil, err
	}
	var html bytes.Buffer
	if err := page.ExecuteTemplate(&html, "drop_figures", newDropFigures(d)); err != nil {
		return nil, err
	}
	event := []byte("event: figures\n")
	for line := range bytes.Lines(html.Bytes()) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			event = append(append(append(event, "data: "...), line...), '\n')
		}
	}
	return append(event, '\n'), nil
}
