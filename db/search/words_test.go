package search

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Every word is written within quotes, and a quote in it would be doubled (V68).
func TestMatch(t *testing.T) {
	condition, arg := sqlite{}.match(Articles, "$1", []clause{
		{words: []string{"storm", "storms"}}, {words: []string{`a" OR "b`}}, {words: []string{"x", "y"}, all: true, not: true}, {words: []string{"near"}, not: true},
	}, false)
	want := `(("storm" OR "storms") AND ("a"" OR ""b")) NOT (("x" AND "y") OR ("near"))`
	if condition != "search_article MATCH $1" || arg != want {
		t.Errorf("%s with %s, want %s", condition, arg, want)
	}
}

func TestMonths(t *testing.T) {
	day := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct{ after, before, want string }{
		{"", "", ""},
		{"2026-10-31", "", "202610 202611"},
		{"2024-11-05", "2026-02-01", "202411 202412 2025 202601 202602"},
		{"2026-01-01", "", "202601 202602 202603 202604 202605 202606 202607 202608 202609 202610 202611"},
		{"", "1991-02-01", "1990 199101 199102"},
		{"2030-01-01", "", "0"},
		{"", "1969-01-01", "0"},
	} {
		var got []string
		for _, w := range months(day(c.after), day(c.before), day("2026-11-22")) {
			got = append(got, strings.TrimPrefix(w, markMonth))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("after %s before %s: %s, want %s", c.after, c.before, s, c.want)
		}
	}
}

// What an article has besides its text is found as such alone.
func TestEntryWords(t *testing.T) {
	e := entry{
		source: "daily-echo", section: "coast", tags: []string{"Sea Level", "🌊"}, author: "Ann Smith", headline: "Storm storm",
		texts: []string{"The storm \ue000daily"}, published: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	want := []string{
		markSource + "daily" + joint + "echo", markSection + "coast", markTag + "sea" + joint + "level", markTag + "🌊", markAuthor + "ann", markAuthor + "smith",
		markMonth + "2026", markMonth + "202603", markHeadline + "storm", "storm", "the", "daily",
	}
	if got := e.words(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
