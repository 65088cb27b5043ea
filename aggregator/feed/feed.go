// Package feed makes entries of bytes: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0,
// JSON Feed 1 and 1.1. It touches no network and no clock, and says what an
// entry holds as it arrived: addresses are absolute, titles are plain text,
// dates are UTC, bodies are the source's own HTML, not yet cleaned (that is
// normalise's and db/content's work). What was read before is left out where its
// bytes, and all that they depend on, are the same: see Known. Begin with Parse.
package feed

import (
	"time"

	"courant/db/podcast"
)

// Document is one feed document.
type Document struct {
	Format      string // "rss2.0", "rss1.0", "atom1.0", "json1.1", …
	ID          string // atom:id, JSON feed_url; empty where the format has none
	Title       string // plain text
	Link        string // of the site, absolute, or empty
	Self        string // the address the feed gives itself, absolute, or empty
	Description string // plain text
	Language    string // BCP 47 as written, or empty
	Rights      string // plain text
	Hub         string // WebSub hub, absolute, or empty
	Generator   string // what made it, as it says: a name, an address, or both
	Archive     bool   // fh:archive (RFC 5005 section 4): it gains nothing any more
	PrevArchive string // address of the archive document before it, absolute, or empty
	NextPage    string // link rel=next (section 3), JSON next_url: of the page after it, absolute, or empty
	NewURL      string // itunes:new-feed-url, absolute, or empty
	Updated     time.Time
	Hints       Hints
	Entries     []Entry  // in document order, but for those that were known
	Marks       []Mark   // of Entries
	Unchanged   []Mark   // of those that were known, in document order
	Context     Mark     // of what all entries depend on
	Repairs     []string // what had to be mended to read it, for people
	Complete    bool     // fh:complete (RFC 5005 section 2): what is absent was deleted
	Deleted     []string // ids of entries that are no more (at:deleted-entry, RFC 6721)
}

// Hints is what a document asks of those who poll it. A zero field was not
// given.
type Hints struct {
	TTL       time.Duration  // RSS ttl
	SkipHours []int          // RSS skipHours, 0 to 23, UTC
	SkipDays  []time.Weekday // RSS skipDays, UTC
	Period    time.Duration  // sy:updatePeriod divided by sy:updateFrequency
	Base      time.Time      // sy:updateBase
}

// Entry is an item as it arrived. It is kept as JSON, so that better
// normalising needs no second download.
type Entry struct {
	ID           string      `json:"id,omitempty"`        // guid, atom:id, rdf:about or JSON id, trimmed, else whole
	Title        string      `json:"title,omitempty"`     // plain text
	Link         string      `json:"link,omitempty"`      // absolute
	OrigLink     string      `json:"orig_link,omitempty"` // feedburner:origLink, absolute
	Authors      []Person    `json:"authors,omitempty"`
	Contributors []Person    `json:"contributors,omitempty"`
	Published    time.Time   `json:"published,omitzero"`
	Updated      time.Time   `json:"updated,omitzero"`
	Created      time.Time   `json:"created,omitzero"`
	RawDate      string      `json:"raw_date,omitempty"` // where it could not be read
	Body         string      `json:"body,omitempty"`     // HTML, the longest the entry has, uncleaned
	Summary      string      `json:"summary,omitempty"`  // HTML, where there is one beside the body
	Base         string      `json:"base,omitempty"`     // what addresses in Body and Summary are relative to: xml:base, else Link where it is on the feed's site, else the feed
	Language     string      `json:"language,omitempty"`
	Rights       string      `json:"rights,omitempty"` // plain text
	Categories   []Category  `json:"categories,omitempty"`
	Enclosures   []Enclosure `json:"enclosures,omitempty"`
	Image        Image       `json:"image,omitzero"`    // what the entry itself names as its picture
	Source       Source      `json:"source,omitzero"`   // where the entry was taken from
	Via          string      `json:"via,omitempty"`     // link rel=via, absolute
	Through      []string    `json:"through,omitempty"` // further ones, at most maxThrough

	Comments      string `json:"comments,omitempty"`       // page of the entry's comments, absolute
	CommentsFeed  string `json:"comments_feed,omitempty"`  // wfw:commentRss or link rel=replies, absolute
	CommentsCount *int   `json:"comments_count,omitempty"` // slash:comments or thr:count or thr:total
	CommentsMoved string `json:"comments_moved,omitempty"` // thr:updated, as written
	InReplyTo     string `json:"in_reply_to,omitempty"`    // thr:in-reply-to ref

	Episode *podcast.Episode `json:"episode,omitempty"` // of the first recording among the enclosures; nil: nothing is said

	// Page is what the page that the entry leads to has, where its source gives no
	// more than the beginning of its texts; nil: nobody asked for it.
	Page *Page `json:"page,omitempty"`
}

// Page is the text of a page, with its validators.
type Page struct {
	URL          string `json:"url"`
	Body         string `json:"body"` // HTML, uncleaned
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// Date is when the entry was published, else updated, else created: the zero
// time where it has no date.
func (e Entry) Date() time.Time {
	switch {
	case !e.Published.IsZero():
		return e.Published
	case !e.Updated.IsZero():
		return e.Updated
	}
	return e.Created
}

// Person wrote an entry or helped. Name is empty where only an address is
// known.
type Person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}

// Category is what an entry is filed under.
type Category struct {
	Term   string `json:"term"`
	Label  string `json:"label,omitempty"` // for people, where it differs
	Scheme string `json:"scheme,omitempty"`
}

// Enclosure is a file that belongs to an entry.
type Enclosure struct {
	URL    string `json:"url"` // absolute, http or https
	Type   string `json:"type,omitempty"`
	Length int64  `json:"length,omitempty"` // bytes, 0: unknown
	Title  string `json:"title,omitempty"`
}

// Image is a picture.
type Image struct {
	URL    string `json:"url,omitempty"` // absolute, http or https
	Alt    string `json:"alt,omitempty"`
	Credit string `json:"credit,omitempty"`
	Width  int    `json:"width,omitempty"` // pixels, 0: unknown
	Height int    `json:"height,omitempty"`
}

// Source is the feed that an entry was taken from (atom:source, RSS source).
type Source struct {
	Title string `json:"title,omitempty"`
	URL   string `json:"url,omitempty"`
	ID    string `json:"id,omitempty"`
}

// Options says where a document came from.
type Options struct {
	URL         string // that answered; relative addresses are resolved against it
	ContentType string // of the response, for its charset
	Fixed       bool   // relative addresses are resolved against URL even where the feed names an address of its own

	// Known are entries that are left out where the document has them to the
	// byte, and means the same by them: Unchanged names them instead.
	Known Known

	// Done ends the reading when it is closed, as that of a context does: a
	// document that costs too much is one that cannot be read. Nil: never.
	Done <-chan struct{}
}
