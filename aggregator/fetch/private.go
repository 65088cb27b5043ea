package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// What a refused address is reported as.
var (
	errPrivate   = errors.New("the host leads to a private address (allow_private_networks = false)")
	errLinkLocal = errors.New("the host leads to a link-local address, which only a source's own url may name")
)

// guard decides which addresses are dialled, by us or by a proxy for us (P93).
// Private ones are where this machine's own services are. Link-local ones are
// where clouds keep their secrets, so allow_private_networks does not open
// them: a source's url has to name the very address.
type guard struct {
	private bool // are dialled
	proxied bool
	public  *ssrf.Guardian
	lookup  func(ctx context.Context, host string) ([]netip.Addr, error) // nil: names are the proxy's business
}

// documentation networks are nobody's, so refusing them protects nothing; test
// networks use them to stand for the public internet.
func documentationNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	}
}

func newGuard(c Config) *guard {
	g := &guard{
		private: c.AllowPrivate, proxied: c.Proxy != "", lookup: c.Lookup,
		public: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(documentationNetworks()...)),
	}
	if g.lookup == nil {
		g.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if u, err := url.Parse(c.Proxy); err == nil && u.Scheme == "socks5h" {
		g.lookup = nil // it says that names are looked up there and nowhere else
	}
	return g
}

// refuse says why ip is not dialled, nil where it is. named is the address that
// the source's url is written with, if it is.
func (g *guard) refuse(ip, named netip.Addr) error {
	switch {
	case !g.private && g.public.SafeAddr(ip) != nil:
		return errPrivate
	case g.private && linkLocal(ip) && ip.Unmap().WithZone("") != named:
		return errLinkLocal
	}
	return nil
}

// linkLocal reports whether ip is of this link alone, in whatever way it is
// wrapped, or Amazon's store of secrets, which has an address of its own.
func linkLocal(ip netip.Addr) bool {
	ip = ip.Unmap()
	if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(ip.WithZone("")) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	return ip.IsLinkLocalUnicast() || netip.MustParsePrefix("fd00:ec2::/32").Contains(ip.WithZone(""))
}

// namedKey is where a context holds what the source's url names.
type namedKey struct{}

// control looks at the address really dialled, so that a name which resolves
// anew to another one gains nothing.
func (g *guard) control(ctx context.Context, network, address string, c syscall.RawConn) error {
	if !g.private {
		return g.public.Safe(network, address, c)
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	named, _ := ctx.Value(namedKey{}).(netip.Addr)
	return g.refuse(to.Addr(), named)
}

// lookupTime is how long a name is looked up for the guard's sake alone. Where
// a proxy is the only way out there may be nobody to answer.
const lookupTime = 2 * time.Second

// host says why nothing is asked of a host, as far as its name tells. Dialling
// ourselves we see the address later, but for a connection that is kept; for a
// proxy this is all there is.
func (g *guard) host(ctx context.Context, host string, named netip.Addr) error {
	if ip, ok := literal(host); ok {
		if !g.proxied && !g.private {
			return nil // control will see it
		}
		return g.refuse(ip, named)
	}
	if !g.proxied {
		return nil
	}
	if host = strings.TrimSuffix(host, "."); host == "metadata.google.internal" {
		return errLinkLocal
	}
	if !g.private && localName(host) {
		return errPrivate
	}
	if g.lookup == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	list, _ := g.lookup(ctx, host) // a name that only the proxy knows is its business
	for _, ip := range list {
		if err := g.refuse(ip.Unmap(), named); err != nil {
			return err
		}
	}
	return nil
}

// localName reports whether a name is one of this machine or its network by
// what it looks like (RFC 6761, 6762 and 8375, and what routers make up).
func localName(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch last {
	case host, "localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan":
		return true
	}
	return strings.HasSuffix(host, ".home.arpa")
}

// literal is the address that host is written as: in the usual form, or an IPv4
// one in any that the C library has always read, and proxies with it, as 127.1,
// 0x7f000001 and 017700000001.
func literal(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(host, ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().WithZone(""), true
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var ip uint64
	for i, part := range parts {
		n, err := number(part)
		bits := 8
		if i == len(parts)-1 { // the last one fills what is left
			bits = 8 * (5 - len(parts))
		}
		if err != nil || n>>bits != 0 {
			return netip.Addr{}, false
		}
		ip = ip<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), true
}

// number reads a part of such an address: decimal, octal with 0, hexadecimal
// with 0x before it.
func number(s string) (uint64, error) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		if s, base = s[2:], 16; s == "" {
			return 0, nil
		}
	case len(s) > 1 && s[0] == '0':
		base = 8
	}
	return strconv.ParseUint(s, base, 32)
}
