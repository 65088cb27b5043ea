package desk

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"courant/publisher/web"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed desk.css
var styleSheet string

// pages are the templates of the desk. Its stylesheet is its own: readers of the
// site pay for none of it.
type pages struct {
	set         map[string]*template.Template // by the page's file name without .html
	style       template.HTML
	styleSource string // of style, as a policy names it
	policy      string // what of it is the same for all pages
}

func newPages(zone *time.Location) (*pages, error) {
	css := tight(styleSheet)
	sum := sha256.Sum256([]byte(css))
	p := &pages{
		set: map[string]*template.Template{}, style: template.HTML("<style>" + css + "</style>"),
		styleSource: "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		policy:      "; img-src 'self' https: data:; media-src https:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	}
	base, err := template.New("").Funcs(template.FuncMap{
		"stamp":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"ordinal": func(i int) int { return i + 1 },
		"when":    func(t time.Time) string { return t.In(zone).Format("2 January 2006, 15:04") },
	}).ParseFS(templateFiles, "templates/base.html", "templates/parts.html")
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

// tight takes out what a browser does not need, line by line.
func tight(css string) string {
	var b strings.Builder
	for line := range strings.Lines(css) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "/*") {
			b.WriteString(line)
		}
	}
	return strings.NewReplacer(": ", ":", ", ", ",", " {", "{").Replace(b.String())
}

// frame is what surrounds each page of the desk.
type frame struct {
	Site    string
	Lang    string
	Style   template.HTML
	Title   string
	Name    string // of whoever is signed in, or empty
	Role    Role
	Tabs    []tab
	Next    string // where the page leads on to
	Refresh bool   // it asks for itself again
	keys    bool   // single keys work there: the one script of ours runs
	styles  string // of what it shows of the site, as a policy names them
}

// policyOf is the Content-Security-Policy of a page: nothing but a list runs a script.
func (p *pages) policyOf(f frame) string {
	policy := "default-src 'none'; style-src " + strings.TrimSpace(p.styleSource+" "+f.styles)
	if f.keys {
		policy += "; script-src 'self'"
	}
	return policy + p.policy
}

// framed is a view, which has a frame.
func (f frame) framed() frame { return f }

// tab leads to a list.
type tab struct {
	Text, Href, Count string
	Current           bool
}

// frame begins the view of a page that in looks at; nobody may, at the login.
func (d *Desk) frame(title string, in visitor) frame {
	return frame{Site: d.Title, Lang: d.Lang, Style: d.pages.style, Title: title, Name: in.Name, Role: in.Role}
}

// show answers with a page: whole, or not at all.
func (d *Desk) show(w http.ResponseWriter, r *http.Request, status int, name string, view interface{ framed() frame }) error {
	var b bytes.Buffer
	if err := d.pages.set[name].ExecuteTemplate(&b, "base", view); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	web.SetPolicy(w.Header(), d.pages.policyOf(view.framed()))
	if err := web.OncePacked(w, r, status, "text/html; charset=utf-8", web.PrivateOnce, b.Bytes()); err != nil {
		d.Log.Debug("answer cut short", "err", err) // its reader has gone: nobody is left to tell
	}
	return nil
}
