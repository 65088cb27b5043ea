package feeds

import (
	"bytes"
	"cmp"
	"encoding/json"
	"time"

	gorilla "github.com/gorilla/feeds"

	"courant/db/podcast"
)

const jsonVersion = "https://jsonfeed.org/version/1.1"

// jsonFeed is all but the items, which are put in as they were written.
type jsonFeed struct {
	*gorilla.JSONFeed
	Courant *jsonList `json:"_courant,omitempty"`
	Items   any       `json:"items,omitempty"` // shadows gorilla's; stays nil
}

// jsonList is what _courant says of a feed: whether it holds all that there is, or
// is an archive document, and the addresses of those that next_url does not lead to.
type jsonList struct {
	Complete bool   `json:"complete,omitempty"`
	Archive  bool   `json:"archive,omitempty"`
	Current  string `json:"current_url,omitempty"`
	Newer    string `json:"next_archive_url,omitempty"`
}

type jsonItem struct {
	*gorilla.JSONItem
	ContentHTML string           `json:"content_html"` // there even where it is empty
	Language    string           `json:"language,omitempty"`
	Attachments []jsonAttachment `json:"attachments,omitempty"`
	Courant     *jsonCourant     `json:"_courant,omitempty"`
}

type jsonAttachment struct {
	URL   string `json:"url"`
	Type  string `json:"mime_type"`
	Title string `json:"title,omitempty"`
	Size  int64  `json:"size_in_bytes,omitempty"`

	Seconds int `json:"duration_in_seconds,omitempty"`
}

// jsonCourant is our extension to an item (J2).
type jsonCourant struct {
	KeyPoints    []string         `json:"key_points,omitempty"`
	Source       *jsonSource      `json:"source,omitempty"`
	Through      []string         `json:"through,omitempty"` // pages that the original was taken over from, as Atom's rel=via has them
	License      string           `json:"license,omitempty"`
	CommentCount *int             `json:"comment_count,omitempty"`
	CommentsURL  string           `json:"comments_url,omitempty"`
	InReplyTo    string           `json:"in_reply_to,omitempty"`
	Episode      *podcast.Episode `json:"episode,omitempty"`
	Also         []jsonAlso       `json:"also_reported_by,omitempty"`
}

type jsonAlso struct {
	Source    string     `json:"source"`
	Title     string     `json:"title"`
	URL       string     `json:"url,omitempty"`
	Published *time.Time `json:"date_published"`
}

type jsonSource struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

type jsonWriter struct{ out bytes.Buffer }

func (w *jsonWriter) buffer() []byte { return w.out.Bytes() }
func (w *jsonWriter) grow(n int)     { w.out.Grow(n) }

// value writes v as json.Marshal does, but leaves <, > and & as they are.
func (w *jsonWriter) value(v any) (span, error) {
	s := span{from: w.out.Len()}
	e := json.NewEncoder(&w.out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	s.to = w.out.Len() - len("\n")
	return s, err
}

func (w *jsonWriter) entry(f Feed, e Entry) (span, error) {
	item := &jsonItem{
		JSONItem: &gorilla.JSONItem{
			Id: e.ID, Url: e.Link, ExternalUrl: e.Via, Title: e.Title, Image: e.Image.URL,
			PublishedDate: jsonTime(e.Published), ModifiedDate: jsonTime(e.Updated), Tags: e.tags(),
		},
		ContentHTML: e.whole(f.Words), Language: e.Language,
	}
	if e.ReplyTo == nil {
		item.Summary = e.Brief()
	}
	if item.Language == "" {
		item.Language = f.Language
	}
	if e.Author != "" {
		item.Authors = []*gorilla.JSONAuthor{{Name: e.Author}}
	}
	for _, m := range e.Files {
		a := jsonAttachment{URL: m.URL, Type: cmp.Or(m.Type, unknownType), Title: line(m.Title), Size: m.Length}
		if m.Episode != nil {
			a.Seconds = m.Episode.Seconds
		}
		item.Attachments = append(item.Attachments, a)
	}
	item.Courant = e.courant()
	return w.value(item)
}

func (e Entry) courant() *jsonCourant {
	c := &jsonCourant{KeyPoints: e.KeyPoints, License: e.License, Through: e.Through}
	if s := e.Source; s != nil {
		c.Source = &jsonSource{Title: s.Title, URL: s.URL}
	}
	if r := e.Replies; r != nil {
		if c.CommentsURL = r.Page; !r.Uncounted {
			c.CommentCount = &r.Count
		}
	}
	if e.isEpisode() {
		if p := e.said(); len(p.Transcripts)+len(p.People)+p.Number+p.Season > 0 || p.Kind+p.Explicit+p.Chapters.URL != "" {
			c.Episode = &p
		}
	}
	if e.ReplyTo != nil {
		c.InReplyTo = e.ReplyTo.Ref
	}
	for _, a := range e.Also {
		c.Also = append(c.Also, jsonAlso{line(a.Source), line(a.Title), a.Link, jsonTime(a.Published)})
	}
	return c
}

// tags are the section's title and the tags: JSON Feed has but one list.
func (e Entry) tags() []string {
	if e.Section.ID == "" {
		return e.Tags
	}
	return append([]string{e.Section.Title}, e.Tags...)
}

func jsonTime(t time.Time) *time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func (w *jsonWriter) frame(f Feed) (head, tail []byte, between string, err error) {
	feed := &jsonFeed{JSONFeed: &gorilla.JSONFeed{
		Version: jsonVersion, Title: f.Title, HomePageUrl: f.Page, FeedUrl: f.Self, Description: f.Description,
		Language: f.Language, NextUrl: cmp.Or(f.Next, f.History.Prev), Icon: f.Image.URL,
	}}
	if f.Author.Name != "" {
		feed.Authors = []*gorilla.JSONAuthor{{Name: f.Author.Name}}
	}
	if f.Hub != "" {
		feed.Hubs = []*gorilla.JSONHub{{Type: "WebSub", Url: f.Hub}}
	}
	if f.Complete || f.History.Archive {
		feed.Courant = &jsonList{Complete: f.Complete, Archive: f.History.Archive, Current: f.History.Current, Newer: f.History.Next}
	}
	var b jsonWriter
	s, err := b.value(feed)
	if err != nil {
		return nil, nil, "", err
	}
	head = bytes.TrimSuffix(b.buffer()[s.from:s.to], []byte("}"))
	return append(head, `,"items":[`...), []byte("]}\n"), ",\n", nil
}
