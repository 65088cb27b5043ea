package publisher_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"courant/db"
	"courant/db/dbtest"
	"courant/publisher/desk"
)

// TestVisitors holds us to the answers that hostile visitors must get; each
// subtest is a line of the list.
func TestVisitors(t *testing.T) {
	for _, line := range []struct {
		name string
		test func(*testing.T)
	}{
		{"V01", v01},
		{"V02", v02},
		{"V03", v03},
		{"V04", v04},
		{"V05", v05},
		{"V06", v06},
		{"V07", v07},
		{"V08", v08},
		{"V09", v09},
		{"V10", v10},
		{"V11", v11},
		{"V12", v12},
		{"V13", v13},
		{"V14", v14},
		{"V15", v15},
		{"V16", v16},
		{"V17", v17},
		{"V18", v18},
		{"V19", v19},
		{"V20", v20},
		{"V21", v21},
		{"V22", v22},
		{"V23", v23},
		{"V24", v24},
		{"V25", v25},
		{"V26", v26},
		{"V27", v27},
		{"V28", v28},
		{"V29", v29},
		{"V30", v30},
		{"V31", v31},
		{"V32", v32},
		{"V33", v33},
		{"V40", v40},
		{"V41", v41},
		{"V42", v42},
		{"V43", v43},
		{"V44", v44},
		{"V45", v45},
		{"V46", v46},
		{"V47", v47},
		{"V48", v48},
		{"V49", v49},
		{"V50", v50},
		{"V60", v60},
		{"V61", v61},
		{"V62", v62},
		{"V63", v63},
		{"V64", v64},
		{"V65", v65},
		{"V66", v66},
		{"V67", v67},
		{"V68", v68},
		{"V69", v69},
		{"V70", v70},
		{"V71", v71},
		{"V72", v72},
		{"V73", v73},
		{"V74", v74},
		{"V75", v75},
		{"V76", v76},
		{"V77", v77},
		{"V78", v78},
		{"V79", v79},
		{"V80", v80},
		{"V90", v90},
		{"V91", v91},
	} {
		t.Run(line.name, func(t *testing.T) {
			t.Parallel()
			line.test(t)
		})
	}
}

// none checks that nothing was stored.
func (s *site) none() {
	s.Helper()
	if list := s.stored(); len(list) != 0 {
		s.Errorf("%d comments were stored: %+v", len(list), list[0])
	}
}

func v01(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	s.post(a, s.fill(a), 403, "Sec-Fetch-Site", "cross-site")
	s.post(a, s.fill(a), 403, "Origin", "https://evil.example")
	s.post(a, s.fill(a), 403, "Origin", "https://news.example.org.evil.example", "Sec-Fetch-Site", "same-site")
	s.none()
	s.post(a, s.fill(a), 303, "Origin", "https://news.example.org", "Sec-Fetch-Site", "same-origin")
}

func v02(t *testing.T) {
	s := newSite(t, nil)
	s.post(s.newest(), s.fill(s.newest()), 403, "Origin", "null")
	s.none()
}

func v03(t *testing.T) {
	s := newSite(t, nil)
	s.post(s.newest(), s.fill(s.newest()), 303)
}

func v04(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	for _, kind := range []string{"text/plain", "application/json", "multipart/form-data; boundary=x"} {
		s.post(a, s.fill(a), 415, "Content-Type", kind)
	}
	s.none()
}

func v08(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, "--x\r\nContent-Disposition: form-data; name=\"f%d\"\r\n\r\nv\r\n", i)
	}
	r := s.request("POST", a.Path()+"/comments", strings.NewReader(b.String()), "Content-Type", "multipart/form-data; boundary=x")
	if got := s.do(r).StatusCode; got != 413 {
		t.Errorf("a multipart body of %d bytes: %d", b.Len(), got)
	}
	announced := "POST " + a.Path() + "/comments HTTP/1.1\r\nHost: news.example.org\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 104857600\r\n\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
	wantStatus(t, "a file of 100 MB", raw(t, s.host(), announced), 413)
	s.none()
}

func v09(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	form := s.fill(a)
	for i := range 5000 {
		form.Set(fmt.Sprint("f", i), "")
	}
	s.post(a, form, 400)
	wantStatus(t, "10,000 fields", raw(t, s.host(), s.formHead("Content-Length: 20000\r\n")+strings.Repeat("a&", 10_000)), 400)
	s.get(a.Path()+"?"+strings.Repeat("a=1&", 1000), 400)
	s.none()
}

const markup = `"'><script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))<style>*{}</style>`

func v16(t *testing.T) {
	s := newSite(t, withDesk)
	a := s.newest()
	s.post(a, s.fill(a, "name", markup, "text", markup), 303)
	for _, path := range []string{a.Path(), "/", "/comments", a.Path() + "/feed.rss", a.Path() + "/feed.atom", "/comments/feed.atom"} {
		body := s.get(path, 200).body
		for _, bad := range []string{"<script>alert", "<img src=x", "onerror=alert(1)>x", `href="javascript`, "<style>*"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %s", path, bad)
			}
		}
	}
	var feed struct {
		Items []struct {
			HTML string `json:"content_html"`
		}
	}
	if err := json.Unmarshal([]byte(s.get(a.Path()+"/feed.json", 200).body), &feed); err != nil || len(feed.Items) != 1 || strings.Contains(feed.Items[0].HTML, "<script") || strings.Contains(feed.Items[0].HTML, "<img") {
		t.Errorf("the JSON Feed has %+v, %v", feed, err)
	}
	preview := s.post(a, s.fill(a, "name", markup, "text", markup, "action", "preview"), 200)
	if strings.Contains(preview.body, "<script>alert") || strings.Contains(preview.body, "<img src=x") {
		t.Error("the preview has active markup")
	}
	cookie := s.signIn("mo")
	for _, path := range []string{"/desk/comments?status=approved", "/desk/log?kind=comment"} {
		body := s.getAs(cookie, path).body
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, `href="javascript`) {
			t.Errorf("%s has active markup", path)
		}
	}
	if !strings.Contains(s.getAs(cookie, "/desk/comments?status=approved").body, "alert(1)") {
		t.Error("the desk does not show what was typed")
	}
}

