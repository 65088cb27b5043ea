package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courant/db/newsroom"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
)

// SetStatus moves an article to another state: publish, reject, reopen,
// withdraw, and back. reason is for readers of a withdrawn article; to withdraw
// one again for a reason gives it that one. A move that the states do not allow
// gives a *TransitionError.
func (d *DB) SetStatus(ctx context.Context, id string, to state.Article, actor, reason string) (Article, error) {
	a, err := write(ctx, d, func(t *tx) (Article, error) { return t.setStatus(ctx, id, to, actor, reason) })
	if err != nil {
		return Article{}, of("article", id, err)
	}
	return a, nil
}

// of says what an error was of, where the error does not say it itself.
func of(kind, id string, err error) error {
	var t *state.TransitionError
	if errors.As(err, &t) && t.Kind == kind && t.ID == id {
		return err
	}
	return fmt.Errorf("%s %s: %w", kind, id, err)
}

func (t *tx) setStatus(ctx context.Context, id string, to state.Article, actor, reason string) (a Article, err error) {
	if a, err = t.article(ctx, id); err != nil {
		return a, err
	}
	return t.move(ctx, a, newsroom.Place{Status: a.Status, Scheduled: a.Scheduled}, newsroom.Place{Status: to, Reason: reason}, actor, string(to))
}

// move brings an article from was to the state, the time and the reason of is; what is
// its name in the log.
func (t *tx) move(ctx context.Context, a Article, was, is newsroom.Place, actor, what string) (_ Article, err error) {
	id, from, to, reason := a.ID, a.Status, is.Status, is.Reason
	if from == state.Withdrawn && to == state.Withdrawn && reason != "" {
		before := a.Reason
		a.Reason = reason
		t.scopes.add(articleScopes(a)...)
		if err := t.retellWithdrawal(ctx, a, reason); err != nil {
			return a, err
		}
		if err := t.saveState(ctx, a); err != nil {
			return a, err
		}
		return a, t.actChange(ctx, actor, "article", id, "reason", "", quoted(before), quoted(reason))
	}
	if !from.CanBecome(to) && (from != state.Scheduled || to != state.Scheduled) {
		return a, &state.TransitionError{Kind: "article", ID: id, From: string(from), To: string(to)}
	}
	if to == state.Scheduled && is.Scheduled.IsZero() {
		return a, &newsroom.RefusalError{Text: "is scheduled for no time"}
	}
	t.scopes.add(articleScopes(a)...)
	a.Status, a.Scheduled, a.Reason = to, is.Scheduled, ""
	switch to {
	case state.Rejected:
		a.Reason = reason
	case state.Published:
		err = t.publish(ctx, &a, from)
	case state.Withdrawn:
		a.Withdrawn, a.Reason = t.now, reason
		_, err = t.addNotice(ctx, a, state.Withdrawal, reason)
	}
	if err != nil {
		return a, err
	}
	if err := t.saveState(ctx, a); err != nil {
		return a, err
	}
	t.scopes.addAt(latest(a.Updated, a.Withdrawn), articleScopes(a)...)
	if from == state.Withdrawn || to == state.Withdrawn {
		t.scopes.addAt(t.now, scope.Comments, scope.Corrections) // its comments come and go with it
	}
	return a, t.actChange(ctx, actor, "article", id, what, reason, was.Said(), is.Said())
}

// withdrawAtOnce is how many articles of a source go in one transaction: some
// ten milliseconds, so that other writers need not wait.
const withdrawAtOnce = 200

// WithdrawSource withdraws every published article of a source, for one
// reason, and returns how many. Where it fails half-way, those withdrawn stay
// so and a second call goes on.
func (d *DB) WithdrawSource(ctx context.Context, id, actor, reason string) (n int, err error) {
	if _, err := d.Source(ctx, id); err != nil {
		return 0, fmt.Errorf("source %s: %w", id, err)
	}
	for {
		list, err := d.Articles(ctx, ArticleQuery{Source: id, Limit: withdrawAtOnce})
		if err != nil || len(list) == 0 {
			return n, err
		}
		err = d.inTx(ctx, func(t *tx) error {
			for _, a := range list {
				if _, err := t.setStatus(ctx, a.ID, state.Withdrawn, actor, reason); err != nil {
					return of("article", a.ID, err)
				}
			}
			return t.actChange(ctx, actor, "source", id, "withdraw", fmt.Sprintf("%d articles: %s", len(list), reason), string(state.Published), string(state.Withdrawn))
		})
		if err != nil {
			return n, fmt.Errorf("withdraw source %s: %w", id, err)
		}
		n += len(list)
	}
}

// publish dates an article that readers see from now on; one that comes back
// from a withdrawal keeps its dates.
func (t *tx) publish(ctx context.Context, a *Article, from state.Article) (err error) {
	if from == state.Withdrawn {
		// Its deletion mark goes, and an entry that is newer than the mark tells readers so.
		after := latest(t.now, a.Withdrawn.Add(time.Millisecond))
		a.Withdrawn, a.Reason = time.Time{}, ""
		if a.Updated, err = t.freeMoment(ctx, "article", after); err != nil {
			return err
		}
		return t.dropWithdrawal(ctx, *a)
	}
	if a.Published, err = t.nextPublished(ctx); err != nil {
		return err
	}
	var past bool // of its source: then it is no news, whoever publishes it and when
	if err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM history WHERE article = $1)`, a.Seq).Scan(&past); err != nil {
		return err
	}
	if past {
		a.Published = sourceDate(*a, a.Published)
	}
	a.Updated, err = t.freeMoment(ctx, "article", a.Published)
	return err
}

func (t *tx) saveState(ctx context.Context, a Article) error {
	t.moved = append(t.moved, a.Seq)
	if _, err := t.ExecContext(ctx, `
		UPDATE article SET status = $2, published = $3, updated = $4, scheduled = $5, withdrawn = $6, reason = $7
		WHERE seq = $1`,
		a.Seq, string(a.Status), sqlrow.Milli(a.Published), sqlrow.Milli(a.Updated), sqlrow.Milli(a.Scheduled), sqlrow.Milli(a.Withdrawn), a.Reason); err != nil {
		return err
	}
	return t.saveTags(ctx, a)
}

const insertTag = `INSERT INTO article_tag (tag, published, article) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

// saveTags makes the tag lists say what a says.
func (t *tx) saveTags(ctx context.Context, a Article) error {
	if err := t.later(ctx, `DELETE FROM article_tag WHERE article = $1`, a.Seq); err != nil {
		return err
	}
	if a.Status != state.Published {
		return nil
	}
	t.listed = append(t.listed, a.Seq)
	for _, tag := range a.Tags {
		if err := t.later(ctx, insertTag, tag, sqlrow.Milli(a.Published), a.Seq); err != nil {
			return err
		}
	}
	return nil
}
