// Package lease decides which process is the worker of a store: polling belongs
// to one, which holds the lease and renews it; another takes over when that
// process is gone from this host, or, from another host, when the lease has run
// out: by the clock of the database server, where there is one, for those of two
// hosts may differ (M5).
package lease

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"courant/db/engine"
	"courant/db/sqlrow"
)

// Holder names a process, so that another can tell whether it still lives.
type Holder struct {
	Host    string
	Boot    string // the kernel's id of this boot, empty where it has none
	Space   string // of its process numbers: each container has its own; empty where the kernel has none
	PID     int
	Started string // when the process began, in the kernel's own ticks
	Run     string // random, made as the store was opened: no two are alike
}

// own is this process, as the kernel names it, with d open.
func own(d Store) (Holder, error) {
	host, err := os.Hostname()
	if err != nil {
		return Holder{}, err
	}
	pid := os.Getpid()
	space, _ := os.Readlink("/proc/self/ns/pid") // empty where there is none
	return Holder{Host: host, Boot: bootID(), Space: space, PID: pid, Started: processStart(pid), Run: d.Run()}, nil
}

func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// processStart reads field 22 of /proc/PID/stat (proc(5)), which tells a
// process from a later one with the same number; empty where there is none.
func processStart(pid int) string {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	// The name in field 2 may hold blanks and brackets; the rest does not.
	_, rest, _ := strings.Cut(string(stat[max(0, strings.LastIndexByte(string(stat), ')')):]), " ")
	const afterName = 22 - 3
	fields := strings.Fields(rest)
	if len(fields) <= afterName {
		return ""
	}
	return fields[afterName]
}

// free reports whether the lease of h may be taken over. Where its process can be
// seen, it is known whether it lives, whatever the clock says, for it may be set;
// on another host, or in another container of this one, the lease must have run
// out. A container may have the host's name and the same process number as
// another: only Run tells the two apart.
func (h Holder) free(self Holder, expires, now time.Time) bool {
	switch {
	case h.Host == self.Host && h.Boot != "" && h.Boot != self.Boot:
		return true // the host was started anew
	case h.Host == self.Host && h.Boot != "" && h.Space == self.Space:
		return processStart(h.PID) != h.Started
	}
	return expires.Before(now)
}

// String names the process for a person.
func (h Holder) String() string { return fmt.Sprintf("process %d on %s", h.PID, h.Host) }

// Store is where the lease stands: an open db.DB.
type Store interface {
	Tx(ctx context.Context, f func(*sql.Tx) error, told func()) error
	Reader() *sql.DB
	Now() time.Time
	// Clock is what time it is for all who may hold the lease; own is by the caller's.
	Clock(ctx context.Context, q engine.Asker, own time.Time) (time.Time, error)
	Run() string // names this opening of the store among all
}

// ErrLost says that another process has become the worker.
var ErrLost = errors.New("another process has become the worker of this database")

// A HeldError says that another process is the worker.
type HeldError struct {
	Holder  Holder
	Expires time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("the worker of this database is %s", e.Holder)
}

const (
	// leaseFor is how long a worker that fell silent on another host keeps the
	// database: several missed renewals, and no longer than an operator waits.
	leaseFor = 30 * time.Second
	// RenewEvery is how often the holder says that it is there.
	RenewEvery = 5 * time.Second
)

// Lease is the right to be the one worker of a database.
type Lease struct {
	d    Store
	self Holder
}

// Take makes this process the worker, or says in a *HeldError which other
// one is. A holder whose process is gone from this host is taken over at once,
// one on another host after its lease has run out.
func Take(ctx context.Context, d Store) (*Lease, error) {
	self, err := own(d)
	if err != nil {
		return nil, err
	}
	err = d.Tx(ctx, func(t *sql.Tx) error {
		now, err := d.Clock(ctx, t, d.Now())
		if err != nil {
			return err
		}
		held, expires, err := holder(ctx, t)
		switch {
		case err != nil:
			return err
		case held == Holder{} || held == self || held.free(self, expires, now):
			return self.hold(ctx, t, now)
		default:
			return &HeldError{held, expires}
		}
	}, nil)
	if err != nil {
		return nil, err
	}
	return &Lease{d, self}, nil
}

// Worker returns the process that is the worker now; found is false when there
// is none that can be alive.
func Worker(ctx context.Context, d Store) (h Holder, found bool, err error) {
	self, err := own(d)
	if err != nil {
		return Holder{}, false, err
	}
	now, err := d.Clock(ctx, d.Reader(), d.Now())
	if err != nil {
		return Holder{}, false, err
	}
	h, expires, err := holder(ctx, d.Reader())
	return h, h != Holder{} && !h.free(self, expires, now), err
}

// Renew says that the holder is still there. ErrLost: another process has
// taken over, and this one must stop writing.
func (l *Lease) Renew(ctx context.Context) error {
	return l.d.Tx(ctx, func(t *sql.Tx) error {
		held, _, err := holder(ctx, t)
		if err != nil {
			return err
		}
		if held != l.self {
			return ErrLost
		}
		now, err := l.d.Clock(ctx, t, l.d.Now())
		if err != nil {
			return err
		}
		return l.self.hold(ctx, t, now)
	}, nil)
}

// Release gives the lease back.
func (l *Lease) Release(ctx context.Context) error {
	return l.d.Tx(ctx, func(t *sql.Tx) error {
		_, err := t.ExecContext(ctx, `DELETE FROM lease WHERE run = $1`, l.self.Run)
		return err
	}, nil)
}

// holder reads the lease row, zero where there is none.
func holder(ctx context.Context, q sqlrow.Queryer) (h Holder, expires time.Time, err error) {
	err = q.QueryRowContext(ctx, `SELECT host, boot, space, pid, started, run, expires FROM lease`).
		Scan(&h.Host, &h.Boot, &h.Space, &h.PID, &h.Started, &h.Run, sqlrow.Time(&expires))
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return h, expires, err
}

// hold writes that h is the worker at now.
func (h Holder) hold(ctx context.Context, t *sql.Tx, now time.Time) error {
	_, err := t.ExecContext(ctx, `
		INSERT INTO lease (id, host, boot, space, pid, started, run, renewed, expires) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET host = excluded.host, boot = excluded.boot, space = excluded.space, pid = excluded.pid,
			started = excluded.started, run = excluded.run, renewed = excluded.renewed, expires = excluded.expires`,
		h.Host, h.Boot, h.Space, h.PID, h.Started, h.Run, sqlrow.Milli(now), sqlrow.Milli(now.Add(leaseFor)))
	return err
}
