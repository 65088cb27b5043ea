package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"sort"
	"strings"
	"time"

	"courant/db/scope"
	"courant/db/sqlrow"
)

// scopeSet is what a transaction touches, each with the newest significant
// change in it (A10), zero where there is none.
type scopeSet map[string]time.Time

// add adds what changed without being news: a count, a typo.
func (s *scopeSet) add(scopes ...string) { s.addAt(time.Time{}, scopes...) }

// addAt adds scopes that have news of the moment at.
func (s *scopeSet) addAt(at time.Time, scopes ...string) {
	if *s == nil {
		*s = scopeSet{}
	}
	for _, scope := range scopes {
		(*s)[scope] = latest((*s)[scope], at)
	}
}

func (s scopeSet) list() []string {
	if len(s) == 0 {
		return nil
	}
	list := make([]string, 0, len(s))
	for scope := range s {
		list = append(list, scope)
	}
	sort.Strings(list)
	return list
}

// articleScopes are the lists that show a, and its own page. An article that
// readers never saw is in none.
func articleScopes(a Article) []string {
	if a.Published.IsZero() {
		return nil
	}
	return append(listScopes(a), scope.Article(a.ID))
}

// listScopes are the lists that show a, which readers see.
func listScopes(a Article) []string {
	scopes := []string{scope.Site, scope.Source(a.Source), scopeMoment(a.Published)}
	if a.Section != "" {
		scopes = append(scopes, scope.Section(a.Section))
	}
	for _, tag := range a.Tags {
		scopes = append(scopes, scope.Tag(tag))
	}
	if !a.Corrected.IsZero() || !a.Withdrawn.IsZero() {
		scopes = append(scopes, scope.Corrections)
	}
	return scopes
}

// changeKept is how long other processes have to take notice of a change; they
// look once a second, and drop everything when they were away for longer.
const changeKept = time.Hour

