package pages

import (
	"strings"
	"time"

	"courant/db/text"
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
	date := p.words.Date(t)
	return When{
		Stamp: t.Format(time.RFC3339),
		Long:  p.words.Moment(p.words.Day(t), t),
		Date:  date,
		Clock: t.Format("15:04"),
		Short: p.words.Moment(date, t),
	}
}

// day is the day of t in the site's zone, as a heading.
func (p *Pages) day(t time.Time) string { return p.words.Day(t.In(p.site.Zone)) }

// tight fits the spaces that French puts before a sign, which must not part
// from its word. Two in a row share a space: it is applied twice.
var tight = text.Pattern(` ([:;!?»]( |$|[.,)\x{00a0}]))`)

// spaced is a text of that language with the spaces in it that do not break.
func spaced(language, text string) string {
	if language != "fr" && !strings.HasPrefix(language, "fr-") {
		return text
	}
	return strings.ReplaceAll(tight().ReplaceAllString(tight().ReplaceAllString(text, "\u00a0$1"), "\u00a0$1"), "« ", "«\u00a0")
}

// wordsPerMinute is how fast most people read on a screen, and slowly rather
// than fast: nobody complains of an article that took less time.
const wordsPerMinute = 220

func (p *Pages) readingTime(n int) string {
	return p.words.Say("reading_time", "N", p.words.Number(max(1, (n+wordsPerMinute/2)/wordsPerMinute)))
}

// lasting says how long d is, in whole days or else hours: "14 days".
func (p *Pages) lasting(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return p.words.Count("days", int(d/day))
	case d >= time.Hour:
		return p.words.Count("hours", int(d/time.Hour))
	case d >= time.Minute:
		return p.words.Count("minutes", int(d/time.Minute))
	}
	return p.words.Count("seconds", int(d/time.Second))
}
