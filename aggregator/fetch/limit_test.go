package fetch

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// endless hands out piece again and again, one every pause, and notes how much
// it gave and when it gave what lies past the limit.
type endless struct {
	head, piece []byte
	pause       time.Duration
	limit       int64 // bytes of the wire
	given       int64
	passed      time.Time
	closed      bool
}

// Read implements io.Reader.
func (e *endless) Read(p []byte) (int, error) {
	time.Sleep(e.pause)
	var n int
	if e.given < int64(len(e.head)) {
		n = copy(p, e.head[e.given:])
	} else {
		n = copy(p, e.piece[(e.given-int64(len(e.head)))%int64(len(e.piece)):]) // where it left off
	}
	e.given += int64(n)
	if e.given > e.limit && e.passed.IsZero() {
		e.passed = time.Now()
	}
	return n, nil
}

// Close implements io.Closer.
func (e *endless) Close() error {
	e.closed = true
	return nil
}

type transport func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// packed is data through a compressor.
func packed(t *testing.T, data []byte, make func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var b bytes.Buffer
	w := make(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

// An endless body and a bomb in each coding end with the read that passes the
// limit: at most one buffer is taken beyond it, at once, and the connection is
// closed.
func TestEndlessBodies(t *testing.T) {
	const (
		maxBody = 2 << 20
		// What may lie beyond the limit: our own buffers end at it, a decoder
		// reads a piece ahead.
		oneBuffer = 64 << 10
		wireLimit = maxBody + maxBody/8 + 1024
	)
	zeros := make([]byte, 1<<20)
	bomb := packed(t, zeros, gzipped) // a thousand times smaller
	zstdBomb := packed(t, make([]byte, 64<<20), func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		return z
	})
	text := bytes.Repeat([]byte("<rss>"), 200)
	for _, c := range []struct {
		name, coding string
		head, piece  []byte
		limit        int64 // bytes of the wire with which the limit is passed
		pause        time.Duration
	}{
		{"endless", "", nil, text, maxBody, 0},
		{"endless, trickling fast", "", nil, text, maxBody, 5 * time.Millisecond},
		{"gzip bomb", "gzip", nil, bomb, 2 * int64(len(bomb)), 0},
		{"gzip bomb, trickling fast", "gzip", nil, bomb, 2 * int64(len(bomb)), 5 * time.Millisecond},
		{"gzip of endless nothing", "gzip", nil, packed(t, nil, gzipped), wireLimit, 0},
		{"gzip with an endless name", "gzip", []byte{0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255}, text, oneBuffer, 0},
		{"unlabelled endless gzip", "", nil, bomb, maxBody, 0},
		{"endless zstd", "zstd", nil, zstdBomb, maxBody, 0},
		{"endless in a coding that was not asked for", "br", nil, text, 0, 0},
		{"endless in what is no coding", "utf-8", nil, text, maxBody, 0},
		{"endless gzip, said twice", "gzip, gzip", nil, bomb, 2 * int64(len(bomb)), 0},
		{"endless in two codings", "gzip, zstd", nil, bomb, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				body := &endless{head: c.head, piece: c.piece, limit: c.limit, pause: c.pause}
				k, err := New(Config{
					Timeout: time.Minute, MaxBody: maxBody, Workers: 1,
					Transport: transport(func(r *http.Request) (*http.Response, error) {
						return &http.Response{StatusCode: 200, Header: http.Header{"Content-Encoding": {c.coding}}, Body: body, ContentLength: -1, Request: r}, nil
					}),
				})
				if err != nil {
					t.Fatal(err)
				}
				a, err := k.Get(t.Context(), Request{URL: "http://a.example/"})
				ended := time.Now()
				if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Broken || a.Body != nil {
					t.Errorf("the error is %v, the body has %d bytes", err, len(a.Body))
				}
				if beyond := body.given - c.limit; beyond > oneBuffer || body.given > wireLimit+oneBuffer {
					t.Errorf("%d bytes were read, %d beyond the limit", body.given, beyond)
				}
				if !body.passed.IsZero() && ended.Sub(body.passed) > time.Second {
					t.Errorf("it went on for %s past the limit", ended.Sub(body.passed))
				}
				if !body.closed {
					t.Error("the body was not closed")
				}
			})
		})
	}
}

// A small zstd bomb is no document, however small it came.
func TestZstdBomb(t *testing.T) {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(z, zeroReader{}, 512<<20); err != nil {
		t.Fatal(err)
	}
	z.Close()
	k, err := New(Config{
		Timeout: time.Minute, MaxBody: 1 << 20, Workers: 1,
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Encoding": {"zstd"}}, Body: io.NopCloser(&b), ContentLength: -1, Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Get(t.Context(), Request{URL: "http://a.example/"})
	if err == nil || err.Error() != "the document is larger than max_body (1048576 bytes)" {
		t.Errorf("the error is %v", err)
	}
}

type zeroReader struct{}

// Read implements io.Reader.
func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
