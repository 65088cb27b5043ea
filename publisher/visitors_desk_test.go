package publisher_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db/dbtest/cpu"
	"courant/publisher"
	"courant/publisher/desk"
	"courant/publisher/password"
)

const deskPassword = "a password of the desk"

// hashes are of deskPassword and of another, made once: each costs what a login
// does.
var hashes = sync.OnceValue(func() [2]string {
	return [2]string{password.Hash(deskPassword), password.Hash("another password")}
})

// ours are the headers of what a page of ours sends.
var ours = []string{"Origin", "https://news.example.org", "Sec-Fetch-Site", "same-origin"}

// withDesk lets ann, an editor, mo, a moderator, and vi, a viewer, sign in, all with
// deskPassword.
func withDesk(set *publisher.Settings) {
	set.Desk.Users = []desk.User{
		{Name: "ann", PasswordHash: hashes()[0]},
		{Name: "mo", PasswordHash: hashes()[0], Role: desk.Moderator},
		{Name: "vi", PasswordHash: hashes()[0], Role: desk.Viewer},
	}
}

// send posts a form to an address of the desk as cookie, which may be empty.
func (s *site) send(path string, form url.Values, cookie string, header ...string) answer {
	s.Helper()
	r := s.request("POST", path, strings.NewReader(form.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
	if cookie != "" {
		r.Header.Set("Cookie", "__Host-desk="+cookie)
	}
	return s.do(r)
}

// getAs gets a page as cookie.
func (s *site) getAs(cookie, path string, header ...string) answer {
	s.Helper()
	if cookie != "" {
		header = append(header, "Cookie", "__Host-desk="+cookie)
	}
	return s.do(s.request("GET", path, nil, header...))
}

// tryLogin signs in, or tries to.
func (s *site) tryLogin(name, typed string, header ...string) answer {
	s.Helper()
	return s.send("/desk/login", url.Values{"name": {name}, "password": {typed}, "next": {"/desk/account"}}, "", append(slices.Clone(ours), header...)...)
}

// signIn is the cookie of somebody who signs in.
func (s *site) signIn(name string) string {
	s.Helper()
	a := s.tryLogin(name, deskPassword)
	if a.StatusCode != 303 || a.Header.Get("Location") != "/desk/account" {
		s.Fatalf("%s cannot sign in: %d %s", name, a.StatusCode, a.body)
	}
	return cookieOf(a).Value
}

func cookieOf(a answer) *http.Cookie {
	for _, c := range a.Cookies() {
		if c.Name == "__Host-desk" {
			return c
		}
	}
	return &http.Cookie{}
}

// deskRoutes calls f with each route of the desk, as the table has it.
func (s *site) deskRoutes(f func(r desk.Route, method, path string)) {
	s.Helper()
	list := s.pub.DeskRoutes()
	if len(list) < 6 {
		s.Fatalf("the desk has %d routes", len(list))
	}
	for _, r := range list {
		method, path, _ := strings.Cut(r.Pattern, " ")
		f(r, method, strings.ReplaceAll(path, "{id}", s.newest().ID))
	}
	for _, pattern := range s.pub.RoutePatterns() {
		_, path, _ := strings.Cut(pattern, " ")
		if (path == "/desk" || strings.HasPrefix(path, "/desk/")) && !slices.ContainsFunc(list, func(r desk.Route) bool { return r.Pattern == pattern }) {
			s.Errorf("%s is not in the table of the desk", pattern)
		}
	}
}

// Nobody without a session, or with one that is not theirs any more, gets past the
// gate.
func v40(t *testing.T) {
	s := newSite(t, withDesk)
	s.deskRoutes(func(r desk.Route, method, path string) {
		for name, cookie := range map[string]string{"no cookie": "", "nonsense": "x", "a guess": strings.Repeat("A", 43)} {
			var a answer
			if method == "GET" {
				a = s.getAs(cookie, path)
			} else {
				a = s.send(path, url.Values{"action": {"publish"}}, cookie, ours...)
			}
			open := path == "/desk/login"
			login := a.StatusCode == 303 && strings.HasPrefix(a.Header.Get("Location"), "/desk/login")
			if !open && !login && a.StatusCode != 401 {
				t.Errorf("%s with %s: %d, %s", r.Pattern, name, a.StatusCode, a.Header.Get("Location"))
			}
			if r.Role == "" && !open {
				t.Errorf("%s wants no role", r.Pattern)
			}
			if !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s may be kept: %q", r.Pattern, a.Header.Get("Cache-Control"))
			}
		}
	})
	// A role that may not do a thing is told so.
	mo, vi := s.signIn("mo"), s.signIn("vi")
	s.deskRoutes(func(r desk.Route, method, path string) {
		for cookie, may := range map[string]bool{vi: r.Role == "" || r.Role == desk.Viewer, mo: r.Role != desk.Editor} {
			var a answer
			switch {
			case path == "/desk/logout":
				continue
			case method == "GET":
				a = s.getAs(cookie, path)
			default:
				a = s.send(path, url.Values{}, cookie, ours...)
			}
			if (a.StatusCode != 403) != may && (method == "GET" || !may) {
				t.Errorf("%s: %d for a role that may: %v", r.Pattern, a.StatusCode, may)
			}
		}
	})
}

func v41(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) {
		withDesk(set)
		set.Publisher.TrustedProxies = []string{"127.0.0.1"}
	})
	here, there := []string{"X-Forwarded-For", "192.0.2.1"}, []string{"X-Forwarded-For", "198.51.100.1"}
	refused := 0
	for range 10 {
		a := s.tryLogin("ann", "wrong", here...)
		switch a.StatusCode {
		case 401:
		case 429:
			refused++
			if a.Header.Get("Retry-After") == "" {
				t.Error("429 says not when to come again")
			}
		default:
			t.Fatalf("a wrong password: %d", a.StatusCode)
		}
	}
	if refused != 5 {
		t.Errorf("%d of 10 wrong passwords were not looked at", refused)
	}
	if a := s.tryLogin("ann", deskPassword, here...); a.StatusCode != 429 {
		t.Errorf("the right one straight after: %d", a.StatusCode)
	}
	if a := s.tryLogin("ann", deskPassword, there...); a.StatusCode != 303 {
		t.Errorf("from another address: %d", a.StatusCode)
	}
	// The wait grows with each.
	var waits []time.Duration
	for range 4 {
		a := s.tryLogin("ann", "wrong", here...)
		wait, err := time.ParseDuration(a.Header.Get("Retry-After") + "s")
		if err != nil {
			t.Fatalf("%d: %v", a.StatusCode, err)
		}
		waits = append(waits, wait)
		s.pass(wait)
		if a := s.tryLogin("ann", "wrong", here...); a.StatusCode != 401 {
			t.Fatalf("after the wait: %d", a.StatusCode)
		}
	}
	if !slices.IsSorted(waits) || waits[3] < 4*waits[0] {
		t.Errorf("the waits are %v", waits)
	}
	s.pass(time.Hour)
	if a := s.tryLogin("ann", deskPassword, here...); a.StatusCode != 303 {
		t.Errorf("an hour later: %d", a.StatusCode)
	}
}

