// Package normalise makes articles of entries: what they say of their identity,
// dates, links, plain headline, cleaned body, key points, section and tags. It
// touches no network and no store, and takes its clock as an argument. Begin with
// Claim and Make.
//
// What an entry says of itself (Claim) is what package identity goes by to tell
// whether it is an article that the store has: its id; without one its link,
// cleaned of what tracks readers; without that a hash of title, body and date.
// Whether an entry that is known has changed is seen by its Fingerprint, which is
// over what it says, so that counters and white space change nothing (I17), and
// costs little, so that nothing else is made of an entry that is as it was.
//
// A body goes through content.Open, which parses it once with the entry's base
// address, into a Draft; what follows works on that tree. The key points are taken
// out of it (package keypoints), its text makes the sketch, the count of words and
// where they lack the headline and the summary, and Draft.HTML is what passes the
// sanitiser: the only way to a content.HTML, which is stored and shown as it is. The entry itself is stored beside it, as it came, packed (Pack), so
// that better normalising needs no second download (Remake).
package normalise

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"courant/aggregator/feed"
	"courant/aggregator/keypoints"
	"courant/db"
	"courant/db/content"
	"courant/db/podcast"
	"courant/db/text"
)

// Source is what the configuration says of the source an entry came from.
type Source struct {
	ID        string
	Section   string
	Tags      []string
	KeyPoints string // "none": lists stay in the body; "extract": where the source gives none, sentences of the text
}

// Limits on what an article takes over from an entry.
const (
	maxHeadline = 500 // characters
	maxName     = 200 // characters of all authors together
	maxSummary  = 300 // characters
	maxTags     = 16
	maxTag      = 60 // characters
)

// Make makes what Ingest stores of a new or changed entry, given its Fingerprint;
// false where it holds nothing. The article has no Status, ID or FirstSeen: Ingest sets those. Its
// GUID is the one that the entry would have alone. Dates are the source's own,
// even in the future (I14); none is ever now (I13).
func Make(e *feed.Entry, s Source, fingerprint []byte) (db.Entry, bool) {
	raw, err := Pack(*e)
	if err != nil || Empty(e) {
		return db.Entry{}, false // what cannot be kept could not be made again
	}
	made := entry(e, s)
	made.Raw, made.Fingerprint = raw, fingerprint
	return made, true
}

// Each makes an article of each entry of the document, in its place; nil where
// an entry holds nothing.
func Each(doc *feed.Document, s Source) []*db.Article {
	list := make([]*db.Article, len(doc.Entries))
	for i := range doc.Entries {
		if e := &doc.Entries[i]; !Empty(e) {
			a, _ := article(e, s)
			a.GUID = guid(e)
			list[i] = &a
		}
	}
	return list
}

// words counts the words of a line of text. Of scripts that part no words, two
// characters count as one, which is about how fast they are read.
func words(line string) int {
	n, unspaced, inWord := 0, 0, false
	for _, r := range line {
		switch {
		case r == ' ':
			inWord = false
		case r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			unspaced++
			inWord = false
		case !inWord && (r < 0x80 || unicode.IsLetter(r) || unicode.IsDigit(r)):
			n++
			inWord = true
		}
	}
	return n + (unspaced+1)/2
}

// Empty reports whether an entry holds nothing.
func Empty(e *feed.Entry) bool {
	return e.ID == "" && e.Link == "" && e.Title == "" && strings.TrimSpace(e.Body) == "" && len(e.Enclosures) == 0 && e.Image.URL == ""
}

// article makes the article of an entry, all but its GUID, and returns the
// whole text of its body.
func article(e *feed.Entry, s Source) (a db.Article, body string) {
	draft := open(e)
	draft.Continue(link(e))
	body = draft.Text()
	picture := image(e, draft)
	a = db.Article{
		Source: s.ID, Section: s.Section, Tags: tags(s.Tags, e.Categories),
		Headline: headline(e, body, picture), Link: link(e), Author: author(e),
		Language:        language(e.Language),
		SourcePublished: e.Date(), SourceUpdated: e.Updated,
		Image: picture, Enclosures: enclosures(e),
	}
	if s.KeyPoints != "none" {
		for _, p := range keypoints.Take(draft) {
			a.KeyPoints = append(a.KeyPoints, text.Cut(plain(p), maxHeadline))
		}
	}
	taken := a.KeyPoints
	if s.KeyPoints == "extract" && len(taken) == 0 {
		for _, p := range keypoints.Extract(draft, a.Headline) {
			a.KeyPoints = append(a.KeyPoints, plain(p))
		}
	}
	a.Body = draft.HTML()
	a.Summary = summary(e, draft)
	a.Words = words(body)
	for _, p := range taken {
		a.Words -= words(p)
	}
	a.Words = max(a.Words, 0)
	return a, body
}

// open is the body of an entry, or of its page, where that was asked for.
func open(e *feed.Entry) *content.Draft {
	if e.Page != nil {
		return content.Open(e.Page.Body, e.Page.URL)
	}
	return content.Open(e.Body, e.Base)
}

