package lease

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"

	"courant/db/dbtest"
)

// put writes that h is the only worker, since now, with all shards.
func put(t *testing.T, d Store, h Holder) {
	t.Helper()
	if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
		now, err := d.Clock(t.Context(), tx, d.Now())
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(t.Context(), `DELETE FROM worker`); err != nil {
			return err
		}
		if err := h.enter(t.Context(), tx, now); err != nil {
			return err
		}
		_, err = tx.ExecContext(t.Context(), `UPDATE shard SET worker = $1`, h.Run)
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
}

// pass lets so much of the database's time pass for some workers, who are silent
// meanwhile.
func pass(t *testing.T, d Store, span time.Duration, runs ...string) {
	t.Helper()
	for _, run := range runs {
		if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE worker SET seen = seen - $1, expires = expires - $1 WHERE run = $2`, span.Milliseconds(), run)
			return err
		}, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// Where one process is the worker, another is refused while that one can be alive.
func TestTake(t *testing.T) {
	clock := time.UnixMilli(1e12)
	d := dbtest.At(t, func() time.Time { return clock })
	ctx := t.Context()
	mine, err := Take(ctx, d)
	if err != nil || mine.Held() != All() {
		t.Fatal(err)
	}
	if list, err := Workers(ctx, d); err != nil || len(list) != 1 || list[0].PID != os.Getpid() || list[0].Shards != All() {
		t.Errorf("Workers() = %v %v", list, err)
	}
	self := mine.self
	alive := Holder{Host: self.Host, Boot: self.Boot, Space: self.Space, PID: os.Getppid(), Started: processStart(os.Getppid()), Run: "x"}
	var held *HeldError
	for _, c := range []struct {
		name string
		h    Holder
		free bool
	}{
		{"alive here", alive, false},
		{"its number given to a later process", Holder{Host: self.Host, Boot: self.Boot, Space: self.Space, PID: alive.PID, Started: "1", Run: "x"}, true},
		{"before this boot", Holder{Host: self.Host, Boot: "another", Space: self.Space, PID: alive.PID, Started: alive.Started, Run: "x"}, true},
		// The same in all that the kernel says.
		{"in another container of this host", Holder{Host: self.Host, Boot: self.Boot, Space: "pid:[1]", PID: self.PID, Started: self.Started, Run: "x"}, false},
		{"elsewhere", Holder{Host: "elsewhere", Boot: "another", Space: self.Space, PID: 1, Started: "1", Run: "x"}, false},
	} {
		put(t, d, c.h)
		l, err := Take(ctx, d)
		if free := err == nil; free != c.free || (!free && !errors.As(err, &held)) {
			t.Errorf("%s: lease %v, error %v", c.name, l, err)
		}
	}
	if err := mine.Beat(ctx, Set{}); !errors.Is(err, ErrLost) {
		t.Errorf("renewing a lost lease: %v", err)
	}
	clock = clock.Add(leaseFor + time.Millisecond)
	if !d.OneMachine() { // a server's clock is its own: whatever ours says, the lease holds
		clock = clock.AddDate(10, 0, 0)
		if _, err := Take(ctx, d); !errors.As(err, &held) {
			t.Errorf("a clock that is ahead took a lease: %v", err)
		}
		pass(t, d, leaseFor+time.Second, "x")
	}
	last, err := Take(ctx, d)
	if err != nil {
		t.Fatalf("a lease that ran out: %v", err)
	}
	if err := last.Release(ctx); err != nil {
		t.Error(err)
	}
	if list, err := Workers(ctx, d); err != nil || len(list) > 0 {
		t.Errorf("after release: workers %v %v", list, err)
	}
	put(t, d, alive)
	clock = clock.AddDate(10, 0, 0)
	if _, err := Take(ctx, d); !errors.As(err, &held) {
		t.Errorf("a clock that steps by ten years took the lease from a process that lives here: %v", err)
	}
}

// Beside another worker there is one more where the database is on a server, and
// none on one machine.
func TestJoin(t *testing.T) {
	d := dbtest.New(t)
	if _, err := Join(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	second, err := Join(t.Context(), d)
	var held *HeldError
	switch {
	case d.OneMachine() && !errors.As(err, &held):
		t.Errorf("a second worker on one machine: %v", err)
	case !d.OneMachine() && (err != nil || second.Held().Len() != 0):
		t.Errorf("a second worker: %v, %d shards", err, second.Held().Len())
	}
	if _, err := Take(t.Context(), d); !errors.As(err, &held) {
		t.Errorf("one worker for all beside others: %v", err)
	}
}

// lost are the sources of ids that the fence of l refuses.
func lost(ctx context.Context, t *testing.T, d Store, l *Lease, ids ...string) (refused []string) {
	t.Helper()
	if err := d.Tx(ctx, func(tx *sql.Tx) error {
		list, err := l.fence(ctx, tx, ids)
		for _, id := range ids {
			if list[id] != nil {
				refused = append(refused, id)
			}
		}
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
	return refused
}
