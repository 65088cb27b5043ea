package fetch

import (
	"net/http"
	"strings"
	"time"
)

// A server's wish to be left alone is read here and held for its host by Hosts;
// what it means for the source is for aggregator/poll (quiet.go) and for
// aggregator/schedule.

// retryAfter reads Retry-After, in seconds or as a date in any of HTTP's three
// forms; 0 where it is missing, over or garbage. It is at most MaxRetryAfter
// (P52).
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" { // as in most answers: to try three forms of a date costs a microsecond
		return 0
	}
	if n, ok := seconds(v); ok {
		return min(duration(n), MaxRetryAfter)
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date // the server's own clock is what it reckoned with
	}
	return min(max(t.Sub(now), 0), MaxRetryAfter)
}

// pauses notes what an answer says of its host as a whole.
func (k *Client) pauses(host string, a *Answer) {
	switch {
	case a.Status == http.StatusTooManyRequests,
		a.Status == http.StatusServiceUnavailable && a.RetryAfter > 0:
		p := k.Hosts.Hold(host, a.RetryAfter)
		a.Pause = &p
	case a.Status < 500:
		if p, had := k.Hosts.Clear(host); had {
			a.Pause = &p
		}
	}
}
