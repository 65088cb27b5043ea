package newsroom

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"courant/db/likeness"
	"courant/db/sqlrow"
)

// Report is an article that a published one stands for, as readers are told of it.
type Report struct {
	Headline string
	Link     string // of the original; empty: none is known
	Source   string // id
	At       time.Time
}

// Attached are the articles that others stand for, by the seq of those, the first
// that came first.
func Attached(ctx context.Context, q sqlrow.Queryer, heads []int64) (map[int64][]Report, error) {
	if len(heads) == 0 {
		return nil, nil
	}
	type row struct {
		head int64
		Report
	}
	all := map[int64][]Report{}
	for r, err := range sqlrow.Each(ctx, q, func(s sqlrow.Row) (r row, err error) {
		err = s.Scan(&r.head, &r.Headline, &r.Link, &r.Source, sqlrow.Time(&r.At))
		return r, err
	}, `
		SELECT attached.head, article.headline, article.link, article.source, coalesce(article.source_published, article.first_seen)
		FROM attached JOIN article ON article.seq = attached.article AND article.status || '' = 'rejected'
		WHERE attached.head IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY attached.head, attached.article`, sqlrow.Text(heads)) {
		if err != nil {
			return nil, fmt.Errorf("who else reported it: %w", err)
		}
		all[r.head] = append(all[r.head], r.Report)
	}
	return all, nil
}

// AttachedTo are the ids of the articles that the one called id stands for.
func (r *Room) AttachedTo(ctx context.Context, id string) ([]string, error) {
	return r.texts(ctx, `
		SELECT article.id FROM article AS head JOIN attached ON attached.head = head.seq
		JOIN article ON article.seq = attached.article WHERE head.id = $1 ORDER BY article.seq`, id)
}

// Latecomer is an article that waits, though one that is the same stands already.
type Latecomer struct {
	ID   string
	Head string // id of the one that stands
	seq  int64
}

// lateAtOnce is how many latecomers are seen to at a time.
const lateAtOnce = 200

// lateKey is the row of meta that says up to which article latecomers were looked
// for.
const lateKey = "attached"

// Late are the latecomers among what Group has looked at since SettleLate, and up
// to where that is. Such as a rule holds, an editor has decided on or keeps for
// later are none.
func (r *Room) Late(ctx context.Context) (list []Latecomer, upTo int64, err error) {
	q := r.engine.Reader()
	from, err := mark(ctx, q, lateKey)
	if err != nil {
		return nil, 0, err
	}
	if upTo, err = mark(ctx, q, groupedKey); err != nil || upTo == from {
		return nil, upTo, err
	}
	list, err = sqlrow.Collect(ctx, q, func(s sqlrow.Row) (l Latecomer, err error) {
		err = s.Scan(&l.ID, &l.Head, &l.seq)
		return l, err
	}, `
		SELECT article.id, head.id, article.seq
		FROM same JOIN article ON article.seq = same.article AND article.status || '' = 'incoming'
		JOIN article AS head ON head.seq = (
			SELECT min(first.seq) FROM same AS other JOIN article AS first ON first.seq = other.article
				AND first.status || '' IN ('published', 'scheduled')
			WHERE other.head = same.head AND other.article <> same.article)
		WHERE same.article > $1 AND same.article <= $2
			AND NOT EXISTS (SELECT 1 FROM bin WHERE bin.article = article.seq)
			AND NOT EXISTS (SELECT 1 FROM ruling WHERE ruling.article = article.seq AND ruling.decision = 'hold')
			AND NOT EXISTS (SELECT 1 FROM action WHERE action.kind = 'article' AND action.ref = article.id)
		ORDER BY article.seq LIMIT `+strconv.Itoa(lateAtOnce), from, upTo)
	if err != nil {
		return nil, 0, fmt.Errorf("what came late: %w", err)
	}
	if len(list) == lateAtOnce {
		upTo = list[len(list)-1].seq
	}
	return list, upTo, nil
}

// SettleLate notes up to where latecomers were seen to.
func (r *Room) SettleLate(ctx context.Context, upTo int64) error {
	return r.inTx(ctx, "note what came late", func(t *sql.Tx, _ int64) error { return setMark(ctx, t, lateKey, upTo) })
}

// Coming is an article that has come and is not stored yet.
type Coming struct {
	Source      string // id
	Link, Title int64  // hashes, 0 of none
	Sketch      likeness.Sketch
	At          time.Time // by its source, else when it came
}

// Stands reports whether an article that an editor published, or scheduled, is the
// same as one that has come: that one is not published of itself then, by a rule or
// by its source.
func Stands(ctx context.Context, q sqlrow.Queryer, c Coming) (bool, error) {
	one := alike{source: c.Source, link: c.Link, title: c.Title, sketch: c.Sketch, at: c.At.UnixMilli()}
	for _, by := range []struct {
		text  string
		value int64
		link  bool
	}{{standingByLink, c.Link, true}, {standingByTitle, c.Title, false}} {
		if by.value == 0 {
			continue
		}
		list, err := alikes(ctx, q, by.text, by.value)
		if err != nil {
			return false, fmt.Errorf("what stands already: %w", err)
		}
		for _, other := range list {
			if other.same(one, by.link && len(list) < mostAlike) {
				return true, nil
			}
		}
	}
	return false, nil
}

// StoodFor is Stands of an article that is stored.
func StoodFor(ctx context.Context, q sqlrow.Queryer, seq int64) (bool, error) {
	list, err := alikes(ctx, q, `SELECT `+alikeColumns+` FROM article JOIN entry ON entry.article = article.seq WHERE article.seq = $1`, seq)
	if err != nil || len(list) == 0 {
		return false, err
	}
	a := list[0]
	return Stands(ctx, q, Coming{Source: a.source, Link: a.link, Title: a.title, Sketch: a.sketch, At: at(a.at)})
}

// standing selects what readers see, or will, because an editor said so.
const standing = ` = $1 AND article.status || '' IN ('published', 'scheduled')
	AND EXISTS (SELECT 1 FROM action WHERE action.kind = 'article' AND action.ref = article.id
		AND action.what IN ('published', 'scheduled') AND action.actor NOT IN ('worker', 'rules'))
	ORDER BY entry.article DESC LIMIT `

var (
	standingByLink = `SELECT ` + alikeColumns + ` FROM entry JOIN article ON article.seq = entry.article
		WHERE entry.link <> 0 AND entry.link` + standing + strconv.Itoa(mostAlike)
	standingByTitle = `SELECT ` + alikeColumns + ` FROM entry JOIN article ON article.seq = entry.article
		WHERE entry.title <> 0 AND entry.title` + standing + strconv.Itoa(mostAlike)
)
