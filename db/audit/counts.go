package audit

import "context"

// counts holds what is stored of other rows against those. Each statement gives what
// is wrong, in words.
func (a *audit) counts(ctx context.Context) error {
	for _, c := range []struct{ table, text string }{
		{"source", `
			SELECT source.id || ' has ' || CAST(count(article.seq) AS TEXT) || ' articles, and counts ' || CAST(source.entries AS TEXT)
			FROM source LEFT JOIN article ON article.source = source.id
			GROUP BY source.id, source.entries HAVING source.entries <> count(article.seq)`},
		{"article", `
			SELECT article.id || ' has ' || CAST(count(comment.seq) AS TEXT) || ' approved comments, and counts ' || CAST(article.comments AS TEXT)
			FROM article LEFT JOIN comment ON comment.article = article.seq AND comment.status = 'approved'
			GROUP BY article.seq, article.id, article.comments HAVING article.comments <> count(comment.seq)`},
		{"article_tag", `
			SELECT article.id || ' is not on the list of its tag ' || tag.value FROM article CROSS JOIN json_each(article.tags) AS tag
			WHERE article.status = 'published' AND NOT EXISTS (
				SELECT 1 FROM article_tag
				WHERE article_tag.tag = tag.value AND article_tag.published = article.published AND article_tag.article = article.seq)`},
		{"article_tag", `
			SELECT article.id || ' is on the list of the tag ' || article_tag.tag || ', and does not have it' FROM article_tag
				JOIN article ON article.seq = article_tag.article
			WHERE article.status <> 'published' OR article.published <> article_tag.published OR NOT EXISTS (
				SELECT 1 FROM json_each(article.tags) AS tag WHERE tag.value = article_tag.tag)`},
		{"entry", `
			SELECT article.id || ' is of ' || article.source || ', and its entry of ' || entry.source FROM entry
				JOIN article ON article.seq = entry.article
			WHERE entry.source <> article.source`},
		{"change", `
			SELECT 'change ' || CAST(max(seq) AS TEXT) || ' is beyond the number that was given last' FROM change
			HAVING max(seq) > (SELECT coalesce(max(n), 0) FROM counter WHERE name = 'change')`},
	} {
		if err := a.each(ctx, Counts, c.table, c.text); err != nil {
			return err
		}
	}
	return nil
}

// words finds what readers can see and cannot find, and the other way round. What
// waits to be indexed is neither.
func (a *audit) words(ctx context.Context) error {
	number := "rowid"
	if a.server {
		number = "seq"
	}
	const (
		articles = `SELECT seq FROM article WHERE status = 'published'`
		comments = `SELECT comment.seq FROM comment JOIN article ON article.seq = comment.article
			WHERE comment.status = 'approved' AND article.status = 'published'`
	)
	for _, c := range []struct{ kind, seen string }{{"article", articles}, {"comment", comments}} {
		indexed := `SELECT ` + number + ` AS seq FROM search_` + c.kind
		for _, w := range []struct{ says, these, notThose string }{
			{"is seen by readers and not in the index of words", c.seen, indexed + ` WHERE ` + number + ` = wrong.seq`},
			{"is in the index of words and not seen by readers", indexed, c.seen + ` AND ` + c.kind + `.seq = wrong.seq`},
		} {
			if err := a.each(ctx, Words, c.kind, `
				SELECT 'row ' || CAST(seq AS TEXT) || ' `+w.says+`' FROM (`+w.these+`) AS wrong WHERE NOT EXISTS (`+w.notThose+`)
					AND NOT EXISTS (SELECT 1 FROM search_queue WHERE search_queue.kind = '`+c.kind+`' AND search_queue.seq = wrong.seq)
				ORDER BY seq`); err != nil {
				return err
			}
		}
	}
	return nil
}
