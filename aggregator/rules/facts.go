package rules

import (
	"net/url"
	"strings"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/ruling"
)

// Source is what rules know of a source.
type Source struct{ ID, Title, Section string }

// FactsOf are the facts of an article that is new, or was changed, at a moment. Its
// Section and Tags are the source's alone. Similar is not among them.
func (s *Set) FactsOf(a *db.Article, from Source, at time.Time) Facts {
	f := Facts{
		SourceID: from.ID, SourceTitle: from.Title, SourceSection: from.Section,
		Title: a.Headline, Summary: a.Summary, Author: a.Author, Link: a.Link, Language: a.Language, Section: a.Section, Tags: a.Tags,
		Published: a.SourcePublished, Words: a.Words, Image: a.Image.URL != "", Enclosure: len(a.Enclosures) > 0,
	}
	if f.Published.IsZero() {
		f.Published = at
	}
	s.derive(&f, a.KeyPoints, a.Body, at)
	return f
}

// FactsOfStored are the facts of an article that is stored, without what rules
// added to it. Similar is not among them.
func (s *Set) FactsOfStored(a *ruling.Stored, from Source, at time.Time) Facts {
	f := Facts{
		SourceID: from.ID, SourceTitle: from.Title, SourceSection: from.Section,
		Title: a.Headline, Summary: a.Summary, Author: a.Author, Link: a.Link, Language: a.Language,
		Section: a.Ruling.Added.BareSection(a.Section), Tags: a.Ruling.Added.Bare(a.Tags),
		Published: a.Date, Words: a.Words, Image: a.Image, Enclosure: a.Enclosure,
	}
	s.derive(&f, a.KeyPoints, a.Body, at)
	return f
}

// derive adds what follows from the rest, as far as rules read it.
func (s *Set) derive(f *Facts, points []string, body content.HTML, at time.Time) {
	f.Age = max(at.Sub(f.Published), 0)
	if s.Uses("host") {
		if u, err := url.Parse(f.Link); err == nil {
			f.Host = strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
		}
	}
	if s.Uses("text") {
		f.Text = strings.Join(append(points[:len(points):len(points)], body.PlainText()), "\n")
	}
}
