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

// derive adds what follows from the rest, as far as rules read it. The text is made
// once a rule looks at it.
func (s *Set) derive(f *Facts, points []string, body content.HTML, at time.Time) {
	f.Age = max(at.Sub(f.Published), 0)
	if s.Uses("host") {
		f.Host = hostOf(f.Link)
	}
	f.points, f.body = points, body
}

// hostOf is the host of a link, in lower case, without www.
func hostOf(link string) string {
	host, isPlain := plainHost(link)
	if !isPlain {
		u, err := url.Parse(link)
		if err != nil {
			return ""
		}
		host = strings.ToLower(u.Hostname())
	}
	return strings.TrimPrefix(host, "www.")
}

// plainHost is the host of a link that is written as most are.
func plainHost(link string) (host string, isPlain bool) {
	rest, isWeb := strings.CutPrefix(link, "https://")
	if !isWeb {
		if rest, isWeb = strings.CutPrefix(link, "http://"); !isWeb {
			return "", false
		}
	}
	n := 0
	for n < len(rest) && ('a' <= rest[n] && rest[n] <= 'z' || '0' <= rest[n] && rest[n] <= '9' || rest[n] == '.' || rest[n] == '-') {
		n++
	}
	host, rest = rest[:n], rest[n:]
	if port, is := strings.CutPrefix(rest, ":"); is {
		rest = strings.TrimLeft(port, "0123456789")
	}
	return host, rest == "" || rest[0] == '/'
}