// logChange writes what t touched for the other processes and wakes them; seq gets its
// number, and stays 0 when nothing a reader sees was touched.
func (t *tx) logChange(ctx context.Context, scopes []string, seq *int64) error {
	if len(scopes) == 0 {
		return nil
	}
	data, err := json.Marshal(scopes)
	if err != nil {
		return err
	}
	if err := t.saveLists(ctx, scopes); err != nil {
		return err
	}
	// Last of all: whoever has the next number waits here until this one is
	// committed, or taken back, so that no process that reads on from the last it
	// knows misses one that came late (M6).
	if err := t.laterEach(ctx, func(r sqlrow.Row) error { return r.Scan(seq) }, `
		INSERT INTO counter (name, n) VALUES ('change', 1) ON CONFLICT (name) DO UPDATE SET n = counter.n + 1 RETURNING n`); err != nil {
		return err
	}
	if err := t.later(ctx, `
		INSERT INTO change (seq, at, scopes) SELECT n, CAST($1 AS BIGINT), $2 FROM counter WHERE name = 'change'`, sqlrow.Milli(t.now), string(data)); err != nil {
		return err
	}
	// Of the oldest alone, or each write would look at all that is kept. One of a clock
	// that was far ahead must not stand before them for good.
	if err := t.later(ctx, `
		DELETE FROM change WHERE seq < (SELECT n FROM counter WHERE name = 'change') AND seq IN (
			SELECT seq FROM (SELECT seq, at FROM change ORDER BY seq LIMIT 10) AS oldest WHERE at NOT BETWEEN $1 AND $2)`,
		sqlrow.Milli(t.now.Add(-changeKept)), sqlrow.Milli(t.now.Add(changeKept))); err != nil {
		return err
	}
	for _, s := range t.e.Waking() {
		if err := t.Later(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// saveLists writes what t did to lists, in their sorted order: two writers that
// lock the same rows must lock them in the same order. Articles have columns of their own for
// it, and would make the table as long as theirs.
func (t *tx) saveLists(ctx context.Context, scopes []string) error {
	var rows []string
	for _, name := range scopes {
		if strings.HasPrefix(name, scope.Article("")) {
			continue
		}
		at, touched := t.scopes[name], latest(t.now, t.scopes[name])
		if at.IsZero() {
			at = time.UnixMilli(0) // none
		}
		rows = append(rows, sqlrow.Packed(name, at.UnixMilli(), touched.UnixMilli()))
	}
	if len(rows) == 0 {
		return nil
	}
	return t.later(ctx, `
		INSERT INTO list (scope, updated, touched)
		SELECT substr(value, 33), nullif(CAST(substr(value, 1, 16) AS BIGINT), 0), CAST(substr(value, 17, 16) AS BIGINT) FROM json_each($1) WHERE true
		ON CONFLICT (scope) DO UPDATE SET
			updated = CASE WHEN list.updated > excluded.updated THEN list.updated ELSE coalesce(excluded.updated, list.updated) END,
			touched = CASE WHEN list.touched > excluded.touched THEN list.touched ELSE excluded.touched END`, sqlrow.Text(rows))
}

// OnChange has f called after each committed change that readers can see, by
// this process or, while Watch runs, by another. A nil list means "anything".
// f must be quick and must not write to the store.
func (d *DB) OnChange(f func(scopes []string)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.listeners = append(d.listeners, f)
}

// mostEarly bounds how many changes of our own are remembered that those of others lie
// before: Watch, which reads these, is never so far behind while it runs.
const mostEarly = 1000

// announce tells the listeners of a change of our own. Watch skips it later, unless its
// number is 0, for the answer that had it was lost: then it is told twice, which costs a
// rendering and loses nothing. Of two that are committed at once the later may come here
// first, and others' may lie between.
func (d *DB) announce(seq int64, scopes []string) {
	if len(scopes) == 0 {
		return
	}
	d.mu.Lock()
	listeners := d.listeners
	if seq > d.seen && len(d.early) < mostEarly {
		d.early[seq] = true
	}
	for d.early[d.seen+1] {
		d.seen++
		delete(d.early, d.seen)
	}
	d.mu.Unlock()
	for _, f := range listeners {
		f(scopes)
	}
}

// Watch tells the listeners of changes by other processes until ctx ends.
func (d *DB) Watch(ctx context.Context) error { return d.DB.Watch(ctx, d.readChanges) }

// readChanges tells of the changes since the last one that was told; of all that
// there may be, where the connection was lost meanwhile: another server may have
// taken over, with other changes.
func (d *DB) readChanges(ctx context.Context, conn *sql.Conn, lost bool) error {
	if lost {
		return d.readAnew(ctx, conn)
	}
	d.mu.Lock()
	seen, told, listeners := d.seen, maps.Clone(d.early), d.listeners
	d.mu.Unlock()
	var seq int64
	var touched scopeSet
	last, gap := seen, false
	for scopes, err := range sqlrow.Each(ctx, conn, func(r sqlrow.Row) (scopes []string, err error) {
		err = r.Scan(&seq, sqlrow.JSON(&scopes))
		return scopes, err
	}, `SELECT seq, scopes FROM change WHERE seq > $1 ORDER BY seq`, seen) {
		if err != nil {
			return err
		}
		gap = gap || seq != last+1 // rows were dropped before we saw them
		last = seq
		if !told[seq] {
			touched.add(scopes...)
		}
	}
	if last == seen {
		return nil
	}
	d.mu.Lock()
	d.seen = max(d.seen, last)
	maps.DeleteFunc(d.early, func(seq int64, _ bool) bool { return seq <= d.seen })
	d.mu.Unlock()
	scopes := touched.list()
	if gap {
		scopes = nil
	} else if len(scopes) == 0 {
		return nil
	}
	for _, f := range listeners {
		f(scopes)
	}
	return nil
}

// List says how a list of articles or comments stands, as a whole.
type List struct {
	Updated time.Time // of the latest news in it: a significant change, a withdrawal; when the database was made where there is none
	Touched time.Time // of the latest change of any kind
	Known   bool      // whether anything was ever in it
}

// List returns how the list of the given scope stands. It never goes
// backwards, whatever leaves the list.
func (d *DB) List(ctx context.Context, scope string) (List, error) {
	l := List{Updated: d.created, Touched: d.created}
	var updated, touched time.Time
	err := d.r.QueryRowContext(ctx, `SELECT updated, touched FROM list WHERE scope = $1`, scope).
		Scan(sqlrow.Time(&updated), sqlrow.Time(&touched))
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil
	}
	if !updated.IsZero() {
		l.Updated = updated
	}
	l.Touched, l.Known = latest(touched, l.Touched), true
	return l, err
}

// readAnew tells that anything may have changed, and goes on from there.
func (d *DB) readAnew(ctx context.Context, conn *sql.Conn) error {
	var last int64
	if err := conn.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM change`).Scan(&last); err != nil {
		return err
	}
	d.mu.Lock()
	d.seen = last
	clear(d.early)
	listeners := d.listeners
	d.mu.Unlock()
	for _, f := range listeners {
		f(nil)
	}
	return nil
}
