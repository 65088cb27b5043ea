package aggregator

import (
	"context"
	"errors"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/fulltext"
	"courant/aggregator/robots"
)

// Reader reads single pages of the web, for articles without a feed: by the client
// that polls, with its guards, and as robots.txt and the pages themselves allow. Safe
// for concurrent use.
type Reader struct {
	client *fetch.Client
	book   *robots.Book
}

// NewReader returns a Reader; Close it in the end.
func NewReader(c Config, o Options) (*Reader, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	client, err := newClient(c, o, nil)
	if err != nil {
		return nil, err
	}
	return newReader(client, o.Now), nil
}

func newReader(client *fetch.Client, now func() time.Time) *Reader {
	get := func(ctx context.Context, address string) (int, []byte, error) {
		answer, err := client.Get(ctx, fetch.Request{URL: address})
		defer answer.Release()
		if err != nil && answer.Status >= 200 && answer.Status < 300 {
			return 0, nil, err // it could not be read
		}
		return answer.Status, append([]byte(nil), answer.Body...), err
	}
	return &Reader{client: client, book: robots.New(get, now)}
}

// Close drops the connections that are kept.
func (r *Reader) Close() { r.client.Close() }

// Reader is that of the client which polls, for whoever reads pages beside it: their
// hosts are asked by one of the two at a time. It needs no Close.
func (a *Aggregator) Reader() *Reader { return a.reader }

// Page fetches the page at address and makes an entry of it. Errors: *fetch.Error,
// those of packages robots and fulltext, and that of ctx.
func (r *Reader) Page(ctx context.Context, address string) (feed.Entry, error) {
	e, _, err := r.read(ctx, fetch.Request{URL: address})
	return e, err
}

// errUnchanged says that a page is what it was.
var errUnchanged = errors.New("the page is what it was")

// read is Page with a request of one's own, whose validators may bring errUnchanged,
// and with what the text of an entry can be taken from.
func (r *Reader) read(ctx context.Context, q fetch.Request) (e feed.Entry, p feed.Page, err error) {
	if err := r.book.May(ctx, q.URL); err != nil {
		return e, p, err
	}
	answer, err := r.client.Get(ctx, q)
	defer answer.Release()
	switch {
	case err != nil:
		return e, p, err
	case answer.NotModified:
		return e, p, errUnchanged
	}
	if len(answer.Hops) > 0 { // it led elsewhere, where other rules may hold
		if err := r.book.May(ctx, answer.URL); err != nil {
			return e, p, err
		}
	}
	e, err = fulltext.Read(fulltext.Page{URL: answer.URL, ContentType: answer.ContentType, Robots: answer.Robots, Body: answer.Body})
	return e, feed.Page{URL: answer.URL, Body: e.Body, ETag: answer.ETag, LastModified: answer.LastModified}, err
}