// What is said of a name that there is not is what is said of a wrong password, and
// both cost a hash.
func v42(t *testing.T) {
	s := newSite(t, withDesk)
	known, unknown := s.tryLogin("ann", "wrong"), s.tryLogin("nobody", "wrong")
	if known.StatusCode != 401 || unknown.StatusCode != 401 || known.body != unknown.body {
		t.Errorf("%d and %d, or other bodies", known.StatusCode, unknown.StatusCode)
	}
	for name := range known.Header {
		if name != "Date" && known.Header.Get(name) != unknown.Header.Get(name) {
			t.Errorf("%s: %q and %q", name, known.Header.Get(name), unknown.Header.Get(name))
		}
	}
	// Without a hash an answer takes a tenth of what it takes with one. What tests beside
	// this one use of the processor comes to it, so the least of some counts, and of many
	// where they use much.
	used := map[string]time.Duration{}
	differ := func() bool { return used["nobody"] < used["ann"]/2 || used["ann"] < used["nobody"]/2 }
	for i := 0; i < 4 || i < 40 && differ(); i++ {
		s.pass(time.Hour) // else they would wait
		for _, name := range []string{"ann", "nobody"} {
			before := cpu.Used(t)
			if a := s.tryLogin(name, fmt.Sprint("wrong ", i)); a.StatusCode != 401 {
				t.Fatalf("%s: %d", name, a.StatusCode)
			}
			if took := cpu.Used(t) - before; i == 0 || took < used[name] {
				used[name] = took
			}
		}
	}
	if differ() {
		t.Errorf("the answers took %v of the processor", used)
	}
}

