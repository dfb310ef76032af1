package web

import (
	"net/netip"
	"slices"
	"strings"
)

// ParseProxy reads what names a proxy: an address, or a network such as
// 10.0.0.0/8.
func ParseProxy(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	address, err := netip.ParseAddr(text)
	return netip.PrefixFrom(address, address.BitLen()), err
}

// trustProxies has Gin take a visitor's address from X-Forwarded-For where a
// trusted proxy sends it: from anybody else it could be made up.
func (s *Server) trustProxies() error {
	names := s.TrustedProxies
	if len(names) == 0 {
		names = []string{"127.0.0.1", "::1"}
	}
	for _, name := range names {
		proxy, err := ParseProxy(name)
		if err != nil {
			return err
		}
		s.proxies = append(s.proxies, proxy)
	}
	return s.engine.SetTrustedProxies(names)
}

// isProxy tells whether a peer is a trusted proxy.
func (s *Server) isProxy(peer string) bool {
	address, err := netip.ParseAddr(peer)
	return err == nil && slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}
