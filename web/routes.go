package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// registerRoutes is the map of the house: every page and every call, each with
// who may use it. A route that names nobody stays closed.
func (s *Server) registerRoutes() {
	s.handle("GET", "/static/*file", everybody, s.static)
	s.handle("GET", "/healthz", everybody, s.healthz)
	s.handle("GET", "/readyz", everybody, s.readyz)
	s.handle("GET", "/metrics", everybody, s.metrics)
	s.handle("GET", "/r/:token", everybody, s.follow)
	s.handle("HEAD", "/r/:token", everybody, s.follow)
	s.handle("GET", "/links/:token/:file", staff, s.qr)
	s.accountRoutes()
	s.forumRoutes()
	s.deskRoutes()
	s.apiRoutes()
}

// handle registers one route with its audience.
func (s *Server) handle(method, path string, who audience, h gin.HandlerFunc) {
	s.access[method+" "+path] = who
	s.engine.Handle(method, path, h)
}

type condition struct {
	Status string `json:"status"`
}

func (s *Server) healthz(c *gin.Context) { c.JSON(http.StatusOK, condition{"ok"}) }

// readyTimeout is how long a database may hang before the process counts as not
// ready: balancers wait some seconds.
const readyTimeout = 2 * time.Second

func (s *Server) readyz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTimeout)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, condition{"ready"})
}

func (s *Server) metrics(c *gin.Context) { s.Metrics.ServeHTTP(c.Writer, c.Request) }
