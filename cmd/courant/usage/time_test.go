package usage

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
		got, ok := Moment(in, now)
		if ok != (want != "") || ok && got.Format(time.RFC3339) != want {
			t.Errorf("Moment(%q) = %v, %v, want %q", in, got, ok, want)
		}
	}
}
