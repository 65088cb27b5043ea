package cluster

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Proxy stands between a program and a server, as a network does: it breaks
// connections, refuses them, is slow, hangs, and loses what matters most. Safe for
// concurrent use.
type Proxy struct {
	network, server string // where the server is
	through         string // the address of the database, by way of us
	listener        net.Listener

	away    atomic.Bool
	delay   atomic.Int64  // nanoseconds, each way
	answers atomic.Int64  // how many commits are to lose their answer
	commits atomic.Int64  // how many are not to come to the server
	lost    atomic.Int64  // how many of either were lost
	refused atomic.Int64  // connections, while the server was away
	trips   atomic.Int64  // how often a client waited for an answer
	ended   chan struct{} // closed with the test

	mu    sync.Mutex
	open  map[*link]bool
	hangs chan struct{} // closed while nothing hangs
}

// execMode is what pgx calls how it runs statements.
const execMode = "default_query_exec_mode"

// NewProxy makes a way to the database at address that ends with the test. It leads to
// the server itself, for what a pooler does when a connection breaks is not ours to test.
func NewProxy(t testing.TB, address string) *Proxy {
	t.Helper()
	address = strings.Replace(address, lenderPort, "", 1)
	c, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{open: map[*link]bool{}, hangs: make(chan struct{}), ended: make(chan struct{})}
	close(p.hangs)
	p.network, p.server = pgconn.NetworkAddress(c.Host, c.Port)
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(c.User, c.Password), Host: p.listener.Addr().String(), Path: "/" + c.Database,
		RawQuery: "sslmode=disable",
	}
	if given, err := url.Parse(address); err == nil && given.Query().Has(execMode) { // of a pooler
		u.RawQuery += "&" + execMode + "=" + given.Query().Get(execMode)
	}
	p.through = u.String()
	var accepting sync.WaitGroup
	accepting.Go(p.accept)
	t.Cleanup(func() {
		close(p.ended)
		p.listener.Close()
		p.Hang(false)
		accepting.Wait()
		p.Cut()
	})
	return p
}

// Address is that of the database, by way of the proxy.
func (p *Proxy) Address() string { return p.through }

// Away has the server be away, or there again: connections break, and new ones are
// refused.
func (p *Proxy) Away(away bool) {
	p.away.Store(away)
	if away {
		p.Cut()
	}
}

// IsAway reports whether the server is away.
func (p *Proxy) IsAway() bool { return p.away.Load() }

// Refused is how many connections were refused while the server was away.
func (p *Proxy) Refused() int { return int(p.refused.Load()) }

// Cut breaks all connections.
func (p *Proxy) Cut() {
	for _, l := range p.links() {
		l.cut()
	}
}

// HalfClose tells clients that nothing more comes, and the server nothing.
func (p *Proxy) HalfClose() {
	for _, l := range p.links() {
		l.client.CloseWrite()
	}
}

// Delay has everything come later by d, each way.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Hang has nothing go either way any more, or go on where it stood.
func (p *Proxy) Hang(hang bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.hangs:
		if hang {
			p.hangs = make(chan struct{})
		}
	default:
		if !hang {
			close(p.hangs)
		}
	}
}

// LoseAnswers has the next n commits be stored, and their connections break before
// anybody hears of it.
func (p *Proxy) LoseAnswers(n int) { p.answers.Store(int64(n)) }

// LoseCommits has the connections of the next n commits break before the server hears
// of them.
func (p *Proxy) LoseCommits(n int) { p.commits.Store(int64(n)) }

// Lost is how many commits or their answers were lost.
func (p *Proxy) Lost() int { return int(p.lost.Load()) }

// Trips is how often a client has sent what it waits for the answer of, to the server
// and back: a message of one statement, or the last of several that go together.
func (p *Proxy) Trips() int { return int(p.trips.Load()) }

func (p *Proxy) links() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]*link, 0, len(p.open))
	for l := range p.open {
		list = append(list, l)
	}
	return list
}