func v31(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	before := s.dump()
	for _, r := range []*http.Request{
		s.request("POST", a.Path(), strings.NewReader("_method=DELETE"), "Content-Type", "application/x-www-form-urlencoded", "X-HTTP-Method-Override", "DELETE"),
		s.request("DELETE", a.Path(), nil), s.request("PUT", a.Path(), strings.NewReader("x")),
	} {
		if got := s.do(r).StatusCode; got != 405 {
			t.Errorf("%s: %d", r.Method, got)
		}
	}
	s.do(s.request("GET", a.Path()+"/comments?_method=POST&name=Ann&text=x&action=post", nil, "X-HTTP-Method-Override", "POST"))
	if s.dump() != before {
		t.Error("the database changed")
	}
}

func v32(t *testing.T) {
	s := newSite(t, nil, append(numbered(60), tide)...)
	a := s.newest()
	s.post(a, s.fill(a), 303)
	before := s.dump()
	if seen := s.crawl("/"); len(seen) < 100 {
		t.Errorf("only %d pages were found", len(seen))
	}
	if s.dump() != before {
		t.Error("reading every page changed the database")
	}
	asEditor(t)
}

// An editor who follows every link, and opens every page of the desk, changes nothing
// either: nor does the form to change a comment of their own, or to report one.
func asEditor(t *testing.T) {
	s := newSite(t, withDesk)
	id, own := s.author()
	cookie := s.signIn("ann")
	read := func(path string) answer {
		return s.do(s.request("GET", path, nil, "Cookie", "__Host-desk="+cookie+"; "+own))
	}
	if err := s.pub.TendDesk(t.Context()); err != nil { // what the desk does by the clock, whoever reads
		t.Fatal(err)
	}
	before := s.dump()
	seen, queue := map[string]bool{}, []string{"/desk", "/comment/" + id + "/edit", "/comment/" + id + "/delete", "/comment/" + id + "/report"}
	s.deskRoutes(func(_ desk.Route, method, path string) {
		if method == "GET" {
			queue = append(queue, path)
		}
	})
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || len(seen) > 400 {
			continue
		}
		seen[path] = true
		for _, m := range ownLink.FindAllStringSubmatch(read(path).body, -1) {
			queue = append(queue, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	if len(seen) < 20 {
		t.Errorf("an editor found only %d pages", len(seen))
	}
	if s.dump() != before {
		t.Error("an editor who only reads changed the database")
	}
}

// What a 303 acknowledges, another process reads at once.
func v33(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	s.post(a, s.fill(a), 303)
	other := dbtest.Again(t, s.store, db.Options{})
	if list, err := other.Comments(t.Context(), db.CommentQuery{Article: a.ID}); err != nil || len(list) != 1 {
		t.Errorf("another process reads %d comments: %v", len(list), err)
	}
}

// dump is a hash of what the database holds but for who got a form a moment ago, which publishers
// on several machines tell each other by it.
func (s *site) dump() string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s.everything("visit")))) }

// everything is all that the database holds but for some tables, as text; bytes in
// hexadecimal.
func (s *site) everything(but ...string) string {
	s.Helper()
	d := dbtest.Raw(s, s.store)
	var all strings.Builder
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
	if s.store.Path() == "" {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`
	}
	tables := column(s, d, list)
	for _, table := range tables {
		if table == "receipt" || slices.Contains(but, table) {
			continue // which commits of a connection were lost: nobody's words
		}
		rows, err := d.QueryContext(context.Background(), `SELECT * FROM "`+table+`"`)
		if err != nil {
			s.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			s.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(names))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				s.Fatal(err)
			}
			for _, v := range values {
				if bytes, ok := (*v.(*any)).([]byte); ok {
					fmt.Fprintf(&all, "%s %x\n", table, bytes)
					continue
				}
				fmt.Fprintf(&all, "%s %v\n", table, *v.(*any))
			}
		}
		rows.Close()
	}
	return all.String()
}

func column(s *site, d *sql.DB, query string) (values []string) {
	s.Helper()
	rows, err := d.QueryContext(context.Background(), query)
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			s.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}

var ownLink = regexp.MustCompile(`(?:href|src|action)="(?:https://news\.example\.org)?(/[^"/#][^"#]*|/)[^"]*"`)

// crawl gets every address that leads on from path, with what it answered.
func (s *site) crawl(path string) map[string]answer {
	s.Helper()
	seen := map[string]answer{}
	queue := []string{path}
	for len(queue) > 0 {
		path, queue = queue[0], queue[1:]
		if _, ok := seen[path]; ok {
			continue
		}
		got := s.do(s.request("GET", path, nil))
		seen[path] = got
		if got.StatusCode >= 400 {
			s.Errorf("a link leads to %s, which answers %d", path, got.StatusCode)
		}
		if to := got.Header.Get("Location"); strings.HasPrefix(to, "/") {
			queue = append(queue, strings.SplitN(to, "#", 2)[0])
		}
		for _, m := range ownLink.FindAllStringSubmatch(got.body, -1) {
			queue = append(queue, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	return seen
}
