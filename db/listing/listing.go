// Package listing says in which order articles came to the lists that readers see,
// for the archives of their feeds (RFC 5005 section 4). It has tables of its own, and
// asks the store's engine to run its statements. Settle keeps them, at the end of each
// transaction that publishes or moves articles; a List reads them.
//
// What makes an archive document stable (H2, H3): no date of an article can bound one.
// Published is its source's on a first import and in what is backfilled, so that it may
// lie anywhere in the past; Updated moves with corrections; a pin is no date at all. So
// an article is given the next publication number when it enters a list, in the
// transaction that puts it there, and keeps it for good: a withdrawal leaves a gap, and
// what comes back from one has its old place. The numbers are those of one counter, whose
// row is held until the transaction commits: once all of a hundred are given, none of them
// is ever given again, on however many machines. Archive N of a list is what the list has
// of numbers 100·(N−1)+1 to 100·N, and is there once the counter has passed them; so what
// it has can become less, never more. An article that an editor moves into another section,
// or gives another tag, enters that list at the end, with a number that its other lists
// know nothing of: readers who have walked that list before find it where they look for
// news, and nobody's old archive gains anything. What came from a source's past is no news
// and must not stand in the subscription document, which holds everything behind the
// newest archive: it fills archives of its own, which are complete when its transaction is
// (the numbers that are left over are given to nothing). What stands last in an archive's
// links, its successor, comes when that is complete: the one thing in it that is added.
package listing

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"courant/db/scope"
	"courant/db/sqlrow"
)

// PerArchive is how many publication numbers an archive document spans (H2).
const PerArchive = 100

// Store is what is read from.
type Store interface{ Reader() *sql.DB }

// List is a list of articles.
type List struct {
	Scope    string    // as package scope names it
	From, To time.Time // of scope.Site, only what was published in this time; zero: all
}

// far is beyond all numbers and dates.
const far = 1 << 52

// dates are the bounds of l's time, in milliseconds.
func (l List) dates() (from, to int64) {
	if l.To.IsZero() {
		return -far, far
	}
	return l.From.UnixMilli(), l.To.UnixMilli()
}

// Complete is how many archive documents there are, empty ones of a list counted:
// those whose numbers are all given.
func Complete(ctx context.Context, s Store) (n int, err error) {
	last, err := sqlrow.Collect(ctx, s.Reader(), sqlrow.Column[int], `SELECT n FROM counter WHERE name = 'publication'`)
	if err != nil {
		return 0, fmt.Errorf("count archives: %w", err)
	}
	if len(last) == 0 {
		return 0, nil // nothing was ever published
	}
	return last[0] / PerArchive, nil
}

// Held is the Seqs of the articles that archive n has of the list, the last that
// came first.
func (l List) Held(ctx context.Context, s Store, n int) ([]int64, error) {
	return l.between(ctx, s, (n-1)*PerArchive, n*PerArchive)
}

// Since is the Seqs of what came to the list after archive n.
func (l List) Since(ctx context.Context, s Store, n int) ([]int64, error) {
	return l.between(ctx, s, n*PerArchive, far)
}

func (l List) between(ctx context.Context, s Store, above, most int) ([]int64, error) {
	from, to := l.dates()
	seqs, err := sqlrow.Collect(ctx, s.Reader(), sqlrow.Column[int64], `
		SELECT listing.article FROM listing JOIN article ON article.seq = listing.article
		WHERE listing.list = $1 AND listing.number > $2 AND listing.number <= $3 AND article.published >= $4 AND article.published < $5
		ORDER BY listing.number DESC`, l.Scope, above, most, from, to)
	if err != nil {
		return nil, fmt.Errorf("archive of %s: %w", l.Scope, err)
	}
	return seqs, nil
}

// Gone is an article that readers could see and no longer can.
type Gone struct {
	ID string
	At time.Time // of its withdrawal
}

// Gone is what was withdrawn of archive n, the latest first.
func (l List) Gone(ctx context.Context, s Store, n int) ([]Gone, error) {
	from, to := l.dates()
	list, err := sqlrow.Collect(ctx, s.Reader(), func(r sqlrow.Row) (g Gone, err error) {
		err = r.Scan(&g.ID, sqlrow.Time(&g.At))
		return g, err
	}, `
		SELECT article.id, article.withdrawn FROM listing JOIN article ON article.seq = listing.article
		WHERE listing.list = $1 AND listing.number > $2 AND listing.number <= $3 AND article.published >= $4 AND article.published < $5
			AND article.withdrawn IS NOT NULL
		ORDER BY article.withdrawn DESC`, l.Scope, (n-1)*PerArchive, n*PerArchive, from, to)
	if err != nil {
		return nil, fmt.Errorf("archive of %s: %w", l.Scope, err)
	}
	return list, nil
}

