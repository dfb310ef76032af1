package web

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// patience is how long a database may keep somebody waiting. It is less than the
// minute that proxies give an answer, so that theirs is not the one people see.
const patience = 30 * time.Second

// limited is a request that ends when patience does.
func (s *Server) limited(r *http.Request) (*http.Request, context.CancelFunc) {
	if isUnhurried(r) {
		return r, func() {}
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.patience)
	return r.WithContext(ctx), cancel
}

// isUnhurried tells whether a request takes as long as somebody's network does:
// files on their way in, exports and events on their way out. A redirect and one
// order have limits of their own, which cost a drop less.
func isUnhurried(r *http.Request) bool {
	path := r.URL.Path
	switch {
	case isPath(r, "/r/"), isPath(r, "/static/"), path == "/api/v1/orders" && r.Method == http.MethodPost:
		return true
	case strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"), path == "/api/v1/orders/batch":
		return true
	}
	return strings.HasSuffix(path, "/export") || strings.HasSuffix(path, "/drop/events")
}
