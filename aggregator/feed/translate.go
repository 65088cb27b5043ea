package feed

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
)

// translator makes a Document of what gofeed's parsers found.
type translator struct {
	doc      *Document
	base     *url.URL
	baseText string
	response *url.URL // that brought the document, nil where that is unknown
	hosts    []string // of the feed's own site, once they are known
	texts    []string // of the scanner
	stop     <-chan struct{}
}

// bodyBase is what addresses in a body are relative to where no xml:base says
// so: the entry's own page, where publishers write them, if that is on the
// feed's site; else the feed (I40, I30).
func (t *translator) bodyBase(link string) string {
	u, err := url.Parse(link)
	if link == "" || err != nil {
		return t.baseText
	}
	if t.hosts == nil {
		t.hosts = append(t.hosts, hostOf(t.response))
		for _, at := range [...]string{t.doc.Link, t.doc.Self} {
			if site, err := url.Parse(at); err == nil {
				t.hosts = append(t.hosts, hostOf(site))
			}
		}
	}
	if host := hostOf(u); host != "" && slices.Contains(t.hosts, host) {
		return link
	}
	return t.baseText
}

// hostOf is the host of an address, which may call itself www.; "" of none.
func hostOf(u *url.URL) string {
	if u == nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// kept is the text that stands under a number in what gofeed parsed.
func (t *translator) kept(number string) string {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(t.texts) {
		return ""
	}
	return t.texts[n]
}

// found are our own elements beside the format's, by name.
type found map[string][]ext.Extension

func (f found) first(name string) string {
	if l := f[name]; len(l) > 0 {
		return l[0].Value
	}
	return ""
}

func (f found) last(name string) string {
	if l := f[name]; len(l) > 0 {
		return l[len(l)-1].Value
	}
	return ""
}

func (f found) lastTime(name string) time.Time {
	at, _ := time.Parse(time.RFC3339, f.last(name))
	return at
}

// body is one of the texts of an entry, by number until bodies reads it.
type body struct {
	html, base string // base: the number of an xml:base; of the format's own elements their name, until it is known
	summary    bool   // meant as one
	caption    bool   // of a picture: a body only where there is no other
}

// bodies sets Body to the longest of the texts, by what a reader sees, and
// Summary to the one meant as such, where it is another.
func (t *translator) bodies(e *Entry, list []body, x found) {
	for _, b := range x["base"] {
		for i := range list {
			if list[i].base == b.Attrs["of"] {
				list[i].base = b.Attrs["url"]
			}
		}
	}
	best, length := -1, 0
	for i, b := range list {
		list[i].html = t.kept(b.html)
		if b = list[i]; b.html == "" {
			continue
		}
		n := len(b.html)
		if len(list) > 1 {
			n = visible(b.html)
		}
		if best >= 0 && b.caption && !list[best].caption {
			continue
		}
		if best < 0 || n > length || list[best].caption && !b.caption {
			best, length = i, n
		}
	}
	if best < 0 {
		return
	}
	e.Body, e.Base = list[best].html, t.bodyBase(cmp.Or(resolve(t.base, x.first("origlink")), e.Link))
	if base := t.kept(list[best].base); base != "" {
		e.Base = base
	}
	for i, b := range list {
		if i != best && b.summary && b.html != "" && b.html != e.Body {
			e.Summary = b.html
			return
		}
	}
}

// visible is about how many bytes of HTML are text.
func visible(s string) int {
	n, inTag := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inTag:
			inTag = c != '>'
		case c == '<' && i+1 < len(s) && (isNameStart(s[i+1]) || s[i+1] == '/' || s[i+1] == '!'):
			inTag = true
		case !isSpace(c):
			n++
		}
	}
	return n
}

