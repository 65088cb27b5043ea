package feed

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"courant/db/text"
)

// maxURL is the longest address that is taken: what servers and browsers take.
const maxURL = 8 << 10

// resolve makes ref absolute and returns it if it leads to the web; else "".
// A reference is read as browsers do (WHATWG URL): white space and control
// characters around it, and line breaks inside, are nothing, and behind a
// scheme there may be any number of slashes, of either kind.
func resolve(base *url.URL, ref string) string {
	ref = tidyURL(base, ref)
	if ref == "" || len(ref) > maxURL {
		return ""
	}
	u := parseURL(ref)
	if u == nil {
		return ""
	}
	if base != nil && !u.IsAbs() {
		u = against(base, u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || !utf8.ValidString(u.Host) { // %80 is no letter of a name
		return ""
	}
	if u.User == nil && u.Path != "" && strings.HasPrefix(ref, u.Scheme+"://") {
		return ref // as it was written
	}
	u.User = nil
	return written(u)
}

// parseURL reads a tidy reference, nil where it is none.
func parseURL(ref string) *url.URL {
	u, err := url.Parse(ref)
	if err == nil {
		return u
	}
	if !hasScheme(ref) && strings.IndexByte("/?#", ref[0]) < 0 {
		ref = "./" + ref // a colon without a scheme before it is part of a name
	}
	if u, err = url.Parse(text.EscapePercents(ref)); err != nil {
		return nil
	}
	return u
}

// against resolves a relative reference.
func against(base, ref *url.URL) *url.URL {
	if len(base.Host) > maxHost || len(base.Path) > maxBase && strings.LastIndexByte(base.Path, '/') > maxBase {
		return &url.URL{} // thousands of short addresses would become long ones
	}
	return base.ResolveReference(ref)
}

// maxBase is the longest path that relative addresses are given, in bytes: no
// site has folders as deep. A name of a host has at most 253, and a port.
const (
	maxBase = 256
	maxHost = 253 + len(":65535")
)

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

// tidyURL is an address as browsers see it before they parse it, with an
// ampersand that was escaped once too often mended.
func tidyURL(base *url.URL, ref string) string {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\ufeff' })
	if strings.ContainsAny(ref, "\t\r\n") {
		ref = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(ref)
	}
	return text.PlainSlashes(base, text.PlainAmpersands(ref))
}
