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