// Older is the nearest archive before n in which the list has anything, 0 where
// there is none.
func (l List) Older(ctx context.Context, s Store, n int) (int, error) {
	return l.near(ctx, s, (n-1)*PerArchive, `SELECT coalesce(max(number), 0) FROM listing WHERE list = $1 AND number <= $2`, `
		SELECT coalesce(max(listing.number), 0) FROM article JOIN listing ON listing.article = article.seq AND listing.list = $1
		WHERE article.status = 'published' AND article.published >= $3 AND article.published < $4 AND listing.number <= $2`)
}

// Newer is the nearest archive after n in which the list has anything, of those
// that are complete; 0 where there is none.
func (l List) Newer(ctx context.Context, s Store, n, complete int) (int, error) {
	near, err := l.near(ctx, s, n*PerArchive, `SELECT coalesce(min(number), 0) FROM listing WHERE list = $1 AND number > $2`, `
		SELECT coalesce(min(listing.number), 0) FROM article JOIN listing ON listing.article = article.seq AND listing.list = $1
		WHERE article.status = 'published' AND article.published >= $3 AND article.published < $4 AND listing.number > $2`)
	if near > complete {
		return 0, err
	}
	return near, err
}

// near is the archive of the number that whole selects, or dated of a list that has
// only some time's.
func (l List) near(ctx context.Context, s Store, bound int, whole, dated string) (number int, err error) {
	if from, to := l.dates(); l.To.IsZero() {
		err = s.Reader().QueryRowContext(ctx, whole, l.Scope, bound).Scan(&number)
	} else {
		err = s.Reader().QueryRowContext(ctx, dated, l.Scope, bound, from, to).Scan(&number)
	}
	if err != nil {
		return 0, fmt.Errorf("archives of %s: %w", l.Scope, err)
	}
	return (number + PerArchive - 1) / PerArchive, nil
}

// New is an article that is published, and was not before its transaction: it is in no
// list yet.
type New struct {
	Seq             int64
	Published       time.Time
	Source, Section string
	Tags            []string
	Past            bool // it came from its source's past
}

// lists are those that it belongs in.
func (a *New) lists() []string {
	lists := []string{scope.Site, scope.Source(a.Source)}
	if a.Section != "" {
		lists = append(lists, scope.Section(a.Section))
	}
	for _, tag := range a.Tags {
		if t := scope.Tag(tag); !slices.Contains(lists, t) {
			lists = append(lists, t)
		}
	}
	return lists
}

// Later runs a statement of a transaction after those that it was given before.
type Later func(ctx context.Context, text string, args ...any) error

// Settle makes the lists say what new articles belong in, and the published ones of
// those with the given Seqs, at the end of the transaction that changed them. Such as the
// transaction has taken back are nothing to it, but must not be among the new. What it
// writes it writes by later, which may do so once Settle has returned.
func Settle(ctx context.Context, t *sql.Tx, fresh []New, seqs []int64, later Later) error {
	came, err := moved(ctx, t, seqs, later)
	if err != nil {
		return err
	}
	for i := range fresh {
		a := &fresh[i]
		came = append(came, entering{a.Published.UnixMilli(), a.Seq, a.lists(), a.Past})
	}
	slices.SortFunc(came, func(a, b entering) int {
		return cmp.Or(cmp.Compare(a.published, b.published), cmp.Compare(a.seq, b.seq))
	})
	return number(ctx, t, came, later)
}

// entering is an article and the lists that it comes to.
type entering struct {
	published, seq int64
	lists          []string
	past           bool
}

