package publisher

import "testing"

// Every list and every thread is served in every format.
func TestScopes(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	c := s.comment(a.ID, "", "Ann", "First.")
	s.comment(a.ID, c.ID, "Bob", "I agree.")
	for page, want := range map[string]string{
		"":                    "Harbour City",
		"/section/coast":      "Harbour City",
		"/section/empty":      "Courant",
		"/source/daily":       "Harbour City",
		"/tag/Energy":         "Harbour City",
		"/archive/2026/11":    "Harbour City",
		"/archive/2026/11/22": "Harbour City",
		a.Path():              "Bob, in reply to Ann",
		"/comment/" + c.ID:    "I agree.",
		"/comments":           "Bob, in reply to Ann, on: Harbour City",
		"/corrections":        "Corrections",
	} {
		for _, format := range []string{"atom", "rss", "json"} {
			contains(t, page, s.get(page+"/feed."+format), want)
		}
	}
	for _, page := range []string{"/section/none", "/source/none", "/tag/none", "/archive/2026/13", "/archive/2025/11", "/archive/2026/11/31",
		"/article/none", "/comment/none"} {
		if w := s.ask("GET", page+"/feed.atom"); w.Code != 404 {
			t.Errorf("%s: %d", page, w.Code)
		}
	}
}
