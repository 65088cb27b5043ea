package content

import (
	"bytes"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// commentRel is what each link of a comment bears: it speaks for its writer
// alone, to search engines too.
const commentRel = "nofollow ugc noopener"

// maxCommentDepth is how deep quotes and lists may nest before a comment is
// shown as plain text: deeper ones are never meant, and browsers give up on them.
const maxCommentDepth = 16

// commentMarkdown is the small Markdown of PRODUCT.md: paragraphs, line breaks,
// emphasis, code, quotes, lists and links. Headings, rules, pictures and HTML
// are left out of the parser, so that a writer sees them as they were typed.
var commentMarkdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(parser.NewListParser(), 300),
				util.Prioritized(parser.NewListItemParser(), 400),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
				util.Prioritized(parser.NewBlockquoteParser(), 800),
				util.Prioritized(parser.NewParagraphParser(), 1000),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100),
				util.Prioritized(parser.NewLinkParser(), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300),
				util.Prioritized(parser.NewEmphasisParser(), 500),
				util.Prioritized(extension.NewLinkifyParser(), 999),
			),
		)),
		goldmark.WithRendererOptions(
			html.WithHardWraps(), // people press Enter to begin a new line
			renderer.WithNodeRenderers(util.Prioritized(linkRenderer{}, 100)),
		),
	)
})

// commentPolicy is the second lock: what the Markdown above can emit, no more.
var commentPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li")
	p.AllowAttrs("start").Matching(regexp.MustCompile("^[0-9]{1,9}$")).OnElements("ol") // CommonMark 5.3
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + commentRel + "$")).OnElements("a")
	p.AllowURLSchemes("http", "https")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	return p
})

// Comment makes safe HTML of a visitor's small Markdown. Whatever is not
// small Markdown stays visible as text; a link that is not plainly http or
// https loses its address and keeps its words.
func Comment(markdown string) HTML {
	if isTangled(markdown) {
		return Text(markdown)
	}
	source := []byte(markdown)
	root := commentMarkdown().Parser().Parse(text.NewReader(source))
	if depth(root) > maxCommentDepth {
		return Text(markdown)
	}
	var b bytes.Buffer
	if err := commentMarkdown().Renderer().Render(&b, source, root); err != nil {
		return Text(markdown)
	}
	return HTML{strings.TrimSpace(steady(commentPolicy().Sanitize(b.String())))}
}

// maxBrackets is how many links a comment may begin. The parser looks back over
// all that stand open for each that closes; nobody writes so many.
const maxBrackets = 256

// isTangled reports whether a comment holds what the parser takes more than its
// length's time for: brackets without end, or lists begun one in the other on
// one line. It would be text in the end.
func isTangled(markdown string) bool {
	if strings.Count(markdown, "[") > maxBrackets {
		return true
	}
	for line := range strings.Lines(markdown) {
		begin := line[:len(line)-len(strings.TrimLeft(line, " \t-*+>.)0123456789"))]
		markers := strings.Count(begin, ">")
		for _, m := range [...]string{"- ", "* ", "+ ", ". ", ") "} {
			markers += strings.Count(begin, m)
		}
		if markers > 4*maxCommentDepth {
			return true
		}
	}
	return false
}

// maxMarks is how many combining marks one letter bears. Real writing needs four
// at most; more of them paint over the lines above and below.
const maxMarks = 6

// steady is text that stays in its place: references of Markdown may have named
// what nobody may type (V19).
func steady(s string) string {
	s = visible(s)
	marks := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			marks = 0
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > maxMarks {
				return -1
			}
		case r >= 0xFFF9 && r <= 0xFFFB, r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF, // interlinear marks, noncharacters
			r >= 0xE000 && r <= 0xF8FF, r >= 0xF0000: // private use: nobody has the same picture of it
			return -1
		default:
			marks = 0
		}
		return r
	}, s)
}

// ownMarkdown is CommonMark, with tables.
var ownMarkdown = sync.OnceValue(func() goldmark.Markdown { return goldmark.New(goldmark.WithExtensions(extension.Table)) })

// Markdown makes safe HTML of the operator's own Markdown, which may have all
// that CommonMark has, and tables. base is the address of its page.
func Markdown(markdown, base string) HTML {
	var b bytes.Buffer
	if err := ownMarkdown().Convert([]byte(markdown), &b); err != nil {
		return Text(markdown)
	}
	return Clean(b.String(), base)
}

func depth(n ast.Node) int {
	deepest := 0
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		deepest = max(deepest, depth(c))
	}
	if n.Type() == ast.TypeBlock {
		deepest++
	}
	return deepest
}

// linkRenderer writes links and, as links too, pictures: a page makes no
// request that a visitor chose.
type linkRenderer struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (linkRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		return writeAnchor(w, string(n.(*ast.Link).Destination), entering)
	})
	r.Register(ast.KindImage, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		return writeAnchor(w, string(n.(*ast.Image).Destination), entering)
	})
	r.Register(ast.KindAutoLink, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		link := n.(*ast.AutoLink)
		address := string(link.URL(source))
		if link.AutoLinkType == ast.AutoLinkEmail {
			address = "" // an address in a comment is text: nobody asked for mail
		}
		if _, err := writeAnchor(w, address, entering); err != nil || !entering {
			return ast.WalkContinue, err
		}
		_, err := w.Write(util.EscapeHTML(link.Label(source)))
		return ast.WalkContinue, err
	})
}

// writeAnchor writes an anchor's begin or end, and nothing where the address
// is not one that a reader can judge.
func writeAnchor(w util.BufWriter, address string, entering bool) (ast.WalkStatus, error) {
	href, ok := plainAddress(address)
	var err error
	switch {
	case !ok:
	case entering:
		_, err = w.WriteString(`<a href="` + string(util.EscapeHTML([]byte(href))) + `" rel="` + commentRel + `">`)
	default:
		_, err = w.WriteString("</a>")
	}
	return ast.WalkContinue, err
}

// plainAddress is address as a link, when it is absolute, http or https, and
// names its host in ASCII and without credentials, which serve to mislead.
func plainAddress(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Opaque != "" {
		return "", false
	}
	if !plainHost(u.Hostname()) || strings.Contains(address, `\`) {
		return "", false
	}
	return u.String(), true
}

func plainHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	for _, r := range host {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
		default:
			return false
		}
	}
	return host != ""
}

// Links counts the links in h.
func (h HTML) Links() int { return strings.Count(h.s, "<a href=") }
