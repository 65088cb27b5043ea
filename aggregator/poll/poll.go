// Package poll says what a visit to a server leaves behind: a source, an answer
// and a moment make a db.Pass, with the source's validators, its next due time,
// its error state and where it has moved to. It also says what to ask for. It is
// pure: no network, no store, no clock and no log. Begin with Request, which
// gives what to fetch, and Pass, which judges what came of it.
package poll

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/normalise"
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/text"
)

// Source is what the configuration says of a source.
type Source struct {
	ID         string
	Request    fetch.Request // to the configured address, without validators
	Rules      schedule.Rules
	Settings   string // digest of what its validators depend on (P19)
	Revalidate bool   // whether a server that long answers 304 is asked for the whole once more (P24)
	FullText   bool   // whether texts are read from the pages of articles
	Threads    bool   // whether the comment feeds of its articles are followed
	MaxItems   int    // newest entries taken from a document; 0: all
	Publish    db.Publish
	Keep       time.Duration    // how long entries are kept that left the feed; 0: for ever
	Articles   normalise.Source // what they take over
}

// Is reports whether the source that is stored has the address that is configured
// here: else another worker knows a newer configuration, or an older one.
func (c *Source) Is(stored db.Source) bool {
	return c.Request.URL == stored.URL || text.Redact(c.Request.URL) == stored.URL
}

// Subject is a source as it stands before a visit: as it is stored, and how it
// was configured when its request was noted. What comes of the request came of
// that, whatever a reload changes meanwhile.
type Subject struct {
	db.Source
	Memory schedule.Memory // of Source.Extra
	Config *Source         // nil: it is configured no more
	Last   *Last           // document of it; nil: nothing is known of it
	// Reading is of the visit's document, told what the store knows of it; nil:
	// nothing is known.
	Reading *Reading
	// Subscribed: its hub is to push what is new.
	Subscribed bool
}

// NewSubject returns the Subject of a stored source.
func NewSubject(s db.Source, c *Source) *Subject {
	return &Subject{Source: s, Memory: schedule.Recall(s.Extra), Config: c}
}

// Visit is what one request brought, for each of the sources that share it.
type Visit struct {
	At       time.Time // when it was made
	Manual   bool      // asked for by hand
	Late     bool      // it came late, with many others: the next one parts from them
	Pushed   bool      // its hub brought it, and nobody was asked: it may hold what is new alone
	Answer   *fetch.Answer
	Err      *fetch.Error   // nil: a document, or 304
	Outage   bool           // Err is our fault: no host can be reached
	Digest   []byte         // of the document
	Known    feed.Known     // entries that the document need not be read for
	Document *feed.Document // nil where it was not parsed
	Found    *Found         // nil: nobody looked for the feed
}

// delta reports whether the document may hold what is new alone: nothing follows from
// what it lacks.
func (v *Visit) delta() bool { return v.Pushed || v.Answer.Delta }

// Found is what a look for a source's feed came to.
type Found struct {
	Address, Why string // the feed that is asked from now on; empty: none
	Suggestion   string // a feed of which we know no entry
}

// Sum sets the Digest.
func (v *Visit) Sum() {
	sum := sha256.Sum256(v.Answer.Body)
	v.Digest = sum[:]
}

// Parse reads the document: Document is set, or Err where it is none, or is not
// read by the time that done is closed.
func (v *Visit) Parse(done <-chan struct{}) {
	if len(v.Answer.Body) == 0 {
		v.Err = &fetch.Error{Kind: fetch.Broken, Status: v.Answer.Status, Err: errors.New("the document is empty")} // P76
		return
	}
	doc, err := feed.Parse(v.Answer.Body, feed.Options{URL: v.Answer.URL, ContentType: v.Answer.ContentType, Known: v.Known, Done: done})
	if v.Document = doc; err != nil {
		v.Err = &fetch.Error{Kind: fetch.Broken, Status: v.Answer.Status, Err: err}
	}
}

// Knows reports whether the visit brought the very document that s has taken in
// (P21).
func (s *Subject) Knows(v *Visit) bool {
	return bytes.Equal(s.BodyHash, v.Digest) && s.Config.Settled(s.Memory)
}

// Settled reports whether what m remembers came of the present settings.
func (c *Source) Settled(m schedule.Memory) bool { return m.Settings == c.Settings }

// Roster is what else is configured.
type Roster interface {
	Has(id string) bool       // whether a source is configured
	At(address string) string // the id of the source with that address; empty: none
	// Shard is by what a source is dealt to a worker that is asked at an address.
	Shard(id, address string) int
}

// Warning is something that an operator should hear of: a line of the log.
type Warning struct {
	Text  string
	Attrs []any // of log/slog, besides the source
}
