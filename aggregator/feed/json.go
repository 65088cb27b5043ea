package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	jsonfeed "github.com/mmcdole/gofeed/json"

	"courant/db/podcast"
)

// parseJSON reads JSON Feed 1 and 1.1 (jsonfeed.org). Items are read one by
// one, by gofeed's types, so that one of the wrong type, or a document that
// ends early, costs no other.
func parseJSON(text []byte, base *url.URL, o Options) (*Document, error) {
	r, err := readJSON(text, o.Done)
	if err != nil {
		// Control characters inside strings are the commonest fault.
		mended := bytes.Map(func(c rune) rune {
			if c < ' ' {
				return ' '
			}
			return c
		}, text)
		if second, again := readJSON(mended, o.Done); again == nil {
			r, err = second, nil
			r.repairs = append(r.repairs, "control characters inside JSON strings")
		}
	}
	if err != nil && len(r.items) == 0 {
		return nil, fmt.Errorf("cannot be read as JSON: %w", err)
	}
	if err != nil {
		r.repairs = append(r.repairs, "the document was cut short: its last entry is left out")
	}
	if !r.isFeed() {
		return nil, errNoFeed
	}
	return r.document(base, o), nil
}

// jsonReader is what was read of a JSON Feed.
type jsonReader struct {
	head    map[string]json.RawMessage // all but the items
	items   []json.RawMessage
	repairs []string

	tooLong, tooMany int // items that are left out
}

func readJSON(text []byte, stop <-chan struct{}) (*jsonReader, error) {
	r := &jsonReader{head: map[string]json.RawMessage{}}
	d := json.NewDecoder(patient{bytes.NewReader(text), stop})
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return r, errors.New("it is not an object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return r, err
		}
		name, _ := key.(string)
		if name == "items" {
			if err := r.readItems(d); err != nil {
				return r, err
			}
			continue
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return r, err
		}
		r.head[name] = v
	}
	_, err := d.Token()
	return r, err
}

func (r *jsonReader) readItems(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t == nil {
		return nil
	}
	if t != json.Delim('[') {
		return errors.New("items is not a list")
	}
	for d.More() {
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return err
		}
		switch {
		case len(v) > 2*maxMarkup:
			r.tooLong++
			continue
		case len(r.items) >= maxEntries:
			r.tooMany++
			continue
		}
		r.items = append(r.items, v)
	}
	_, err = d.Token()
	return err
}

// isFeed tells a JSON Feed from other JSON: its version says so, or it has
// items that are objects.
func (r *jsonReader) isFeed() bool {
	if strings.Contains(strings.ToLower(string(r.head["version"])), "jsonfeed.org") {
		return true
	}
	for _, v := range r.items {
		if v[0] == '{' {
			return true
		}
	}
	return len(r.items) > 0 && r.head["version"] != nil
}

