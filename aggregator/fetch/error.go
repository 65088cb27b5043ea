package fetch

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what a failure means for the next try.
type Kind int

// The kinds of failure.
const (
	Temporary Kind = iota // the server or the way to it failed: back off
	Network               // no way to the host: perhaps not its fault but ours
	Throttled             // the host asked for time
	Paused                // no request was made: the host is to be left alone
	Broken                // an answer that is no document, or more than we take
	Missing               // 404
	Gone                  // 410
	Locked                // 401, 407: wants credentials
	Forbidden             // 403
	Refused               // by us: a scheme, an address or a downgrade we do not follow
)

// Error is a fetch that yielded no document.
type Error struct {
	Kind       Kind
	Status     int           // HTTP status, 0 where no response came
	RetryAfter time.Duration // 0 where the server named none
	Err        error         // in plain words, without secrets
}

// Error implements error.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives errors.Is what is behind.
func (e *Error) Unwrap() error { return e.Err }

func fail(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// What a deadline is reported as: the cause of the context it ends.
var (
	errHeader = errors.New("no answer in time")
	errIdle   = errors.New("the body came to a halt")
	errTotal  = errors.New("the answer took too long")
	errLarge  = errors.New("the document is too large")
	errPaused = errors.New("the host asked to be left alone")
)
