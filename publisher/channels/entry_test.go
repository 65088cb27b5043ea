package channels

import "testing"

// An identifier is told in the form in which it can be compared (A8).
func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"https://feed.example":                          "https://feed.example/",
		"HTTPS://Feed.Example:443/a/../b?x=1":           "https://feed.example/b?x=1",
		"http://feed.example:8080/a#b":                  "http://feed.example:8080/a#b",
		"http://u:p@feed.example/":                      "http://feed.example/",
		"tag:feed.example,2026:x":                       "tag:feed.example,2026:x",
		"urn:uuid:60a76c80-d399-11d9-b91c-0003939e0af6": "urn:uuid:60a76c80-d399-11d9-b91c-0003939e0af6",

		"urn:uuid:1":       "",
		"tag:feed.example": "",
		"yt:channel:x":     "",
		"/relative":        "",
		"no iri":           "",
		"":                 "",
	} {
		if got := canonical(in); got != want {
			t.Errorf("canonical(%q) = %q, want %q", in, got, want)
		}
	}
}
