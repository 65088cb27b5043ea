package db

import (
	"context"
	"fmt"
	"time"

	"courant/db/likeness"
	"courant/db/sqlrow"
)

// mostSimilar bounds how many articles with one link or title are looked at.
const mostSimilar = 1000

// Similar is an article that may be the same as another.
type Similar struct {
	Article Article // without its body
	Why     string  // "link" or "title and text"
}

// Similar returns the articles of other sources that lead where the given one
// leads, or that came within 72 hours of it with its title and most of its text;
// the newest first. An unknown id is ErrNotFound.
func (d *DB) Similar(ctx context.Context, id string) (list []Similar, err error) {
	var source string
	var link, title int64
	var sketch likeness.Sketch
	var at time.Time
	if err := sqlrow.One(d.r.QueryRowContext(ctx, `
		SELECT entry.source, entry.link, entry.title, entry.sketch, coalesce(article.source_published, article.first_seen)
		FROM entry JOIN article ON article.seq = entry.article WHERE article.id = $1`, id),
		&source, &link, &title, (*[]byte)(&sketch), sqlrow.Time(&at)); err != nil {
		return nil, fmt.Errorf("article %s: %w", id, err)
	}
	var other likeness.Sketch
	var sameLink bool
	for a, err := range sqlrow.Each(ctx, d.r, func(r sqlrow.Row) (a Article, err error) {
		err = scanArticle(r, &a, (*[]byte)(&other), &sameLink)
		return a, err
	}, similarText, source, link, title, mostSimilar) {
		if err != nil {
			return nil, err
		}
		came := a.SourcePublished
		if came.IsZero() {
			came = a.FirstSeen
		}
		switch {
		case sameLink:
			list = append(list, Similar{a, "link"})
		case likeness.Same(sketch, other, came.Sub(at)):
			list = append(list, Similar{a, "title and text"})
		}
	}
	return list, nil
}

// similarText selects the articles of other sources than $1 with link $2 or
// title $3.
const similarText = `
	SELECT ` + articleColumns + `, entry.sketch, entry.link = $2 AND entry.link <> 0
	FROM entry JOIN article ON article.seq = entry.article
	WHERE entry.source <> $1 AND entry.article IN (
		SELECT article FROM (SELECT article FROM entry WHERE link = $2 AND link <> 0 LIMIT $4) AS linked
		UNION SELECT article FROM (SELECT article FROM entry WHERE title = $3 AND title <> 0 LIMIT $4) AS titled)
	ORDER BY entry.article DESC`
