package feed

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// cursor reads a date from left to right.
type cursor struct {
	text string
	i    int
}

// peek is the next byte, 0 at the end.
func (c *cursor) peek() byte {
	if c.i < len(c.text) {
		return c.text[c.i]
	}
	return 0
}

// at is the cursor at another place.
func (c *cursor) at(i int) *cursor { return &cursor{text: c.text, i: i} }

// number reads up to most digits; n is how many there were.
func (c *cursor) number(most int) (value, n int) {
	for n < most && c.i < len(c.text) && '0' <= c.text[c.i] && c.text[c.i] <= '9' {
		value = value*10 + int(c.text[c.i]-'0')
		c.i++
		n++
	}
	return value, n
}

// part reads a number that follows the separator here. After a full stop there
// may be a space.
func (c *cursor) part(sep byte, most int) (value, n int) {
	c.i++
	if sep == '.' && c.peek() == ' ' {
		c.i++
	}
	return c.number(most)
}

// toTime passes over what people write between a date and its time of day:
// "at", "um", "à", "kl.", "(Mon)", a dash. It stays where no time follows, or
// where what stands there is a sign or tells a half of the day.
func (c *cursor) toTime() {
	at := *c
	for at.i < len(at.text) {
		switch ch := at.peek(); {
		case ch >= '0' && ch <= '9':
			if at.i > c.i && at.timeAhead() {
				c.i = at.i
			}
			return
		case ch == '+':
			return
		}
		if before := at.i; at.half() != "" {
			if c.i = before; before > 0 {
				return
			}
		}
		_, n := utf8.DecodeRuneInString(at.text[at.i:])
		at.i += n
	}
}

// timeAhead reports whether a time of day begins here: 15:04, 15h04.
func (c *cursor) timeAhead() bool {
	at := *c
	if _, n := at.number(2); n == 0 {
		return false
	}
	if sep := at.peek(); sep != ':' && sep|0x20 != 'h' {
		return false
	}
	at.i++
	_, n := at.number(2)
	return n == 2
}

