package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// Address is who sent r: the peer, or, where the peer is one of the trusted
// proxies, the right-most address of X-Forwarded-For that is not. What stands
// further left was written by that sender and proves nothing. The zero Addr
// means that the peer has no IP address.
func Address(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0 && within(from, trusted); i-- {
		hop, ok := parseHop(hops[i])
		if !ok {
			break // a proxy we trust does not write this: whoever did is behind it
		}
		from = hop
	}
	return from
}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parseHop reads an address with or without a port.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap(), err == nil
}
