package publisher

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"html/template"
	"time"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/publisher/desk"
	"courant/publisher/feeds"
)

// unstored is what stands in addresses in place of the id of an article that has none
// yet.
const unstored = "0000000000"

// previewOf is a as readers will see it, were it published now: its page by the template
// of all articles, and its entry as feeds tell it.
func (p *Publisher) previewOf(ctx context.Context, a db.Article) (v desk.Preview, err error) {
	if a.ID == "" {
		a.ID = unstored
	}
	if a.Source == "" {
		a.Source = newsroom.Source
	}
	if a.Published.IsZero() {
		a.Published = p.now().UTC().Truncate(time.Millisecond)
		a.Updated = a.Published
	}
	reports, err := p.reportsOf(ctx, a)
	if err != nil {
		return v, err
	}
	in, _, err := p.whole(ctx, a, p.usual(), "")
	if err != nil {
		return v, err
	}
	in.Also = reports
	if in.Source.ID == "" { // of the desk, which has added nothing yet
		in.Source = db.Source{ID: a.Source, Title: p.set.Site.Title}
	}
	page, err := p.view().Article(in)
	if err != nil {
		return v, err
	}
	feed, err := p.channels.Alone(ctx, a, reports)
	if err != nil {
		return v, err
	}
	document, _, err := feeds.Write(feed, feeds.Atom)
	if err != nil {
		return v, err
	}
	v = desk.Preview{Page: string(page), Style: p.view().StyleSource()}
	v.Entry, v.Atom, err = readEntry(document, cmp.Or(a.Language, p.set.Site.Language))
	return v, err
}

// reportsOf is who else reported what a says: those that a stands for, and those that
// it will once it is published.
func (p *Publisher) reportsOf(ctx context.Context, a db.Article) ([]newsroom.Report, error) {
	if a.Status != state.Incoming {
		also, err := newsroom.Attached(ctx, p.store.Reader(), []int64{a.Seq})
		return also[a.Seq], err
	}
	twins, err := newsroom.New(p.store.DB, p.now).Twins(ctx, []int64{a.Seq})
	var list []newsroom.Report
	for _, t := range twins[a.Seq] {
		list = append(list, newsroom.Report{Headline: t.Headline, Link: t.Link, Source: t.Source, At: t.Came})
	}
	return list, err
}

// entryDocument is an entry as a reader of feeds shows it.
var entryDocument = template.Must(template.New("").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{{.Title}}</title></head>
<body data-untrusted><h1 dir="auto">{{.Title}}</h1><p>{{.Author}}{{range .Tags}} · {{.Label}}{{end}}</p><div dir="auto">{{.HTML}}</div></body></html>`))

// readEntry reads the one entry of an Atom document, of a language, as a reader of feeds
// does, and returns it as such a program shows it and as it is written.
func readEntry(document []byte, lang string) (shown, written string, err error) {
	var f struct {
		Entry struct {
			Lang    string `xml:"-"`
			Title   string `xml:"title"`
			Author  string `xml:"author>name"`
			Content string `xml:"content"`
			Tags    []struct {
				Label string `xml:"label,attr"`
			} `xml:"category"`
			HTML template.HTML `xml:"-"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(document, &f); err != nil {
		return "", "", fmt.Errorf("preview of an entry: %w", err)
	}
	f.Entry.Lang = lang
	f.Entry.HTML = template.HTML(f.Entry.Content) // made of what has passed the sanitiser, as for all readers
	var b bytes.Buffer
	if err := entryDocument.Execute(&b, f.Entry); err != nil {
		return "", "", err
	}
	from, to := bytes.Index(document, []byte("<entry")), bytes.LastIndex(document, []byte("</entry>"))
	if from < 0 || to < from {
		return "", "", fmt.Errorf("preview of an entry: the document has none")
	}
	return b.String(), string(document[from : to+len("</entry>")]), nil
}
