package text

import (
	"net/url"
	"strings"
)

// Redact is an address without what is secret in it, for logs, rows, readers
// and error messages (P97, V91): its user name and password, and the parameters that
// are called token, key, auth and the like or have a long random value. An
// address that cannot be read is left out whole, and the result is "": nobody
// can say what in it is secret.
func Redact(raw string) string {
	if _, plain := PlainAddress(raw); plain {
		return raw
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Host == "" && strings.Contains(raw, "@"): // a slash or a scheme is missing
		return ""
	}
	query, fragment := withoutSecrets(u.RawQuery), withoutSecrets(u.EscapedFragment())
	if u.User == nil && query == u.RawQuery && fragment == u.EscapedFragment() {
		return raw
	}
	u.User, u.RawQuery = nil, query
	u.Fragment, u.RawFragment = unescapedFragment(fragment), fragment
	return u.String()
}

// PlainAddress reports, at the pace of bytes, whether an address is of the web, names a
// path and has nothing that could be written otherwise or be secret, as most are, and
// what its host is. Of one that it cannot tell of it says no: that is to be parsed.
func PlainAddress(raw string) (host string, plain bool) {
	rest, ok := strings.CutPrefix(raw, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(raw, "http://"); !ok {
			return "", false
		}
	}
	i := 0
	for i < len(rest) && (rest[i] >= 'a' && rest[i] <= 'z' || rest[i] >= '0' && rest[i] <= '9' || rest[i] == '-' || rest[i] == '.') {
		i++
	}
	if i == 0 {
		return "", false
	}
	host = rest[:i]
	if i+1 < len(rest) && rest[i] == ':' && rest[i+1] >= '0' && rest[i+1] <= '9' {
		for i++; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; {
			i++
		}
	}
	if i == len(rest) || rest[i] != '/' {
		return "", false
	}
	for ; i < len(rest); i++ {
		if c := rest[i]; !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '/' || c == '-' || c == '.' || c == '_' || c == '~') {
			return "", false
		}
	}
	return host, true
}

// unescapedFragment is what RawFragment goes with.
func unescapedFragment(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// EscapePercents escapes each percent sign of an address that begins no escape:
// url.Parse refuses them, and the web is full of them.
func EscapePercents(ref string) string {
	var b strings.Builder
	for i := 0; i < len(ref); i++ {
		if ref[i] == '%' && !IsEscape(ref[i:]) {
			b.WriteString("%25")
			continue
		}
		b.WriteByte(ref[i])
	}
	return b.String()
}

// IsEscape reports whether s begins with the escape of a byte (RFC 3986,
// section 2.1): "%2F".
func IsEscape(s string) bool { return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2]) }

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// ampersand finds an ampersand that is still escaped, however often: none of
// these is the name of a parameter, which has no semicolon behind it.
var ampersand = Pattern(`&(?:(?:amp|#0*38|#[xX]0*26);)+`)

// PlainAmpersands is an address with its ampersands plain that were escaped once
// too often.
func PlainAmpersands(ref string) string {
	if !strings.Contains(ref, "&amp;") && !strings.Contains(ref, "&#") {
		return ref
	}
	return ampersand().ReplaceAllString(ref, "&")
}

// PlainSlashes gives an address of the web two slashes behind its scheme, and
// one that leaves out the scheme two at its beginning, whatever it has there
// (WHATWG URL, "special authority ignore slashes state"). A backslash before
// the query is a slash.
func PlainSlashes(base *url.URL, ref string) string {
	head, tail := ref, ""
	if i := strings.IndexAny(ref, "?#"); i >= 0 {
		head, tail = ref[:i], ref[i:]
	}
	scheme, rest, ok := strings.Cut(head, ":")
	web := ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
	switch {
	case !web && (ok && isScheme(scheme) || base == nil):
		return ref
	case !web:
		head = strings.ReplaceAll(head, `\`, "/")
		if strings.HasPrefix(head, "//") {
			head = "//" + strings.TrimLeft(head, "/")
		}
		return head + tail
	}
	rest = strings.ReplaceAll(rest, `\`, "/")
	host := strings.TrimLeft(rest, "/")
	if slashes := len(rest) - len(host); slashes < 2 && base != nil && strings.EqualFold(base.Scheme, scheme) && !startsWithHost(host) {
		return rest + tail // of the base's own scheme: relative, as it was in 1995
	}
	return scheme + "://" + host + tail
}

// startsWithHost reports whether what follows a scheme and too few slashes is
// the name of a host and a path, not a path alone.
func startsWithHost(rest string) bool {
	name, _, path := strings.Cut(rest, "/")
	return path && strings.Contains(name, ".")
}

// isScheme reports whether what stands before a colon is a scheme (RFC 3986
// section 3.1).
func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}
