package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db"
	"courant/db/content"
)

// MessageView is a page that says why there is no other.
type MessageView struct {
	Frame
	Status  string // "404"
	Heading string
	Message string
	Reason  string // of a withdrawal
	When    When   // of a withdrawal
	Links   []Link
}

var headings = map[int]string{
	400: "That request cannot be read", 403: "Not allowed", 404: "Page not found", 405: "That cannot be done here",
	410: "This article was withdrawn", 413: "Too large", 414: "Address too long", 415: "Not a form", 421: "Wrong address",
	422: "Something is missing", 429: "Too many at once", 431: "Too large", 500: "Something went wrong", 503: "Just a moment",
}

// Message renders the page for an error of the given HTTP status. message is a
// sentence for readers.
func (p *Pages) Message(status int, message string) ([]byte, error) {
	heading := headings[status]
	if heading == "" {
		heading = "Something went wrong"
	}
	return p.render("message", MessageView{
		Frame: p.frame("", heading), Status: strconv.Itoa(status), Heading: heading, Message: message,
		Links: []Link{{Text: "To the front page", Href: "/"}},
	})
}

// Withdrawn renders the page in the place of a withdrawn article.
func (p *Pages) Withdrawn(a db.Article) ([]byte, error) {
	v := MessageView{
		Frame: p.frame("", headings[410]), Status: "410", Heading: headings[410], Reason: a.Reason, When: p.when(a.Withdrawn),
		Links: []Link{{Text: "Corrections and withdrawals", Href: "/corrections"}, {Text: "To the front page", Href: "/"}},
	}
	if a.Reason == "" {
		v.Message = "No reason was given."
	}
	return p.render("message", v)
}

// TextView is a page of the operator's own words.
type TextView struct {
	Frame
	Heading string
	Body    template.HTML
}

// Text renders a page of the operator's own words at path. Where they begin
// with a heading it takes the place of heading.
func (p *Pages) Text(path, heading string, body content.HTML) ([]byte, error) {
	nodes, err := html.ParseFragment(strings.NewReader(body.String()), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", path, err)
	}
	root := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	if first := root.FirstChild; first != nil && headingLevel(first) > 0 {
		heading = strings.Join(strings.Fields(textOf(first)), " ")
		root.RemoveChild(first)
	}
	var rest []*html.Node
	for n := range root.ChildNodes() {
		rest = append(rest, n)
	}
	p.fit(root, db.Article{Language: p.site.Language}, headingShift(rest))
	var b bytes.Buffer
	for n := range root.ChildNodes() {
		label := scrolls(n)
		if label != "" {
			b.WriteString(scroller(label))
		}
		if err := html.Render(&b, n); err != nil {
			return nil, fmt.Errorf("page %s: %w", path, err)
		}
		if label != "" {
			b.WriteString("</div>")
		}
	}
	return p.render("text", TextView{Frame: p.frame(path, heading), Heading: heading, Body: template.HTML(b.String())})
}

// RemarksView is the page of the latest comments.
type RemarksView struct {
	Frame
	List  []Remark
	Empty string
	Older Link
}

// Remarks renders the latest comments; articles are theirs by id.
func (p *Pages) Remarks(list []db.Comment, articles map[string]db.Article, older Link, follow Follow) ([]byte, error) {
	v := RemarksView{Frame: p.frame("/comments", "Latest comments"), Older: older}
	v.Alternates = p.alternates(follow)
	for _, c := range list {
		v.List = append(v.List, p.remark(c, articles[c.Article]))
	}
	if len(list) == 0 {
		v.Empty = "No comments yet."
	}
	return p.render("comments", v)
}

// Correction is a change that readers are told of.
type Correction struct {
	Headline, Href string // Href is empty where the article is gone
	Text           string
	When           When
	Withdrawn      bool
}

// CorrectionsView is the page of corrections and withdrawals.
type CorrectionsView struct {
	Frame
	List  []Correction
	Empty string
}

// Corrections renders what readers are told of corrections and withdrawals, in
// the order given.
func (p *Pages) Corrections(list []db.Notice, follow Follow) ([]byte, error) {
	v := CorrectionsView{Frame: p.frame("/corrections", "Corrections and withdrawals")}
	v.Alternates = p.alternates(follow)
	for _, n := range list {
		v.List = append(v.List, Correction{
			Headline: headline(n.Article), Href: n.Article.Path(), Text: n.Text, When: p.when(n.Updated),
			Withdrawn: n.Kind == db.Withdrawal,
		})
	}
	if len(list) == 0 {
		v.Empty = "Nothing was corrected or withdrawn so far."
	}
	return p.render("corrections", v)
}
