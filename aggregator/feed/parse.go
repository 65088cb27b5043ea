package feed

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
)

// Parse reads a document. It never panics; the error says in plain words why
// the document cannot be read.
func Parse(body []byte, o Options) (doc *Document, err error) {
	defer func() {
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("the parser gave up: %v", r)
		}
	}()
	f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if errors.Is(err, gofeed.ErrFeedTypeNotDetected) {
		return nil, errors.New("not a feed: neither RSS nor Atom nor JSON Feed")
	} else if err != nil {
		return nil, err
	}
	base, _ := url.Parse(o.URL)
	doc = &Document{Format: f.FeedType + f.FeedVersion, Title: text(f.Title), Link: resolve(base, f.Link), Self: resolve(base, f.FeedLink),
		Description: text(f.Description), Language: f.Language, Rights: text(f.Copyright)}
	if f.UpdatedParsed != nil {
		doc.Updated = f.UpdatedParsed.UTC()
	}
	if x := f.Extensions["sy"]; x != nil {
		periods := map[string]time.Duration{"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour, "monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour}
		if v := x["updatePeriod"]; len(v) > 0 {
			doc.Hints.Period = periods[strings.ToLower(v[0].Value)]
		}
		if v := x["updateFrequency"]; len(v) > 0 {
			if n, err := strconv.Atoi(v[0].Value); err == nil && n > 0 {
				doc.Hints.Period /= time.Duration(n)
			}
		}
	}
	for _, it := range f.Items {
		e := Entry{ID: strings.TrimSpace(it.GUID), Title: text(it.Title), Link: resolve(base, it.Link), Body: it.Content, Summary: it.Description, Base: o.URL}
		if len(e.Summary) > len(e.Body) {
			e.Body, e.Summary = e.Summary, ""
		}
		if it.PublishedParsed != nil {
			e.Published = it.PublishedParsed.UTC()
		}
		if it.UpdatedParsed != nil {
			e.Updated = it.UpdatedParsed.UTC()
		}
		for _, a := range it.Authors {
			e.Authors = append(e.Authors, Person{Name: a.Name, Email: a.Email})
		}
		for _, c := range it.Categories {
			e.Categories = append(e.Categories, Category{Term: c})
		}
		for _, x := range it.Enclosures {
			n, _ := strconv.ParseInt(x.Length, 10, 64)
			e.Enclosures = append(e.Enclosures, Enclosure{URL: resolve(base, x.URL), Type: x.Type, Length: n})
		}
		doc.Entries = append(doc.Entries, e)
	}
	return doc, nil
}

func text(s string) string { return strings.Join(strings.Fields(html.UnescapeString(s)), " ") }

func resolve(base *url.URL, s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if s == "" || err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}
