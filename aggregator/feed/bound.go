package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"courant/db/text"
)

// Limits on what a stranger's words are kept and shown as. Each is several
// times the longest that is known of feeds that mean well; the store, and every
// page and feed that repeats the word, pay for each byte more.
const (
	maxTitle     = 1000 // characters of an entry's title or author: what is shown is cut far below
	maxFeedTitle = 200  // characters of a feed's title, which stands on every page of ours
	maxWords     = 2000 // characters of a feed's description, of rights, of a text alternative
	maxWho       = 200  // characters of a category, of who took a picture, of a repair
	maxID        = 8 << 10
	maxEmail     = 320 // bytes: 64 before the "@" and 255 behind it (RFC 5321 section 4.5.3.1)
	maxLanguage  = 64  // bytes: longer is no tag (RFC 5646 section 4.4.1 advises 35)
	maxFormat    = 32  // bytes: "rss" and a version
)

// bound cuts what is longer than anybody needs.
func (d *Document) bound() {
	cutBytes(&d.Format, maxFormat)
	boundID(&d.ID)
	d.Title = text.Cut(d.Title, maxFeedTitle)
	d.Description, d.Rights = text.Cut(d.Description, maxWords), text.Cut(d.Rights, maxWords)
	d.Generator = text.Cut(d.Generator, maxFeedTitle)
	boundLanguage(&d.Language)
	for i, r := range d.Repairs {
		d.Repairs[i] = text.Cut(r, maxWho)
	}
	for i := range d.Entries {
		d.Entries[i].bound()
	}
}

func (e *Entry) bound() {
	boundID(&e.ID)
	boundID(&e.InReplyTo)
	boundID(&e.Source.ID)
	e.Title, e.Rights = text.Cut(e.Title, maxTitle), text.Cut(e.Rights, maxWords)
	e.Source.Title = text.Cut(e.Source.Title, maxFeedTitle)
	e.Image.Alt, e.Image.Credit = text.Cut(e.Image.Alt, maxWords), text.Cut(e.Image.Credit, maxWho)
	cutBytes(&e.RawDate, maxDate)
	boundLanguage(&e.Language)
	for _, list := range [...][]Person{e.Authors, e.Contributors} {
		for i := range list {
			list[i].Name = text.Cut(list[i].Name, maxTitle) // publishers name all authors as one
			cutBytes(&list[i].Email, maxEmail)
		}
	}
	for i := range e.Categories {
		c := &e.Categories[i]
		c.Term, c.Label = text.Cut(c.Term, maxWho), text.Cut(c.Label, maxWho)
		cutBytes(&c.Scheme, maxWords)
	}
	for i := range e.Enclosures {
		e.Enclosures[i].Title = text.Cut(e.Enclosures[i].Title, maxTitle)
	}
}

// cutBytes cuts a word that no reader sees whole, at the end of a character.
func cutBytes(s *string, n int) {
	if len(*s) > n {
		*s = strings.ToValidUTF8((*s)[:n], "")
	}
}

// boundID gives an id that is too long the hash of all of it instead of its
// end, so that two that begin alike stay two.
func boundID(id *string) {
	if len(*id) > maxID {
		sum := sha256.Sum256([]byte(*id))
		*id = strings.ToValidUTF8((*id)[:maxID-2*len(sum)-1], "") + "#" + hex.EncodeToString(sum[:])
	}
}

// boundLanguage drops what is no tag of a language.
func boundLanguage(tag *string) {
	if len(*tag) > maxLanguage {
		*tag = ""
	}
}
