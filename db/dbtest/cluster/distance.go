package cluster

import (
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Distance is the address of the database at address by way of a line on which
// everything arrives later: a way there and back takes trip. Unlike a Proxy's delay it
// holds up nothing that comes behind, as a long line does not.
func Distance(t testing.TB, address string, trip time.Duration) string {
	t.Helper()
	c, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	network, server := pgconn.NetworkAddress(c.Host, c.Port)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			far, err := net.Dial(network, server)
			if err != nil {
				near.Close()
				continue
			}
			go later(far, near, trip/2)
			go later(near, far, trip/2)
		}
	}()
	return (&url.URL{Scheme: "postgres", User: url.User(c.User), Host: l.Addr().String(), Path: "/" + c.Database, RawQuery: "sslmode=disable"}).String()
}

// later passes on what comes from a connection, each piece by so much later, and ends
// both when one has.
func later(to, from net.Conn, by time.Duration) {
	type piece struct {
		at   time.Time
		data []byte
	}
	line := make(chan piece, 1<<12)
	go func() {
		defer close(line)
		for {
			buf := make([]byte, 64<<10)
			n, err := from.Read(buf)
			if n > 0 {
				line <- piece{time.Now().Add(by), buf[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range line {
		time.Sleep(time.Until(p.at))
		if _, err := to.Write(p.data); err != nil {
			break
		}
	}
	to.Close()
	from.Close()
	for range line { // so that who reads ends
	}
}
