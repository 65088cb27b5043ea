package daemon

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"courant/cmd/courant/config"
	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
)

func TestMain(m *testing.M) { cluster.Main(m) }

// Many machines: workers share the sources and take over from each other (M4, M5), and
// /readyz says that the database is away, and when it is back (M8).
func TestMachines(t *testing.T) {
	t.Run("M4", shared)
	t.Run("M5", frozen)
	t.Run("M5 settled", settled)
	t.Run("M8 start", startsLate)
	t.Run("M8", func(t *testing.T) {
		c := dbtest.Config(t)
		if c.URL == "" {
			return // on PostgreSQL's turn
		}
		p := cluster.NewProxy(t, c.URL)
		c.URL = p.Address()
		store, err := db.Open(t.Context(), c, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		h := &health{store: store}
		for _, step := range []struct {
			away bool
			want string
		}{{false, ""}, {true, "the database cannot be reached"}, {false, ""}} {
			p.Away(step.away)
			h.probe(t.Context())
			if got := h.degraded(t.Context()); got != step.want {
				t.Errorf("away %v: degraded() = %q, want %q", step.away, got, step.want)
			}
		}
	})
}

// startsLate has a daemon start while its server is away: it waits, says so once, and
// ends as it should when it is told to stop meanwhile. A server that refuses it is not
// waited for.
func startsLate(t *testing.T) {
	db := dbtest.Config(t)
	if db.URL == "" {
		return // on PostgreSQL's turn
	}
	p := cluster.NewProxy(t, db.URL)
	c, err := config.Parse("courant.toml", []byte("[publisher]\nlisten = \"127.0.0.1:0\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	c.Database = db
	c.Database.URL = p.Address()
	run := func(ctx context.Context, said io.Writer) <-chan error {
		ended := make(chan error, 1)
		go func() { ended <- Run(ctx, c, Options{Only: Publisher, Log: slog.New(slog.NewTextHandler(said, nil))}) }()
		return ended
	}
	tried := func(before int) {
		t.Helper()
		for until := time.Now().Add(20 * time.Second); p.Refused() <= before; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("the server is not tried again")
			}
		}
	}
	p.Away(true)
	ctx, stop := context.WithCancel(t.Context())
	ended := run(ctx, io.Discard)
	tried(0)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("a daemon that waits ends, when it is told to, with: %v", err)
	}
	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	log := &untilStarted{stop: stop}
	ended = run(ctx, log)
	tried(p.Refused() + 1)
	p.Away(false)
	if err := <-ended; err != nil || strings.Count(log.said.String(), "waiting for the database server") != 1 {
		t.Errorf("%v after\n%s", err, &log.said)
	}
	c.Database.URL += "_other"
	if err := Run(t.Context(), c, Options{Only: Publisher, Log: slog.New(slog.DiscardHandler)}); err == nil || engine.Gone(err) {
		t.Errorf("a database that is not there: %v", err)
	}
}

// untilStarted is a log that stops who writes it once it has started.
type untilStarted struct {
	said bytes.Buffer
	stop func()
}

func (l *untilStarted) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("msg=started")) {
		l.stop()
	}
	return l.said.Write(line)
}
