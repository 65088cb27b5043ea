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
	"courant/db/state"
)

// MessageView is a page that says why there is no other.
type MessageView struct {
	Frame
	Status  string // "404"; empty: nothing went wrong
	Heading string
	Message string
	Reason  string // of a withdrawal
	When    When   // of a withdrawal
	Links   []Link
}

// Message renders the page for an error of the given HTTP status. message is a
// sentence for readers.
func (p *Pages) Message(status int, message string) ([]byte, error) {
	heading := p.words.Say(fmt.Sprintf("status_%d", status))
	if strings.HasPrefix(heading, "status_") { // there are no words of our own for it
		heading = p.words.Say("status_500")
	}
	return p.render("message", MessageView{
		Frame: p.frame("", heading), Status: strconv.Itoa(status), Heading: heading, Message: p.words.Translate(message),
		Links: []Link{{Text: p.words.Say("to_front"), Href: "/"}},
	})
}

// Withdrawn renders the page in the place of a withdrawn article.
func (p *Pages) Withdrawn(a db.Article) ([]byte, error) {
	v := MessageView{
		Frame: p.frame("", p.words.Say("status_410")), Status: "410", Heading: p.words.Say("status_410"), Reason: a.Reason, When: p.when(a.Withdrawn),
		Links: []Link{{Text: p.words.Say("corrections"), Href: "/corrections"}, {Text: p.words.Say("to_front"), Href: "/"}},
	}
	if a.Reason == "" {
		v.Message = p.words.Say("no_reason")
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
	v := RemarksView{Frame: p.frame("/comments", p.words.Say("latest_comments")), Older: older}
	v.Alternates = p.alternates(follow)
	for _, c := range list {
		v.List = append(v.List, p.remark(c, articles[c.Article]))
	}
	if len(list) == 0 {
		v.Empty = p.words.Say("no_comments_yet")
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
	v := CorrectionsView{Frame: p.frame("/corrections", p.words.Say("corrections"))}
	v.Alternates = p.alternates(follow)
	for _, n := range list {
		v.List = append(v.List, Correction{
			Headline: p.headline(n.Article), Href: n.Article.Path(), Text: n.Text, When: p.when(n.Updated),
			Withdrawn: n.Kind == state.Withdrawal,
		})
	}
	if len(list) == 0 {
		v.Empty = p.words.Say("no_corrections")
	}
	return p.render("corrections", v)
}
