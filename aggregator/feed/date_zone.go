package feed

import (
	"strings"
	"unicode/utf8"
)

// zones are the abbreviations that feeds use, in seconds east of Greenwich. An
// abbreviation can mean several places; these are what RFC 822 section 5.1
// says, and else what most feeds that use it mean. "AT" is none: what it stands
// before is a time.
var zones = map[string]int{
	"ut": 0, "gmt": 0, "utc": 0, "z": 0, "wet": 0, "uct": 0,
	"west": 3600, "bst": 3600, "met": 3600, "cet": 3600, "mez": 3600,
	"cest": 7200, "mest": 7200, "eet": 7200, "sast": 7200, "mesz": 7200,
	"eest": 10800, "msk": 10800, "msd": 14400, "ist": 19800,
	"hkt": 28800, "sgt": 28800, "awst": 28800,
	"jst": 32400, "kst": 32400, "acst": 34200, "acdt": 37800, "aest": 36000, "aedt": 39600,
	"nzst": 43200, "nzdt": 46800,
	"nst": -12600, "ndt": -9000, "art": -10800, "brt": -10800, "brst": -7200,
	"ast": -14400, "adt": -10800, "et": -18000, "est": -18000, "edt": -14400,
	"ct": -21600, "cst": -21600, "cdt": -18000, "mt": -25200, "mst": -25200, "mdt": -21600,
	"pt": -28800, "pst": -28800, "pdt": -25200, "akst": -32400, "akdt": -28800, "hst": -36000,
}

// maxOffset is the farthest that a clock is from that of Greenwich, in seconds:
// 23:59, as RFC 3339 section 5.6 has it.
const maxOffset = 23*3600 + 59*60

// zoneOf reads a zone: Z, +01:00, -0500, +1, EST, GMT+2, "+0000 (UTC)",
// America/New_York is not known and counts as UTC.
func zoneOf(text string) (offset int, ok bool) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, '('); i >= 0 {
		text = strings.TrimSpace(text[:i])
	}
	if text == "" {
		return 0, true
	}
	if i := strings.IndexAny(text, "+-\u2212"); i >= 0 {
		name := strings.ToLower(strings.TrimSpace(text[:i]))
		if _, known := zones[name]; name == "" || known {
			offset, _, ok = offsetOf(text[i:])
			return offset, ok
		}
	}
	word, _, _ := strings.Cut(strings.ToLower(text), " ")
	word = strings.TrimPrefix(strings.Trim(word, ".,"), "etc/")
	if seconds, known := zones[word]; known {
		return seconds, true
	}
	return 0, isWord(word)
}

// signAt is how long the sign that text begins with is, and which; 0 where it
// is none.
func signAt(text string) (length, sign int) {
	switch r, n := utf8.DecodeRuneInString(text); r {
	case '+':
		return n, 1
	case '-', '\u2212':
		return n, -1
	}
	return 0, 0
}

// offsetOf reads the offset that text begins with, +01:00, -0500, -700, +1, and
// says how long it is. Three digits are hours and minutes, as e-mail and
// browsers take them. ok is false where no clock is that far from Greenwich.
func offsetOf(text string) (seconds, length int, ok bool) {
	n, sign := signAt(text)
	c := cursor{text: text, i: n}
	for c.peek() == ' ' {
		c.i++
	}
	value, digits := c.number(6)
	hours, minutes := 0, 0
	switch digits {
	case 1, 2:
		hours = value
		if c.peek() == ':' || c.peek() == '.' {
			c.i++
			minutes, _ = c.number(2)
		}
		if c.peek() == ':' {
			c.i++
			c.number(2) // seconds, which no zone of today has
		}
	case 3, 4:
		hours, minutes = value/100, value%100
	case 6:
		hours, minutes = value/10_000, value/100%100
	default:
		return 0, c.i, false
	}
	seconds = hours*3600 + minutes*60
	return sign * seconds, c.i, minutes <= 59 && seconds <= maxOffset
}

func isWord(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r == '/' || r == '_' || r > 127) {
			return false
		}
	}
	return true
}
