package web

import (
	"net/netip"
	"slices"
	"strings"
)

// ParseProxy reads what names a proxy: an address, or a network such as
// 10.0.0.0/8.
func ParseProxy(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	address, err := netip.ParseAddr(text)
	return netip.PrefixFrom(address, address.BitLen()), err
}

// trustProxies has Gin take a visitor's address from X-Forwarded-For where a
// trusted proxy sends it: from anybody else it could be made up.
func (s *Server) trustProxies() error {
	trusted := s.TrustedProxies
	if len(trusted) == 0 {
		trusted = []string{"127.0.0.1", "::1"}
	}
	var networks []string
	for _, text := range trusted {
		proxy, err := ParseProxy(text)
		if err != nil {
			return err
		}
		s.proxies, networks = append(s.proxies, proxy), append(networks, proxy.String())
	}
	return s.engine.SetTrustedProxies(networks)
}

// isProxy tells whether a peer is a trusted proxy.
func (s *Server) isProxy(peer string) bool {
	address, err := netip.ParseAddr(peer)
	return err == nil && slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}