// moved has the published ones of the articles with the given Seqs leave the lists that
// they belong in no more, and returns those that others gain.
func moved(ctx context.Context, t *sql.Tx, seqs []int64, later Later) (came []entering, err error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	has := map[int64][]string{}
	var seq int64
	for list, err := range sqlrow.Each(ctx, t, func(r sqlrow.Row) (list string, err error) {
		err = r.Scan(&seq, &list)
		return list, err
	}, `SELECT article, list FROM listing WHERE article IN (SELECT CAST(value AS BIGINT) FROM json_each($1))`, sqlrow.Text(seqs)) {
		if err != nil {
			return nil, fmt.Errorf("read lists: %w", err)
		}
		has[seq] = append(has[seq], list)
	}
	all, err := sqlrow.Collect(ctx, t, func(r sqlrow.Row) (a New, err error) {
		err = r.Scan(&a.Seq, sqlrow.Time(&a.Published), &a.Source, &a.Section, sqlrow.JSON(&a.Tags), &a.Past)
		return a, err
	}, `
		SELECT article.seq, article.published, article.source, article.section, article.tags,
			EXISTS (SELECT 1 FROM history WHERE history.article = article.seq)
		FROM article WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND status = 'published'`, sqlrow.Text(seqs))
	if err != nil {
		return nil, fmt.Errorf("read lists: %w", err)
	}
	for _, a := range all {
		lists := a.lists()
		for _, list := range has[a.Seq] {
			if slices.Contains(lists, list) {
				continue
			}
			if err := later(ctx, `DELETE FROM listing WHERE article = $1 AND list = $2`, a.Seq, list); err != nil {
				return nil, fmt.Errorf("leave %s: %w", list, err)
			}
		}
		gains := slices.DeleteFunc(lists, func(list string) bool { return slices.Contains(has[a.Seq], list) })
		if len(gains) > 0 {
			came = append(came, entering{a.Published.UnixMilli(), a.Seq, gains, a.Past})
		}
	}
	return came, nil
}

// number gives numbers to what comes to lists, and to what comes from the past
// archives of its own.
func number(ctx context.Context, t *sql.Tx, came []entering, later Later) error {
	if len(came) == 0 {
		return nil
	}
	// Whoever takes numbers next waits here until these are committed, or taken back.
	var n int64
	if err := t.QueryRowContext(ctx, `
		INSERT INTO counter (name, n) VALUES ('publication', 0) ON CONFLICT (name) DO UPDATE SET n = counter.n RETURNING n`).Scan(&n); err != nil {
		return fmt.Errorf("take publication numbers: %w", err)
	}
	rows := map[string][]place{} // by list, for the engines write what stands together at once
	give := func(past bool) {
		for _, e := range came {
			if e.past != past {
				continue
			}
			n++
			for _, name := range e.lists {
				rows[name] = append(rows[name], place{n, e.seq})
			}
		}
	}
	give(false)
	if slices.ContainsFunc(came, func(e entering) bool { return e.past }) {
		n = whole(n)
		give(true)
		n = whole(n)
	}
	if err := enter(ctx, rows, later); err != nil {
		return fmt.Errorf("enter lists: %w", err)
	}
	if err := later(ctx, `UPDATE counter SET n = $1 WHERE name = 'publication'`, n); err != nil {
		return fmt.Errorf("take publication numbers: %w", err)
	}
	return nil
}

// place is an article's in a list.
type place struct{ number, seq int64 }

// longRun is how many places in a row, of articles that were stored in a row, are
// written by a statement of their own: it takes them from the articles, which costs half of
// taking them from what it is given.
const longRun = 32

// enter writes the places that lists gain.
func enter(ctx context.Context, rows map[string][]place, later Later) error {
	var single []string
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		for list := rows[name]; len(list) > 0; {
			first, n := list[0], 1
			for n < len(list) && list[n] == (place{first.number + int64(n), first.seq + int64(n)}) {
				n++
			}
			if n < longRun {
				for _, p := range list[:n] {
					single = append(single, sqlrow.Packed(name, p.number, p.seq))
				}
			} else if err := later(ctx, `
				INSERT INTO listing (list, number, article) SELECT $1, seq + $2, seq FROM article WHERE seq >= $3 AND seq < $4`,
				name, first.number-first.seq, first.seq, first.seq+int64(n)); err != nil {
				return err
			}
			list = list[n:]
		}
	}
	if len(single) == 0 {
		return nil
	}
	return later(ctx, `
		INSERT INTO listing (list, number, article)
		SELECT substr(value, 33), CAST(substr(value, 1, 16) AS BIGINT), CAST(substr(value, 17, 16) AS BIGINT) FROM json_each($1)`, sqlrow.Text(single))
}

// whole is n, or the last number of its archive.
func whole(n int64) int64 { return (n + PerArchive - 1) / PerArchive * PerArchive }
