// Package pages makes the HTML that people see: templates, the stylesheet and
// the view of each page. It knows no HTTP and no store: New takes what holds
// for the whole site, and each method turns stored things into the bytes of one
// page. A view's fields are ready to show; plurals, counts and empty states are
// decided in Go.
package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"courant/db/scope"
	"courant/db/text"
	"courant/publisher/words"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed style.css
var styleSheet string

// Icon is the picture beside the title in a browser's tab, an SVG.
const Icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="5" fill="#8f1d1d"/>` +
	`<path d="M22 11a8 8 0 1 0 0 10" fill="none" stroke="#fff" stroke-width="4"/></svg>`

// Site is what holds for every page.
type Site struct {
	Title       string
	Base        string // public address without a slash at its end
	Description string
	Language    string       // BCP 47
	Words       *words.Words // of the furniture; nil: English
	Email       string       // of the editors, or empty
	Zone        *time.Location
	Logo        string   // path of the picture that stands for the title, or empty
	CSS         string   // of the operator, added to ours
	About       bool     // whether there is a page about the site
	Privacy     bool     // whether there is a page on privacy
	Comments    bool     // whether articles have threads
	Formats     []Format // of feeds, the one to propose first
	Sections    []Section
}

// Format is a format that every feed comes in.
type Format struct {
	ID    string // in a form: "atom"
	Name  string // "JSON Feed"
	Brief string // "JSON"
	File  string // the last part of an address: "feed.json"
	Type  string // media type
	XML   bool   // a browser can show it raw
}

// Section is a section of the site.
type Section struct {
	ID, Title, Description string
	Bare                   bool // nothing was ever published in it: no page leads there
}

// Pages renders the pages of one site. It is safe for concurrent use.
type Pages struct {
	site   Site
	words  *words.Words
	style  template.HTML
	policy string
	source string                        // of the stylesheet, as the policy names it
	set    map[string]*template.Template // by the page's file name without .html
}

// New parses the templates for s.
func New(s Site) (*Pages, error) {
	if len(s.Formats) == 0 {
		return nil, errors.New("pages: there is no format of feeds")
	}
	css := minify(styleSheet) + s.CSS
	if strings.Contains(strings.ToLower(css), "</style") {
		return nil, fmt.Errorf("the stylesheet ends its own element")
	}
	p := &Pages{
		site:   s,
		words:  s.Words,
		style:  template.HTML("<style>" + css + "</style>"),
		policy: policy(css),
		source: styleSource(css),
		set:    map[string]*template.Template{},
	}
	if p.words == nil {
		p.words = words.English()
	}
	if p.site.Zone == nil {
		p.site.Zone = time.UTC
	}
	base, err := template.New("").Funcs(p.funcs()).ParseFS(templateFiles, "templates/base.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		name := strings.TrimSuffix(path.Base(f), ".html")
		if name == "base" || name == "parts" {
			continue
		}
		t, err := template.Must(base.Clone()).ParseFS(templateFiles, f)
		if err != nil {
			return nil, err
		}
		p.set[name] = t
	}
	return p, nil
}

// WithSections is p for other sections.
func (p *Pages) WithSections(list []Section) *Pages {
	q := *p
	q.site.Sections = list
	return &q
}

// Fills reports whether a change of these scopes of the store may put a first
// article into a section that no page leads to; nil means that anything changed.
func (p *Pages) Fills(scopes []string) bool {
	for _, s := range p.site.Sections {
		if s.Bare && (scopes == nil || slices.Contains(scopes, scope.Section(s.ID))) {
			return true
		}
	}
	return false
}

// Policy is the Content-Security-Policy that fits the pages: no script, our
// one stylesheet by its hash, pictures over TLS.
func (p *Pages) Policy() string { return p.policy }

// StyleSource is what that policy calls our stylesheet, for a page that holds one of
// ours.
func (p *Pages) StyleSource() string { return p.source }

func styleSource(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// policy lets nothing of ours ask for anything, for there is no script. What a visitor
// has run beside the page, such as a tool that judges it, may read robots.txt.
func policy(css string) string {
	return "default-src 'none'; style-src " + styleSource(css) + " 'self'; " +
		"img-src 'self' https: data:; media-src https:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

// minify takes out what a browser does not need, line by line: our stylesheet
// is written so that this is enough.
func minify(css string) string {
	var b strings.Builder
	for line := range strings.Lines(css) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/") {
			continue
		}
		b.WriteString(line)
		if line != "" && !strings.HasSuffix(line, "{") && !strings.HasSuffix(line, ";") && !strings.HasSuffix(line, "}") && !strings.HasSuffix(line, ",") {
			b.WriteByte('\n')
		}
	}
	return strings.NewReplacer(": ", ":", ", ", ",", " {", "{", " > ", ">", " + ", "+", " / ", "/", "\n}", "}").Replace(b.String())
}

// render executes the page called name, whole or not at all.
func (p *Pages) render(name string, view any) ([]byte, error) {
	var b bytes.Buffer
	if err := p.set[name].ExecuteTemplate(&b, "base", view); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// Frame is what surrounds the content of every page.
type Frame struct {
	Site        Site
	Style       template.HTML
	Lang        string
	Dir         string // of Lang: "ltr" or "rtl"
	Title       string // of the window
	Description string
	Canonical   string // absolute address; empty: not for search engines
	Alternates  []Alternate
	Graph       []Property
	Data        any    // JSON-LD, or nil
	SkipTo      string // what the skip link leads to: "article" or "content"
	Front       bool   // the masthead is the heading of the page
	Nav         []Link
	Foot        []Link
	Query       string // what was searched for
}

// Alternate is another form of a page: a feed.
type Alternate struct{ Type, Title, Href string }

// mediaType fits the types of feeds, which an attribute holds as they are.
var mediaType = text.Pattern(`^[a-z]+/[a-z0-9.+-]+$`)

// Kind is the type as an attribute. A template would write + as a reference,
// which programs that look for feeds do not always undo.
func (a Alternate) Kind() template.HTMLAttr {
	if !mediaType().MatchString(a.Type) {
		return ""
	}
	return template.HTMLAttr(`type="` + a.Type + `"`)
}

// Property is an OpenGraph property.
type Property struct{ Name, Content string }

// Link is an address with its words.
type Link struct {
	Text, Href string
	Current    bool // it leads to this very page
}

// frame begins the view of the page at path, which has no query.
func (p *Pages) frame(path, title string) Frame {
	f := Frame{
		Site: p.site, Style: p.style, Lang: p.language(), Dir: direction(p.language(), ""), SkipTo: "content",
		Title: p.site.Title, Description: p.site.Description,
	}
	if title != "" {
		f.Title = title + " – " + p.site.Title
	}
	if path != "" {
		f.Canonical = p.site.Base + path
	}
	for _, s := range p.site.Sections {
		href := "/section/" + s.ID
		if s.Bare && href != path {
			continue
		}
		f.Nav = append(f.Nav, Link{s.Name(), href, href == path})
	}
	f.Nav = append(f.Nav, Link{p.words.Say("feeds"), "/feeds", path == "/feeds"})
	f.Foot = []Link{{p.words.Say("feeds"), "/feeds", false}}
	if p.site.Comments {
		f.Foot = append(f.Foot, Link{p.words.Say("latest_comments"), "/comments", false})
	}
	f.Foot = append(f.Foot, Link{p.words.Say("archive"), "/archive", false}, Link{p.words.Say("corrections_link"), "/corrections", false}, Link{p.words.Say("sources_opml"), "/sources.opml", false})
	if p.site.About {
		f.Foot = append(f.Foot, Link{p.words.Say("about"), "/about", false})
	}
	if p.site.Privacy {
		f.Foot = append(f.Foot, Link{p.words.Say("privacy"), "/privacy", false})
	}
	return f
}

// language is that of the words around what is published: the site's, or where
// there are no words in that, the one of the words.
func (p *Pages) language() string {
	base, _, _ := strings.Cut(strings.ToLower(p.site.Language), "-")
	if base == p.words.Tag() {
		return p.site.Language
	}
	return p.words.Tag()
}

// Name is the section's title, or its id where it has none.
func (s Section) Name() string {
	if s.Title != "" {
		return s.Title
	}
	return s.ID
}

// section is the section called id; one that has left the configuration is
// known by its id alone.
func (p *Pages) section(id string) Section {
	for _, s := range p.site.Sections {
		if s.ID == id {
			return s
		}
	}
	return Section{ID: id}
}

// Follow is what stands in feeds under a page.
type Follow struct {
	Path  string // of the page; empty: nothing does
	Title string // of the feeds
}

// alternates are the feeds of f, as F1 orders them.
func (p *Pages) alternates(f Follow) []Alternate {
	if f.Path == "" {
		return nil
	}
	root := p.site.Base + strings.TrimSuffix(f.Path, "/")
	var list []Alternate
	for _, format := range p.site.Formats {
		list = append(list, Alternate{format.Type, f.Title + " (" + format.Name + ")", root + "/" + format.File})
	}
	return list
}
