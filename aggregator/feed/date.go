package feed

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// maxDate is more than any date takes.
const maxDate = 128

// eastAsian are the words of Korean, Chinese and Japanese behind the year, the
// month, the day, the hour, the minute and the second.
var eastAsian = strings.NewReplacer("년 ", "-", "년", "-", "월 ", "-", "월", "-", "일", " ", "시 ", ":", "시", ":", "분 ", ":", "분", ":", "초", " ",
	"年", "-", "月", "-", "日", " ", "時", ":", "时", ":", "分", ":", "秒", " ")

// parseDate reads a date in any of the forms that feeds have, in UTC. ok is
// false where it is none. A date without a zone is in UTC.
func parseDate(text string) (at time.Time, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) > maxDate || text == "" {
		return time.Time{}, false
	}
	korean := false
	if !isASCII([]byte(text)) {
		korean = strings.ContainsAny(text, "년전후") && !strings.ContainsAny(text, "+Z")
		text = strings.Map(asciiDigit, eastAsian.Replace(norm.NFC.String(text)))
	}
	if at, ok = isoDate(text); !ok {
		at, ok = wordyDate(text)
	}
	if ok && korean {
		at = at.Add(-9 * time.Hour) // Korea has one zone, and those who write its words live there
	}
	if !ok || at.Year() < 1000 || at.Year() > 9999 {
		return time.Time{}, false
	}
	return at.UTC(), true
}

// zeros are the digits for nothing, of those who write others than ours: nine
// more follow each. Arabic, Persian, Devanagari, Bengali, and the wide ones of
// East Asia.
const zeros = "٠۰०০０"

// asciiDigit is the digit of that value, or r where it is none.
func asciiDigit(r rune) rune {
	if r < 0x80 {
		return r
	}
	for _, zero := range zeros {
		if zero <= r && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}

// isoDate reads ISO 8601 and RFC 3339: 2006-01-02T15:04:05.9Z and shorter,
// 20060102, 2006/1/2 15:04, with one space or a T between.
func isoDate(text string) (time.Time, bool) {
	c := cursor{text: text}
	year, n := c.number(4)
	if n != 4 {
		return time.Time{}, false
	}
	month, day := 1, 1
	sep := c.peek()
	switch {
	case sep == '-' || sep == '/' || sep == '.':
		if month, n = c.part(sep, 2); n == 0 {
			return time.Time{}, false
		}
		if c.peek() == sep {
			if day, n = c.part(sep, 2); n == 0 {
				return time.Time{}, false
			}
		}
		if sep == '.' && c.peek() == sep {
			c.i++ // Korean "2006. 1. 2."
		}
	case sep >= '0' && sep <= '9':
		if month, n = c.number(2); n != 2 {
			return time.Time{}, false
		}
		if d, n := c.number(2); n == 2 {
			day = d
		}
	case sep != 0:
		return time.Time{}, false
	}
	for c.peek() == ' ' || c.peek() == 'T' || c.peek() == 't' || c.peek() == ',' {
		c.i++
	}
	c.toTime()
	return c.clock(year, month, day)
}

// clock reads the time of day and the zone that end a date.
func (c *cursor) clock(year, month, day int) (time.Time, bool) {
	hour, minute, second, ok := c.timeOfDay()
	if !ok {
		return time.Time{}, false
	}
	offset, ok := zoneOf(c.text[c.i:])
	if !ok {
		return time.Time{}, false
	}
	return moment(year, month, day, hour, minute, second, offset)
}

// moment is a point in time where the parts make one. Feeds write 24:00 and
// leap seconds.
func moment(year, month, day, hour, minute, second, offset int) (time.Time, bool) {
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if at.Day() != day {
		return time.Time{}, false // the 31st of a month of 30 days
	}
	return at.Add(time.Duration(hour*3600+minute*60+second-offset) * time.Second), true
}
