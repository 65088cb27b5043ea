package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"courant/db/conduct"
	"courant/db/crowd"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
)

// sameCommentWithin is how long the same text by the same name in the same
// place counts as one comment (PRODUCT.md, Addresses).
const sameCommentWithin = 24 * time.Hour

// ErrCrowded means that too many comments wait for an editor already.
var ErrCrowded = errors.New("too many comments wait for an editor")

// How many comments nobody sees may be kept. An editor can look through some
// hundred a day; what is far beyond that fills the disk.
const (
	maxPending        = 5000
	maxPendingNetwork = 50 // of one network, on one day
	maxSpam           = 5000
	// maxPendingOutside is how many of those that wait may be from sources' threads:
	// they leave room for what readers write here.
	maxPendingOutside = 1000
)

// AddComment stores c, of which Article, Parent, Name, Email, Text, Body,
// Visitor, Network, Around, Status, Reason and Flagged are read. It is on disk when AddComment
// returns: those that come at once share a transaction. The same comment again, within
// a day, gives the stored one and added false, where readers see it or the same visitor wrote it: what a stranger
// posted to be held must not stand in another's way. Where too many wait
// already it gives ErrCrowded; of spam the oldest goes. An article that readers
// cannot see gives ErrNotFound or ErrWithdrawn, and so does a parent that is not
// an approved comment of that article. Of check, which judges c at last, one counts.
func (d *DB) AddComment(ctx context.Context, c Comment, check ...conduct.Check) (stored Comment, added bool, err error) {
	p, err := d.posts.Do(ctx, posting{c, check})
	if err != nil {
		return Comment{}, false, fmt.Errorf("comment on %s: %w", c.Article, err)
	}
	return p.stored, p.added, nil
}

// posting is a comment that is to be stored.
type posting struct {
	Comment
	check []conduct.Check
}

// posted is a comment as it was stored, and whether that was now.
type posted struct {
	stored Comment
	added  bool
}

// post stores a group of comments. Where the database does not take one of them they
// are stored one by one, so that it takes no other with it.
func (d *DB) post(ctx context.Context, group []posting) []crowd.Result[posted] {
	odd := false
	list, err := write(ctx, d, func(t *tx) ([]crowd.Result[posted], error) {
		if err := t.alone(ctx, group); err != nil {
			return nil, err
		}
		list := make([]crowd.Result[posted], len(group))
		told := talks{}
		for i, c := range group {
			list[i].Out, list[i].Err = t.addComment(ctx, c, told)
			if odd = list[i].Err != nil && !unwanted(list[i].Err); odd {
				return nil, list[i].Err
			}
		}
		return list, t.countTalks(ctx, told)
	})
	switch {
	case err == nil:
	case odd && len(group) > 1 && ctx.Err() == nil:
		for _, c := range group {
			list = append(list, d.post(ctx, []posting{c})...)
		}
	default:
		list = make([]crowd.Result[posted], len(group))
		for i := range list {
			list[i].Err = err
		}
	}
	return list
}