func (r *jsonReader) document(base *url.URL, o Options) *Document {
	d := &Document{Format: "json", Repairs: r.repairs}
	version := str(r.head["version"])
	if i := strings.LastIndexByte(version, '/'); i >= 0 {
		d.Format += version[i+1:]
	}
	response := base
	if d.Self = resolve(base, str(r.head["feed_url"])); d.Self != "" && !o.Fixed {
		base, _ = url.Parse(d.Self)
	}
	t := translator{doc: d, base: base, response: response}
	if base != nil {
		t.baseText = base.String()
	}
	d.ID = d.Self
	d.Title, d.Description = jsonLine(str(r.head["title"])), jsonLine(str(r.head["description"]))
	d.Link = resolve(base, str(r.head["home_page_url"]))
	d.Language = strings.TrimSpace(str(r.head["language"]))
	d.NextPage = resolve(base, str(r.head["next_url"]))
	var hubs []struct{ Type, URL string }
	if json.Unmarshal(r.head["hubs"], &hubs) == nil {
		for _, h := range hubs {
			if d.Hub == "" && strings.EqualFold(h.Type, "WebSub") {
				d.Hub = resolve(base, h.URL)
			}
		}
	}
	owners := t.jsonAuthors(nil, authorsOf(r.head))
	d.Context = t.context(owners)
	wrong := 0
	var m marker
	for _, raw := range r.items {
		if isClosed(o.Done) {
			break
		}
		m.begin("json")
		mark := m.end(raw)
		if o.Known.Entries[mark] {
			d.Unchanged = append(d.Unchanged, mark)
			continue
		}
		item, ok, mended := readItem(raw)
		if mended || !ok {
			wrong++
		}
		if !ok {
			continue
		}
		if mended {
			mark = Mark{}
		}
		d.Marks = append(d.Marks, mark)
		var e Entry
		t.jsonItem(&e, item)
		t.jsonOrigin(&e, raw)
		if len(e.Authors) == 0 {
			e.Authors = owners
		}
		d.Entries = append(d.Entries, e)
	}
	if r.tooMany > 0 {
		d.Repairs = append(d.Repairs, fmt.Sprintf("only the first %d of %d entries were read", maxEntries, maxEntries+r.tooMany))
	}
	if r.tooLong > 0 {
		d.Repairs = append(d.Repairs, fmt.Sprintf("items of more than %d MiB are left out", 2*maxMarkup>>20))
	}
	if wrong > 0 {
		d.Repairs = append(d.Repairs, "items of the wrong type")
	}
	return d
}

// readItem reads one item; members of the wrong type are left out.
func readItem(raw json.RawMessage) (item *jsonfeed.Item, ok, mended bool) {
	item = &jsonfeed.Item{}
	if raw[0] != '{' {
		return nil, false, false
	}
	if json.Unmarshal(raw, item) == nil && !holdsNull(item) {
		return item, true, false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil, false, false
	}
	item = &jsonfeed.Item{}
	item.ID = strings.TrimSpace(scalar(members["id"]))
	for name, to := range map[string]*string{
		"url": &item.URL, "external_url": &item.ExternalURL, "title": &item.Title, "content_html": &item.ContentHTML,
		"content_text": &item.ContentText, "summary": &item.Summary, "image": &item.Image, "banner_image": &item.BannerImage,
		"date_published": &item.DatePublished, "date_modified": &item.DateModified, "language": &item.Language,
	} {
		*to = str(members[name])
	}
	item.Authors = authorsOf(members)
	var tags []json.RawMessage
	if json.Unmarshal(members["tags"], &tags) == nil {
		for _, t := range tags {
			item.Tags = append(item.Tags, str(t))
		}
	}
	var files []json.RawMessage
	if json.Unmarshal(members["attachments"], &files) == nil {
		var list []jsonfeed.Attachments
		for _, f := range files {
			var a jsonfeed.Attachments
			if json.Unmarshal(f, &a) == nil {
				list = append(list, a)
			}
		}
		item.Attachments = &list
	}
	return item, true, true
}

// holdsNull reports whether a list of the item has a null in it.
func holdsNull(item *jsonfeed.Item) bool {
	for _, a := range item.Authors {
		if a == nil {
			return true
		}
	}
	return false
}

// authorsOf reads authors, or version 1's author.
func authorsOf(members map[string]json.RawMessage) []*jsonfeed.Author {
	var raws []json.RawMessage
	if json.Unmarshal(members["authors"], &raws) != nil || len(raws) == 0 {
		raws = []json.RawMessage{members["author"]}
	}
	var list []*jsonfeed.Author
	for _, raw := range raws {
		var m map[string]json.RawMessage
		if len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &m) == nil {
			list = append(list, &jsonfeed.Author{Name: str(m["name"]), URL: str(m["url"])})
		}
	}
	return list
}

// str is a JSON string, or "" for anything else.
func str(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// scalar is a string, or a number or truth value as it is written.
func scalar(raw json.RawMessage) string {
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return ""
	}
	if raw[0] == '"' {
		return str(raw)
	}
	return string(raw)
}

func (t *translator) jsonAuthors(list []Person, authors []*jsonfeed.Author) []Person {
	for _, a := range authors {
		if a != nil {
			list = addPerson(list, Person{Name: a.Name, URL: resolve(t.base, a.URL)})
		}
	}
	return list
}