func (p *Proxy) accept() {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // the test has ended
		}
		if p.away.Load() {
			p.refused.Add(1)
			client.Close()
			continue
		}
		server, err := net.Dial(p.network, p.server)
		if err != nil {
			client.Close()
			continue
		}
		l := &link{p: p, client: client.(*net.TCPConn), server: server}
		p.mu.Lock()
		p.open[l] = true
		p.mu.Unlock()
		all.Go(l.run)
	}
}

// link is one connection of a client.
type link struct {
	p      *Proxy
	client *net.TCPConn
	server net.Conn
	losing atomic.Bool // the answer to what was sent last

	// Of what goes to the server:
	prepared string // the name of the statement that commits
	prepares bool   // there is one
	loses    bool   // the answer to what goes there now
}

func (l *link) cut() {
	l.client.Close()
	l.server.Close()
}

func (l *link) run() {
	var both sync.WaitGroup
	both.Go(func() {
		l.toServer()
		l.cut()
	})
	both.Go(l.toClient)
	both.Wait()
	l.cut()
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	delete(l.p.open, l)
}

// wait has what goes either way be late, or hang.
func (l *link) wait() {
	if d := time.Duration(l.p.delay.Load()); d > 0 {
		select {
		case <-time.After(d):
		case <-l.p.ended:
		}
	}
	l.p.mu.Lock()
	hangs := l.p.hangs
	l.p.mu.Unlock()
	<-hangs
}

// toServer passes the client's messages on (PostgreSQL's documentation, 55.7): a
// letter, but for the first, and a length that counts itself.
func (l *link) toServer() {
	for first := true; ; first = false {
		head := make([]byte, 5)
		if first {
			head = head[:4]
		}
		if _, err := io.ReadFull(l.client, head); err != nil {
			return
		}
		message := make([]byte, max(4, binary.BigEndian.Uint32(head[len(head)-4:]))-4)
		if _, err := io.ReadFull(l.client, message); err != nil {
			return
		}
		l.wait()
		if !first && (head[0] == 'Q' || head[0] == 'S') { // a simple query, or Sync
			l.p.trips.Add(1)
		}
		if !first && l.commits(head[0], message) {
			if take(&l.p.commits) {
				l.p.lost.Add(1)
				return
			}
			l.loses = take(&l.p.answers)
		}
		if l.loses && (head[0] == 'Q' || head[0] == 'S') {
			l.losing.Store(true)
		}
		if _, err := l.server.Write(append(head, message...)); err != nil {
			return
		}
	}
}

// commits reports whether a message has the server commit: it says so, or runs what was
// prepared to.
func (l *link) commits(kind byte, message []byte) bool {
	name, rest, _ := bytes.Cut(message, []byte{0})
	switch kind {
	case 'Q':
		return string(name) == "commit"
	case 'P': // the statement's name, and its text
		if text, _, _ := bytes.Cut(rest, []byte{0}); string(text) == "commit" {
			l.prepared, l.prepares = string(name), true
		} else if string(name) == l.prepared {
			l.prepares = false
		}
	case 'B': // the portal's name, and the statement's
		statement, _, _ := bytes.Cut(rest, []byte{0})
		return l.prepares && string(statement) == l.prepared
	}
	return false
}

// take takes one of n, where there is one left.
func take(n *atomic.Int64) bool {
	for {
		left := n.Load()
		if left <= 0 {
			return false
		}
		if n.CompareAndSwap(left, left-1) {
			return true
		}
	}
}

// toClient passes on what the server says. What it says last it may say after the
// client was told that nothing comes.
func (l *link) toClient() {
	buf := make([]byte, 32<<10)
	for {
		n, err := l.server.Read(buf)
		if n > 0 {
			if l.losing.Load() {
				l.p.lost.Add(1)
				l.cut()
				return
			}
			l.wait()
			if _, err := l.client.Write(buf[:n]); err != nil {
				io.Copy(io.Discard, l.server)
				return
			}
		}
		if err != nil {
			l.client.CloseWrite()
			return
		}
	}
}
