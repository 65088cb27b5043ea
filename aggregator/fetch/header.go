package fetch

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Freshness is for how long a server says that its answer stays as it is
// (RFC 9111 section 4.2). Given is false where it says nothing.
type Freshness struct {
	Given bool
	For   time.Duration // never negative
	Rule  string        // what it was taken from, as in "max-age=3600"
}

// freshness reads Cache-Control and Expires. s-maxage is for shared caches
// only. Expires is compared with the server's own Date, now serving where
// there is none. Garbage counts as no freshness, never as an error (P32–P34).
func freshness(h http.Header, now time.Time) Freshness {
	directives := strings.Join(h.Values("Cache-Control"), ",")
	maxAge, stale := int64(-1), false
	for d := range strings.SplitSeq(directives, ",") {
		name, value, _ := strings.Cut(d, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-cache", "no-store":
			stale = true
		case "max-age":
			if n, ok := seconds(value); ok && maxAge < 0 { // the first counts (RFC 9111 section 4.2.1)
				maxAge = n
			}
		}
	}
	switch {
	case stale:
		return Freshness{Given: true, Rule: "Cache-Control: no-cache"}
	case maxAge >= 0:
		age, _ := seconds(h.Get("Age"))
		return Freshness{Given: true, For: duration(max(maxAge-age, 0)), Rule: "max-age=" + strconv.FormatInt(maxAge, 10)}
	}
	expires := h.Get("Expires")
	if expires == "" {
		return Freshness{Given: directives != "", Rule: "Cache-Control"}
	}
	t, err := http.ParseTime(expires)
	if err != nil { // "0" and "-1" mean "already over" (RFC 9111 section 5.3)
		return Freshness{Given: true, Rule: "Expires"}
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return Freshness{Given: true, For: max(t.Sub(now), 0), Rule: "Expires"} // Sub saturates
}

// seconds reads a delta-seconds, quoted or not. What overflows is a very long
// time; what is negative or no number is no value.
func seconds(s string) (n int64, ok bool) {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	return math.MaxInt64, true
}

// duration is n seconds, at most what a time.Duration holds.
func duration(n int64) time.Duration {
	return time.Duration(min(n, math.MaxInt64/int64(time.Second))) * time.Second
}

// Validators longer than this are not kept: they would go out with each
// request, and real ones have some dozens of bytes.
const maxValidator = 4096

// validator is the header as it came, or nothing where it could not be sent
// back byte for byte.
func validator(h http.Header, name string) string {
	v := h.Get(name)
	if len(v) > maxValidator {
		return ""
	}
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return ""
		}
	}
	return v
}

// futureSlack is how far ahead of us a server's clock may go before its
// Last-Modified counts as wrong: a time zone taken for UTC is the usual case.
const futureSlack = 14 * time.Hour

// LastModifiedUsable reports whether a Last-Modified may be sent back. A date
// in the future would be answered 304 until it has passed (P25); one that is
// no date is the server's business.
func LastModifiedUsable(lastModified string, now time.Time) bool {
	t, err := http.ParseTime(lastModified)
	return err != nil || !t.After(now.Add(futureSlack))
}

// contentCodings are the codings that were applied, outermost last.
func contentCodings(h http.Header) (codings []string) {
	for c := range strings.SplitSeq(strings.Join(h.Values("Content-Encoding"), ","), ",") {
		if c = strings.ToLower(strings.TrimSpace(c)); c != "" && c != "identity" {
			codings = append(codings, c)
		}
	}
	return codings
}

// statusText is a status as people know it.
func statusText(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("%d %s", code, text)
	}
	return strconv.Itoa(code)
}
