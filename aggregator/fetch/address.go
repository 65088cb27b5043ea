package fetch

import (
	"errors"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"courant/db/text"
)

// address parses a configured address or a redirect's target. The request
// target stays byte for byte what it was, but for characters that HTTP cannot
// carry, which are percent-encoded, and the fragment, which is for browsers
// (P06, P98). The host becomes lower-case ASCII.
func address(raw string, base *url.URL) (*url.URL, error) {
	raw = escapeIllegal(strings.TrimSpace(raw))
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("the address cannot be read") // url.Error would repeat a password
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, &Error{Kind: Refused, Err: errors.New("the scheme " + quoted(u.Scheme) + " is neither http nor https")}
	}
	host := u.Hostname()
	if host == "" {
		return nil, errors.New("the address has no host")
	}
	ascii, err := asciiHost(host)
	if err != nil {
		return nil, errors.New("the host name " + quoted(host) + " is not valid")
	}
	if strings.Contains(ascii, ":") {
		ascii = "[" + ascii + "]"
	}
	if port := u.Port(); port != "" {
		ascii += ":" + port
	}
	u.Host = ascii
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// escapeIllegal percent-encodes what must not stand in a request line: bytes
// outside ASCII, controls and spaces.
func escapeIllegal(s string) string {
	const hexDigits = "0123456789ABCDEF"
	_, rest, _ := strings.Cut(s, "://")
	slash := strings.IndexAny(rest, "/?#")
	if slash < 0 {
		if strings.Contains(s, "://") {
			return s // a host alone: idna's business
		}
		slash, rest = 0, s // a relative reference
	}
	if strings.IndexFunc(rest[slash:], func(c rune) bool { return c <= ' ' || c >= 0x7f }) < 0 {
		return s
	}
	head := s[:len(s)-len(rest)+slash]
	var b strings.Builder
	for _, c := range []byte(rest[slash:]) {
		if c <= ' ' || c >= 0x7f {
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return head + b.String()
}

// asciiHost is host in lower case and, where it has other letters, in punycode.
func asciiHost(host string) (string, error) {
	for i := range len(host) {
		if host[i] >= 0x80 {
			return idna.Lookup.ToASCII(host)
		}
	}
	return strings.ToLower(host), nil
}

func quoted(s string) string {
	return `"` + text.Cut(s, 80) + `"`
}

// Host is the host name of raw without port, in the form that Hosts counts by;
// empty where raw has none.
func Host(raw string) string {
	if host, plain := text.PlainAddress(raw); plain {
		return host
	}
	u, err := address(raw, nil)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Root is the address of the front page of raw's site.
func Root(raw string) string {
	u, err := address(raw, nil)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}

// Same reports whether a and b are the same request: they differ in a fragment
// or in the case of the host at most.
func Same(a, b string) bool { return Canonical(a) == Canonical(b) }

// Canonical is the form of an address under which Same addresses are equal.
func Canonical(raw string) string {
	if _, plain := text.PlainAddress(raw); plain {
		return raw
	}
	u, err := address(raw, nil)
	if err != nil {
		return raw
	}
	return u.String()
}

// sameOrigin is RFC 6454's comparison: scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Hostname() == b.Hostname() && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// SameOrigin reports whether secrets for a may be sent to b: the same scheme,
// host and port.
func SameOrigin(a, b string) bool {
	x, err := address(a, nil)
	if err != nil {
		return false
	}
	y, err := address(b, nil)
	return err == nil && sameOrigin(x, y)
}
