package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"courant/db/conduct"
	"courant/db/crowd"
	"courant/db/engine"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
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
	list, err := write(ctx, d, func(t *tx) ([]crowd.Result[posted], error) {
		g := &talking{tx: t, talks: map[string]*talk{}, parents: map[string]*parent{}}
		return g.post(ctx, group)
	})
	if err == nil {
		return list
	}
	list = make([]crowd.Result[posted], 0, len(group))
	for _, c := range group {
		if len(group) > 1 && ctx.Err() == nil && !ofAll(err) {
			list = append(list, d.post(ctx, []posting{c})...)
		} else {
			list = append(list, crowd.Result[posted]{Err: err})
		}
	}
	return list
}

// ofAll reports whether an error is no one comment's fault.
func ofAll(err error) bool {
	return engine.Gone(err) || engine.Busy(err) || engine.Full(err) ||
		errors.Is(err, engine.ErrUnknown) || errors.Is(err, engine.ErrNewer) || errors.Is(err, engine.ErrForReading)
}

// talking stores a group of comments in one transaction. Of a server it asks all that it
// has to know at once, and tells it all that it stores at once, so that what others wait
// for meanwhile is held for as short as can be.
type talking struct {
	*tx
	talks   map[string]*talk
	parents map[string]*parent
	same    []string // of each of the group: the id of the same comment, where there is one
	judging [][]*conduct.Judging
	seqs    []int64 // for those that are stored

	stored          []storedComment
	comments, deeds [][]any // rows that are not told yet
}

// talk is an article that comments of a group are about.
type talk struct {
	Article
	more int       // comments that readers see
	at   time.Time // of the latest of them
}

// parent is a comment that one of a group answers.
type parent struct {
	seq     int64
	article string // id
	status  state.Comment
}

// storedComment is one that the group has stored.
type storedComment struct {
	Comment
	digest []byte
}

