package fetch

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A Caller dials what a Client dials: nothing private unless the configuration
// allows it, link-local never, and it follows no redirect (P93).
func TestCaller(t *testing.T) {
	var agent string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent = r.Header.Get("User-Agent")
		http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
	}))
	defer s.Close()
	call := func(private bool, address string) (*http.Response, error) {
		t.Helper()
		k, err := NewCaller(Config{UserAgent: "courant/test", AllowPrivate: private})
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		res, err := k.RoundTrip(r)
		if err == nil {
			res.Body.Close()
		}
		return res, err
	}
	for _, address := range []string{
		s.URL, "http://127.1:9/", "http://0x7f000001:9/", "http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "ftp://news.example/",
	} {
		if _, err := call(false, address); err == nil {
			t.Errorf("%s was asked", address)
		}
	}
	if _, err := call(true, "http://169.254.169.254/"); err == nil {
		t.Error("allow_private_networks opened a link-local address")
	}
	res, err := call(true, s.URL)
	if err != nil || res.StatusCode != http.StatusFound || agent != "courant/test" {
		t.Errorf("%v, %v as %q, want the redirect itself", res, err, agent)
	}
	k, err := NewCaller(Config{})
	if err != nil {
		t.Fatal(err)
	}
	// A name that looks public is looked at only as it is dialled.
	u, err := url.Parse("https://subscriber.example/callback")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Refuses(t.Context(), u); err != nil {
		t.Errorf("%s is refused: %v", u, err)
	}
}
