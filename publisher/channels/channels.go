// Package channels says which feeds there are and what each of them holds: from
// the store to a feeds.Feed. It knows no HTTP. New makes the Channels of a site;
// Scopes is the table of all that has feeds, from which its readers make routes,
// lists of feeds and subscription lists; a Scope finds a Channel, and a Channel
// gathers its Feed.
//
// To add feeds of something else, add a row to the table in scopes.go, and a
// file that says what they hold.
package channels

import (
	"context"
	"sync/atomic"
	"time"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/scope"
	"courant/db/state"
	"courant/publisher/feeds"
	"courant/publisher/words"
)

// MaxItems bounds how many entries a feed may be asked for: more does not fit
// into 512 KiB (X37).
const MaxItems = 500

// BlogrollPath is where programs look for the list of what a site reads (F7):
// the name is opml.org's.
const BlogrollPath = "/.well-known/recommendations.opml"

// Site is what the configuration says of the feeds.
type Site struct {
	Title       string
	Base        string // public address without a slash at its end
	Description string
	Language    string       // BCP 47
	Words       *words.Words // of what we say in feeds; nil: English
	Author      string       // empty: the site's title stands for it
	Email       string
	Image       feeds.Media    // a logo; zero: none
	Zone        *time.Location // of the archive's days; nil: UTC
	Comments    bool           // whether articles have threads
	Items       int            // a feed of articles covers at least so many
	Window      time.Duration  // and at least so long a time
	Full        bool           // whether entries carry their whole text
	Hub         string         // address of the WebSub hub; empty: there is none
}

// author is who wrote what has no other author.
func (s Site) author() feeds.Person {
	p := feeds.Person{Name: s.Author, Email: s.Email}
	if p.Name == "" {
		p.Name = s.Title
	}
	return p
}

// Section is a part of the site that the configuration names.
type Section struct{ ID, Title, Description string }

// Name is the section's title, or its id where it has none.
func (s Section) Name() string {
	if s.Title != "" {
		return s.Title
	}
	return s.ID
}

// Channels are the feeds of one site. Safe for concurrent use.
type Channels struct {
	store    *db.DB
	site     Site
	now      func() time.Time
	sections atomic.Pointer[[]Section] // replaced on reload

	sourceMap     atomic.Pointer[map[string]db.Source] // see Sources
	sourceChanges atomic.Int64
}

// New returns the feeds of what store holds.
func New(store *db.DB, s Site, sections []Section, now func() time.Time) *Channels {
	if s.Words == nil {
		s.Words = words.English()
	}
	c := &Channels{store: store, site: s, now: now}
	c.SetSections(sections)
	return c
}

// Site is what New was told of the site.
func (c *Channels) Site() Site { return c.site }

// Sections are the configured ones, in their order.
func (c *Channels) Sections() []Section { return *c.sections.Load() }

// SetSections replaces the sections.
func (c *Channels) SetSections(list []Section) { c.sections.Store(&list) }

// SectionName is the title of a section, or its id where it has none.
func (c *Channels) SectionName(id string) string {
	for _, s := range c.Sections() {
		if s.ID == id {
			return s.Name()
		}
	}
	return id
}

// Sources are all sources by id. They are read once and again after one of
// them changed.
func (c *Channels) Sources(ctx context.Context) (map[string]db.Source, error) {
	if m := c.sourceMap.Load(); m != nil {
		return *m, nil
	}
	generation := c.sourceChanges.Load()
	all, err := c.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	m := make(map[string]db.Source, len(all))
	for _, s := range all {
		m[s.ID] = c.named(s)
	}
	c.sourceMap.Store(&m)
	if c.sourceChanges.Load() != generation {
		c.sourceMap.Store(nil) // it changed while we read
	}
	return m, nil
}

// named is a source as readers know it: what editors add is the site's own.
func (c *Channels) named(s db.Source) db.Source {
	if s.ID == newsroom.Source {
		s.Title = c.site.Title
	}
	return s
}

// Changed forgets what was read of scopes; nil means everything. It is to be
// called before anything made from them is dropped, so that what is made anew
// is made from what is new.
func (c *Channels) Changed(scopes []string) {
	touched := scopes == nil
	for _, s := range scopes {
		touched = touched || s == scope.Sources
	}
	if touched {
		c.sourceChanges.Add(1)
		c.sourceMap.Store(nil)
	}
}

// WithdrawnError is db.ErrWithdrawn with the reason that readers are given.
type WithdrawnError struct{ Reason string }

func (e *WithdrawnError) Error() string { return db.ErrWithdrawn.Error() }

func (e *WithdrawnError) Unwrap() error { return db.ErrWithdrawn }

// Published is the article called id where readers may see it. One that was
// withdrawn comes with a *WithdrawnError (N3); one that readers never could see
// is not told from one that does not exist (V11).
func (c *Channels) Published(ctx context.Context, id string) (db.Article, error) {
	a, err := c.store.Seen(ctx, id)
	switch {
	case err != nil:
		return db.Article{}, err
	case a.Status == state.Withdrawn:
		return a, &WithdrawnError{Reason: a.Reason}
	}
	return a, nil
}