func v43(t *testing.T) {
	s := newSite(t, withDesk)
	planted := strings.Repeat("B", 43)
	first := s.send("/desk/login", url.Values{"name": {"ann"}, "password": {deskPassword}}, planted, ours...)
	c := cookieOf(first)
	if c.Value == planted || len(c.Value) != 43 {
		t.Errorf("the session is %q", c.Value)
	}
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %v", c)
	}
	in := func(cookie string) bool {
		t.Helper()
		return s.getAs(cookie, "/desk/account").StatusCode == 200
	}
	if in(planted) || !in(c.Value) {
		t.Error("the wrong cookie lets in")
	}
	// Whoever signs in again has a new one, and the old is dead.
	second := cookieOf(s.send("/desk/login", url.Values{"name": {"ann"}, "password": {deskPassword}}, c.Value, ours...)).Value
	if second == c.Value || in(c.Value) || !in(second) {
		t.Error("a session outlives the next login")
	}
	// Logout ends it here, whatever the browser does with its cookie.
	if a := s.send("/desk/logout", nil, second, ours...); a.StatusCode != 303 || cookieOf(a).MaxAge >= 0 {
		t.Errorf("logout: %d, %v", a.StatusCode, cookieOf(a))
	}
	if in(second) {
		t.Error("a session outlives the logout")
	}
	// It ends unused.
	third := s.signIn("ann")
	s.pass(12 * time.Hour)
	if in(third) {
		t.Error("a session lives for 12 hours unused")
	}
	// And with another password.
	fourth := s.signIn("ann")
	set := publisher.DefaultSettings()
	set.Site.URL = "https://news.example.org"
	withDesk(&set)
	set.Desk.Users[0].PasswordHash = hashes()[1]
	pub, err := publisher.New(s.store, set, publisher.Options{Now: s.clock})
	if err != nil {
		t.Fatal(err)
	}
	s.pub = pub
	s.serve()
	if in(fourth) {
		t.Error("a session outlives the password")
	}
	// On plain HTTP no browser takes a __Host- cookie.
	plain := newSite(t, func(set *publisher.Settings) { withDesk(set); set.Site.URL = "http://127.0.0.1:8080" })
	a := plain.send("/desk/login", url.Values{"name": {"ann"}, "password": {deskPassword}}, "", "Sec-Fetch-Site", "same-origin")
	if len(a.Cookies()) != 1 || a.Cookies()[0].Name != "desk" || a.Cookies()[0].Secure || !a.Cookies()[0].HttpOnly || a.Cookies()[0].SameSite != http.SameSiteStrictMode {
		t.Errorf("%d, the cookies are %v", a.StatusCode, a.Cookies())
	}
}

// The database holds nothing that lets anybody in.
func v44(t *testing.T) {
	s := newSite(t, withDesk)
	cookie := s.signIn("ann")
	all := s.everything()
	if strings.Contains(all, cookie) || strings.Contains(all, deskPassword) || strings.Contains(all, hashes()[0]) {
		t.Error("the database holds a secret")
	}
	if !strings.Contains(all, fmt.Sprintf("%x", sha256.Sum256([]byte(cookie)))) {
		t.Error("the session is not in what the database holds: this test finds nothing")
	}
}

func v45(t *testing.T) {
	s := newSite(t, withDesk)
	ann := s.signIn("ann")
	s.deskRoutes(func(r desk.Route, method, path string) {
		if method == "GET" {
			return
		}
		for name, header := range map[string][]string{
			"neither":     {},
			"another":     {"Origin", "https://evil.example"},
			"no origin":   {"Origin", "null"},
			"cross-site":  {"Sec-Fetch-Site", "cross-site", "Origin", "https://news.example.org"},
			"a sibling":   {"Sec-Fetch-Site", "same-site", "Origin", "https://www.news.example.org"},
			"a user":      {"Sec-Fetch-Site", "none"},
			"downgraded":  {"Origin", "http://news.example.org"},
			"two origins": {"Origin", "https://news.example.org", "Origin", "https://evil.example"},
		} {
			for _, cookie := range []string{ann, ""} {
				if a := s.send(path, url.Values{"action": {"end-others"}}, cookie, header...); a.StatusCode != 403 {
					t.Errorf("%s from %s: %d", r.Pattern, name, a.StatusCode)
				}
			}
		}
	})
	for _, method := range []string{"PUT", "PATCH", "DELETE"} {
		if a := s.do(s.request(method, "/desk/account", nil, "Cookie", "__Host-desk="+ann, "Origin", "https://evil.example")); a.StatusCode != 403 {
			t.Errorf("%s: %d", method, a.StatusCode)
		}
	}
	if s.getAs(ann, "/desk/account").StatusCode != 200 {
		t.Error("one of these ended the session")
	}
}

