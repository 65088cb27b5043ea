package web

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"
)

// Middleware wraps a handler.
type Middleware func(http.Handler) http.Handler

// Chain wraps h so that a request meets the first of list first.
func Chain(h http.Handler, list ...Middleware) http.Handler {
	for i := len(list) - 1; i >= 0; i-- {
		h = list[i](h)
	}
	return h
}

// Recover turns a panic into the answer for an internal error, and a log line
// with its stack.
func Recover(e *Errors) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				switch v := recover(); v {
				case nil:
				case http.ErrAbortHandler:
					panic(v) // net/http's own way to drop a connection
				default:
					e.Answer(w, r, &PanicError{v, debug.Stack()})
				}
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// Log writes a line for each request at level debug. Where that is off it
// costs nothing.
func Log(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !log.Enabled(r.Context(), slog.LevelDebug) {
				next.ServeHTTP(w, r)
				return
			}
			start := time.Now()
			c := &counter{ResponseWriter: w, status: http.StatusOK}
			next.ServeHTTP(c, r)
			log.Debug("request", "method", r.Method, "path", r.URL.Path, "status", c.status, "bytes", c.bytes, "took", time.Since(start))
		})
	}
}

type counter struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (c *counter) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.bytes += n
	return n, err
}

func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// OneWay ends the connection after a request with a chunked body: had it a
// length too, a proxy before us may have read another end of it, and what
// follows may be a request that the proxy never saw (RFC 9112 section 6.3).
// Browsers send forms with a length.
func OneWay(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

const (
	// MaxAddress is the longest request target we read, path and query. Ours
	// are under 200 bytes; a search has at most some hundred.
	MaxAddress = 4 << 10
	// MaxParameters bounds a query and a form: we know fewer than ten names.
	MaxParameters = 64
	// MaxForm is the largest body of a form: a comment at its limit of 5,000
	// characters, each percent-encoded from four bytes, is under 60 KiB.
	MaxForm = 64 << 10
)

// Limits refuses requests that no page of ours leads to: addresses, queries
// and bodies that are too large.
// form is how large a body of a form may be, by the request that bears it; nil:
// MaxForm.
func Limits(e *Errors, form func(r *http.Request) int64) Middleware {
	if form == nil {
		form = func(*http.Request) int64 { return MaxForm }
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case len(r.RequestURI) > MaxAddress:
				e.Answer(w, r, &Error{Status: http.StatusRequestURITooLong})
				return
			case !utf8.ValidString(r.URL.Path), strings.Contains(r.URL.Path, "\x00"): // nothing has such a name, and no database holds one
				e.Answer(w, r, &Error{Status: http.StatusNotFound})
				return
			case strings.Contains(r.RequestURI, "#"): // a fragment is never sent (RFC 9110 section 7.1)
				e.Answer(w, r, &Error{Status: http.StatusBadRequest, Message: "An address is sent without what follows its #."})
				return
			case strings.Count(r.URL.RawQuery, "&") >= MaxParameters:
				e.Answer(w, r, &Error{Status: http.StatusBadRequest, Message: "This address has too many parameters."})
				return
			case r.ContentLength > form(r):
				// The rest of it is not read: the connection ends here (V05).
				w.Header().Set("Connection", "close")
				e.Answer(w, r, &Error{Status: http.StatusRequestEntityTooLarge, Message: "What you sent is too large."})
				return
			}
			if r.Body != nil && r.Body != http.NoBody {
				r.Body = http.MaxBytesReader(w, r.Body, form(r))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// ParseForm reads an urlencoded form of at most MaxForm bytes and
// MaxParameters fields into r.PostForm. Any other kind of body is an *Error
// with status 415.
func ParseForm(r *http.Request) error { return ParseFormOf(r, MaxParameters) }

// ParseFormOf is ParseForm of so many fields, and of as many bytes as Limits lets
// through.
func ParseFormOf(r *http.Request, most int) error {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		return &Error{Status: http.StatusUnsupportedMediaType, Message: "This takes a form, application/x-www-form-urlencoded."}
	}
	if err := r.ParseForm(); err != nil {
		if f := from(err); f.Status == http.StatusRequestEntityTooLarge {
			return f
		}
		return &Error{Status: http.StatusBadRequest, Message: "This form cannot be read.", Err: err}
	}
	fields := 0
	for _, values := range r.PostForm {
		fields += len(values)
	}
	if fields > most {
		return &Error{Status: http.StatusBadRequest, Message: "This form has too many fields."}
	}
	return nil
}
