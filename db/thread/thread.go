// Package thread keeps the threads that articles have at their sources (P101): which
// comment feeds are followed, how far that is, and when each is due. It has statements
// of its own over a table of its own, which the store's comments stand beside. Begin
// with New; Note is told by a pass which threads a document names.
//
// A thread is asked for by one process at a time: Claim notes that it is, and what came
// of it is only stored while that claim holds. What a visit brings, and where the
// thread then stands, is one transaction: the store's Ingest takes a Step, and calls
// Save.
package thread

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"courant/db/content"
	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
)

// ErrTaken says that another process asked for the thread meanwhile, or that it is
// followed no more.
var ErrTaken = errors.New("another process follows the thread")

// maxFollowed is how many threads of one source are followed at once: as many as one
// host can be asked for in half an hour at a second each. Beyond them the quietest go.
const maxFollowed = 2000

// Named is what a document says of the thread of one of its entries.
type Named struct {
	Article int64         // its seq; 0: the one with GUID
	GUID    string        // of the article
	Address string        // of the comment feed, without a password
	Host    string        // of that
	Shard   int           // of the host
	Said    string        // how many comments there are, and of when, in whatever words: it moved when they change
	Alive   time.Time     // when it last did as far as is known, where it is new here
	Wait    time.Duration // before it is first asked for
}

// Poll is how following one thread stands.
type Poll struct {
	Article      int64     // seq
	ID           string    // of the article
	Published    time.Time // the article
	Source       string
	Address      string
	Shard        int
	Alive        time.Time // when anything last came or moved
	Due          time.Time // zero: it is followed no more
	Asked        time.Time // when it was last asked for
	Again        time.Time // when it is due if nothing comes of a claim
	ETag         string    // validators, byte for byte
	LastModified string
	Failures     int    // in a row
	Why          string // it ended or last failed, for people
}

// Said is a comment that was made elsewhere.
type Said struct {
	External string // its id there
	Parent   string // the id there of what it answers; empty, or none that we have: the article
	Link     string // its page there, or empty
	Name     string // plain text
	Markup   string // as it came, below Base; it is not stored
	Base     string
	At       time.Time // zero: not said

	// As a moderator cleaned and judged it.
	ID      string // ours, of one that is judged anew
	Text    string // plain text
	Body    content.HTML
	Writer  string // stands for who wrote it, as the cookie does for a visitor
	Status  state.Comment
	Reason  string
	Flagged string
}

// Step is what one visit brought, with how the thread stands after it.
type Step struct {
	Poll Poll
	New  []Said          // what a comment answers stands before it
	Else map[string]Said // what is otherwise than it was, by our id
	Gone []string        // what its source took back, by our id
}

// Known is a comment of a thread as we have it.
type Known struct {
	ID     string // ours
	Name   string
	Text   string
	Status state.Comment
	Taken  bool // back by who wrote it
}

// Polls are those of a store. Safe for concurrent use.
type Polls struct{ engine *engine.DB }

// New returns the threads of the store that e is the engine of.
func New(e *engine.DB) Polls { return Polls{e} }

const pollColumns = `article, id, published, source, address, shard, alive, due, asked, etag, last_modified, failures, why`

func scanPoll(r sqlrow.Row) (p Poll, err error) {
	err = r.Scan(&p.Article, &p.ID, sqlrow.Time(&p.Published), &p.Source, &p.Address, &p.Shard, sqlrow.Time(&p.Alive), sqlrow.Time(&p.Due), sqlrow.Time(&p.Asked),
		&p.ETag, &p.LastModified, &p.Failures, &p.Why)
	return p, err
}

// Due are the threads to ask for at a moment, of each host the one that has waited
// longest: those of articles that readers see and whose threads take comments.
func (p Polls) Due(ctx context.Context, at time.Time) ([]Poll, error) {
	return sqlrow.Collect(ctx, p.engine.Reader(), scanPoll, dueText, sqlrow.Milli(at))
}

const dueText = `
	SELECT ` + pollColumns + ` FROM (
		SELECT thread.*, article.id, article.published, row_number() OVER (PARTITION BY thread.host ORDER BY thread.due, thread.article) AS place
		FROM thread JOIN article ON article.seq = thread.article
		WHERE thread.due <= $1 AND article.status = 'published' AND article.thread NOT IN ('off', 'closed')) AS waiting
	WHERE place = 1 ORDER BY due, article`

// Of is how following the thread of an article stands, or sqlrow.ErrNotFound.
func (p Polls) Of(ctx context.Context, article string) (Poll, error) {
	list, err := sqlrow.Collect(ctx, p.engine.Reader(), scanPoll, `
		SELECT thread.article, article.id, article.published, thread.source, address, shard, alive, due, asked, etag, last_modified, failures, why
		FROM thread JOIN article ON article.seq = thread.article WHERE article.id = $1`, article)
	if err != nil || len(list) == 0 {
		if err == nil {
			err = sqlrow.ErrNotFound
		}
		return Poll{}, err
	}
	return list[0], nil
}

