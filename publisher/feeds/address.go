package feeds

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"courant/db/text"
)

// address is s as a URI (RFC 3986): what a URI cannot hold is percent-encoded,
// and a host in letters of the world is written in ASCII. An address that is
// one already stays as it is, byte for byte.
func address(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = inURI(s, i)
	}
	if clean {
		return s
	}
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		if host, err := idna.Lookup.ToASCII(u.Hostname()); err == nil && host != u.Hostname() {
			s = strings.Replace(s, u.Hostname(), host, 1)
		}
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if inURI(s, i) {
			b.WriteByte(s[i])
			continue
		}
		b.Write([]byte{'%', hex[s[i]>>4], hex[s[i]&15]})
	}
	return b.String()
}

// inURI reports whether a URI can hold the byte at i as it is. Brackets stand
// in hosts alone, where they come before any path.
func inURI(s string, i int) bool {
	switch c := s[i]; {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~:/?#@!$&'()*+,;=", c) >= 0:
		return c != '#' || strings.IndexByte(s, '#') == i
	case c == '[' || c == ']':
		return strings.Count(s[:i], "/") == 2
	case c == '%':
		return text.IsEscape(s[i:])
	}
	return false
}
