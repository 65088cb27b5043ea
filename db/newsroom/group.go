package newsroom

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"courant/db/likeness"
	"courant/db/sqlrow"
)

const (
	// sameWithin is how far apart in time two articles of one title may be the same.
	sameWithin = 72 * time.Hour
	// sameOverlap is how much of their texts such articles share.
	sameOverlap = 0.6
	// mostAlike bounds how many articles of one link or title are looked at. Where
	// more of them have a link, it is no article's own: a feed whose entries all
	// lead to its front page is not one article.
	mostAlike = 16
	// groupAtOnce is how many articles are looked at in one transaction: some
	// milliseconds, so that other writers need not wait.
	groupAtOnce = 200
	// groupedKey is the row of meta that says up to which article was looked.
	groupedKey = "grouped"
)

// Group looks for what is the same among articles that came since it last looked,
// at most some hundred, and reports whether there may be more. It stands beside
// taking articles in, and not in its way: a site without a desk never does it.
func (r *Room) Group(ctx context.Context) (more bool, err error) {
	from, err := mark(ctx, r.engine.Reader(), groupedKey)
	if err != nil {
		return false, fmt.Errorf("group: %w", err)
	}
	var newest int64
	if err := r.engine.Reader().QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM article`).Scan(&newest); err != nil {
		return false, fmt.Errorf("group: %w", err)
	}
	if newest <= from {
		return false, nil
	}
	return newest > from+groupAtOnce, r.inTx(ctx, "group", func(t *sql.Tx, _ int64) error {
		// Nobody moves what is looked at meanwhile, unless they see what came of it.
		if err := r.engine.Alone(ctx, t, settling); err != nil {
			return err
		}
		from, err := mark(ctx, t, groupedKey) // another process may have been at it
		if err != nil {
			return err
		}
		fresh, err := entriesAfter(ctx, t, from)
		if err != nil || len(fresh) == 0 {
			return err
		}
		var joined []int64
		for _, e := range fresh {
			found, err := join(ctx, t, e)
			if err != nil {
				return err
			}
			if found {
				joined = append(joined, e.seq)
			}
		}
		if err := Settle(ctx, r.engine, t, joined); err != nil {
			return err
		}
		return setMark(ctx, t, groupedKey, fresh[len(fresh)-1].seq)
	})
}

// mark is up to which article something was done, as a row of meta says.
func mark(ctx context.Context, q sqlrow.Queryer, key string) (int64, error) {
	var value string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(value, 10, 64)
}

func setMark(ctx context.Context, t *sql.Tx, key string, seq int64) error {
	_, err := t.ExecContext(ctx, `
		INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
		key, strconv.FormatInt(seq, 10))
	return err
}

// alike is what two articles are held against each other by.
type alike struct {
	seq         int64
	source      string
	link, title int64
	sketch      likeness.Sketch
	at          int64
}

const alikeColumns = `article.seq, article.source, coalesce(entry.link, 0), coalesce(entry.title, 0), entry.sketch,
	coalesce(article.source_published, article.first_seen)`

func entriesAfter(ctx context.Context, q sqlrow.Queryer, from int64) ([]alike, error) {
	return alikes(ctx, q, `
		SELECT `+alikeColumns+` FROM article LEFT JOIN entry ON entry.article = article.seq
		WHERE article.seq > $1 ORDER BY article.seq LIMIT `+strconv.Itoa(groupAtOnce), from)
}

func alikes(ctx context.Context, q sqlrow.Queryer, query string, args ...any) (list []alike, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e alike
		if err := rows.Scan(&e.seq, &e.source, &e.link, &e.title, (*[]byte)(&e.sketch), &e.at); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// join puts e into the group of the first earlier article that is the same, and reports
// whether there is one.
func join(ctx context.Context, t *sql.Tx, e alike) (found bool, err error) {
	for _, by := range []struct {
		column string
		value  int64
	}{{"link", e.link}, {"title", e.title}} {
		if by.value == 0 {
			continue
		}
		list, err := alikes(ctx, t, `
			SELECT `+alikeColumns+` FROM entry JOIN article ON article.seq = entry.article
			WHERE entry.`+by.column+` = $1 AND entry.`+by.column+` <> 0 AND entry.article < $2
			ORDER BY entry.article DESC LIMIT `+strconv.Itoa(mostAlike), by.value, e.seq)
		if err != nil {
			return false, err
		}
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].same(e, by.column == "link" && len(list) < mostAlike) {
				return true, enter(ctx, t, e.seq, list[i].seq)
			}
		}
	}
	return false, nil
}

// same reports whether a and b are the same article (desk.md, Duplicates before
// stories); byLink says that both lead to one address that few others lead to. In
// one source that is not enough: some lead to one page from all they have.
func (a alike) same(b alike, byLink bool) bool {
	if byLink && a.source != b.source {
		return true
	}
	apart := time.Duration(b.at-a.at) * time.Millisecond
	return a.title == b.title && a.title != 0 && apart.Abs() <= sameWithin && a.sketch.Overlap(b.sketch) >= sameOverlap
}

// enter puts an article into another's group, which begins one where it is in none.
func enter(ctx context.Context, t *sql.Tx, seq, other int64) error {
	if _, err := t.ExecContext(ctx, `
		INSERT INTO same (article, head) SELECT article.seq, `+ownGroup+` FROM article WHERE article.seq = $1
		ON CONFLICT (article) DO NOTHING`, other); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `
		INSERT INTO same (article, head) SELECT $1, head FROM same WHERE article = $2
		ON CONFLICT (article) DO NOTHING`, seq, other)
	return err
}

// ownGroup is the group that an article begins: it has the number of its first
// article, or less than none where that was taken out of the group that has its own.
const ownGroup = `CASE WHEN EXISTS (SELECT 1 FROM same AS left_behind WHERE left_behind.head = article.seq) THEN -article.seq ELSE article.seq END`

// regroup takes an article out of its group and puts it into another, 0 for none.
func regroup(ctx context.Context, t *sql.Tx, seq, was, group int64) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM same WHERE article = $1`, seq); err != nil {
		return err
	}
	// Who began a group that nobody else is left in is in none, as before it began: else
	// what an undo leaves would not be what there was.
	if _, err := t.ExecContext(ctx, `
		DELETE FROM same WHERE article = $1 AND head = $2
			AND NOT EXISTS (SELECT 1 FROM same AS other WHERE other.head = $2 AND other.article <> $1)`, max(was, -was), was); err != nil || group == 0 {
		return err
	}
	// The first article of a group that begins is in it too.
	if _, err := t.ExecContext(ctx, `
		INSERT INTO same (article, head) SELECT seq, $2 FROM article
		WHERE seq = $1 AND NOT EXISTS (SELECT 1 FROM same WHERE head = $2) ON CONFLICT (article) DO NOTHING`, max(group, -group), group); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `INSERT INTO same (article, head) VALUES ($1, $2) ON CONFLICT (article) DO NOTHING`, seq, group)
	return err
}

// GroupOf is the group that an article is in, or the one that it would begin.
func (r *Room) GroupOf(ctx context.Context, id string) (group int64, err error) {
	err = sqlrow.One(r.engine.Reader().QueryRowContext(ctx, `
		SELECT coalesce(same.head, `+ownGroup+`) FROM article LEFT JOIN same ON same.article = article.seq WHERE article.id = $1`, id), &group)
	if err != nil {
		return 0, fmt.Errorf("article %s: %w", id, err)
	}
	return group, nil
}
