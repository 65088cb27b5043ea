package publisher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"courant/db/search"
	"courant/db/search/query"
	"courant/db/setting"
	"courant/publisher/channels"
	"courant/publisher/pages"
	"courant/publisher/rate"
	"courant/publisher/web"
)

// searchRate is how many milliseconds of looking one network may have of us: two
// seconds at once, which is a hundred searches as they mostly are, and half a
// second of each ten (V68). What is held rendered costs nothing.
func searchRate() setting.Rate { return setting.Rate{Count: 2000, Per: 40 * time.Second} }

// leastSearch is how many milliseconds a search counts as at the least: who asks for
// what is found at once still asks for a page.
const leastSearch = 1

// maxSearchPage is the last page of results.
const maxSearchPage = (search.Most + pages.SearchItems - 1) / pages.SearchItems

// hurriedHeld is how long a page is held whose search had no time to look through
// all: a machine that is busy now may not be then.
const hurriedHeld = 30 * time.Second

// searches counts what searches cost whom.
type searches struct{ spent *rate.Limiter }

func newSearches() searches { return searches{rate.New(searchRate())} }

// charged is render, for whose time the network of from pays. One that has spent
// too much is told to wait.
func (s searches) charged(from netip.Addr, now func() time.Time, render func(context.Context) (web.Document, error)) func(context.Context) (web.Document, error) {
	return func(ctx context.Context) (web.Document, error) {
		if wait, ok := s.spent.Ready(from, now()); !ok {
			wait = max(wait, time.Second)
			return web.Document{}, &web.Error{
				Status: http.StatusTooManyRequests, RetryAfter: wait,
				Message: "You have searched for a lot in a short time. Please wait a little and try again.",
			}
		}
		began := time.Now()
		d, err := render(ctx)
		s.spent.Spend(from, now(), max(leastSearch, float64(time.Since(began))/float64(time.Millisecond)))
		return d, err
	}
}

// search is the page of a search (?q=), and what can be written where nothing is
// looked for yet.
func (p *Publisher) search(w http.ResponseWriter, r *http.Request) error {
	written := spaced(r.URL.Query().Get("q"))
	page, err := number(r.URL.Query(), "page", maxSearchPage)
	if err != nil {
		return err
	}
	q, err := p.channels.Parse(written)
	if wrong, ok := errors.AsType[*query.Error](err); ok {
		body, err := p.view().Search(pages.Search{Query: q, Problem: p.words.Translate(wrong.Text, wrong.Values...)})
		if err != nil {
			return err
		}
		return p.once(w, r, http.StatusBadRequest, body)
	}
	address := "/search"
	if q.Text != "" {
		address = pages.SearchPath(q.Text)
	}
	if page > 1 {
		address += "&" + url.Values{"page": {fmt.Sprint(page)}}.Encode()
	}
	return p.page(w, r, address, channels.SearchScopes(), p.searches.charged(web.Address(r, p.proxies), p.now, func(ctx context.Context) (web.Document, error) {
		s := pages.Search{Query: q, Page: max(1, page), Follow: follow(p.channels.Search(q))}
		if q.Text != "" {
			if err := p.find(ctx, &s); err != nil {
				return web.Document{}, err
			}
		}
		d, err := htmlPage(p.view().Search(s))
		if s.Cut && s.Found < search.Most {
			d.Until = p.now().Add(hurriedHeld) // there was no time for all
		}
		return d, err
	}))
}

// find fills s with its page of what is found.
func (p *Publisher) find(ctx context.Context, s *pages.Search) error {
	res, err := p.store.Find(ctx, s.Query, search.Options{Budget: channels.SearchBudget})
	if err != nil {
		return err
	}
	s.Found, s.Cut, s.Oldest = len(res.Hits), res.Cut, res.Oldest
	if s.Sources, err = p.channels.Sources(ctx); err != nil {
		return err
	}
	from := min(len(res.Hits), (s.Page-1)*pages.SearchItems)
	var seqs []int64
	for _, h := range res.Hits[from:min(len(res.Hits), from+pages.SearchItems)] {
		seqs = append(seqs, h.Seq)
	}
	if s.Query.Comments {
		s.Comments, err = p.store.CommentsOf(ctx, seqs)
		slices.Reverse(s.Comments)
		return err
	}
	s.Articles, err = p.store.ArticlesOf(ctx, seqs, true)
	return err
}
