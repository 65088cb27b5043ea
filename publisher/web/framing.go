package web

import (
	"bytes"
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
)

// Framing watches the connections of a server for requests that say in two ways
// where their body ends: with a length and in chunks, or with two lengths. A
// proxy before us may have believed the one and we the other, so that what
// follows is a request that the proxy never saw. net/http takes the first kind
// and drops the length, so nothing of it is left for a handler to see; Framing
// looks at the lines as they come (RFC 9112 section 6.3).
type Framing struct{}

// Listen watches the connections of l, of which at most max are open at once; who
// comes then waits to be accepted. header is what each answer carries: those that
// net/http makes by itself, of what is no request, carry it too.
func (Framing) Listen(l net.Listener, max int, header http.Header) net.Listener {
	var b bytes.Buffer
	header.Write(&b) // to memory
	return &framedListener{Listener: l, slots: make(chan struct{}, max), closed: make(chan struct{}), header: b.Bytes()}
}

// Conn is for http.Server.ConnContext.
func (Framing) Conn(ctx context.Context, c net.Conn) context.Context {
	if f, ok := c.(*framedConn); ok {
		return context.WithValue(ctx, framedKey{}, f)
	}
	return ctx
}

// Refuse answers 400 to what is on a connection on which such a request came, and
// ends it. header is what each answer carries.
func (Framing) Refuse(e *Errors, header http.Header) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if f, ok := r.Context().Value(framedKey{}).(*framedConn); ok && f.double.Load() {
				maps.Copy(w.Header(), header)
				w.Header().Set("Connection", "close")
				e.Answer(w, r, &Error{Status: http.StatusBadRequest, Message: "This request says twice how long it is."})
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

type framedKey struct{}

type framedListener struct {
	net.Listener
	slots  chan struct{}
	once   sync.Once
	closed chan struct{}
	header []byte // lines, each with its end
}

// Accept implements net.Listener.
func (l *framedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &framedConn{Conn: c, header: l.header, release: sync.OnceFunc(func() { <-l.slots })}, nil
}

// Close implements net.Listener.
func (l *framedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// framedConn notes which lines of a header go by. Bodies go by too: those we take
// are one line without an end, and what else is in one can only have its own
// connection refused.
type framedConn struct {
	net.Conn
	header  []byte
	release func()
	double  atomic.Bool // some header said it twice

	line    []byte // of the line under way, as much as names a header
	lengths int    // in this header
	chunked bool
}

// mostName is as much of a line as must be held to know its name.
const mostName = len("transfer-encoding:")

// Read implements net.Conn.
func (c *framedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.look(p[:n])
	return n, err
}

// bareHeader is all that net/http says in an answer of its own, before the body.
var bareHeader = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

// Write implements net.Conn. An answer of net/http's own, which it writes as a whole,
// gets the header of all others (V78).
func (c *framedConn) Write(p []byte) (int, error) {
	end := bytes.IndexByte(p, '\r')
	if end < 0 || !bytes.HasPrefix(p, []byte("HTTP/1.1 ")) || !bytes.HasPrefix(p[end:], bareHeader) {
		return c.Conn.Write(p)
	}
	const line = len("\r\n")
	n, err := c.Conn.Write(slices.Concat(p[:end+line], c.header, p[end+line:]))
	return min(n, len(p)), err
}

// Close implements net.Conn.
func (c *framedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// CloseWrite lets net/http end its side first, so that a client that is still
// sending gets the answer.
func (c *framedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *framedConn) look(p []byte) {
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		part := p
		if i >= 0 {
			part = p[:i]
		}
		if room := mostName - len(c.line); room > 0 {
			c.line = append(c.line, part[:min(room, len(part))]...)
		}
		if i < 0 {
			return
		}
		c.end()
		p = p[i+1:]
	}
}

// end takes note of a whole line.
func (c *framedConn) end() {
	line := bytes.TrimSuffix(c.line, []byte("\r"))
	switch {
	case len(line) == 0:
		c.lengths, c.chunked = 0, false
	case hasName(line, "content-length:"):
		c.lengths++
	case hasName(line, "transfer-encoding:"):
		c.chunked = true
	}
	if c.lengths > 1 || c.lengths > 0 && c.chunked {
		c.double.Store(true)
	}
	c.line = c.line[:0]
}

func hasName(line []byte, name string) bool {
	return len(line) >= len(name) && bytes.EqualFold(line[:len(name)], []byte(name))
}
