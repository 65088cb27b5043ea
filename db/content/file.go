package content

import (
	"net/netip"
	"net/url"
	"strings"
)

// File makes the address of a file absolute, "" where it is not on the web.
// Unlike Link it keeps all parameters: they may be a signature.
func File(base *url.URL, ref string) string {
	if u := parseURL(base, ref); u != nil {
		return bounded(u.String())
	}
	return ""
}

// PictureFile is File as browsers ask for a picture, a sound or a film on a page that
// came by https (Mixed Content, section 4.1): by https, unless its host has no
// name.
func PictureFile(base *url.URL, ref string) string {
	u := parseURL(base, ref)
	if u == nil {
		return ""
	}
	if u.Scheme == "http" && isNamed(u.Hostname()) {
		u.Scheme = "https"
		u.Host = strings.TrimSuffix(u.Host, ":80")
	}
	return bounded(u.String())
}

// isNamed reports whether a host is a name of the web, not an address or this
// machine.
func isNamed(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	return strings.Contains(host, ".") && !strings.HasSuffix(host, ".localhost")
}
