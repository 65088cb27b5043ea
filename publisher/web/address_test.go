package web

import (
	"net/http"
	"net/netip"
	"testing"
)

// V26: only a trusted proxy's word counts, and only as far as it reaches.
func TestAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, c := range []struct{ name, peer, forwarded, want string }{
		{"plain", "192.0.2.1:99", "", "192.0.2.1"},
		{"untrusted peer", "192.0.2.1:99", "198.51.100.1", "192.0.2.1"},
		{"one proxy", "10.0.0.1:99", "198.51.100.1", "198.51.100.1"},
		{"a forged hop", "10.0.0.1:99", "203.0.113.9, 198.51.100.1", "198.51.100.1"},
		{"two proxies", "10.0.0.1:99", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"with a port", "10.0.0.1:99", "198.51.100.1:1234", "198.51.100.1"},
		{"IPv6", "[2001:db8::1]:99", "[2001:db9::2]:443", "2001:db9::2"},
		{"mapped", "[::ffff:192.0.2.1]:99", "", "192.0.2.1"},
		{"no header", "10.0.0.1:99", "", "10.0.0.1"},
		{"garbage", "10.0.0.1:99", "198.51.100.1, unknown", "10.0.0.1"},
		{"proxies alone", "10.0.0.1:99", "10.0.0.3", "10.0.0.3"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		r.Header.Set("X-Real-IP", "203.0.113.77")
		r.Header.Set("Forwarded", "for=203.0.113.78")
		if got := Address(r, trusted).String(); got != c.want {
			t.Errorf("%s: Address = %s, want %s", c.name, got, c.want)
		}
	}
}
