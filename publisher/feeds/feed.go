// Package feeds writes articles and comment threads as Atom 1.0 (RFC 4287,
// with RFC 4685, 5005 and 6721), RSS 2.0 (by the Best Practices Profile) and
// JSON Feed 1.1. It knows no HTTP and no store. A Feed says what is published,
// in words of no format; Write makes the bytes. The same Feed always gives the
// same bytes.
//
// The shapes are gorilla/feeds', embedded, with what it leaves out or gets
// wrong shadowed by fields of our own.
package feeds

import (
	"time"

	"courant/db/content"
	"courant/db/podcast"
	"courant/publisher/words"
)

// Feed is a list of entries and what a reader must know of it. Texts are plain
// unless they are content.HTML; addresses are absolute.
type Feed struct {
	ID          string // tag: URI
	Title       string
	Description string
	Language    string // BCP 47
	Author      Person // of what has no other author
	Self        string // the address of this very document
	Page        string // the page that shows the same
	Hub         string // address of the WebSub hub that tells of its news; empty: none does
	Image       Media  // a logo; zero: none
	Updated     time.Time
	Complete    bool   // it holds all that there is (RFC 5005 section 2)
	Pages       int    // of which it is one; 0 or 1: it is no page
	First, Last string // the document's neighbours (section 3), empty where there are none
	Prev, Next  string
	History     History      // where it stands among the archives of its list
	Deleted     []Deletion   // newest first
	Entries     []Entry      // newest first
	Words       *words.Words // of what we say in it; nil: English
	Blogroll    string       // address of the list of what its site reads, for RSS; empty: not said
	Style       string       // address of a CSS stylesheet for those who look at the XML, or empty

	// MinItems are never left out for size (X37); the others may be.
	MinItems int
}

// History places a feed among the archive documents of its list (RFC 5005 section 4).
// The zero value is of a list that has none.
type History struct {
	Archive      bool // it is one of them: it gains nothing any more
	Older, Newer int  // numbers of the archives beside it; 0: there is none
	// Addresses: of the subscription document, of an archive alone, and of what is
	// beside it; empty where there is none.
	Current, Prev, Next string
}

// Person is an author. Email is written only where the format wants one.
type Person struct{ Name, Email string }

// Deletion tells that an entry is gone (RFC 6721).
type Deletion struct {
	Ref  string // the entry's id
	When time.Time
}

// Entry is an article or a comment.
type Entry struct {
	ID        string // tag: URI
	Title     string
	Link      string // its page
	Published time.Time
	Updated   time.Time // of the last significant change, no two alike in a feed (A3)
	Author    string
	Language  string // empty: the feed's
	Section   Category
	Tags      []string

	KeyPoints []string
	Summary   string       // plain text, in place of key points where there are none
	Body      content.HTML // empty: only the summary is published
	More      string       // where to read on, when Body is left out; empty: nowhere
	Image     Media        // the lead picture
	Film      bool         // the original is a film, to which the picture leads
	Files     []Media      // enclosures

	Via     string   // the original
	Through []string // pages that the original was taken over from, the last one first
	Also    []Also   // who else reported it
	Source  *Source  // where it was first published; nil: here
	License string   // of the text
	Replies *Replies // its thread; nil: none is kept
	ReplyTo *ReplyTo // what it answers; nil: nothing
}

// Category is a section of the site.
type Category struct{ ID, Title, Scheme string }

// Media is a file beside an entry.
type Media struct {
	URL, Type, Title string
	Length           int64 // bytes, 0: unknown
	Width, Height    int   // pixels, 0: unknown

	Episode *podcast.Episode // what is said of a recording; nil: nothing
}

// Source is the feed that an article came from.
type Source struct {
	ID      string // the feed's own, an absolute IRI
	Title   string
	URL     string // of the feed
	Page    string // for people; empty: none is known
	Updated time.Time
}

// Also is the same article elsewhere.
type Also struct {
	Title     string
	Link      string // empty: none is known
	Source    string // its name
	Published time.Time
}

// Replies says what an article's thread holds and where it is.
type Replies struct {
	Count     int
	Uncounted bool      // Count and Updated are left out: the document is not to change with them
	Updated   time.Time // zero where Count is 0
	Page      string
	Atom, RSS string // addresses of its feeds
}

// ReplyTo is what a comment answers (RFC 4685 section 3).
type ReplyTo struct {
	Ref    string // id
	Page   string
	Source string // a feed that holds it
}
