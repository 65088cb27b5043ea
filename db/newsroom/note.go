package newsroom

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"courant/db/sqlrow"
)

// Note is what an editor says of an article to the others.
type Note struct {
	At   time.Time `json:"at"`
	Name string    `json:"name"`
	Text string    `json:"text"`
}

// TurnNote takes a note of somebody's about an article away, or puts it there. It
// returns sqlrow.ErrNotFound where there is no such note, or article.
func TurnNote(ctx context.Context, t *sql.Tx, article, name string, n Note, put bool) error {
	text := `DELETE FROM note WHERE article = (SELECT seq FROM article WHERE id = $1) AND at = $2 AND name = $3 AND text = $4`
	if put {
		text = `INSERT INTO note (article, at, name, text) SELECT seq, $2, $3, $4 FROM article WHERE id = $1`
	}
	res, err := t.ExecContext(ctx, text, article, sqlrow.Milli(n.At), name, n.Text)
	return sqlrow.Touched(res, err, sqlrow.ErrNotFound)
}

// Notes are what editors said of an article, the oldest first, and the names of
// those who nominated it.
func (r *Room) Notes(ctx context.Context, article string) (list []Note, nominated []string, err error) {
	rows, err := r.engine.Reader().QueryContext(ctx, `
		SELECT note.at, note.name, note.text FROM note JOIN article ON article.seq = note.article WHERE article.id = $1 ORDER BY note.id`, article)
	if err != nil {
		return nil, nil, fmt.Errorf("notes on %s: %w", article, err)
	}
	defer rows.Close()
	for rows.Next() {
		var n Note
		var ms int64
		if err := rows.Scan(&ms, &n.Name, &n.Text); err != nil {
			return nil, nil, err
		}
		n.At = at(ms)
		list = append(list, n)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, err
	}
	nominated, err = r.texts(ctx, `
		SELECT nomination.name FROM nomination JOIN article ON article.seq = nomination.article WHERE article.id = $1 ORDER BY nomination.at, nomination.name`, article)
	return list, nominated, err
}

// texts are the rows of a query that has one column of text.
func (r *Room) texts(ctx context.Context, query string, args ...any) (list []string, err error) {
	rows, err := r.engine.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// TwinsOf are, of each incoming article given by id, the others of its group that
// are incoming, by id and in the order they came.
func (r *Room) TwinsOf(ctx context.Context, ids []string) (map[string][]string, error) {
	twins := map[string][]string{}
	for _, id := range ids {
		list, err := r.texts(ctx, `
			SELECT twin.id FROM article JOIN same ON same.article = article.seq
			JOIN same AS other ON other.head = same.head AND other.article <> same.article
			JOIN article AS twin ON twin.seq = other.article
			WHERE article.id = $1 AND article.status = 'incoming' AND twin.status = 'incoming' ORDER BY twin.seq`, id)
		if err != nil {
			return nil, fmt.Errorf("what is the same: %w", err)
		}
		if len(list) > 0 {
			twins[id] = list
		}
	}
	return twins, nil
}
