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

// number reads up to most digits; n is how many there were.
func (c *cursor) number(most int) (value, n int) {
	for n < most && c.i < len(c.text) && '0' <= c.text[c.i] && c.text[c.i] <= '9' {
		value = value*10 + int(c.text[c.i]-'0')
		c.i++
		n++
	}
	return value, n
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
	case next == ':' || next == 'h' || next == '.':
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
	if (w == "a" || w == "p") && strings.HasPrefix(strings.ToLower(c.text[c.i:]), ".m") {
		c.i += len(".m")
		w += "m"
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
}

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
		ch := c.peek()
		r, n := utf8.DecodeRuneInString(c.text[c.i:])
		switch {
		case ch >= '0' && ch <= '9':
			if !p.digits(&c) {
				return time.Time{}, false
			}
		case (ch == '+' || ch == '-') && p.timed:
			offset, ok := offsetOf(c.text[c.i:])
			if !ok {
				return time.Time{}, false
			}
			p.offset = offset
			c.i++
			c.number(4)
			if c.peek() == ':' {
				c.i++
				c.number(2)
			}
		case unicode.IsLetter(r):
			p.word(c.word())
		default:
			c.i += n
		}
	}
	if p.year == 0 || p.month == 0 {
		return time.Time{}, false
	}
	return moment(p.year, p.month, max(p.day, 1), p.hour, p.minute, p.second, p.offset)
}

// word takes a word: a month, a zone, or nothing of use.
func (p *parts) word(w string) {
	if seconds, known := zones[w]; known && p.timed {
		p.offset = seconds
		return
	}
	// The name of a day comes first and may look like one of a month, as
	// French "mar." for Tuesday: the later wins, until there is a day.
	if m := monthOf(w); m != 0 && (p.month == 0 || p.day == 0) {
		p.month = m
	}
}

// monthOf is the number of the month that begins with those letters, else 0.
func monthOf(w string) int {
	switch {
	case strings.HasPrefix(w, "juil"), strings.HasPrefix(w, "ιούλ"), strings.HasPrefix(w, "ιουλ"):
		return 7
	case strings.HasPrefix(w, "juin"), strings.HasPrefix(w, "ιούν"), strings.HasPrefix(w, "ιουν"):
		return 6
	}
	letters := 0
	for i := range w {
		if letters == 3 {
			return int(months[w[:i]])
		}
		letters++
	}
	return int(months[w])
}

// digits takes a number: a time of day, a whole numeric date, a day or a year.
func (p *parts) digits(c *cursor) bool {
	start := c.i
	value, n := c.number(9)
	switch next := c.peek(); {
	case next == ':' && !p.timed && n <= 2:
		c.i = start
		var ok bool
		p.hour, p.minute, p.second, ok = c.timeOfDay()
		p.timed = true
		return ok
	case (next == '/' || next == '.' || next == '-') && p.month == 0 && p.day == 0 && n <= 2 && c.numericDate(p, value, next):
		return true
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

// numericDate reads what follows the first number of 2/1/2006 or 02.01.2006.
// Slashes are American, month first, unless that cannot be.
func (c *cursor) numericDate(p *parts, first int, sep byte) bool {
	start := c.i
	c.i++
	second, n := c.number(2)
	if n == 0 || c.peek() != sep {
		c.i = start
		return false
	}
	c.i++
	year, n := c.number(4)
	if n != 4 && n != 2 {
		c.i = start
		return false
	}
	if n == 2 {
		year += 2000
	}
	p.year, p.month, p.day = year, first, second
	if sep != '/' || first > 12 {
		p.month, p.day = second, first
	}
	return true
}