// Claim notes that a thread is asked for now, and has it due again at a moment, in case
// nothing comes of it. ErrTaken: another process was quicker.
func (p Polls) Claim(ctx context.Context, t Poll, now, again time.Time) (Poll, error) {
	err := p.engine.Tx(ctx, func(x *sql.Tx) error {
		res, err := x.ExecContext(ctx, `
			UPDATE thread SET asked = $2, due = $3 WHERE article = $1 AND due = $4 AND asked IS NOT DISTINCT FROM CAST($5 AS BIGINT)`,
			t.Article, sqlrow.Milli(now), sqlrow.Milli(again), sqlrow.Milli(t.Due), sqlrow.Milli(t.Asked))
		return sqlrow.Touched(res, err, ErrTaken)
	}, func() {})
	if err != nil {
		return t, fmt.Errorf("claim the thread of %s: %w", t.ID, err)
	}
	t.Asked, t.Again = now.Truncate(time.Millisecond), again.Truncate(time.Millisecond)
	return t, nil
}

// Known are the comments of an article that came from its source, by their ids there.
func (p Polls) Known(ctx context.Context, article int64) (map[string]Known, error) {
	known := map[string]Known{}
	var external string
	for k, err := range sqlrow.Each(ctx, p.engine.Reader(), func(r sqlrow.Row) (k Known, err error) {
		err = r.Scan(&external, &k.ID, &k.Name, &k.Text, &k.Status, &k.Taken)
		return k, err
	}, `SELECT external, id, name, text, status, taken FROM comment WHERE article = $1 AND external <> ''`, article) {
		if err != nil {
			return nil, err
		}
		known[external] = k
	}
	return known, nil
}

// Note stores which threads a document of a source names, in the transaction that
// stores its articles: one that is new is due, and so is one that moved since (T5).
func Note(ctx context.Context, t *sql.Tx, source string, list []Named, now time.Time) error {
	added := false
	for _, n := range list {
		if n.Article == 0 {
			err := sqlrow.One(t.QueryRowContext(ctx, `SELECT seq FROM article WHERE source = $1 AND guid = $2`, source, n.GUID), &n.Article)
			if errors.Is(err, sqlrow.ErrNotFound) {
				continue // it was not taken
			}
			if err != nil {
				return fmt.Errorf("note the threads of %s: %w", source, err)
			}
		}
		res, err := t.ExecContext(ctx, `
			INSERT INTO thread (article, source, address, host, shard, said, alive, due)
			VALUES ($2, $1, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (article) DO UPDATE SET address = excluded.address, host = excluded.host, shard = excluded.shard,
				said = excluded.said, alive = CAST($9 AS BIGINT), failures = 0, why = '',
				due = CASE WHEN thread.due < $9 THEN thread.due ELSE CAST($9 AS BIGINT) END,
				etag = CASE WHEN thread.address = excluded.address THEN thread.etag ELSE '' END,
				last_modified = CASE WHEN thread.address = excluded.address THEN thread.last_modified ELSE '' END
			WHERE thread.address <> excluded.address OR thread.said <> excluded.said`,
			source, n.Article, n.Address, n.Host, n.Shard, n.Said, sqlrow.Milli(n.Alive), sqlrow.Milli(now.Add(n.Wait)), sqlrow.Milli(now))
		if err != nil {
			return fmt.Errorf("note the threads of %s: %w", source, err)
		}
		if n, err := res.RowsAffected(); err != nil {
			return fmt.Errorf("note the threads of %s: %w", source, err)
		} else if n > 0 {
			added = true
		}
	}
	if !added {
		return nil
	}
	_, err := t.ExecContext(ctx, `
		UPDATE thread SET due = NULL, why = 'too many threads of its source live on'
		WHERE source = $1 AND due IS NOT NULL AND article IN (
			SELECT article FROM thread WHERE source = $1 AND due IS NOT NULL ORDER BY alive DESC, article DESC LIMIT $2 OFFSET $3)`,
		source, maxFollowed, maxFollowed)
	if err != nil {
		return fmt.Errorf("note the threads of %s: %w", source, err)
	}
	return nil
}

// Drop has the thread of an article be followed no more, nor known.
func (p Polls) Drop(ctx context.Context, article int64) error {
	err := p.engine.Tx(ctx, func(t *sql.Tx) error {
		_, err := t.ExecContext(ctx, `DELETE FROM thread WHERE article = $1`, article)
		return err
	}, func() {})
	if err != nil {
		return fmt.Errorf("drop a thread: %w", err)
	}
	return nil
}

// Save stores how a thread stands after a visit, where the claim of that still holds:
// else it gives ErrTaken, and nothing of the visit is to be stored. What a document
// named meanwhile stays: then the thread is due at once.
func Save(ctx context.Context, t *sql.Tx, p Poll) error {
	res, err := t.ExecContext(ctx, `
		UPDATE thread SET due = CASE WHEN due < $3 THEN due ELSE CAST($4 AS BIGINT) END,
			alive = CASE WHEN alive > $5 THEN alive ELSE $5 END, etag = $6, last_modified = $7, failures = $8, why = $9
		WHERE article = $1 AND asked = $2`,
		p.Article, sqlrow.Milli(p.Asked), sqlrow.Milli(p.Again), sqlrow.Milli(p.Due), sqlrow.Milli(p.Alive), textual(p.ETag), textual(p.LastModified), p.Failures, text.Line(p.Why))
	return sqlrow.Touched(res, err, ErrTaken)
}

// Whole has the document of a thread be asked for as if it was never read.
func Whole(ctx context.Context, t *sql.Tx, p Poll) error {
	_, err := t.ExecContext(ctx, `UPDATE thread SET etag = '', last_modified = '' WHERE article = $1`, p.Article)
	return err
}

// textual is a validator where it is text; one that is none is not kept, and the
// document is asked for whole.
func textual(validator string) string {
	if !utf8.ValidString(validator) || strings.ContainsRune(validator, 0) {
		return ""
	}
	return validator
}
