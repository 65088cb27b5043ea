package lease

import (
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"

	"courant/db/dbtest"
)

func TestLease(t *testing.T) {
	clock := time.UnixMilli(1e12)
	d := dbtest.At(t, func() time.Time { return clock })
	ctx := t.Context()
	mine, err := Take(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	if h, found, err := Worker(ctx, d); err != nil || !found || h.PID != os.Getpid() {
		t.Errorf("Worker() = %v %v %v", h, found, err)
	}
	set := func(h Holder) {
		t.Helper()
		if err := d.Tx(ctx, func(t *sql.Tx) error {
			now, err := d.Clock(ctx, t, d.Now())
			return errors.Join(err, h.hold(ctx, t, now))
		}, nil); err != nil {
			t.Fatal(err)
		}
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
		{"in another container of this host", Holder{Host: self.Host, Boot: self.Boot, Space: "pid:[1]", PID: self.PID, Started: "1", Run: "x"}, false},
		{"elsewhere", Holder{Host: "elsewhere", Boot: "another", Space: self.Space, PID: 1, Started: "1", Run: "x"}, false},
	} {
		set(c.h)
		l, err := Take(ctx, d)
		if free := err == nil; free != c.free || (!free && !errors.As(err, &held)) {
			t.Errorf("%s: lease %v, error %v", c.name, l, err)
		}
	}
	if err := mine.Renew(ctx); !errors.Is(err, ErrLost) {
		t.Errorf("renewing a lost lease: %v", err)
	}
	clock = clock.Add(leaseFor + time.Millisecond)
	if d.Path() == "" { // a server's clock is its own: whatever ours says, the lease holds
		clock = clock.AddDate(10, 0, 0)
		if _, err := Take(ctx, d); !errors.As(err, &held) {
			t.Errorf("a clock that is ahead took a lease: %v", err)
		}
		if err := d.Tx(ctx, func(t *sql.Tx) error {
			_, err := t.ExecContext(ctx, `UPDATE lease SET expires = expires - $1`, (leaseFor + time.Second).Milliseconds())
			return err
		}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Take(ctx, d); err != nil {
		t.Errorf("a lease that ran out: %v", err)
	}
	// The same in all that the kernel says, as in another container: not ours.
	twin := self
	twin.Space, twin.Run = "pid:[1]", "y"
	set(twin)
	if _, err := Take(ctx, d); !errors.As(err, &held) {
		t.Errorf("took the lease of another container: %v", err)
	}
	if err := mine.Renew(ctx); !errors.Is(err, ErrLost) {
		t.Errorf("renewed the lease of another container: %v", err)
	}
	set(self)
	if err := mine.Release(ctx); err != nil {
		t.Error(err)
	}
	if _, found, err := Worker(ctx, d); found || err != nil {
		t.Errorf("after release: worker %v %v", found, err)
	}
	set(alive)
	clock = clock.AddDate(10, 0, 0)
	if _, err := Take(ctx, d); !errors.As(err, &held) {
		t.Errorf("a clock that steps by ten years took the lease from a process that lives here: %v", err)
	}
}
