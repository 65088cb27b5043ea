// Package schedule says when each source is next due, and why: it weighs the
// configuration, the answer's freshness, what the feed asks for, how quiet it
// is and how often it failed. It is pure: times in, times out. After takes what
// came of a poll and gives a Decision.
package schedule

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"courant/db/state"
)

// What polling owes to a feed (poller.tsv has the numbers).
const (
	quietShare     = 30                  // a feed silent for n days is polled every n/30 days (P39)
	lockedWait     = 24 * time.Hour      // P72
	forbiddenWait  = 4 * time.Hour       // P73
	dormantAfter   = 30 * 24 * time.Hour // P75
	dormantWait    = 7 * 24 * time.Hour  // P75
	leastBackoff   = time.Minute         // what doubles where min_interval is 0
	staggerWindow  = 10 * time.Minute    // the feeds of a host come back over this time at most (P56)
	pushedWait     = 24 * time.Hour      // P47
	RediscoverWait = 7 * 24 * time.Hour  // 404 for so long leads to one look at the site (P71)
	RevalidateWait = 8 * 24 * time.Hour  // 304 for so long leads to one unconditional request (P24)
	MoveProof      = 24 * time.Hour      // a permanent redirect is believed after so long (P60)
	MovePolls      = 3                   // and so many polls
	jitterShare    = 10                  // at most a tenth is added (P40)
)

// Rules is what the configuration says of one source.
type Rules struct {
	ID       string
	Min, Max time.Duration
	OwnMin   bool          // Min is the source's own
	Cron     cron.Schedule // when it may be polled; nil: at any time
}

// Kind is what came of a poll.
type Kind int

// The kinds of outcome.
const (
	Good          Kind = iota // a document, or 304
	Failed                    // the server or its answer
	KindThrottled             // the host asked for time
	KindMissing
	KindGone
	KindLocked
	KindForbidden
)

// Poll is one poll and what is known of the source by then.
type Poll struct {
	At         time.Time
	First      bool // no poll came before
	Kind       Kind
	Status     int           // HTTP status, 0: no answer
	RetryAfter time.Duration // 0: none
	HostPause  time.Duration // how long the host is left alone from At on
	Validators bool          // the next request will be conditional
	Known      bool          // a document was taken in, now or earlier
	Pushed     bool          // its hub tells us of what is new
	Errors     int           // failed polls in a row, this one included
	ErrorSince time.Time     // when they began
}

// Decision is when to poll next, and why.
type Decision struct {
	Due    time.Time // zero: never, until somebody resumes the source
	Reason string    // the rule that set Due
	State  string
}

// Rule is one of the reasons to wait, with how long.
type Rule struct {
	Name string
	Wait time.Duration
}

// mostWaits is how many rules there are for Waits to weigh.
const mostWaits = 7

// nothingNew begins the name of the rule that nobody asked for.
const nothingNew = "nothing new for "

// Waits are the rules that a successful poll weighs; the longest decides, but
// none beyond r.Max (P31).
func (r Rules) Waits(m Memory, p Poll) []Rule {
	list := append(make([]Rule, 0, mostWaits), r.Floor(p.Validators || !p.Known))
	add := func(wait time.Duration, name string) {
		if wait > 0 {
			list = append(list, Rule{name, wait})
		}
	}
	if active := Time(m.ActiveMS); !active.IsZero() {
		quiet := p.At.Sub(active).Truncate(quietShare * time.Second) // what is less than a second of wait is none
		add(quiet/quietShare, nothingNew+Span(quiet))
	}
	add(millis(m.FreshMS), m.FreshRule)
	add(min(time.Duration(min(m.TTLMin, 1<<20))*time.Minute, r.max()), "ttl "+strconv.FormatInt(m.TTLMin, 10))
	add(millis(m.PeriodMS), "sy:updatePeriod "+Span(millis(m.PeriodMS)))
	if p.Pushed {
		add(max(r.max(), pushedWait), "its hub pushes") // P47
	}
	if every, ok := r.Cron.(cron.ConstantDelaySchedule); ok {
		add(every.Delay, "schedule @every "+Span(every.Delay))
	}
	return list
}