func (g *talking) post(ctx context.Context, group []posting) ([]crowd.Result[posted], error) {
	if err := g.ask(ctx, group); err != nil {
		return nil, err
	}
	list := make([]crowd.Result[posted], len(group))
	for i, c := range group {
		list[i].Out, list[i].Err = g.add(ctx, c, i)
		if err := list[i].Err; err != nil && !unwanted(err) {
			return nil, err
		}
	}
	if err := g.tell(ctx); err != nil {
		return nil, err
	}
	// In an order that all groups keep to.
	for _, id := range slices.Sorted(maps.Keys(g.talks)) {
		if a := g.talks[id]; a.more > 0 {
			if err := g.threadChanged(ctx, a.Article, a.at, a.more); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// ask has nobody else be in what the checks of a group say, or change the articles that
// it is about, in an order that all keep to; and, where it is of several comments, their
// dates given by nobody else. Then it asks what is to be known.
func (g *talking) ask(ctx context.Context, group []posting) error {
	if err := g.OnePlan(ctx); err != nil {
		return err
	}
	if err := g.checking(ctx, group...); err != nil {
		return err
	}
	for _, c := range group {
		g.talks[c.Article] = &talk{}
	}
	articles := slices.Sorted(maps.Keys(g.talks))
	for _, id := range articles {
		if err := g.Lock(ctx, `SELECT seq FROM article WHERE id = $1`, id); err != nil {
			return err
		}
	}
	if len(group) > 1 {
		if err := g.datesAlone(ctx, "comment"); err != nil {
			return err
		}
	}
	for _, id := range articles {
		if err := g.askArticle(ctx, id); err != nil {
			return err
		}
	}
	g.same, g.judging = make([]string, len(group)), make([][]*conduct.Judging, len(group))
	for i, c := range group {
		if err := g.askComment(ctx, c, i); err != nil {
			return err
		}
	}
	if err := g.Numbers(ctx, "comment", "seq", len(group), &g.seqs); err != nil {
		return err
	}
	g.free = g.momentsFrom("comment", g.now)
	if _, err := g.free.ask(ctx, []time.Time{g.now}); err != nil {
		return err
	}
	if err := g.askZone(ctx); err != nil {
		return err
	}
	return g.Flush(ctx)
}

// askArticle asks what of an article is shown in lists.
func (g *talking) askArticle(ctx context.Context, id string) error {
	a := g.talks[id]
	return g.laterEach(ctx, func(r sqlrow.Row) error {
		return r.Scan(&a.Seq, &a.ID, &a.Source, &a.Section, sqlrow.JSON(&a.Tags), &a.Status,
			sqlrow.Time(&a.Published), sqlrow.Time(&a.Corrected), sqlrow.Time(&a.Withdrawn))
	}, `SELECT seq, id, source, section, tags, status, published, corrected, withdrawn FROM article WHERE id = $1`, id)
}

// askComment asks what decides on one comment of the group.
func (g *talking) askComment(ctx context.Context, c posting, i int) error {
	if err := g.laterEach(ctx, func(r sqlrow.Row) error { return r.Scan(&g.same[i]) }, `
		SELECT id FROM comment WHERE digest = $1 AND created > $2
		AND (status = 'approved' OR visitor = $3 OR (network <> '' AND network = $4))
		ORDER BY created DESC LIMIT 1`,
		c.digest(), sqlrow.Milli(g.now.Add(-sameCommentWithin)), c.Visitor, c.Network); err != nil {
		return err
	}
	if id := c.Parent; id != "" && g.parents[id] == nil {
		p := &parent{}
		g.parents[id] = p
		if err := g.laterEach(ctx, func(r sqlrow.Row) error { return r.Scan(&p.seq, &p.article, &p.status) }, `
			SELECT comment.seq, article.id, comment.status FROM comment JOIN article ON article.seq = comment.article WHERE comment.id = $1`, id); err != nil {
			return err
		}
	}
	var err error
	g.judging[i], err = g.judge(ctx, c)
	return err
}

// judge begins the checks of a comment.
func (t *tx) judge(ctx context.Context, p posting) ([]*conduct.Judging, error) {
	var list []*conduct.Judging
	for _, c := range p.check {
		j, asks := c.Begin()
		for _, s := range asks {
			if err := t.Later(ctx, s); err != nil {
				return nil, err
			}
		}
		list = append(list, j)
	}
	return list, nil
}

// tell has the database store what the group has to store so far.
func (g *talking) tell(ctx context.Context) error {
	for _, s := range []struct {
		text string
		rows *[][]any
	}{{insertComment, &g.comments}, {insertDeed, &g.deeds}} {
		if len(*s.rows) == 0 {
			continue
		}
		if err := g.laterRows(ctx, s.text, *s.rows); err != nil {
			return err
		}
		*s.rows = nil
	}
	return nil
}

// checking has nobody else be in what the checks of some comments say.
func (t *tx) checking(ctx context.Context, list ...posting) error {
	var names []string
	for _, p := range list {
		for _, c := range p.check {
			names = append(names, c.Alone...)
		}
	}
	return t.Alone(ctx, names...)
}

// last judges a comment at last.
func (p *posting) last(judging []*conduct.Judging) (err error) {
	for _, j := range judging {
		if p.Status, p.Reason, p.Flagged, err = j.Judge(); err != nil {
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

// add stores one of the group, the i-th, or has the same comment as was stored before.
func (g *talking) add(ctx context.Context, c posting, i int) (p posted, err error) {
	a := g.talks[c.Article]
	if err := a.seen(); err != nil {
		return p, err
	}
	c.Created, c.Origin, c.External, c.Link = time.Time{}, "", "", ""
	digest := c.digest()
	for _, s := range slices.Backward(g.stored) {
		if bytes.Equal(s.digest, digest) && (s.Status == state.Approved || s.Visitor == c.Visitor || s.Network != "" && s.Network == c.Network) {
			p.stored = s.Comment
			return p, nil
		}
	}
	if g.same[i] != "" {
		p.stored, err = comment(ctx, g, g.same[i])
		return p, err
	}
	var answers any
	if c.Parent != "" {
		above := g.parents[c.Parent]
		if above.article != c.Article || above.status != state.Approved {
			return p, ErrNotFound
		}
		answers = above.seq
	}
	for _, j := range g.judging[i] {
		for _, s := range g.stored {
			j.Beside(conduct.Posted{Comment: s.ID, Visitor: s.Visitor, Network: s.Network, Around: s.Around, Text: s.Text, At: s.Created})
		}
	}
	if err := c.last(g.judging[i]); err != nil {
		return p, err
	}
	if c.Status == state.Pending || c.Status == state.Spam { // those before it count
		if err := g.tell(ctx); err != nil {
			return p, err
		}
	}
	if err := g.makeRoom(ctx, c.Comment); err != nil {
		return p, err
	}
	if c.Comment, err = g.newComment(ctx, c.Comment, g.seqs[0]); err != nil {
		return p, err
	}
	g.seqs = g.seqs[1:]
	p.stored, p.added = c.Comment, true
	g.stored = append(g.stored, storedComment{c.Comment, digest})
	g.comments = append(g.comments, c.row(a.Article, answers, digest))
	g.deeds = append(g.deeds, g.deed("visitor", "comment", c.ID, string(c.Status), c.Reason, "", ""))
	g.scopes.add(scope.Visitor(c.Visitor))
	if c.Status == state.Approved {
		a.more, a.at = a.more+1, latest(a.at, c.Updated)
	}
	return p, nil
}

// makeRoom sees to it that c does not make too many comments that nobody sees.
func (t *tx) makeRoom(ctx context.Context, c Comment) error {
	switch c.Status {
	case state.Pending:
		if err := t.Alone(ctx, "comments that wait"); err != nil {
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

// threadChanged counts more of an article's comments as approved and touches what shows
// the count. It does not count them all, which in a long thread takes longer than all
// else; audit says whether the count is true.
func (t *tx) threadChanged(ctx context.Context, a Article, at time.Time, more int) error {
	if err := t.later(ctx, `
		UPDATE article SET comments_updated = CASE WHEN comments_updated > $2 THEN comments_updated ELSE $2 END, comments = comments + $3
		WHERE seq = $1`, a.Seq, sqlrow.Milli(at), more); err != nil {
		return err
	}
	t.scopes.add(articleScopes(a)...)
	t.scopes.addAt(at, scope.Comments)
	return nil
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
		judging, err := t.judge(ctx, p)
		if err == nil {
			err = t.Flush(ctx)
		}
		if err == nil {
			err = p.last(judging)
		}
		if err != nil {
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
