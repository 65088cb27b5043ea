package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"courant/db/content"
)

// A TransitionError says that an article or comment cannot go where it was sent.
type TransitionError struct{ Kind, ID, From, To string }

func (e *TransitionError) Error() string {
	return fmt.Sprintf("%s %s is %s and cannot become %s", e.Kind, e.ID, e.From, e.To)
}

// SetStatus moves an article to another state: publish, reject, reopen,
// withdraw, and back. reason is for readers of a withdrawn article. A move
// that the states do not allow gives a *TransitionError.
func (d *DB) SetStatus(ctx context.Context, id string, to Status, actor, reason string) (Article, error) {
	var a Article
	err := d.inTx(ctx, func(t *tx) (err error) {
		a, err = t.setStatus(ctx, id, to, actor, reason)
		return err
	})
	if err != nil {
		return Article{}, fmt.Errorf("article %s: %w", id, err)
	}
	return a, nil
}

func (t *tx) setStatus(ctx context.Context, id string, to Status, actor, reason string) (a Article, err error) {
	if a, err = article(ctx, t, id); err != nil {
		return a, err
	}
	from := a.Status
	if !from.CanBecome(to) {
		return a, &TransitionError{"article", id, string(from), string(to)}
	}
	t.scopes.add(articleScopes(a)...)
	a.Status, a.Scheduled = to, time.Time{}
	switch to {
	case Published:
		err = t.publish(ctx, &a, from)
	case Withdrawn:
		a.Withdrawn, a.Reason = t.now, reason
		err = t.addNotice(ctx, a, Withdrawal, reason)
	}
	if err != nil {
		return a, err
	}
	if err := t.saveState(ctx, a); err != nil {
		return a, err
	}
	t.scopes.addAt(latest(a.Updated, a.Withdrawn), articleScopes(a)...)
	if from == Withdrawn || to == Withdrawn {
		t.scopes.addAt(t.now, ScopeComments, ScopeCorrections) // its comments come and go with it
	}
	return a, t.act(ctx, actor, "article", id, string(to), reason)
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
				if _, err := t.setStatus(ctx, a.ID, Withdrawn, actor, reason); err != nil {
					return fmt.Errorf("article %s: %w", a.ID, err)
				}
			}
			return t.act(ctx, actor, "source", id, "withdraw", fmt.Sprintf("%d articles: %s", len(list), reason))
		})
		if err != nil {
			return n, fmt.Errorf("withdraw source %s: %w", id, err)
		}
		n += len(list)
	}
}

// publish dates an article that readers see from now on; one that comes back
// from a withdrawal keeps its dates.
func (t *tx) publish(ctx context.Context, a *Article, from Status) (err error) {
	if from == Withdrawn {
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
	a.Updated, err = t.freeMoment(ctx, "article", a.Published)
	return err
}

// nextPublished is now, but never before what was published last, so that a
// clock that steps back does not reorder the lists.
func (t *tx) nextPublished(ctx context.Context) (time.Time, error) {
	var newest time.Time
	err := t.QueryRowContext(ctx,
		`SELECT max(published) FROM article WHERE status = 'published'`).Scan(msTime{&newest})
	if newest.After(t.now) {
		return newest, err
	}
	return t.now, err
}

// freeMoment is the first millisecond from at on that no row of table has as
// its updated (A3).
func (t *tx) freeMoment(ctx context.Context, table string, at time.Time) (time.Time, error) {
	next := at.UnixMilli()
	rows, err := t.QueryContext(ctx, `SELECT updated FROM `+table+` WHERE updated >= $1 ORDER BY updated`, next)
	if err != nil {
		return time.Time{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var taken int64
		if err := rows.Scan(&taken); err != nil {
			return time.Time{}, err
		}
		if taken != next {
			break
		}
		next++
	}
	return time.UnixMilli(next).UTC(), rows.Err()
}

func (t *tx) saveState(ctx context.Context, a Article) error {
	if _, err := t.ExecContext(ctx, `
		UPDATE article SET status = $2, published = $3, updated = $4, scheduled = $5, withdrawn = $6, reason = $7
		WHERE seq = $1`,
		a.Seq, string(a.Status), ms(a.Published), ms(a.Updated), ms(a.Scheduled), ms(a.Withdrawn), a.Reason); err != nil {
		return err
	}
	return t.saveTags(ctx, a)
}

// saveTags makes the tag lists say what a says.
func (t *tx) saveTags(ctx context.Context, a Article) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM article_tag WHERE article = $1`, a.Seq); err != nil {
		return err
	}
	if a.Status != Published {
		return nil
	}
	for _, tag := range a.Tags {
		if _, err := t.ExecContext(ctx, `
			INSERT INTO article_tag (tag, published, article) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			tag, ms(a.Published), a.Seq); err != nil {
			return err
		}
	}
	return nil
}

