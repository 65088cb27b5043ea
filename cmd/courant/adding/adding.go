// Package adding takes in articles that have no feed: pages by their address, and what
// somebody writes. It is the one place that both reads pages, which the aggregator
// does, and stores in an editor's name, which is the publisher's. Begin with New.
package adding

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"courant/aggregator"
	"courant/aggregator/discover"
	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/db"
	"courant/db/newsroom"
	"courant/db/sqlrow"
	"courant/publisher/desk"
	"courant/publisher/editing"
)

const (
	// lookAtOnce is how many pages are read at once: each takes some megabytes and
	// tenths of a second of a core.
	lookAtOnce = 2
	// lookWithin is how long one may take, its robots.txt and the gap between the two
	// requests included.
	lookWithin = time.Minute
	// lookKept is how long a page that was looked at need not be asked for again when
	// it is stored, and keptPages and keptBytes are how many and how large they are.
	lookKept  = 10 * time.Minute
	keptPages = 16
	keptBytes = 512 << 10
)

// Taker takes articles into a store. Safe for concurrent use.
type Taker struct {
	store    *db.DB
	room     *newsroom.Room
	reader   *aggregator.Reader
	language string
	turns    chan struct{}

	mu   sync.Mutex
	kept map[string]look // by address
}

// look is a page that was read.
type look struct {
	at    time.Time
	entry feed.Entry
}

// New returns a taker for store; language (BCP 47) is that of what is written here.
func New(store *db.DB, reader *aggregator.Reader, language string) *Taker {
	return &Taker{
		store: store, room: newsroom.New(store.DB, store.Now), reader: reader, language: language,
		turns: make(chan struct{}, lookAtOnce), kept: map[string]look{},
	}
}

// For takes in somebody's name.
func (t *Taker) For(e editing.Editor) desk.Adder { return adder{t, e} }

type adder struct {
	*Taker
	editor editing.Editor
}

// source is what normalising is told of what editors add.
var source = normalise.Source{ID: newsroom.Source, KeyPoints: "source"}

// Look implements desk.Adder.
func (a adder) Look(ctx context.Context, address string) (db.Article, error) {
	made, err := a.read(ctx, address)
	if err != nil {
		return db.Article{}, err
	}
	id, err := a.room.Added(ctx, made.Article.GUID)
	if errors.Is(err, sqlrow.ErrNotFound) {
		err = nil
	}
	made.Article.ID = id
	return made.Article, err
}

// Page implements desk.Adder.
func (a adder) Page(ctx context.Context, address, section string) (article db.Article, fresh bool, err error) {
	made, err := a.read(ctx, address)
	if err != nil {
		return db.Article{}, false, err
	}
	made.Article.Section = section
	return a.add(ctx, made)
}

// Write implements desk.Adder.
func (a adder) Write(ctx context.Context, w desk.Written) (db.Article, error) {
	e := feed.Entry{
		ID: "desk:" + strings.ToLower(rand.Text()), Title: w.Headline, Link: w.Link, Body: w.Body, Base: w.Link,
		Published: a.store.Now(), Language: a.language,
	}
	if w.Author != "" {
		e.Authors = []feed.Person{{Name: w.Author}}
	}
	entry, err := made(&e)
	if err != nil {
		return db.Article{}, err
	}
	entry.Article.Section = w.Section
	article, _, err := a.add(ctx, entry)
	return article, err
}

// made is an entry as it is stored.
func made(e *feed.Entry) (db.Entry, error) {
	entry, ok := normalise.Make(e, source, normalise.Fingerprint(e))
	if !ok {
		return entry, &editing.FieldError{Field: "body", Text: "says nothing"}
	}
	return entry, nil
}

// add stores an article, unless it was added before; fresh says that it was not.
func (a adder) add(ctx context.Context, made db.Entry) (article db.Article, fresh bool, err error) {
	id, err := a.room.Added(ctx, made.Article.GUID)
	if errors.Is(err, sqlrow.ErrNotFound) {
		list := []db.Entry{made}
		results, storeErr := a.store.Ingest(ctx, []db.Pass{{Source: newsroom.Source, At: a.store.Now(), Actor: a.editor.Name(), Entries: list}})
		if storeErr == nil {
			storeErr = results[0].Err
		}
		if storeErr != nil {
			return db.Article{}, false, fmt.Errorf("add %s: %w", made.Article.GUID, storeErr)
		}
		id, err = list[0].Article.ID, nil
		if fresh = id != ""; !fresh { // somebody else was quicker
			id, err = a.room.Added(ctx, made.Article.GUID)
		}
	}
	if err != nil {
		return db.Article{}, false, err
	}
	article, err = a.store.Article(ctx, id)
	return article, fresh, err
}

// read is the page at an address as an entry to be stored.
func (a adder) read(ctx context.Context, address string) (db.Entry, error) {
	address = discover.Web(address)
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return db.Entry{}, &editing.FieldError{Field: "url", Text: "is not that of a page: it begins with https://"}
	}
	if e, is := a.recall(address); is {
		return made(&e)
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	select {
	case a.turns <- struct{}{}:
		defer func() { <-a.turns }()
	case <-ctx.Done():
		return db.Entry{}, &editing.FieldError{Field: "url", Text: "cannot be read now: others are being read"}
	}
	e, err := a.reader.Page(ctx, address)
	if err != nil {
		return db.Entry{}, &editing.FieldError{Field: "url", Text: "cannot be read: " + err.Error()}
	}
	a.remember(address, e)
	return made(&e)
}

func (t *Taker) recall(address string) (feed.Entry, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, is := t.kept[address]
	return l.entry, is && t.store.Now().Sub(l.at) < lookKept
}

func (t *Taker) remember(address string, e feed.Entry) {
	if len(e.Body) > keptBytes {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for old, l := range t.kept {
		if t.store.Now().Sub(l.at) >= lookKept {
			delete(t.kept, old)
		}
	}
	for old := range t.kept {
		if len(t.kept) < keptPages {
			break
		}
		delete(t.kept, old) // it is asked for again
	}
	t.kept[address] = look{t.store.Now(), e}
}