// word reads letters.
func (c *cursor) word() string {
	start := c.i
	for c.i < len(c.text) {
		r, n := utf8.DecodeRuneInString(c.text[c.i:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		c.i += n
	}
	return strings.ToLower(c.text[start:c.i])
}

// timeOfDay reads 15:04:05.9, 3:04 PM, 15h04, or nothing.
func (c *cursor) timeOfDay() (hour, minute, second int, ok bool) {
	start := c.i
	half := c.half() // Korean and Chinese write it before
	hour, n := c.number(2)
	if n == 0 {
		c.i = start
		return 0, 0, 0, true
	}
	switch next := c.peek(); {
	case next == ':' || next|0x20 == 'h' || next == '.':
		c.i++
	case next >= '0' && next <= '9': // 150405
		minute, n = c.number(2)
		second, _ = c.number(2)
		return hour, minute, second, n == 2
	default:
		return hour, 0, 0, true
	}
	if minute, n = c.number(2); n == 0 {
		return 0, 0, 0, false
	}
	if c.peek() == ':' || c.peek() == '.' {
		c.i++
		second, _ = c.number(2)
		if c.peek() == '.' || c.peek() == ',' {
			c.i++
			c.number(len(c.text))
		}
	}
	if half == "" {
		half = c.half()
	}
	switch {
	case half == "pm" && hour < 12:
		hour += 12
	case half == "am" && hour == 12:
		hour = 0
	}
	return hour, minute, second, true
}

// half reads AM or PM where it stands next.
func (c *cursor) half() string {
	start := c.i
	for c.peek() == ' ' {
		c.i++
	}
	for _, h := range [...]struct{ text, half string }{{"오전", "am"}, {"오후", "pm"}, {"上午", "am"}, {"下午", "pm"}} {
		if strings.HasPrefix(c.text[c.i:], h.text) {
			c.i += len(h.text)
			for c.peek() == ' ' {
				c.i++
			}
			return h.half
		}
	}
	w := c.word()
	if w == "a" || w == "p" {
		for _, m := range [...]string{".m", ". m"} { // Spanish has a space
			if rest := c.text[c.i:]; len(rest) >= len(m) && strings.EqualFold(rest[:len(m)], m) {
				c.i += len(m)
				w += "m"
			}
		}
	}
	if w == "am" || w == "pm" {
		return w
	}
	c.i = start
	return ""
}

// parts is what has been read of a date written with words.
type parts struct {
	year, month, day     int
	hour, minute, second int
	offset               int
	timed                bool
	either               bool // the month is a word that may name a day as well
	dayFirst             bool // the name of a day is of a language that writes the day before the month
	of                   unit // what the next number says
}

// unit is what a word says of the number behind it.
type unit uint8

const (
	unsaid  unit = iota
	weekday      // Vietnamese "thứ 3" is a Tuesday
	monthly      // and "tháng 3" is March
)

// wordyDate reads dates with the name of a month, in any order, and numeric
// ones that do not begin with the year: RFC 822 and what is near it, asctime,
// "January 2, 2006 3:04 PM", "2/1/2006", "02.01.2006 15:04".
func wordyDate(text string) (time.Time, bool) {
	if i := strings.IndexByte(text, '('); i > 0 {
		text = text[:i]
	}
	var p parts
	c := cursor{text: text}
	for c.i < len(c.text) {
		r, n := utf8.DecodeRuneInString(c.text[c.i:])
		switch {
		case r >= '0' && r <= '9':
			if !p.digits(&c) {
				return time.Time{}, false
			}
		case unicode.IsLetter(r):
			p.word(c.word())
			p.glued(&c)
		case p.timed && p.zone(&c):
		default:
			c.i += n
		}
	}
	if p.year == 0 || p.month == 0 {
		return time.Time{}, false
	}
	return moment(p.year, p.month, max(p.day, 1), p.hour, p.minute, p.second, p.offset)
}

// zone takes the offset that begins here, if there is one. A dash before the
// date is none, and one that no clock can have says nothing.
func (p *parts) zone(c *cursor) bool {
	rest := c.text[c.i:]
	n, sign := signAt(rest)
	if n == 0 || sign < 0 && p.day == 0 && strings.HasPrefix(rest[n:], " ") {
		return false
	}
	offset, length, ok := offsetOf(rest)
	if length <= n {
		return false
	}
	if ok {
		p.offset = offset
	}
	c.i += length
	return true
}

// word takes a word: a month, a zone, or nothing of use.
func (p *parts) word(w string) {
	if seconds, known := zones[w]; known && p.timed {
		p.offset = seconds
		return
	}
	switch w {
	case "thứ":
		p.of = weekday
	case "tháng", "thg":
		p.of = monthly
	}
	// A day's name says nothing (RFC 822 section 5.1), and looks like a month's
	// in many languages: of two names that which can only be a month counts.
	m := monthOf(w)
	p.dayFirst = p.dayFirst || days[w] || eitherName[w]
	switch {
	case m == 0:
	case p.month == 0:
		p.month, p.either = m, eitherName[w]
	case p.either && !eitherName[w] && (p.year == 0 || p.day == 0):
		p.month, p.either = m, false
	}
}

// glued passes over digits that belong to the word before them, as in "T3", which
// is a Tuesday.
func (p *parts) glued(c *cursor) {
	if ch := c.peek(); ch < '0' || ch > '9' || p.month != 0 || c.timeAhead() {
		return
	}
	at := *c
	if _, n := at.number(4); n <= 2 {
		c.i = at.i
	}
}

// digits takes a number: a time of day, a whole numeric date, a day or a year.
func (p *parts) digits(c *cursor) bool {
	start := c.i
	of := p.of
	p.of = unsaid
	value, n := c.number(9)
	next := c.peek()
	switch {
	case !p.timed && n <= 2 && (next == ':' || next == '.' && p.day != 0 && p.year != 0 || next|0x20 == 'h' && c.at(start).timeAhead()):
		c.i = start
		var ok bool
		p.hour, p.minute, p.second, ok = c.timeOfDay()
		p.timed = true
		return ok
	case of == weekday && n == 1, n == 1 && strings.HasPrefix(c.text[c.i:], "ª"): // Portuguese "3ª-feira"
	case of == monthly && n <= 2:
		p.month, p.either = value, false
	case (next == '/' || next == '.' || next == '-') && p.day == 0 && (p.month == 0 || p.either) && c.numericDate(p, value, n, next):
	case n == 4 && p.year == 0:
		p.year = value
	case n <= 2 && p.day == 0:
		p.day = value
	case n <= 2 && p.year == 0:
		// RFC 2822 section 4.3 says 50, but nobody had a feed before 1970.
		if p.year = 1900 + value; value < 70 {
			p.year = 2000 + value
		}
	case n > 4:
		return false
	}
	return true
}

// numericDate reads what follows the first number, of n digits, of 2/1/2006,
// 02.01.2006 or 2006-01-02. Slashes are American, month first, unless that
// cannot be.
func (c *cursor) numericDate(p *parts, first, n int, sep byte) bool {
	start := *c
	if n == 3 || n > 4 {
		return false
	}
	second, digits := c.part(sep, 2)
	if digits == 0 || c.peek() != sep {
		*c = start
		return false
	}
	third, digits := c.part(sep, 4)
	switch {
	case n == 4 && start.i > n && (digits == 1 || digits == 2): // behind the name of a day; else it is isoDate's
		p.year, p.month, p.day = first, second, third
	case n <= 2 && (digits == 4 || digits == 2):
		if digits == 2 {
			third += 2000
		}
		p.year, p.month, p.day = third, first, second
		if sep != '/' || first > 12 || p.dayFirst && second <= 12 {
			p.month, p.day = second, first
		}
	default:
		*c = start
		return false
	}
	p.either = false
	return true
}
