package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"courant/db"
	"courant/db/engine"
	"courant/db/state"
)

// Error is a failure with what a reader may know of it. Message is shown, Err
// is logged. Message is plain text, a sentence; empty gives the usual one for
// Status.
type Error struct {
	Status     int           // HTTP status, 400 or more
	Message    string        // for the reader
	RetryAfter time.Duration // 0: not said, but for 429 and 503, which always say it (C8)
	Err        error         // for the log, nil where there is nothing to say
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return fmt.Sprintf("%d %s", e.Status, e.message())
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) message() string {
	if e.Message != "" {
		return e.Message
	}
	switch e.Status {
	case http.StatusNotFound:
		return "There is nothing at this address."
	case http.StatusGone:
		return "This article was withdrawn."
	case http.StatusInternalServerError:
		return "Something went wrong here. It has been noted."
	}
	return http.StatusText(e.Status) + "."
}

// retrySoon is what 429 and 503 tell a client that was given no better time.
const retrySoon = 30 * time.Second

const (
	// retryBusy is when it is worth while to ask again a store that others are
	// writing to.
	retryBusy = 5 * time.Second
	// retryCrowded is when an editor may have been there.
	retryCrowded = time.Hour
)

// statusClientGone is logged for a reader who went away before the answer; it
// is never sent (nginx's number for it).
const statusClientGone = 499

// from is the one table from errors to what readers see. Whatever it does not
// know is a 500 that says nothing of us.
func from(err error) *Error {
	var e *Error
	var tooLarge *http.MaxBytesError
	var transition *state.TransitionError
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, db.ErrNotFound), engine.NoText(err):
		return &Error{Status: http.StatusNotFound, Err: err}
	case errors.Is(err, db.ErrWithdrawn):
		return &Error{Status: http.StatusGone, Err: err}
	case errors.Is(err, engine.ErrExists), errors.Is(err, db.ErrStale), errors.As(err, &transition):
		return &Error{Status: http.StatusConflict, Message: "This was changed by somebody else meanwhile.", Err: err}
	case errors.As(err, &tooLarge):
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: "What you sent is too large.", Err: err}
	case errors.Is(err, engine.ErrUnknown):
		return &Error{
			Status: http.StatusServiceUnavailable, Message: "It is not known whether this was stored. Please look in a moment, and send it again where it is missing.",
			RetryAfter: retryBusy, Err: err,
		}
	case errors.Is(err, context.Canceled):
		return &Error{Status: statusClientGone, Err: err}
	case errors.Is(err, context.DeadlineExceeded), engine.Busy(err):
		return &Error{
			Status: http.StatusServiceUnavailable, Message: "There is too much to do here just now. Nothing was stored. Please try again in a moment.",
			RetryAfter: retryBusy, Err: err,
		}
	case errors.Is(err, db.ErrCrowded):
		return &Error{Status: http.StatusServiceUnavailable, Message: "Too many comments wait for an editor already. Please try again tomorrow.", RetryAfter: retryCrowded, Err: err}
	case engine.Gone(err):
		return &Error{
			Status: http.StatusServiceUnavailable, Message: "This cannot be looked up just now. Please try again in a moment.",
			RetryAfter: retryBusy, Err: err,
		}
	case engine.Full(err):
		return &Error{Status: http.StatusServiceUnavailable, Message: "This could not be stored just now. Please try again later.", Err: err}
	}
	return &Error{Status: http.StatusInternalServerError, Err: err}
}

// Handler answers a request or returns an error, never both.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Errors turns the errors of handlers into answers and log lines.
type Errors struct {
	Log *slog.Logger
	// Page renders what a reader sees; message is plain text. Nil, or a nil
	// result, gives the message as plain text.
	Page func(r *http.Request, status int, message string) []byte
	// Held answers with what is held for a request, where that is anything; it is asked
	// where the store cannot be. May be nil.
	Held func(w http.ResponseWriter, r *http.Request) bool
}

// Handle makes an http.Handler of h.
func (e *Errors) Handle(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			e.Answer(w, r, err)
		}
	})
}

// Answer writes the error page for err, with its status.
func (e *Errors) Answer(w http.ResponseWriter, r *http.Request, err error) {
	f := from(err)
	switch {
	case f.Status == statusClientGone:
		return
	case e.Held != nil && engine.Gone(err) && e.Held(w, r):
		e.Log.Debug("answered with what was held", "path", r.URL.Path, "err", err)
		return
	case f.Status >= http.StatusInternalServerError:
		attrs := []any{"method", r.Method, "path", r.URL.Path, "status", f.Status, "err", err}
		var p *PanicError
		if errors.As(err, &p) {
			attrs = append(attrs, "stack", string(p.Stack))
		}
		e.Log.Error("request failed", attrs...)
	default:
		e.Log.Debug("request refused", "method", r.Method, "path", r.URL.Path, "status", f.Status, "err", err)
	}
	retry := f.RetryAfter
	if retry == 0 && (f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable) {
		retry = retrySoon
	}
	h := w.Header()
	if retry > 0 {
		SetRetryAfter(h, retry)
	}
	for _, name := range []string{"Etag", "Last-Modified", "Content-Encoding", "Content-Length"} {
		h.Del(name) // of the answer that was not to be
	}
	NoStore.Set(h)
	body := []byte(f.message() + "\n")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if e.Page != nil {
		if page := e.Page(r, f.Status, f.message()); page != nil {
			body = page
			h.Set("Content-Type", "text/html; charset=utf-8")
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(f.Status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// PanicError is a panic that was caught. It says nothing to readers.
type PanicError struct {
	Value any
	Stack []byte
}

func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }
