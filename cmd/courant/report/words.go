package report

import (
	"fmt"
	"time"
)

// Stamp is t in RFC 3339 UTC, "" for none.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Ago is a moment with how long ago it was, "" for none.
func Ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s (%s ago)", Stamp(t), time.Since(t).Round(time.Second))
}

// Count is "1 source", "2 sources".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
