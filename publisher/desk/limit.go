package desk

import (
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"
)

// How often a wrong password may be tried (V41): a few times at will, as people
// mistype; then each must wait twice as long as the one before. Of one name from
// one address that makes some ten tries an hour; of all names together from one
// address it is more, for many may sit behind it.
const (
	freeTries    = 5
	freeTriesAll = 20
	firstWait    = 2 * time.Second
	longestWait  = 15 * time.Minute
	// forgiven is how long after the last wrong one all is forgotten.
	forgiven = time.Hour
	// limiterRows bounds the table: at some 150 bytes a row it is 5 MB. Where it is
	// full, what is forgiven goes, then anything.
	limiterRows = 1 << 15
)

// guess is whose password is guessed, from where; name is empty for all names
// together.
type guess struct {
	name string
	from netip.Prefix
}

type tries struct {
	wrong int
	last  time.Time
}

// limiter counts wrong passwords. It forgets them with the process: a restart is
// no way in, for argon2id alone allows some fifty tries a second.
type limiter struct {
	mu   sync.Mutex
	rows map[guess]tries
}

// maxGuessName is how much of a name counts, in bytes: names of editors are
// shorter, and a flood of long ones must not fill the memory.
const maxGuessName = 64

func guessesOf(name string, from netip.Addr) [2]guess {
	from = from.Unmap().WithZone("")
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	p, _ := from.Prefix(bits) // fails for the zero Addr alone, which then is a key as good as any
	if len(name) > maxGuessName {
		name = name[:maxGuessName]
	}
	return [2]guess{{name, p}, {"", p}}
}

// may reports whether a password of name may be tried from an address now, or
// else after how long.
func (l *limiter) may(name string, from netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, g := range guessesOf(name, from) {
		t, known := l.rows[g]
		if !known || now.Sub(t.last) > forgiven {
			continue
		}
		wait = max(wait, t.last.Add(pause(t.wrong, [2]int{freeTries, freeTriesAll}[i])).Sub(now))
	}
	return wait, wait <= 0
}

// pause is how long to wait after so many wrong ones.
func pause(wrong, free int) time.Duration {
	if wrong < free {
		return 0
	}
	return min(longestWait, firstWait<<min(wrong-free, 20))
}

// wrong notes a wrong password.
func (l *limiter) wrong(name string, from netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range guessesOf(name, from) {
		t := l.rows[g]
		if now.Sub(t.last) > forgiven {
			t.wrong = 0
		}
		l.room(now)
		l.rows[g] = tries{t.wrong + 1, now}
	}
}

// room makes room for one more row.
func (l *limiter) room(now time.Time) {
	if len(l.rows) < limiterRows {
		return
	}
	for g, t := range l.rows {
		if now.Sub(t.last) > forgiven {
			delete(l.rows, g)
		}
	}
	for g := range l.rows {
		if len(l.rows) < limiterRows {
			return
		}
		delete(l.rows, g)
	}
}

// right forgets the wrong ones of a name at an address: whoever is there knows the
// password.
func (l *limiter) right(name string, from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.rows, guessesOf(name, from)[0])
}

// spell is a short wait in words.
func spell(d time.Duration) string {
	if d < time.Minute {
		n := int(math.Ceil(max(d, time.Second).Seconds()))
		if n == 1 {
			return "a second"
		}
		return fmt.Sprintf("%d seconds", n)
	}
	n := int(math.Ceil(d.Minutes()))
	if n == 1 {
		return "a minute"
	}
	return fmt.Sprintf("%d minutes", n)
}
