package channels

import (
	"net/url"
	"strings"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/newsroom"
	"courant/db/text"
	"courant/publisher/feeds"
)

// articleEntry is a as feeds tell it. short leaves its text to its page.
func (c *Channels) articleEntry(a db.Article, sources map[string]db.Source, short bool) feeds.Entry {
	base := c.site.Base
	more := ""
	if a.Body.Hollow() { // what link sites write in place of a text
		a.Body, more = content.HTML{}, a.Link
	}
	if content.Hollow(a.Summary) {
		a.Summary = ""
	}
	s := sources[a.Source]
	e := feeds.Entry{
		ID: c.store.Tag().Article(a.ID), Title: a.Headline, Link: base + a.Path(),
		Published: a.Published, Updated: a.Updated, Author: a.Author, Language: a.Language, Tags: text.ToldTags(a.Tags),
		KeyPoints: a.KeyPoints, Summary: a.Summary, Body: a.Body, Via: a.Link, License: s.License, More: more, Film: content.IsFilm(a.Link),
		Image: feeds.Media{URL: a.Image.URL, Title: a.Image.Alt, Width: a.Image.Width, Height: a.Image.Height},
	}
	if e.Author == "" {
		e.Author = s.Name()
	}
	if a.Section != "" {
		e.Section = feeds.Category{ID: a.Section, Title: c.SectionName(a.Section), Scheme: base + "/section/"}
	}
	for _, f := range a.Enclosures {
		e.Files = append(e.Files, feeds.Media{URL: f.URL, Type: f.Type, Title: f.Title, Length: f.Length, Episode: f.Episode})
	}
	switch {
	case s.Rights == "excerpt": // what its publisher lets us show; the rest is there
		e = e.Short(a.Link)
	case short:
		e = e.Short(e.Link)
	}
	if s.ID != "" && s.ID != newsroom.Source {
		e.Source = sourceOf(s, a)
		if e.Source.Page = s.FeedLink; e.Source.Page == "" {
			e.Source.Page = base + "/source/" + s.ID
		}
	}
	if c.talks(a) {
		e.Replies = &feeds.Replies{
			Count: a.Comments, Page: e.Link + "#comments",
			Atom: e.Link + "/" + feeds.Atom.File(), RSS: e.Link + "/" + feeds.RSS.File(),
		}
		if a.Comments > 0 {
			e.Replies.Updated = a.CommentsUpdated
		}
	}
	return e
}

// firstYear is before the first page of the web: a feed dated earlier has its
// clock wrong.
const firstYear = 1990

// sourceOf is where a was first published (A8).
func sourceOf(s db.Source, a db.Article) *feeds.Source {
	f := &feeds.Source{ID: canonical(s.FeedID), Title: s.Name(), URL: text.Redact(s.URL), Updated: s.FeedUpdated}
	if f.ID == "" {
		f.ID = canonical(f.URL)
	}
	for _, at := range []time.Time{a.SourceUpdated, a.SourcePublished, a.FirstSeen} {
		if f.Updated.IsZero() && at.Year() >= firstYear && !at.After(a.FirstSeen) {
			f.Updated = at
		}
	}
	return f
}

// identifier fits the ids of feeds that are no addresses: tag: URIs (RFC 4151)
// and UUIDs (RFC 9562).
var identifier = text.Pattern(`^(tag:([a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#]*|` +
	`urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`)

// canonical is an identifier in the form in which it can be compared (RFC 4287
// section 4.2.6.1), or empty where it is of no kind that identifies a feed.
func canonical(id string) string {
	if identifier().MatchString(id) {
		return id
	}
	u, err := url.Parse(id)
	if err != nil || strings.ContainsAny(id, " \t\r\n") || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	u.User, u.Host = nil, strings.ToLower(u.Host)
	switch u.Scheme + u.Port() {
	case "http80", "https443", "http", "https":
		u.Host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(u.Host, ":80"), ":443"), ":")
	}
	return u.JoinPath().String()
}
