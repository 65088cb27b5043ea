package main

import (
	"testing"
	"time"
)

func TestMoment(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"2026-11-20":           "2026-11-20T00:00:00Z",
		"2026-11-20T15:04":     "2026-11-20T15:04:00Z",
		"2026-11-20T15:04:05Z": "2026-11-20T15:04:05Z",
		"36h":                  "2026-11-25T00:00:00Z",
		"7d":                   "2026-11-19T12:00:00Z",
		"yesterday":            "",
		"2026-13-01":           "",
	} {
		got, ok := moment(in, now)
		if ok != (want != "") || ok && stamp(got) != want {
			t.Errorf("moment(%q) = %v, %v, want %q", in, got, ok, want)
		}
	}
}

// What is cut takes no more columns than there are, however wide its letters.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"abc", 0, "abc"},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"潮汐潮汐", 8, "潮汐潮汐"},
		{"潮汐潮汐", 7, "潮汐潮…"},
		{"潮汐潮汐", 6, "潮汐…"},
		{"ab cd", 4, "ab…"},
	} {
		if got := fit(c.in, c.width); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}
