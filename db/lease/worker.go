package lease

import (
	"context"
	"database/sql"
	"time"

	"courant/db/sqlrow"
)

// worker is a row of the workers.
type worker struct {
	Holder
	since, seen, expires time.Time
}

// workers are all of them, in the order in which they came.
func workers(ctx context.Context, q sqlrow.Queryer) ([]worker, error) {
	return sqlrow.Collect(ctx, q, func(r sqlrow.Row) (w worker, err error) {
		err = r.Scan(&w.Run, &w.Host, &w.Boot, &w.Space, &w.PID, &w.Started, sqlrow.Time(&w.since), sqlrow.Time(&w.seen), sqlrow.Time(&w.expires))
		return w, err
	}, `SELECT run, host, boot, space, pid, started, since, seen, expires FROM worker ORDER BY since, run`)
}

// ended reports whether the shards of w may be taken at now: its process is seen to
// have ended, or its lease ran out. On one machine a process that is seen to live
// keeps them, for the clock may be set; it is not frozen for long unseen there.
func (w worker) ended(self Holder, now time.Time, oneMachine bool) bool {
	if gone, seen := w.gone(self); seen && (gone || oneMachine) {
		return gone
	}
	return w.expires.Before(now)
}

// silent reports whether all that speaks against w is that its lease ran out.
func (w worker) silent(self Holder, now time.Time) bool {
	gone, _ := w.gone(self)
	return !gone && w.expires.Before(now)
}

// evict deletes w, and with it whatever it holds, if it still stands as it was read.
func (w worker) evict(ctx context.Context, t *sql.Tx) error {
	_, err := t.ExecContext(ctx, `DELETE FROM worker WHERE run = $1 AND seen = $2`, w.Run, sqlrow.Milli(w.seen))
	return err
}

// enter writes that h is a worker since now, and makes the shards where a store has
// lost them.
func (h Holder) enter(ctx context.Context, t *sql.Tx, now time.Time) error {
	if _, err := t.ExecContext(ctx, `
		INSERT INTO worker (run, host, boot, space, pid, started, since, seen, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)`,
		h.Run, h.Host, h.Boot, h.Space, h.PID, h.Started, sqlrow.Milli(now), sqlrow.Milli(now.Add(leaseFor))); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `
		INSERT INTO shard (id) SELECT CAST(value AS BIGINT) FROM json_each($1) WHERE true ON CONFLICT (id) DO NOTHING`, sqlrow.Text(All().Numbers()))
	return err
}

// Worker is a worker as others see it.
type Worker struct {
	Holder
	Shards      Set
	Since, Seen time.Time // by the clock of the database
}

// Workers are the processes that can be alive, in the order in which they came, and
// what each of them polls.
func Workers(ctx context.Context, d Store) ([]Worker, error) {
	self, err := own()
	if err != nil {
		return nil, err
	}
	now, err := d.Clock(ctx, d.Reader(), d.Now())
	if err != nil {
		return nil, err
	}
	list, err := workers(ctx, d.Reader())
	if err != nil {
		return nil, err
	}
	var live []Worker
	at := map[string]int{}
	for _, w := range list {
		if !w.ended(self, now, d.OneMachine()) {
			at[w.Run] = len(live)
			live = append(live, Worker{Holder: w.Holder, Since: w.since, Seen: w.seen})
		}
	}
	var run string
	for id, err := range sqlrow.Each(ctx, d.Reader(), func(r sqlrow.Row) (id int, err error) {
		err = r.Scan(&id, &run)
		return id, err
	}, `SELECT id, worker FROM shard WHERE worker IS NOT NULL`) {
		if err != nil {
			return nil, err
		}
		if i, alive := at[run]; alive {
			live[i].Shards[id] = true
		}
	}
	return live, nil
}
