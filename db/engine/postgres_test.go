package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
)

// onServer is a test of PostgreSQL alone.
func onServer(t *testing.T) *DB {
	t.Helper()
	if !cluster.Ask(t) {
		t.Skip("of PostgreSQL alone, which comes later")
	}
	return counter(t)
}

// A server that takes connections and says nothing, as one that is cut off does, cannot be
// reached for now (M8): nobody here gave up.
func TestServerSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = OpenReader(t.Context(), Config{URL: "postgres://x@" + l.Addr().String() + "/x?sslmode=disable&connect_timeout=1", Connections: 3}, counterSchema())
	if !Gone(err) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// Transactions that stand in each other's way are run again until all have gone
// through.
func TestServerDeadlock(t *testing.T) {
	d := onServer(t)
	if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`CREATE TABLE pair (id BIGINT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0); INSERT INTO pair (id) VALUES (1), (2)`)
		return err
	}, func() {}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var met sync.WaitGroup
	met.Add(2)
	tries := make([]int, 2)
	for i := range 2 {
		wg.Go(func() {
			err := d.Tx(t.Context(), func(tx *sql.Tx) error {
				tries[i]++
				if _, err := tx.Exec(`UPDATE pair SET n = n + 1 WHERE id = $1`, i+1); err != nil {
					return err
				}
				if tries[i] == 1 { // each holds what the other wants
					met.Done()
					met.Wait()
				}
				_, err := tx.Exec(`UPDATE pair SET n = n + 1 WHERE id = $1`, 2-i)
				return err
			}, func() {})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var n int
	if err := d.r.QueryRow(`SELECT sum(n) FROM pair`).Scan(&n); err != nil || n != 4 || tries[0]+tries[1] < 3 { // the server may end both
		t.Errorf("sum %d after %v tries: %v", n, tries, err)
	}
}

// Two writers that want the same place: the later one does its work again and
// takes another (M7). Any other row that is there already is an error.
func TestServerMoments(t *testing.T) {
	d := onServer(t)
	d.schema.Moments = []string{"at_free"}
	do := func(text string) error {
		return d.Tx(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(text); return err }, func() {})
	}
	if err := do(`CREATE TABLE at (at BIGINT NOT NULL, id BIGINT PRIMARY KEY); CREATE UNIQUE INDEX at_free ON at (at)`); err != nil {
		t.Fatal(err)
	}
	tries := 0
	if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
		tries++
		var next int
		if err := tx.QueryRow(`SELECT coalesce(max(at), 0) + 1 FROM at`).Scan(&next); err != nil {
			return err
		}
		if tries == 1 {
			if err := do(`INSERT INTO at (at, id) VALUES (1, 1)`); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO at (at, id) VALUES ($1, 2)`, next)
		return err
	}, func() {}); err != nil || tries != 2 {
		t.Errorf("%d tries: %v", tries, err)
	}
	if err := do(`INSERT INTO at (at, id) VALUES (100, 2)`); err == nil || d.Again(err) {
		t.Errorf("a key twice: %v", err)
	}
}

// Who always finds another writer's row in its place is told that this is busy, after as
// many tries as there are or as soon as nobody waits any more, and not that the row is
// there already.
func TestServerMomentsLost(t *testing.T) {
	d := onServer(t)
	d.kind, d.schema.Moments = impatientServer{}, []string{"at_free"}
	do := func(ctx context.Context, text string) (tries int, err error) {
		err = d.Tx(ctx, func(tx *sql.Tx) error {
			tries++
			_, err := tx.Exec(text)
			if err != nil && tries == 2 {
				ctx.Value(leaving{}).(func())()
			}
			return err
		}, nil)
		return tries, err
	}
	if _, err := do(t.Context(), `CREATE TABLE at (at BIGINT NOT NULL); CREATE UNIQUE INDEX at_free ON at (at); INSERT INTO at (at) VALUES (1)`); err != nil {
		t.Fatal(err)
	}
	for _, leaves := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		leave := func() {}
		if leaves {
			leave = cancel
		}
		tries, err := do(context.WithValue(ctx, leaving{}, leave), `INSERT INTO at (at) VALUES (1)`)
		want := impatientServer{}.tries()
		if leaves {
			want = 2
		}
		if !Busy(err) || errors.Is(err, context.Canceled) != leaves || tries != want {
			t.Errorf("who leaves %v: %d tries, want %d: %v", leaves, tries, want, err)
		}
	}
}

// leaving is where a context has what ends it.
type leaving struct{}

// impatientServer is one that is tried a few times.
type impatientServer struct{ server }

func (impatientServer) tries() int { return 3 }

// Who gives up waiting is told so, whatever the work that it waited for finds of its
// transaction: that is taken back under its hands, and its connection given away.
func TestServerGivenUp(t *testing.T) {
	d := onServer(t)
	for _, c := range []struct {
		finds error
		ask   func(*sql.Tx) error
	}{
		{sql.ErrTxDone, add},
		{sql.ErrConnDone, func(tx *sql.Tx) error { return d.Together(t.Context(), tx, []Statement{{Text: `SELECT 1`}}) }},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var found error
		err := d.Tx(ctx, func(tx *sql.Tx) error {
			if err := add(tx); err != nil {
				return err
			}
			cancel()
			for !errors.Is(found, c.finds) && t.Context().Err() == nil {
				found = c.ask(tx)
			}
			return fmt.Errorf("add: %w", found)
		}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Tx = %v where the work found %v, want %v", err, c.finds, context.Canceled)
		}
	}
	if n := d.count(t); n != 0 {
		t.Errorf("of what was taken back %d is stored", n)
	}
}

// Whatever is done in a transaction whose connection broke fails because the server is
// lost, and does not wait for that transaction's end.
func TestServerBroken(t *testing.T) {
	d := onServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // far more than it needs
	defer cancel()
	err := d.Tx(ctx, func(tx *sql.Tx) error {
		var pid int
		if err := tx.QueryRow(`SELECT pg_backend_pid()`).Scan(&pid); err != nil {
			return err
		}
		if _, err := d.r.Exec(`SELECT pg_terminate_backend($1, 5000)`, pid); err != nil {
			return err
		}
		var err error
		for range 3 {
			if err = d.Together(ctx, tx, []Statement{{Text: `SELECT 1`}}); !Gone(err) {
				t.Errorf("Together = %v, want an error that is Gone", err)
			}
		}
		return err
	}, nil)
	if !Gone(err) {
		t.Errorf("Tx = %v, want an error that is Gone", err)
	}
}

// What was locked is read as others left it, and they wait for who has it.
func TestServerLock(t *testing.T) {
	d := onServer(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 25 {
				if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
					if err := d.Lock(t.Context(), tx, `SELECT n FROM counter`); err != nil {
						return err
					}
					var n int
					if err := tx.QueryRow(`SELECT n FROM counter`).Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec(`UPDATE counter SET n = $1`, n+1)
					return err
				}, func() {}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := d.count(t); n != 100 {
		t.Errorf("100 times one more is %d", n)
	}
}

// Who watches is woken as soon as a change is committed, and goes on after its
// connection was lost, which it is told.
func TestServerWatch(t *testing.T) {
	d := onServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	change := func(ctx context.Context) error {
		return d.Tx(ctx, func(tx *sql.Tx) error { return errors.Join(add(tx), d.Together(ctx, tx, d.Waking())) }, func() {})
	}
	killed, again := false, false
	err := d.Watch(ctx, func(ctx context.Context, conn *sql.Conn, lost bool) error {
		var n int
		if err := conn.QueryRowContext(ctx, `SELECT n FROM counter`).Scan(&n); err != nil {
			return err
		}
		switch {
		case n < 3:
			return change(ctx)
		case !killed:
			killed = true
			var pid int
			if err := conn.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
				return err
			}
			_, err := d.r.ExecContext(ctx, `SELECT pg_terminate_backend($1)`, pid)
			return err
		default:
			again = lost
			cancel()
		}
		return nil
	})
	if err != nil || !killed || !again {
		t.Errorf("Watch = %v, connection ended %v, told of it %v", err, killed, again)
	}
}

// Processes that start at once on an empty database agree on who makes its tables.
func TestServerOpenTogether(t *testing.T) {
	if !cluster.Ask(t) {
		t.Skip("of PostgreSQL alone, which comes later")
	}
	c := DefaultConfig()
	c.URL = cluster.New(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			d, err := Open(t.Context(), c, counterSchema())
			if err != nil {
				t.Error(err)
				return
			}
			d.Close()
		})
	}
	wg.Wait()
	d, err := OpenReader(t.Context(), c, counterSchema())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if n := d.count(t); n != 0 {
		t.Errorf("the row was made with %d", n)
	}
	if err := d.Tx(t.Context(), add, func() {}); !errors.Is(err, ErrForReading) {
		t.Errorf("a write for reading alone: %v", err)
	}
}

// A database that was written by a newer program is refused, and one by an older
// program where it may only be read.
func TestServerVersions(t *testing.T) {
	d := onServer(t)
	c := DefaultConfig()
	c.URL = d.testURL(t)
	if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
		return err
	}, func() {}); err != nil {
		t.Fatal(err)
	}
	for _, open := range []func(context.Context, Config, Schema) (*DB, error){Open, OpenReader} {
		if other, err := open(t.Context(), c, counterSchema()); !errors.Is(err, ErrNewer) {
			t.Errorf("a newer database: %v", err)
			if err == nil {
				other.Close()
			}
		}
	}
}

// testURL is the address of d's database.
func (d *DB) testURL(t *testing.T) string {
	t.Helper()
	var name string
	if err := d.r.QueryRow(`SELECT current_database()`).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return cluster.Address(name)
}

// What a person can do something about is said in plain words, without the
// password.
func TestServerFaults(t *testing.T) {
	if !cluster.Ask(t) {
		t.Skip("of PostgreSQL alone, which comes later")
	}
	for _, c := range []struct {
		name, url string
		want      error
	}{
		{"nobody there", "postgres://courant:hunter2@127.0.0.1:1/courant", ErrGone},
		{"no such database", cluster.Address("nowhere"), ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := DefaultConfig()
			set.URL = c.url
			_, err := Open(t.Context(), set, counterSchema())
			if !errors.Is(err, c.want) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "SQLSTATE") {
				t.Errorf("Open: %v, want %v", err, c.want)
			}
		})
	}
}

func TestConfigPostgres(t *testing.T) {
	for _, c := range []struct{ url, says string }{
		{"postgres://courant:hunter2@db.example/courant?sslmode=verify-full", ""},
		{"mysql://db.example/courant", "url: must be like"},
		{"postgres://courant:hunter2@db.example:port/courant", "url: cannot be understood"},
	} {
		set := DefaultConfig()
		set.URL = c.url
		err := set.Validate()
		switch {
		case c.says == "" && err != nil, c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%s: %v, want %q", c.url, err, c.says)
		case strings.Contains(set.Name(), "hunter2"):
			t.Errorf("the name %s has the password", set.Name())
		}
	}
	set := DefaultConfig()
	set.URL, set.Connections = "postgres://db.example/courant", 2
	if err := set.Validate(); err == nil || !strings.HasPrefix(err.Error(), "connections: ") {
		t.Errorf("two connections: %v", err)
	}
}
