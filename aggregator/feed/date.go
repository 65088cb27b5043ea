package feed

import (
	"strings"
	"time"
)

// maxDate is more than any date takes.
const maxDate = 128

// zones are the abbreviations that feeds use, in seconds east of Greenwich. An
// abbreviation can mean several places; these are what RFC 822 section 5.1
// says, and else what most feeds that use it mean.
var zones = map[string]int{
	"ut": 0, "gmt": 0, "utc": 0, "z": 0, "wet": 0, "uct": 0,
	"west": 3600, "bst": 3600, "met": 3600, "cet": 3600, "mez": 3600,
	"cest": 7200, "mest": 7200, "eet": 7200, "sast": 7200, "mesz": 7200,
	"eest": 10800, "msk": 10800, "msd": 14400, "ist": 19800,
	"hkt": 28800, "sgt": 28800, "awst": 28800,
	"jst": 32400, "kst": 32400, "acst": 34200, "acdt": 37800, "aest": 36000, "aedt": 39600,
	"nzst": 43200, "nzdt": 46800,
	"nst": -12600, "ndt": -9000, "art": -10800, "brt": -10800, "brst": -7200,
	"at": -14400, "ast": -14400, "adt": -10800, "et": -18000, "est": -18000, "edt": -14400,
	"ct": -21600, "cst": -21600, "cdt": -18000, "mt": -25200, "mst": -25200, "mdt": -21600,
	"pt": -28800, "pst": -28800, "pdt": -25200, "akst": -32400, "akdt": -28800, "hst": -36000,
}

// months are names of months, by the first letters that tell them apart, in
// the languages that feeds write dates in.
var months = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	// German, Dutch, Scandinavian
	"jän": 1, "mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "mrt": 3, "maa": 3, "mei": 5, "maj": 5, "des": 12,
	// French
	"fév": 2, "fev": 2, "avr": 4, "jui": 0, "aoû": 8, "aou": 8, "déc": 12,
	// Spanish, Portuguese, Italian
	"ene": 1, "abr": 4, "ago": 8, "set": 9, "dic": 12, "out": 10, "gen": 1, "mag": 5, "giu": 6, "lug": 7, "ott": 10,
	// Russian
	"янв": 1, "фев": 2, "мар": 3, "апр": 4, "май": 5, "мая": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11, "дек": 12,
	// Polish, Czech
	"sty": 1, "lut": 2, "kwi": 4, "cze": 6, "lip": 7, "sie": 8, "wrz": 9, "paź": 10, "lis": 11, "gru": 12,
	// Greek
	"ιαν": 1, "φεβ": 2, "μαρ": 3, "μάρ": 3, "μαώ": 3, "απρ": 4, "μαι": 5, "μαϊ": 5, "μαΐ": 5, "μάι": 5, "ιου": 0, "ιον": 6, "ιολ": 7, "ιούν": 6, "ιούλ": 7, "αυγ": 8, "αύγ": 8, "σεπ": 9, "οκτ": 10, "νοε": 11, "νοέ": 11, "δεκ": 12,
	// Hungarian, Turkish
	"márc": 3, "ápr": 4, "máj": 5, "jún": 6, "júl": 7, "aug.": 8, "oca": 1, "şub": 2, "nis": 4, "haz": 6, "tem": 7, "ağu": 8, "eyl": 9, "eki": 10, "kas": 11, "ara": 12,
}

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
	korean := !isASCII([]byte(text)) && strings.ContainsAny(text, "년전후") && !strings.ContainsAny(text, "+Z")
	if !isASCII([]byte(text)) {
		text = eastAsian.Replace(text)
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
		c.i++
		if month, n = c.number(2); n == 0 {
			return time.Time{}, false
		}
		if c.peek() == sep {
			c.i++
			if day, n = c.number(2); n == 0 {
				return time.Time{}, false
			}
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
			return offsetOf(text[i:])
		}
	}
	word, _, _ := strings.Cut(strings.ToLower(text), " ")
	word = strings.TrimPrefix(strings.Trim(word, ".,"), "etc/")
	if seconds, known := zones[word]; known {
		return seconds, true
	}
	return 0, isWord(word)
}

// offsetOf reads +01:00, -0500, +1.
func offsetOf(text string) (seconds int, ok bool) {
	sign := 1
	if text[0] != '+' {
		sign = -1
	}
	text = strings.TrimLeft(text, "+-\u2212 ")
	c := cursor{text: text}
	hours, n := c.number(2)
	if n == 0 {
		return 0, false
	}
	if c.peek() == ':' {
		c.i++
	}
	minutes, m := c.number(2)
	if n == 1 && m == 2 && c.peek() == 0 { // -700
		minutes = minutes % 60
	}
	if minutes > 59 {
		return 0, false
	}
	return sign * (hours*3600 + minutes*60), true
}

func isWord(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r == '/' || r == '_' || r > 127) {
			return false
		}
	}
	return true
}
