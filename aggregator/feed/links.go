package feed

import (
	"net/url"
	"strings"

	"courant/db/text"
)

// maxURL is the longest address that is taken: what servers and browsers take.
const maxURL = 8 << 10

// resolve makes ref absolute and returns it if it leads to the web; else "".
// A reference is read as browsers do (WHATWG URL): white space and control
// characters around it, and line breaks inside, are nothing.
func resolve(base *url.URL, ref string) string {
	ref = tidyURL(ref)
	if ref == "" || len(ref) > maxURL {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		if !hasScheme(ref) && strings.IndexByte("/?#", ref[0]) < 0 {
			ref = "./" + ref // a colon without a scheme before it is part of a name
		}
		if u, err = url.Parse(text.EscapePercents(ref)); err != nil {
			return ""
		}
	}
	if base != nil && !u.IsAbs() {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	if u.User == nil && u.Path != "" && strings.HasPrefix(ref, u.Scheme+"://") {
		return ref // as it was written
	}
	u.User = nil
	return written(u)
}

// written is u as text, with its host as it was written: url.URL would escape
// the letters of an internationalised one, which no resolver knows.
func written(u *url.URL) string {
	if isASCII([]byte(u.Host)) {
		return u.String()
	}
	const stand = "host.invalid"
	plain := *u
	plain.Host = stand
	return strings.Replace(plain.String(), "//"+stand, "//"+u.Host, 1)
}

// hasScheme reports whether ref begins with a scheme and a colon (RFC 3986
// section 3.1).
func hasScheme(ref string) bool {
	for i := 0; i < len(ref); i++ {
		switch c := ref[i]; {
		case c == ':':
			return i > 0
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}

// tidyURL removes what browsers ignore in an address.
func tidyURL(ref string) string {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' || r == '\u00a0' })
	if strings.ContainsAny(ref, "\t\r\n") {
		ref = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(ref)
	}
	return ref
}
