package web

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// What says twice where its body ends is refused, whatever stands before it on
// the connection, and in however small pieces it comes (V73).
func TestFraming(t *testing.T) {
	errs := &Errors{Log: slog.New(slog.DiscardHandler)}
	framing := Framing{}
	s := &http.Server{
		Handler: framing.Refuse(errs, http.Header{"X-Frame-Options": {"DENY"}})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "ok")
		})),
		ConnContext: framing.Conn,
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(framing.Listen(l, 8, nil))
	defer s.Close()
	const plain = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
	const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	for _, c := range []struct {
		name, sent string
		want       []int
	}{
		{"a length", plain, []int{200}},
		{"chunks", chunked, []int{200}},
		{"one after the other", plain + chunked + plain, []int{200, 200, 200}},
		{"both", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400}},
		{"both, the other way round, in odd letters", "POST / HTTP/1.1\r\nHost: a\r\ntransfer-ENCODING: chunked\r\nCONTENT-length: 5\r\n\r\n0\r\n\r\n", []int{400}},
		{"both, behind a good one", plain + "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{0, 400}},
	} {
		for _, piece := range []int{1 << 20, 1} {
			t.Run(fmt.Sprint(c.name, "/", piece), func(t *testing.T) {
				conn, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				go func() {
					for rest := c.sent; rest != ""; {
						n := min(piece, len(rest))
						conn.Write([]byte(rest[:n]))
						rest = rest[n:]
					}
				}()
				in := bufio.NewReader(conn)
				for _, want := range c.want {
					resp, err := http.ReadResponse(in, nil)
					if err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					if want == 0 { // read with what follows, or before it
						if resp.StatusCode == 400 {
							return
						}
						continue
					}
					if resp.StatusCode != want {
						t.Fatalf("status %d, want %d", resp.StatusCode, want)
					}
					if want == 400 && (!resp.Close || resp.Header.Get("X-Frame-Options") == "") {
						t.Errorf("the connection goes on, or lacks headers: %v", resp.Header)
					}
				}
			})
		}
	}
}

// More connections than there may be wait to be accepted; when one ends, the next
// is served.
func TestConnectionLimit(t *testing.T) {
	framing := Framing{}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok") })}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(framing.Listen(l, 2, nil)) }()
	ask := func() (net.Conn, chan error) {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		answered := make(chan error, 1)
		go func() {
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			_, err := http.ReadResponse(bufio.NewReader(conn), nil)
			answered <- err
		}()
		return conn, answered
	}
	first, one := ask()
	_, two := ask()
	if err := errors.Join(<-one, <-two); err != nil {
		t.Fatal(err)
	}
	_, three := ask() // the other two are idle and open
	select {
	case err := <-three:
		t.Fatalf("a third was answered beside two: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	if err := <-three; err != nil {
		t.Errorf("after one ended: %v", err)
	}
	ask()
	s.Close() // while it waits for room
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("Serve: %v", err)
	}
}
