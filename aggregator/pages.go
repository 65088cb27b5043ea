package aggregator

import (
	"context"
	"errors"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/normalise"
	"courant/aggregator/poll"
	"courant/db"
	"courant/db/content"
	"courant/db/record"
)

const (
	// mostPages is how many pages a pass reads: more new articles than that come at
	// once from archives alone, whose text nobody waits for.
	mostPages = 40
	// pagesWithin is how long a pass may read pages. Each host has its gap.
	pagesWithin = 2 * time.Minute
)

// readPages has the new and changed entries of a pass take their text from the pages
// that they lead to (P100). Where one cannot be had, or may not, or has less than the
// feed, the feed's text stays.
func (v *visitor) readPages(s *poll.Subject, p *db.Pass) {
	defer v.steps.begin(pagesWithin)()
	ctx, cancel := context.WithTimeout(v.ctx, pagesWithin)
	defer cancel()
	for i := range p.Entries[:min(len(p.Entries), mostPages)] {
		made := &p.Entries[i]
		e, err := normalise.Unpack(made.Raw)
		if err != nil || made.Article.Link == "" {
			continue
		}
		if e.Page, err = v.readPage(ctx, s, made, e); err != nil {
			v.log.Info("page not read", "source", s.ID, "url", made.Article.Link, "err", err)
		}
		if e.Page == nil {
			continue
		}
		v.parsing(func() {
			if len(content.Open(e.Page.Body, e.Page.URL).Text()) <= len(content.Open(e.Body, e.Base).Text()) {
				return
			}
			if full, ok := normalise.Make(&e, s.Config.Articles, made.Fingerprint); ok {
				full.Article.GUID, full.Known, full.Why, full.Moved = made.Article.GUID, made.Known, made.Why, made.Moved
				*made = full
			}
		})
	}
}

// readPage is the page of an entry, as it was read before where it has not changed or
// cannot be had now; nil where it never could.
func (v *visitor) readPage(ctx context.Context, s *poll.Subject, made *db.Entry, e feed.Entry) (*feed.Page, error) {
	q := fetch.Request{URL: made.Article.Link, UserAgent: s.Config.Request.UserAgent}
	var was *feed.Page
	if made.Known != 0 {
		raw, err := record.Raw(ctx, v.store, made.Known)
		if err != nil {
			return nil, err
		}
		if old, err := normalise.Unpack(raw); err == nil && old.Page != nil && old.Link == e.Link {
			was = old.Page
			q.ETag, q.LastModified, q.ValidatorsFor = was.ETag, was.LastModified, was.URL
		}
	}
	_, page, err := v.reader.read(ctx, q)
	switch {
	case errors.Is(err, errUnchanged):
		return was, nil
	case err != nil:
		return was, err
	}
	return &page, nil
}
