package publisher

import (
	"net/http"
	"time"

	"courant/db/state"
)

// Observation is what there is to say of one answer, for who counts them.
type Observation struct {
	Route   string // the pattern that fitted; empty: none was looked for, or none fitted
	Status  int    // of the answer
	Took    time.Duration
	Cached  bool          // it was there already, rendered for somebody before
	Comment state.Comment // what was decided of a comment that was posted; empty: none was
}

// observed is an answer under way with what is known of it.
type observed struct {
	http.ResponseWriter
	Observation
}

// WriteHeader implements http.ResponseWriter.
func (o *observed) WriteHeader(status int) {
	if o.Status == 0 {
		o.Status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (o *observed) Write(b []byte) (int, error) {
	if o.Status == 0 {
		o.Status = http.StatusOK
	}
	return o.ResponseWriter.Write(b)
}

// Unwrap is what http.ResponseController needs.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// observe tells observer of every answer; without one it costs nothing.
func observe(observer func(Observation)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if observer == nil {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			o := &observed{ResponseWriter: w}
			defer func() {
				if o.Status == 0 {
					o.Status = http.StatusOK // net/http's own, for who writes nothing
				}
				o.Took = time.Since(start)
				observer(o.Observation)
			}()
			next.ServeHTTP(o, r)
		})
	}
}

// note hands f what is known of the answer w, if anybody observes.
func note(w http.ResponseWriter, f func(*Observation)) {
	for {
		switch v := w.(type) {
		case *observed:
			f(&v.Observation)
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return
		}
	}
}
