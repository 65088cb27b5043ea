package discover

import (
	"net/url"
	"slices"
	"strings"
)

// Linked is where the first of the Link headers that has the given rel leads, an
// absolute http or https address; base is what answered. "" where there is none.
func Linked(headers []string, base, rel string) string {
	from, err := url.Parse(base)
	if err != nil {
		return ""
	}
	for _, l := range headerLinks(headers) {
		if !slices.Contains(strings.Fields(strings.ToLower(l.params["rel"])), rel) {
			continue
		}
		if to, err := from.Parse(l.target); err == nil && (to.Scheme == "http" || to.Scheme == "https") && to.Host != "" {
			return to.String()
		}
	}
	return ""
}
