package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Only our own pages post here, whatever is said of Host and Origin (V01, V02).
func TestSameOrigin(t *testing.T) {
	guard, err := SameOrigin(&Errors{Log: slog.New(slog.DiscardHandler)}, "https://news.example")
	if err != nil {
		t.Fatal(err)
	}
	h := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	const site = "https://news.example"
	for _, c := range []struct {
		name, method, host, origin, fetch string
		want                              int
	}{
		{"a program", "POST", "news.example", "", "", 200},
		{"our page", "POST", "news.example", site, "same-origin", 200},
		{"our page, in an old browser", "POST", "news.example", site, "", 200},
		{"our page, through a proxy that names us otherwise", "POST", "courant:8080", site, "", 200},
		{"typed by the reader", "POST", "news.example", "", "none", 200},
		{"another site", "POST", "news.example", "https://evil.example", "cross-site", 403},
		{"another site, in an old browser", "POST", "news.example", "https://evil.example", "", 403},
		{"another site that gives our Origin", "POST", "news.example", site, "cross-site", 403},
		{"a page beside ours", "POST", "news.example", "https://shop.news.example", "same-site", 403},
		{"our name over http", "POST", "news.example", "http://news.example", "", 403},
		{"nobody's page", "POST", "news.example", "null", "", 403},
		{"nobody's page, cross-site", "POST", "news.example", "null", "cross-site", 403},
		{"a name of another that leads here", "POST", "evil.example", "https://evil.example", "same-origin", 421},
		{"the same in an old browser", "POST", "evil.example", "https://evil.example", "", 421},
		{"this machine itself", "POST", "127.0.0.1:8080", "http://127.0.0.1:8080", "same-origin", 200},
		{"this machine, another port", "POST", "127.0.0.1:8080", "http://127.0.0.1:9", "", 403},
		{"localhost", "POST", "localhost:8080", "http://localhost:8080", "", 200},
		{"reading from elsewhere", "GET", "evil.example", "https://evil.example", "cross-site", 200},
		{"another method", "DELETE", "news.example", "https://evil.example", "", 403},
	} {
		r := httptest.NewRequest(c.method, "/x", nil)
		r.Host = c.host
		for name, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.fetch} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
	}
}
