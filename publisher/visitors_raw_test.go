package publisher_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// host is where s listens.
func (s *site) host() string { return strings.TrimPrefix(s.url, "http://") }

func (s *site) formHead(more string) string {
	return "POST " + s.newest().Path() + "/comments HTTP/1.1\r\nHost: news.example.org\r\nContent-Type: application/x-www-form-urlencoded\r\n" + more + "\r\n"
}

func wantStatus(t *testing.T, what, answer string, statuses ...int) {
	t.Helper()
	var got int
	fmt.Sscanf(answer, "HTTP/1.1 %d", &got)
	for _, s := range statuses {
		if s == got {
			return
		}
	}
	t.Errorf("%s: %d, want one of %v\n%.300s", what, got, statuses, answer)
}

func v05(t *testing.T) {
	s := newSite(t, nil)
	start := time.Now()
	got := raw(t, s.host(), s.formHead("Content-Length: 10000000000\r\n")+"x")
	wantStatus(t, "10 GB announced", got, 413)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("closed after %s", took)
	}
	wantStatus(t, "70 KiB sent", raw(t, s.host(), s.formHead("Content-Length: 70000\r\n")+"text="+strings.Repeat("x", 69995)), 413)
	s.none()
}

func v06(t *testing.T) {
	s := newSite(t, nil)
	c, err := net.Dial("tcp", s.host())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(15 * time.Second))
	fmt.Fprint(c, s.formHead("Transfer-Encoding: chunked\r\n"))
	chunk := "400\r\n" + strings.Repeat("x", 1024) + "\r\n"
	go func() {
		for {
			if _, err := io.WriteString(c, chunk); err != nil {
				return // the server has had enough
			}
		}
	}()
	answer := make([]byte, 12)
	if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "HTTP/1.1 413" {
		t.Errorf("an endless body: %q %v", answer, err)
	}
	s.none()
}

// Slow visitors do not keep others waiting, and not us for long.
func v07(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for time limits")
	}
	s := newSite(t, nil)
	const slow = 200
	var wg sync.WaitGroup
	took := make(chan time.Duration, slow)
	for i := range slow {
		c, err := net.Dial("tcp", s.host())
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if i%2 == 0 {
			fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: news.example.org\r\nX-Slow: ")
		} else {
			fmt.Fprint(c, s.formHead("Content-Length: 1000\r\n")+"text=a")
		}
		wg.Go(func() {
			defer c.Close()
			c.SetReadDeadline(begin.Add(30 * time.Second))
			io.Copy(io.Discard, c) // until the server closes
			took <- time.Since(begin)
		})
	}
	var worst time.Duration
	for range 50 {
		begin := time.Now()
		s.get("/", 200)
		worst = max(worst, time.Since(begin))
	}
	if worst > 2*time.Second {
		t.Errorf("a reader waited %s behind slow visitors", worst)
	}
	wg.Wait()
	close(took)
	for d := range took {
		if d > 15*time.Second {
			t.Errorf("a slow connection lived %s", d)
		}
	}
}

func v72(t *testing.T) {
	s := newSite(t, nil)
	wantStatus(t, "1 MB of headers", raw(t, s.host(), "GET / HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n"), 431)
	wantStatus(t, "10,000 headers", raw(t, s.host(), "GET / HTTP/1.1\r\nHost: a\r\n"+strings.Repeat("X: y\r\n", 10_000)+"\r\n"), 431)
	s.get("/", 200)
}

// What two servers could read in two ways ends the connection, or is read in
// the one way that hides no second request.
func v73(t *testing.T) {
	s := newSite(t, nil)
	smuggled := "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, request := range map[string]string{
		"two lengths":           s.formHead("Content-Length: 5\r\nContent-Length: 6\r\n") + "text=a" + smuggled,
		"a bad length":          s.formHead("Content-Length: +5\r\n") + "text=" + smuggled,
		"an unknown coding":     s.formHead("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n" + smuggled,
		"two codings":           s.formHead("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + "0\r\n\r\n" + smuggled,
		"a space before colon":  s.formHead("Content-Length : 5\r\n") + "text=" + smuggled,
		"a bad chunk":           s.formHead("Transfer-Encoding: chunked\r\n") + "-1\r\n\r\n" + smuggled,
		"a folded first header": "GET / HTTP/1.1\r\n Host: a\r\n\r\n" + smuggled,
		"a bare LF in a chunk":  s.formHead("Transfer-Encoding: chunked\r\n") + "1;a\nx\r\n0\r\n\r\n" + smuggled,
		"a length in hex":       s.formHead("Content-Length: 0x5\r\n") + "text=" + smuggled,
		"a folded length":       s.formHead("Content-Length:\r\n 5\r\nContent-Length: 6\r\n") + "text=a" + smuggled,
		"no host":               "GET / HTTP/1.1\r\n\r\n" + smuggled,
	} {
		got := raw(t, s.host(), request)
		wantStatus(t, name, got, 400, 501)
		if n := strings.Count(got, "HTTP/1.1 "); n != 1 {
			t.Errorf("%s: %d answers on one connection", name, n)
		}
	}
	both := raw(t, s.host(), s.formHead("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n")+"0\r\n\r\n"+smuggled)
	if n := strings.Count(both, "HTTP/1.1 "); n != 1 {
		t.Errorf("length and coding: %d answers on one connection\n%s", n, both)
	}
	s.none()
}

// HTTP/2 is the business of a proxy: its preface is no request here.
func v74(t *testing.T) {
	s := newSite(t, nil)
	got := raw(t, s.host(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	if strings.HasPrefix(got, "HTTP/1.1 2") {
		t.Errorf("it is served: %.100s", got)
	}
	s.get("/", 200)
}

func v75(t *testing.T) {
	s := newSite(t, nil)
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			c.Close()
		}
	}()
	for range 1000 {
		c, err := net.Dial("tcp", s.host())
		if err != nil {
			break // this process has no more descriptors: so be it
		}
		idle = append(idle, c)
	}
	if len(idle) < 200 {
		t.Skipf("only %d connections could be made", len(idle))
	}
	begin := time.Now()
	s.get("/", 200)
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("a reader waited %s beside %d idle connections", took, len(idle))
	}
}

// What browsers never send is not answered as if they had, and not kept.
func TestFragmentSent(t *testing.T) {
	s := newSite(t, nil)
	for _, target := range []string{"/feed.rss#page", "/#comments", s.newest().Path() + "#c-1", "/feeds?x=1#y"} {
		got := raw(t, s.host(), "GET "+target+" HTTP/1.1\r\nHost: news.example.org\r\nConnection: close\r\n\r\n")
		wantStatus(t, target, got, 400)
		if strings.Contains(got, "Etag:") {
			t.Errorf("%s: the answer may be kept\n%.300s", target, got)
		}
	}
}