// Edit is what an editor changes; nil leaves a field as it is.
type Edit struct {
	Headline  *string
	KeyPoints *[]string
	Section   *string
	Tags      *[]string
	Body      *content.HTML
	// Correction says to readers what was wrong; it moves Updated. Empty makes
	// the edit a minor one.
	Correction string
}

func (e Edit) fields() (names []string) {
	for name, set := range map[string]bool{
		"headline": e.Headline != nil, "key_points": e.KeyPoints != nil, "section": e.Section != nil,
		"tags": e.Tags != nil, "body": e.Body != nil,
	} {
		if set {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// CheckTag is an error for a tag that can have no page: what stands in an
// address for the folder or the one above it, also escaped, or nothing.
func CheckTag(tag string) error {
	if tag == "" || tag == "." || tag == ".." {
		return fmt.Errorf("tag %q cannot be part of an address: add a letter or a digit", tag)
	}
	return nil
}

// EditArticle applies e. The source changes the edited fields no more. The slug
// stays once readers have seen the article.
func (d *DB) EditArticle(ctx context.Context, id string, e Edit, actor string) (Article, error) {
	var a Article
	if e.Tags != nil {
		for _, tag := range *e.Tags {
			if err := CheckTag(tag); err != nil {
				return a, err
			}
		}
	}
	err := d.inTx(ctx, func(t *tx) (err error) {
		if a, err = article(ctx, t, id); err != nil {
			return err
		}
		before := articleScopes(a)
		e.apply(&a)
		if e.Correction != "" {
			if a.Published.IsZero() {
				return errors.New("a correction needs an article that was published")
			}
			a.Correction, a.Corrected = e.Correction, t.now
			if a.Updated, err = t.freeMoment(ctx, "article", latest(t.now, a.Updated)); err != nil {
				return err
			}
			if err := t.addNotice(ctx, a, Correction, e.Correction); err != nil {
				return err
			}
		}
		if err := t.saveWords(ctx, a); err != nil {
			return err
		}
		after := articleScopes(a)
		t.scopes.addAt(a.Updated, after...)
		for _, scope := range before {
			if !slices.Contains(after, scope) {
				t.scopes.addAt(t.now, scope) // it left this list, which must not look older than it did (A4)
			}
		}
		return t.act(ctx, actor, "article", id, "edit", fmt.Sprintf("%v %s", e.fields(), e.Correction))
	})
	if err != nil {
		return Article{}, fmt.Errorf("article %s: %w", id, err)
	}
	return a, nil
}

func (e Edit) apply(a *Article) {
	if e.Headline != nil {
		a.Headline = *e.Headline
		if a.Published.IsZero() {
			a.Slug = Slug(a.Headline)
		}
	}
	if e.KeyPoints != nil {
		a.KeyPoints = *e.KeyPoints
	}
	if e.Section != nil {
		a.Section = *e.Section
	}
	if e.Tags != nil {
		a.Tags = *e.Tags
	}
	if e.Body != nil {
		a.Body = *e.Body
		a.Words = a.Body.Words()
	}
	for _, name := range e.fields() {
		if !slices.Contains(a.Curated, name) {
			a.Curated = append(a.Curated, name)
		}
	}
}

// saveWords writes all of a that an editor or its source may change.
func (t *tx) saveWords(ctx context.Context, a Article) error {
	if _, err := t.ExecContext(ctx, `
		UPDATE article SET slug = $2, headline = $3, link = $4, author = $5, language = $6, section = $7, tags = $8,
			key_points = $9, summary = $10, image = $11, enclosures = $12, words = $13, source_published = $14,
			source_updated = $15, updated = $16, correction = $17, corrected = $18, curated = $19, body = $20
		WHERE seq = $1`,
		a.Seq, a.Slug, a.Headline, a.Link, a.Author, a.Language, a.Section, toJSON(a.Tags),
		toJSON(a.KeyPoints), a.Summary, toJSON(a.Image), toJSON(a.Enclosures), a.Words, ms(a.SourcePublished),
		ms(a.SourceUpdated), ms(a.Updated), a.Correction, ms(a.Corrected), toJSON(a.Curated), a.Body); err != nil {
		return err
	}
	return t.saveTags(ctx, a)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

var _ queryer = (*sql.Tx)(nil)