func (t *translator) jsonItem(e *Entry, i *jsonfeed.Item) {
	e.ID = strings.ReplaceAll(strings.TrimSpace(i.ID), "\x00", "\uFFFD") // which no database need hold
	e.Title = jsonLine(i.Title)
	if e.Link = resolve(t.base, i.URL); e.Link == "" {
		e.Link = resolve(t.base, i.ExternalURL)
	} else if i.ExternalURL != "" {
		e.Via = resolve(t.base, i.ExternalURL)
	}
	if e.Link == "" {
		e.Link = permalink(e.ID)
	}
	var ok bool
	if e.Published, ok = parseDate(i.DatePublished); !ok {
		e.RawDate = squash(i.DatePublished)
	}
	e.Updated, _ = parseDate(i.DateModified)
	if e.Language = strings.TrimSpace(i.Language); e.Language == "" {
		e.Language = t.doc.Language
	}
	if i.Author != nil && len(i.Authors) == 0 {
		i.Authors = []*jsonfeed.Author{i.Author}
	}
	e.Authors = t.jsonAuthors(nil, i.Authors)
	for _, tag := range i.Tags {
		e.Categories = addCategory(e.Categories, Category{Term: tag})
	}
	if i.Attachments != nil {
		for _, a := range *i.Attachments {
			e.Enclosures = t.addEnclosure(e.Enclosures, a.URL, a.MimeType, fmt.Sprint(max(a.SizeInBytes, 0)), a.Title)
			if s := podcast.Seconds(fmt.Sprint(a.DurationInSeconds)); s > 0 && e.Episode == nil {
				e.Episode = &podcast.Episode{Seconds: s}
			}
		}
	}
	if e.Image.URL = resolve(t.base, i.Image); e.Image.URL == "" {
		e.Image.URL = resolve(t.base, i.BannerImage)
	}
	t.jsonBody(e, i)
}

// jsonOrigin reads where a Courant says that an item is from: the source that it took
// it over from, and the pages that the original went through, which Atom has as
// source and rel=via. Others' items have no such member.
func (t *translator) jsonOrigin(e *Entry, raw json.RawMessage) {
	if !bytes.Contains(raw, []byte(`"_courant"`)) {
		return
	}
	var members, ours, from map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || json.Unmarshal(members["_courant"], &ours) != nil {
		return
	}
	if json.Unmarshal(ours["source"], &from) == nil {
		e.Source = Source{Title: jsonLine(str(from["title"])), URL: resolve(t.base, str(from["url"]))}
	}
	var pages []json.RawMessage
	if json.Unmarshal(ours["through"], &pages) != nil {
		return
	}
	for _, page := range pages {
		if at := resolve(t.base, str(page)); at != "" && len(e.Through) < maxThrough {
			e.Through = append(e.Through, at)
		}
	}
}

// jsonBody takes content_html, else the longer of the plain texts.
func (t *translator) jsonBody(e *Entry, i *jsonfeed.Item) {
	e.Base = t.bodyBase(e.Link)
	if htmlText(i.ContentHTML) != "" || i.ContentHTML != "" && i.ContentText == "" && i.Summary == "" {
		e.Body = string(mended(withoutMarks([]byte(cutString(i.ContentHTML)))))
		e.Summary = string(paragraphs([]byte(cutString(i.Summary))))
		return
	}
	text := i.ContentText
	if len(i.Summary) > len(text) {
		text = i.Summary
	} else {
		e.Summary = string(paragraphs([]byte(cutString(i.Summary))))
	}
	e.Body = string(paragraphs([]byte(cutString(text))))
}

// jsonLine is a string that is plain text already, as one line.
func jsonLine(s string) string { return squash(string(withoutMarks([]byte(s)))) }

// cutString bounds a body as the scanner bounds those of XML.
func cutString(s string) string {
	if len(s) <= maxMarkup {
		return s
	}
	return strings.ToValidUTF8(s[:maxMarkup], "")
}
