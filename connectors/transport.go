package connectors

import (
	"net/http"
	"time"
)

// NewTransport gives what a network's calls travel by: it keeps enough
// connections for all posts of a drop to leave at one instant without a
// handshake each. The standard library's own keeps two a host.
func NewTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns = 1024
	t.MaxIdleConnsPerHost = 512
	t.ResponseHeaderTimeout = 20 * time.Second
	return t
}
