package content

import (
	"strconv"
	"strings"
)

// measure is a length of CSS: a number and its unit. Only 0 has none.
func measure(s string) (n float64, unit string, ok bool) {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && (s[end] == '+' || s[end] == '-')) {
		end++
	}
	n, err := strconv.ParseFloat(s[:end], 64)
	unit = s[end:]
	if err != nil || n < 0 || unit == "" && n != 0 {
		return 0, "", false
	}
	for i := 0; i < len(unit); i++ {
		if (unit[i] < 'a' || unit[i] > 'z') && unit[i] != '%' {
			return 0, "", false
		}
	}
	return n, unit, true
}

// isTiny reports whether a width or height attribute is that of a pixel.
func isTiny(s string) bool {
	if s == "" {
		return false
	}
	s = strings.TrimSuffix(strings.TrimSpace(s), "px")
	n, err := strconv.ParseFloat(s, 64)
	return err == nil && n >= 0 && n <= 1
}

// pixels is a whole number of pixels, 0 where there is none.
func pixels(s string) int {
	if s == "" { // as most have it
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 || n > 20_000 {
		return 0
	}
	return n
}