// common fills what RSS and Atom entries share: our own elements.
func (t *translator) common(e *Entry, x found) {
	if e.ID == "" {
		e.ID = strings.TrimSpace(x.last("id"))
	}
	if e.ID == "" {
		e.ID = strings.TrimSpace(x.first("about"))
	}
	if e.Title == "" {
		e.Title = guessedText(t.kept(x.first("mediatitle")))
	}
	if e.Published.IsZero() && e.Updated.IsZero() {
		e.RawDate = x.first("date")
	}
	e.Created = x.lastTime("created")
	e.OrigLink = resolve(t.base, x.first("origlink"))
	if at := resolve(t.base, x.first("commentrss")); at != "" {
		e.CommentsFeed = at
	}
	for _, name := range []string{"slash", "count"} {
		if n, err := strconv.Atoi(strings.TrimSpace(x.first(name))); err == nil && n >= 0 && e.CommentsCount == nil {
			e.CommentsCount = &n
		}
	}
	e.CommentsMoved = strings.TrimSpace(x.last("moved"))
	if l := x["inreplyto"]; len(l) > 0 {
		e.InReplyTo = l[0].Attrs["ref"]
		if e.InReplyTo == "" {
			e.InReplyTo = l[0].Attrs["address"]
		}
	}
	if e.Language = strings.TrimSpace(x.last("language")); e.Language == "" {
		e.Language = t.doc.Language
	}
	for _, p := range x["author"] {
		e.Authors = addPerson(e.Authors, personIn(p, t.base))
	}
	for _, p := range x["contributor"] {
		e.Contributors = addPerson(e.Contributors, personIn(p, t.base))
	}
	t.media(e, x)
	e.Episode = t.episode(e, x)
}

// personIn reads a person that our scanner wrote as attributes and text.
func personIn(p ext.Extension, base *url.URL) Person {
	name, mail := squash(p.Attrs["name"]), squash(p.Attrs["email"])
	if name == "" && mail == "" {
		return personOf(p.Value)
	}
	who := Person{Name: name, Email: mail, URL: resolve(base, p.Attrs["web"])}
	if name != "" && mail == "" {
		who = personOf(name)
		who.URL = resolve(base, p.Attrs["web"])
	}
	return who
}

// hints reads what the feed says on how to poll it.
func (t *translator) hints(x found, ttl string, hours, days []string) {
	h := &t.doc.Hints
	if n, err := strconv.Atoi(strings.TrimSpace(ttl)); err == nil && n > 0 && n <= maxTTL {
		h.TTL = time.Duration(n) * time.Minute
	}
	for _, s := range hours {
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n >= 0 && n <= 24 {
			h.SkipHours = addOnce(h.SkipHours, n%24) // RSS 0.91 counts from 1 to 24
		}
	}
	for _, s := range days {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(strings.TrimSpace(s), d.String()) {
				h.SkipDays = addOnce(h.SkipDays, d)
			}
		}
	}
	if period := periods[strings.ToLower(strings.TrimSpace(x.first("period")))]; period > 0 {
		h.Period = period
		if n, err := strconv.Atoi(strings.TrimSpace(x.first("frequency"))); err == nil && n > 0 {
			h.Period /= time.Duration(n)
		}
		h.Base = x.lastTime("base")
	}
}

// maxTTL is a year in minutes: more is a mistake of unit.
const maxTTL = 365 * 24 * 60

// periods are sy:updatePeriod's words (RSS 1.0 syndication module).
var periods = map[string]time.Duration{
	"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
	"monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour,
}

func addOnce[T comparable](list []T, v T) []T {
	for _, x := range list {
		if x == v {
			return list
		}
	}
	return append(list, v)
}

// addCategory appends a category unless it is empty or known.
func addCategory(list []Category, c Category) []Category {
	c.Term, c.Label = guessedText(c.Term), guessedText(c.Label)
	if c.Label == c.Term {
		c.Label = ""
	}
	if c.Term == "" || len(list) >= maxList {
		return list
	}
	for _, old := range list {
		if strings.EqualFold(old.Term, c.Term) {
			return list
		}
	}
	return append(list, c)
}

// addEnclosure appends a file that is on the web.
func (t *translator) addEnclosure(list []Enclosure, href, typ, length, title string) []Enclosure {
	at := resolve(t.base, href)
	if at == "" || len(list) >= maxList {
		return list
	}
	for _, old := range list {
		if old.URL == at {
			return list
		}
	}
	typ = mediaType(typ, at)
	size, err := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	if err != nil || size < 0 {
		size = 0
	}
	return append(list, Enclosure{URL: at, Type: typ, Length: size, Title: squash(title)})
}