// headline is the title, or, of an entry that has none, how its text begins;
// of one that has no text either, what its picture shows or its file is called.
func headline(e *feed.Entry, body string, picture db.Image) string {
	if h := text.Cut(plain(e.Title), maxHeadline); h != "" {
		return h
	}
	if body != "" {
		return text.Cut(firstSentence(plain(body)), 100)
	}
	if picture.Alt != "" {
		return text.Cut(picture.Alt, maxHeadline)
	}
	if e.Link != "" {
		return text.Cut(e.Link, maxHeadline)
	}
	if e.ID != "" {
		return text.Cut(plain(e.ID), maxHeadline)
	}
	return text.Cut(plain(fileName(e, picture)), maxHeadline)
}

// fileName is what the picture of an entry, or the first of its files, is
// called, without its ending.
func fileName(e *feed.Entry, picture db.Image) string {
	at := picture.URL
	for _, f := range e.Enclosures {
		if f.Title != "" {
			return f.Title
		}
		if at == "" {
			at = f.URL
		}
	}
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	name := path.Base(u.Path)
	if bare := strings.TrimSuffix(name, path.Ext(name)); bare != "" {
		name = bare
	}
	if name == "/" || name == "." {
		return u.Host
	}
	return name
}

// link is where the entry leads, without what tracks readers on the way.
func link(e *feed.Entry) string {
	if at := content.Link(nil, e.OrigLink); at != "" {
		return at
	}
	return content.Link(nil, e.Link)
}

func author(e *feed.Entry) string {
	var names []string
	for _, p := range e.Authors {
		if n := plain(p.Name); n != "" { // an e-mail address is not shown to the world
			names = append(names, n)
		}
	}
	return text.Cut(strings.Join(names, ", "), maxName)
}

// language is a BCP 47 tag, tidied, or "".
func language(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	if len(s) < 2 || len(s) > 35 {
		return ""
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return ""
		}
	}
	first, _, _ := strings.Cut(s, "-")
	if len(first) < 2 || len(first) > 3 {
		return ""
	}
	return s
}

// tags are the source's, then what the entry is filed under, in lower case.
func tags(own []string, categories []feed.Category) []string {
	var list []string
	seen := map[string]bool{}
	add := func(tag string) {
		if tag != "" && !seen[tag] && len(list) < maxTags {
			seen[tag] = true
			list = append(list, tag)
		}
	}
	for _, t := range own {
		add(t)
	}
	for _, c := range categories {
		name := c.Label
		if name == "" {
			name = c.Term
		}
		if strings.Contains(name, "://") {
			continue // an address of a scheme, as Google's feeds have
		}
		if name = strings.ToLower(plain(name)); len([]rune(name)) <= maxTag {
			add(strings.Trim(strings.Join(strings.FieldsFunc(name, isTagBreak), "-"), "-."))
		}
	}
	return list
}

// isTagBreak parts the words of a tag: what would not stand in an address as
// itself.
func isTagBreak(r rune) bool {
	return r == ' ' || strings.ContainsRune("/\\?#%&\"'<>`|^{}[],;:!*()=+@$", r)
}

func enclosures(e *feed.Entry) []db.Enclosure {
	var list []db.Enclosure
	said := e.Episode
	for _, n := range e.Enclosures {
		f := db.Enclosure{URL: content.File(nil, n.URL), Type: n.Type, Length: n.Length, Title: text.Cut(plain(n.Title), maxHeadline)}
		if said != nil && (strings.HasPrefix(f.Type, "audio/") || strings.HasPrefix(f.Type, "video/")) {
			f.Episode, said = cleaned(said), nil
		}
		list = append(list, f)
	}
	return list
}

// cleaned is an episode whose addresses may stand in pages and feeds.
func cleaned(said *podcast.Episode) *podcast.Episode {
	p := *said
	p.Chapters.URL = content.File(nil, p.Chapters.URL)
	p.Transcripts, p.People = slices.Clone(p.Transcripts), slices.Clone(p.People)
	for i := range p.Transcripts {
		p.Transcripts[i].URL = content.File(nil, p.Transcripts[i].URL)
	}
	p.Transcripts = slices.DeleteFunc(p.Transcripts, func(f podcast.File) bool { return f.URL == "" })
	for i := range p.People {
		n := &p.People[i]
		n.Name, n.Image, n.Page = plain(n.Name), content.File(nil, n.Image), content.File(nil, n.Page)
	}
	return &p
}

// image is the picture the entry names, else the first of its body; a picture
// that can lead comes before one that cannot, and leads alone. One of unknown
// size gives way to a picture of the body that is known to be large, and, where
// its address says that it is small, to any.
func image(e *feed.Entry, d *content.Draft) db.Image {
	p := d.Picture()
	first := db.Image{URL: p.URL, Alt: text.Cut(plain(p.Alt), maxHeadline), Width: p.Width, Height: p.Height}
	if e.Image.URL == "" {
		return first
	}
	base, _ := url.Parse(e.Base)
	i := db.Image{
		URL: content.PictureFile(base, e.Image.URL), Alt: text.Cut(plain(e.Image.Alt), maxHeadline), Credit: text.Cut(plain(e.Image.Credit), maxName),
		Width: e.Image.Width, Height: e.Image.Height,
	}
	own := content.Picture{URL: i.URL, Width: i.Width, Height: i.Height}
	if !own.CanLead() || first.URL != "" && first.URL != i.URL && i.Width == 0 && (p.Large || own.SeemsSmall()) {
		return first
	}
	if i.Alt == "" && first.URL == i.URL {
		i.Alt = first.Alt
	}
	return i
}