// alone has nobody else be in what the checks of a group say, or change the articles that
// it is about, in an order that all keep to; and, where it is of several comments, their
// dates given by nobody else.
func (t *tx) alone(ctx context.Context, group []posting) error {
	if err := t.checking(ctx, group...); err != nil {
		return err
	}
	if len(group) == 1 {
		return nil
	}
	ids := make([]string, len(group))
	for i, c := range group {
		ids[i] = c.Article
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if err := t.e.Lock(ctx, t.flushed(ctx), `SELECT seq FROM article WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return t.datesAlone(ctx, "comment")
}

// checking has nobody else be in what the checks of some comments say.
func (t *tx) checking(ctx context.Context, list ...posting) error {
	var names []string
	for _, p := range list {
		for _, c := range p.check {
			names = append(names, c.Alone...)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return t.e.Alone(ctx, t.flushed(ctx), names...)
}

// last judges a comment at last.
func (p *posting) last(ctx context.Context, t *tx) (err error) {
	for _, c := range p.check {
		if p.Status, p.Reason, p.Flagged, err = c.Judge(ctx, t.flushed(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// unwanted reports whether a comment is not stored for what it is, before anything of
// it was written.
func unwanted(err error) bool {
	_, often := errors.AsType[conduct.RateError](err)
	return often || errors.Is(err, ErrNotFound) || errors.Is(err, ErrWithdrawn) || errors.Is(err, ErrCrowded)
}

// talks are the articles that a group of comments is about, by their ids: each is read
// once, and its comments are counted once.
type talks map[string]*talk

type talk struct {
	Article
	err  error     // readers cannot see it
	more int       // comments that readers see
	at   time.Time // of the latest of them
}

// talk is the article with the given id as the group found it.
func (t *tx) talk(ctx context.Context, told talks, id string) *talk {
	known, is := told[id]
	if !is {
		known = &talk{}
		known.Article, known.err = t.visible(ctx, id)
		told[id] = known
	}
	return known
}

// countTalks counts what a group added, in an order that all groups keep to.
func (t *tx) countTalks(ctx context.Context, told talks) error {
	for _, id := range slices.Sorted(maps.Keys(told)) {
		if a := told[id]; a.more > 0 {
			if err := t.threadChanged(ctx, a.Article, a.at, a.more); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) addComment(ctx context.Context, asked posting, told talks) (p posted, err error) {
	c := asked.Comment
	a := t.talk(ctx, told, c.Article)
	if a.err != nil {
		return p, a.err
	}
	c.Created, c.Origin, c.External, c.Link = time.Time{}, "", "", ""
	digest := c.digest()
	var known string
	err = t.QueryRowContext(ctx, `
		SELECT id FROM comment WHERE digest = $1 AND created > $2
		AND (status = 'approved' OR visitor = $3 OR (network <> '' AND network = $4))
		ORDER BY created DESC LIMIT 1`,
		digest, sqlrow.Milli(t.now.Add(-sameCommentWithin)), c.Visitor, c.Network).Scan(&known)
	if err == nil {
		p.stored, err = comment(ctx, t, known)
		return p, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return p, err
	}
	parent, err := t.parentOf(ctx, c)
	if err != nil {
		return p, err
	}
	if err := asked.last(ctx, t); err != nil {
		return p, err
	}
	c.Status, c.Reason, c.Flagged = asked.Status, asked.Reason, asked.Flagged
	if err := t.makeRoom(ctx, c); err != nil {
		return p, err
	}
	if p.stored, err = t.insertComment(ctx, c, a.Article, parent, digest); err != nil {
		return p, err
	}
	p.added = true
	t.scopes.add(scope.Visitor(c.Visitor))
	if p.stored.Status == state.Approved {
		a.more, a.at = a.more+1, latest(a.at, p.stored.Updated)
	}
	return p, t.act(ctx, "visitor", "comment", p.stored.ID, string(p.stored.Status), p.stored.Reason)
}

// digest is the same for the same comment, however it was typed: in capitals,
// with other spaces and signs, in letters that look alike.
func (c Comment) digest() []byte {
	h := sha256.New()
	for _, part := range []string{c.Article, c.Parent, text.Essence(c.Name), text.Essence(c.Text)} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// makeRoom sees to it that c does not make too many comments that nobody sees.
func (t *tx) makeRoom(ctx context.Context, c Comment) error {
	switch c.Status {
	case state.Pending:
		if err := t.e.Alone(ctx, t.flushed(ctx), "comments that wait"); err != nil {
			return err // else two would both be the last that there is room for
		}
		var all, network, outside int
		err := t.QueryRowContext(ctx, `
			SELECT count(*), count(*) FILTER (WHERE network <> '' AND network = $1), count(*) FILTER (WHERE origin <> '')
			FROM comment WHERE status = 'pending'`,
			c.Network).Scan(&all, &network, &outside)
		if err == nil && (all >= maxPending || network >= maxPendingNetwork || c.Origin != "" && outside >= maxPendingOutside) {
			err = ErrCrowded
		}
		return err
	case state.Spam:
		_, err := t.ExecContext(ctx, `
			DELETE FROM comment WHERE status = 'spam' AND (origin = '' OR decided IS NULL) AND NOT EXISTS (SELECT 1 FROM comment AS reply WHERE reply.parent = comment.seq)
			AND seq <= (SELECT seq FROM comment WHERE status = 'spam' ORDER BY seq DESC LIMIT 1 OFFSET $1)`, maxSpam-1)
		return err
	}
	return nil
}

func (t *tx) parentOf(ctx context.Context, c Comment) (seq any, err error) {
	if c.Parent == "" {
		return nil, nil
	}
	p, err := comment(ctx, t, c.Parent)
	if err != nil {
		return nil, err
	}
	if p.Article != c.Article || p.Status != state.Approved {
		return nil, ErrNotFound
	}
	return p.Seq, nil
}

func (t *tx) insertComment(ctx context.Context, c Comment, a Article, parent any, digest []byte) (Comment, error) {
	updated, err := t.freeMoment(ctx, "comment", t.now)
	if err != nil {
		return Comment{}, err
	}
	if c.ID, c.Updated = randomID(idChars), updated; c.Created.IsZero() {
		c.Created = t.now
	}
	err = t.QueryRowContext(ctx, `
		INSERT INTO comment (id, article, parent, name, email, text, body, visitor, network, around, status, reason, flagged, created, updated,
			digest, same, origin, external, link)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) RETURNING seq`,
		c.ID, a.Seq, parent, c.Name, c.Email, c.Text, c.Body, c.Visitor, c.Network, c.Around, string(c.Status), c.Reason, c.Flagged,
		sqlrow.Milli(c.Created), sqlrow.Milli(c.Updated), digest, conduct.TextKey(c.Text), c.Origin, c.External, c.Link).Scan(&c.Seq)
	return c, err
}

// threadChanged counts more of an article's comments as approved and touches what shows
// the count. It does not count them all, which in a long thread takes longer than all
// else; audit says whether the count is true.
func (t *tx) threadChanged(ctx context.Context, a Article, at time.Time, more int) error {
	if _, err := t.ExecContext(ctx, `
		UPDATE article SET comments_updated = CASE WHEN comments_updated > $2 THEN comments_updated ELSE $2 END, comments = comments + $3
		WHERE seq = $1`, a.Seq, sqlrow.Milli(at), more); err != nil {
		return err
	}
	t.scopes.add(articleScopes(a)...)
	t.scopes.addAt(at, scope.Comments)
	return nil
}

// Author is the actor of what a comment's own author does to it.
const Author = "author"

// moveComment stores how c stands now, and that it is in another state, if it is.
func (t *tx) moveComment(ctx context.Context, c Comment, to state.Comment) (Comment, error) {
	from := c.Status
	if c.Status = to; from != to {
		var err error
		if c.Updated, err = t.freeMoment(ctx, "comment", latest(t.now, c.Updated)); err != nil {
			return c, err
		}
		c.Removed = time.Time{}
		if from == state.Approved {
			c.Removed = c.Updated
		}
	}
	if _, err := t.ExecContext(ctx, `
		UPDATE comment SET status = $2, reason = $3, flagged = $4, taken = $5, updated = $6, removed = $7, decided = $8 WHERE seq = $1`,
		c.Seq, string(to), c.Reason, c.Flagged, c.Taken, sqlrow.Milli(c.Updated), sqlrow.Milli(c.Removed), sqlrow.Milli(c.Decided)); err != nil {
		return c, err
	}
	return c, t.commentChanged(ctx, c, from, from != to)
}

// commentChanged touches what shows c: its author's own pages, and where readers see
// it, or saw it when it stood as from says, its thread, if that shows the change.
func (t *tx) commentChanged(ctx context.Context, c Comment, from state.Comment, shows bool) error {
	t.scopes.add(scope.Visitor(c.Visitor))
	is, was := c.Status == state.Approved, from == state.Approved
	if !shows || (!is && !was) {
		return nil
	}
	a, err := article(ctx, t, c.Article)
	if err != nil {
		return err
	}
	more := 0
	switch {
	case is && !was:
		more = 1
	case was && !is:
		more = -1
	}
	return t.threadChanged(ctx, a, c.Updated, more)
}

// EditComment has the author of a comment change it: c's ID says which, and of c
// Visitor, Text, Body, Status, Reason and Flagged are read, the latter as the new text
// was judged. No editor has decided on that. Where c's visitor is not its author, or
// readers and its author cannot see it, it gives ErrNotFound. The same text again
// changes nothing. check is as in AddComment.
func (d *DB) EditComment(ctx context.Context, c Comment, check ...conduct.Check) (Comment, error) {
	edited, err := write(ctx, d, func(t *tx) (Comment, error) {
		p := posting{c, check}
		if err := t.checking(ctx, p); err != nil {
			return Comment{}, err
		}
		was, err := t.comment(ctx, c.ID)
		switch {
		case err != nil:
			return was, err
		case was.Visitor == "" || was.Visitor != c.Visitor || (was.Status != state.Approved && was.Status != state.Pending):
			return was, ErrNotFound
		case was.Text == c.Text:
			return was, nil
		}
		if _, err := t.visible(ctx, was.Article); err != nil {
			return was, err
		}
		if err := p.last(ctx, t); err != nil {
			return was, err
		}
		if was, err = t.rewrite(ctx, was, p.Comment); err != nil {
			return was, err
		}
		return was, t.act(ctx, Author, "comment", was.ID, "edit", string(was.Status)+": "+was.Reason)
	})
	if err != nil {
		return Comment{}, fmt.Errorf("edit comment %s: %w", c.ID, err)
	}
	return edited, nil
}

// rewrite has a comment say what c says, in c's state: no editor has decided on that.
func (t *tx) rewrite(ctx context.Context, was, c Comment) (_ Comment, err error) {
	if was.Status != c.Status {
		c.Network, c.Origin = was.Network, was.Origin
		if err := t.makeRoom(ctx, c); err != nil {
			return was, err
		}
	}
	from := was.Status
	was.Text, was.Body, was.Status, was.Reason, was.Flagged = c.Text, c.Body, c.Status, c.Reason, c.Flagged
	was.Edited, was.Decided, was.Removed, was.Taken = t.now, time.Time{}, time.Time{}, false
	if was.Updated, err = t.freeMoment(ctx, "comment", latest(t.now, was.Updated)); err != nil {
		return was, err
	}
	if from == state.Approved && c.Status != state.Approved {
		was.Removed = was.Updated
	}
	if _, err := t.ExecContext(ctx, `
		UPDATE comment SET text = $2, body = $3, status = $4, reason = $5, flagged = $6, edited = $7, updated = $8, removed = $9,
			decided = NULL, digest = $10, same = $11, name = $12, taken = 0
		WHERE seq = $1`,
		was.Seq, was.Text, was.Body, string(was.Status), was.Reason, was.Flagged, sqlrow.Milli(was.Edited), sqlrow.Milli(was.Updated),
		sqlrow.Milli(was.Removed), was.digest(), conduct.TextKey(was.Text), was.Name); err != nil {
		return was, err
	}
	return was, t.commentChanged(ctx, was, from, true)
}

// ReportComment stores that a reader reported a comment that readers see, where they
// had not: any other gives ErrNotFound. networks are how the reader's network was
// called on the days before. The comment is flagged; when conduct.HideAfter have
// reported it and no editor has looked at a report of it yet, it waits for one, and
// nobody sees it meanwhile.
func (d *DB) ReportComment(ctx context.Context, id string, r conduct.Report, networks []string) (Comment, error) {
	c, err := write(ctx, d, func(t *tx) (Comment, error) {
		c, err := t.comment(ctx, id)
		if err == nil && c.Status != state.Approved {
			err = ErrNotFound
		}
		if err != nil {
			return c, err
		}
		r.At = t.now
		tally, added, err := conduct.AddReport(ctx, t.flushed(ctx), c.Seq, r, networks)
		if err != nil || !added {
			return c, err
		}
		c.Flagged = tally.Flag(c.Flagged)
		to := c.Status
		if tally.Hides() {
			to, c.Reason = state.Pending, c.Flagged
		}
		if c, err = t.moveComment(ctx, c, to); err != nil {
			return c, err
		}
		return c, t.act(ctx, "visitor", "comment", id, "report", r.Reason)
	})
	if err != nil {
		return Comment{}, fmt.Errorf("report comment %s: %w", id, err)
	}
	return c, nil
}
