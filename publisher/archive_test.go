package publisher_test

import (
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/publisher"
)

// U24: the archive's days are the site's own: what was published at 23:30 UTC
// is of the next day in Rome, on its page, in its feed and in its sitemap.
func TestArchiveZone(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Site.Timezone = "Europe/Rome" })
	s.mu.Lock()
	s.now = time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)
	s.mu.Unlock()
	s.add(true, db.Article{GUID: "late", Headline: "Late at Night", Body: content.Text("x")})
	for path, want := range map[string]bool{
		"/archive/2026/12/01": true, "/archive/2026/12": true, "/archive/2026/12/01/feed.atom": true, "/sitemap.xml?day=2026-12-01": true,
		"/archive/2026/11": false, "/archive/2026/11/feed.atom": false,
	} {
		if got := strings.Contains(strings.ToLower(s.get(path, 200).body), "late-at-night"); got != want {
			t.Errorf("%s shows it: %v", path, got)
		}
	}
	if page := s.get("/archive/2026/12/01", 200).body; !strings.Contains(page, "Tuesday 1 December 2026") || !strings.Contains(page, `<a href="/archive/2026/11/22" rel="next">Sunday 22 November 2026 →</a>`) {
		t.Errorf("no way to the day before:\n%s", page)
	}
	if page := s.get("/archive/2026/11/22", 200).body; !strings.Contains(page, `<a href="/archive/2026/12/01" rel="prev">← Tuesday 1 December 2026</a>`) {
		t.Error("no way to the next day")
	}
	s.get("/archive/2026/11/30", 404)
	if page := s.get("/archive", 200).body; !strings.Contains(page, `<a href="/archive/2026">2026</a>`) || !strings.Contains(page, `<a href="/archive/2026/12">December</a>`) {
		t.Error("/archive does not lead there")
	}
	if page := s.get("/archive/2026", 200).body; !strings.Contains(page, `<a href="/archive/2026/12/01">Tuesday 1</a>`) {
		t.Error("/archive/2026 does not lead there")
	}
	for _, path := range []string{"/archive/2025", "/archive/26", "/archive/x"} {
		s.get(path, 404)
	}
}

// U32: a section is led to once something is in it, on pages that were kept too.
func TestSectionFills(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) {
		set.Sections = append(set.Sections, publisher.Section{ID: "sea", Title: "Sea"})
	})
	const link = `<a href="/section/sea">Sea</a>`
	for _, path := range []string{"/", "/feeds", "/nosuch"} {
		if strings.Contains(s.any(path), link+"</li>") {
			t.Errorf("%s leads to an empty section", path)
		}
	}
	s.add(true, db.Article{GUID: "wave", Headline: "A Wave", Section: "sea", Body: content.Text("x")})
	for _, path := range []string{"/", "/feeds", "/nosuch"} {
		if !strings.Contains(s.any(path), link+"</li>") {
			t.Errorf("%s does not lead to the section", path)
		}
	}
}

// any is the body at path, whatever its status.
func (s *site) any(path string) string {
	s.Helper()
	status := 200
	if path == "/nosuch" {
		status = 404
	}
	return s.get(path, status).body
}