func v46(t *testing.T) {
	s := newSite(t, withDesk)
	for _, next := range []string{
		"//evil.example", `/\evil.example`, `\\evil.example`, "https:evil.example", "https://evil.example/", "javascript:alert(1)", "data:text/html,x",
		"/\t/evil.example", "/\n/evil.example", "///evil.example", " //evil.example", "desk", "", "/\u00a0//evil", "/x\r\nSet-Cookie: a=b",
	} {
		a := s.send("/desk/login", url.Values{"name": {"ann"}, "password": {deskPassword}, "next": {next}}, "", ours...)
		if a.StatusCode != 303 || a.Header.Get("Location") != "/desk" {
			t.Errorf("next=%q leads to %q", next, a.Header.Get("Location"))
		}
		if page := s.get("/desk/login?next="+url.QueryEscape(next), 200).body; strings.Contains(page, "evil") || strings.Contains(page, "alert") {
			t.Errorf("next=%q stands in the page", next)
		}
	}
	a := s.send("/desk/login", url.Values{"name": {"ann"}, "password": {deskPassword}, "next": {"/desk/incoming?q=a%20b&page=2#a-x"}}, "", ours...)
	if got := a.Header.Get("Location"); got != "/desk/incoming?q=a%20b&page=2#a-x" {
		t.Errorf("a good path leads to %q", got)
	}
	if got := s.getAs("", "/desk/account?x=1").Header.Get("Location"); got != "/desk/login?next="+url.QueryEscape("/desk/account?x=1") {
		t.Errorf("the login is at %q", got)
	}
}

// Every answer of the desk says that it stands in no frame, errors too.
func v48(t *testing.T) {
	s := newSite(t, withDesk)
	ann := s.signIn("ann")
	s.deskRoutes(func(r desk.Route, method, path string) {
		for _, cookie := range []string{"", ann} {
			if path == "/desk/logout" {
				continue
			}
			a := s.getAs(cookie, path)
			if method == "POST" {
				a = s.send(path, url.Values{"action": {"nonsense"}}, cookie, ours...)
			}
			s.shielded(r.Pattern, a)
		}
	})
	for _, path := range []string{"/desk/nosuch", "/desk/article/nosuch", "/desk/"} {
		s.shielded(path, s.getAs(ann, path))
	}
	s.shielded("another site", s.send("/desk/account", nil, ann, "Origin", "https://evil.example"))
}

// shielded checks the headers that shield who reads a page.
func (s *site) shielded(what string, a answer) {
	s.Helper()
	policy := a.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, want) {
			s.Errorf("%s: the policy %q lacks %s", what, policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || a.Header.Get("X-Frame-Options") != "DENY" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		s.Errorf("%s: %v", what, a.Header)
	}
}

// Without a password nothing tells the desk from an address that there is not.
func v49(t *testing.T) {
	s := newSite(t, nil)
	if n := len(s.pub.DeskRoutes()); n != 0 {
		t.Errorf("%d routes", n)
	}
	open := newSite(t, withDesk)
	for _, r := range open.pub.DeskRoutes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.ReplaceAll(path, "{id}", s.newest().ID)
		same := s.do(s.request(method, "/nosuch", strings.NewReader("a=b"), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, ours...)...))
		got := s.do(s.request(method, path, strings.NewReader("a=b"), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, ours...)...))
		same.Header.Del("Date")
		got.Header.Del("Date")
		if got.StatusCode != 404 || got.body != same.body || fmt.Sprint(got.Header) != fmt.Sprint(same.Header) {
			t.Errorf("%s: %d %v\n/nosuch: %d %v", r.Pattern, got.StatusCode, got.Header, same.StatusCode, same.Header)
		}
	}
	if s.get("/robots.txt", 200).body != open.get("/robots.txt", 200).body {
		t.Error("/robots.txt tells whether there is a desk")
	}
	for _, path := range []string{"/", s.newest().Path(), "/sitemap.xml", "/feeds"} {
		if strings.Contains(s.get(path, 200).body, "/desk") {
			t.Errorf("%s speaks of a desk", path)
		}
	}
}