// millis is n milliseconds, at most what a time.Duration holds.
func millis(n int64) time.Duration {
	return time.Duration(min(n, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
}

// Floor is the least that lies between two polls (P30): a feed without
// validators costs its server a whole document each time.
func (r Rules) Floor(validators bool) Rule {
	switch {
	case r.OwnMin:
		return Rule{"the source's min_interval", r.Min}
	case validators:
		return Rule{"min_interval", r.Min}
	}
	return Rule{"no validators: max_interval", r.max()}
}

// max is r.Max, unless the source's own min_interval is longer.
func (r Rules) max() time.Duration { return max(r.Max, r.Min) }

// After decides on the next poll.
func (r Rules) After(m Memory, p Poll) Decision {
	var d Decision
	if p.Kind == Good {
		d = r.afterGood(m, p)
	} else {
		d = r.afterFailure(p)
	}
	if d.State == state.Gone {
		return d
	}
	if due := p.At.Add(p.RetryAfter); p.RetryAfter > 0 && due.After(d.Due) {
		d.Due, d.Reason = due.Add(r.stagger(p.RetryAfter)), fmt.Sprintf("Retry-After %s", Span(p.RetryAfter))
	}
	if due := p.At.Add(p.HostPause); p.HostPause > 0 && due.After(d.Due) {
		d.Due, d.Reason = due.Add(r.stagger(p.HostPause)), fmt.Sprintf("%d: the host is left alone for %s", p.Status, Span(p.HostPause))
	}
	return r.allowed(m, d)
}

func (r Rules) afterGood(m Memory, p Poll) Decision {
	waits := r.Waits(m, p)
	longest, asked := waits[0], waits[0].Wait
	for _, w := range waits[1:] {
		if w.Wait > longest.Wait {
			longest = w
		}
		if !strings.HasPrefix(w.Name, nothingNew) {
			asked = max(asked, w.Wait)
		}
	}
	d := Decision{State: state.Active, Reason: longest.Name}
	wait := longest.Wait
	if wait > r.max() {
		d.Reason, wait = fmt.Sprintf("max_interval (%s would be longer)", longest.Name), r.max()
	}
	if m.BaseMS != 0 && m.PeriodMS > 0 {
		d.Due = onPhase(p.At, wait, millis(m.PeriodMS), Time(m.BaseMS), r.max())
		return d
	}
	d.Due = p.At.Add(r.jittered(p, wait, min(asked, r.max())))
	return d
}

// jittered spreads polls that would fall together (P40): the first wait of a
// source by its own phase, so that sources which were imported together part;
// later ones by at most a tenth. It never goes below what was asked for, nor
// beyond max_interval.
func (r Rules) jittered(p Poll, wait, asked time.Duration) time.Duration {
	extra := scale(wait/jitterShare, r.fraction(p.At))
	if p.First {
		extra = scale(wait, r.fraction(time.Time{}))
	}
	if wait+extra > r.max() {
		return max(asked, r.max()-scale(r.max()/jitterShare, r.fraction(p.At)))
	}
	return wait + extra
}

// fraction is a number from 0 up to 1 that stays the same for a source and a
// moment.
func (r Rules) fraction(at time.Time) float64 {
	h := fnv.New64a()
	h.Write(strconv.AppendInt(append([]byte(r.ID), ' '), at.UnixMilli(), 10))
	x := h.Sum64()
	x ^= x >> 33 // FNV's high bits vary little over short ids
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

func scale(d time.Duration, f float64) time.Duration { return time.Duration(float64(d) * f) }

// stagger is the source's own place in the queue that forms behind a pause of
// that length; behind a short one it is short too.
func (r Rules) stagger(pause time.Duration) time.Duration {
	return scale(min(staggerWindow, pause), r.fraction(time.Time{}))
}

// Spread is the source's own place in a window of time.
func (r Rules) Spread(window time.Duration) time.Duration {
	return scale(window, r.fraction(time.Time{}))
}

// onPhase is a moment at least wait from now on that falls on base + n × period
// (RSS 1.0 syndication module). A poll that came just after such a moment
// counts as on it, so that being a little late does not skip a period.
func onPhase(now time.Time, wait, period time.Duration, base time.Time, longest time.Duration) time.Time {
	since := now.Sub(base) % period
	if since < 0 {
		since += period
	}
	if wait == period && since <= period/jitterShare {
		return now.Add(wait)
	}
	due := now.Add(wait)
	late := due.Sub(base) % period
	if late < 0 {
		late += period
	}
	if late > 0 {
		due = due.Add(period - late)
	}
	if due.After(now.Add(longest)) {
		return now.Add(wait)
	}
	return due
}

func (r Rules) afterFailure(p Poll) Decision {
	if p.Kind == KindGone {
		return Decision{State: state.Gone, Reason: "410 Gone: not polled until it is resumed"}
	}
	if p.Kind == KindThrottled {
		return Decision{State: state.Throttled, Due: p.At.Add(r.jittered(p, r.Min, r.Min)), Reason: "min_interval"}
	}
	since := p.At.Sub(p.ErrorSince)
	if since >= dormantAfter {
		return Decision{State: state.Dormant, Due: p.At.Add(r.more(p, dormantWait)), Reason: "failing for " + Span(since) + ": once a week"}
	}
	switch p.Kind {
	case KindLocked:
		return Decision{State: state.Locked, Due: p.At.Add(r.more(p, lockedWait)), Reason: fmt.Sprintf("%d: once a day until its credentials change", p.Status)}
	case KindForbidden:
		wait := forbiddenWait << min(max(p.Errors-1, 0), 8)
		return Decision{State: state.Failing, Due: p.At.Add(r.more(p, min(wait, max(r.max(), forbiddenWait)))), Reason: "403: at least four hours"}
	case KindMissing:
		return Decision{State: state.Missing, Due: p.At.Add(r.backoff(p)), Reason: fmt.Sprintf("404, the %s time in a row", ordinal(p.Errors))}
	}
	return Decision{State: state.Failing, Due: p.At.Add(r.backoff(p)), Reason: fmt.Sprintf("failed %s in a row: back-off", times(p.Errors))}
}

// backoff is base × 2^n with full jitter, which begins at the source's floor:
// sources that failed together part. It is at most max_interval (P74).
func (r Rules) backoff(p Poll) time.Duration {
	base := max(r.Min, leastBackoff)
	longest := base << min(p.Errors, 20)
	if longest <= 0 || longest > r.max() {
		longest = r.max()
	}
	least := max(r.Floor(p.Validators || !p.Known).Wait, min(leastBackoff, r.max()))
	return least + scale(max(longest-least, 0), r.fraction(p.At))
}

// CutOff is what lies between a request over which the program died, so many
// times in a row, and the next one: the floor of all polls, doubled each time.
func (r Rules) CutOff(validators bool, n int) Rule {
	w := r.Floor(validators)
	for range n - 1 {
		if w.Wait >= r.max() {
			break
		}
		w.Wait = min(2*w.Wait, r.max())
	}
	w.Name = fmt.Sprintf("the program died over it %s: %s", times(n), w.Name)
	return w
}

// more is wait and up to a tenth.
func (r Rules) more(p Poll, wait time.Duration) time.Duration {
	return max(wait, r.Min) + scale(wait/jitterShare, r.fraction(p.At))
}

// allowed moves a due time out of the hours and days that the feed wants to
// be left alone in, and into the source's own schedule.
func (r Rules) allowed(m Memory, d Decision) Decision {
	const tries = 16 // a schedule that only ever falls into skipped hours is followed
	for range tries {
		due, why := d.Due, ""
		if t := m.firstAllowed(due); !t.Equal(due) {
			due, why = t.Add(r.stagger(staggerWindow)), "skipHours, skipDays"
		}
		if _, every := r.Cron.(cron.ConstantDelaySchedule); r.Cron != nil && !every {
			if t := r.Cron.Next(due.UTC().Add(-time.Second)); !t.IsZero() && t.After(due) {
				due, why = t, "schedule"
			}
		}
		if why == "" {
			return d
		}
		if !strings.Contains(d.Reason, why) {
			d.Reason += ", then " + why
		}
		d.Due = due
	}
	return d
}

// Wait is the first moment from t on in which the feed may be asked, by its
// skipHours and skipDays and by the source's own schedule.
func (r Rules) Wait(m Memory, t time.Time) time.Time { return r.allowed(m, Decision{Due: t}).Due }

// firstAllowed is t, or the beginning of the first hour after it that the feed
// does not want to be left alone in.
func (m Memory) firstAllowed(t time.Time) time.Time {
	const week = 8 * 24
	for i, at := 0, t; i < week; i++ {
		if !m.Skips(at) {
			return at
		}
		at = at.Truncate(time.Hour).Add(time.Hour)
	}
	return t
}

// Delayed is the new due time of a source whose host is paused until then: not
// a failure (P51), and not all at once afterwards (P56).
func (r Rules) Delayed(m Memory, state string, now, until time.Time) Decision {
	return r.allowed(m, Decision{State: state, Due: until.Add(r.stagger(until.Sub(now))), Reason: "its host asked to be left alone until " + until.UTC().Format(time.RFC3339)})
}

// Span is a length of time as people say it: "90m", "36h", "12d".
func Span(d time.Duration) string {
	switch {
	case d >= 72*time.Hour:
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	case d >= 3*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d >= 3*time.Minute:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return strconv.Itoa(int(d/time.Second)) + "s"
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}
