package pages

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// When is a moment as a page shows it.
type When struct {
	Stamp string // for programs, RFC 3339 in the site's zone
	Long  string // Sunday 22 November 2026, 09:30
	Date  string // 22 November 2026
	Clock string // 09:30
	Short string // 22 November, 09:30
}

func (p *Pages) when(t time.Time) When {
	if t.IsZero() {
		return When{}
	}
	t = t.In(p.site.Zone)
	return When{
		Stamp: t.Format(time.RFC3339),
		Long:  t.Format("Monday 2 January 2006, 15:04"),
		Date:  t.Format("2 January 2006"),
		Clock: t.Format("15:04"),
		Short: t.Format("2 January 2006, 15:04"),
	}
}

// day is the day of t in the site's zone, as a heading.
func (p *Pages) day(t time.Time) string { return t.In(p.site.Zone).Format("Monday 2 January 2006") }

// plural is "1 comment", "2 comments".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + one + "s"
}

// thousands writes n with a comma between groups of three digits.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// tight fits the spaces that French puts before a sign, which must not part
// from its word. Two in a row share a space: it is applied twice.
var tight = regexp.MustCompile(` ([:;!?»]( |$|[.,)\x{00a0}]))`)

// spaced is a text of that language with the spaces in it that do not break.
func spaced(language, text string) string {
	if language != "fr" && !strings.HasPrefix(language, "fr-") {
		return text
	}
	return strings.ReplaceAll(tight.ReplaceAllString(tight.ReplaceAllString(text, "\u00a0$1"), "\u00a0$1"), "« ", "«\u00a0")
}

// wordsPerMinute is how fast most people read on a screen, and slowly rather
// than fast: nobody complains of an article that took less time.
const wordsPerMinute = 220

func readingTime(words int) string {
	return fmt.Sprintf("%d min read", max(1, (words+wordsPerMinute/2)/wordsPerMinute))
}

// forText says how long d is, in whole days or else hours: "14 days".
func forText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return plural(int(d/day), "day")
	case d >= time.Hour:
		return plural(int(d/time.Hour), "hour")
	case d >= time.Minute:
		return plural(int(d/time.Minute), "minute")
	}
	return plural(int(d/time.Second), "second")
}
