package content

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"

	"courant/db/text"
)

// read is the tree that the parser makes of markup, written down.
func read(t *testing.T, markup string) string {
	t.Helper()
	d := &Draft{root: &xhtml.Node{Type: xhtml.ElementNode, Data: "div"}}
	d.parse(markup)
	var b strings.Builder
	for c := d.root.FirstChild; c != nil; c = c.NextSibling {
		if err := xhtml.Render(&b, c); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// siftsAs fails where what sift makes of markup is read otherwise than what policy
// makes of it.
func siftsAs(t *testing.T, markup string) (plain bool) {
	t.Helper()
	markup = visible(strings.ToValidUTF8(markup, "\uFFFD"))
	if !strings.Contains(markup, "<") {
		return false
	}
	kept, plain := sift(markup)
	if !plain {
		return false
	}
	if got, want := read(t, kept), read(t, policy().Sanitize(markup)); got != want {
		t.Errorf("%q\nsifted is %q\nread as  %q\nand should be %q", markup, kept, got, want)
	}
	return true
}

func TestSift(t *testing.T) {
	for _, markup := range []string{
		`<p>One &amp; &#8220;two&#8221; &mdash; &#13; &#0; three</p>`, `<p class="x" style='color:red' onclick="evil()">a<br/>b<br />c</p>`,
		`<p dir="rtl" lang="ar" id="x">a</p>`, `<a href="https://a.example/?a=1&amp;b=2&copy=3" target="_blank" rel="x">l</a>`,
		`<img src="/a.png" alt="a > b" width="640" height="480" loading="lazy"/>`, "<pre class=\"x\"><code class=\"language-go\">\n\na &lt; b\r\n</code></pre>",
		`<table class="t"><tr><td colspan="2" bgcolor="red">a<td>b</table>`, `<ol start="3" type="a"><li value="4">a<li>b</ol>`, `<section id="s"><h1>a</h1></section>`,
		`<p>a<b>b<p>c`, `</p></div></b>`, `<a href="x"><p><a href="y">`, `<time datetime="2026-01-01">x</time>`, "<p\nclass=\"x\"\n>a</p>", `<p class="&quot;>">x</p>`,
	} {
		if !siftsAs(t, markup) {
			t.Errorf("%q is left to policy", markup)
		}
	}
	for _, markup := range []string{
		`<script>x</script>`, `<p>a</p><!-- c -->`, `<svg><p>a</svg>`, `<span>a</span>`, `<P>a</P>`, `<p class=x>a</p>`, `<p data-src="x">a</p>`, `<iframe src="x"></iframe>`,
		`a < b`, `<p`, `<p class="x`, `<p class="<b>">`, `<p class="x"id="y">`, `<p/ >`, `</p class="x">`, `<`, `</`, `<p class>`, `<p xml:lang="x">`, `<img/src="x">`, `<?php ?>`, `<![CDATA[<p>]]>`, `<plaintext>`, `<video src="x">`,
	} {
		if kept, plain := sift(markup); plain {
			t.Errorf("%q is taken for plain: %q", markup, kept)
		}
	}
}

// Bodies as they come.
func TestSiftFiles(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"../../aggregator/feed/testdata/*/*", "../../aggregator/normalise/testdata/hostile/*", "../../../shared/hostile/*/*", "../../../shared/corpus/feeds/*"} {
		found, _ := filepath.Glob(pattern)
		paths = append(paths, found...)
	}
	n := 0
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // a folder
		}
		text := string(data)
		for _, part := range append(strings.Split(text, "<![CDATA["), strings.Split(xhtml.UnescapeString(text), "<content")...) {
			body, _, _ := strings.Cut(part, "]]>")
			for line := range strings.Lines(body) {
				if siftsAs(t, line) {
					n++
				}
			}
		}
	}
	if n == 0 {
		t.Error("nothing was plain")
	}
}

func FuzzSift(f *testing.F) {
	for _, markup := range []string{`<p class="x">a&amp;b</p>`, `<a href="x" id='y'>l</a>`, `<img src="a" alt="b"/>`, `<table><tr><td colspan="2">`, `<pre>&#10;x`} {
		f.Add(markup)
	}
	f.Fuzz(func(t *testing.T, markup string) { siftsAs(t, markup) })
}

// The text of a summary is that of the body it would be.
func FuzzParagraphText(f *testing.F) {
	for _, markup := range []string{"", "a b", "<p>a &amp; b</p>", "<p>a<p>b", " <p> a\u00a0\n b </p>c<br/>d<br>", "</p>a", "a&#13;b&#x202e;c&#0;", "a&lt;p&gt;b", "<p>\u3000\u200ba</p>", "a\r\nb\x00c", "&nbsp;a&nbsp;", "&lt", "a & b &nosuch;"} {
		f.Add(markup)
	}
	f.Fuzz(func(t *testing.T, markup string) {
		if got, ok := paragraphText(markup); ok && got != Open(markup, "").Text() {
			t.Errorf("%q: %q, want %q", markup, got, Open(markup, "").Text())
		}
	})
}

// An address that is taken for plain is what parsing it makes of it.
func FuzzPlainLink(f *testing.F) {
	for _, ref := range []string{"https://a.example/", "http://a.example/b-c/../d_e.html", "http://a.example", "https://A.example/", "http://a.example:80/", "http://a.example:/", "http://a.example:8080/a-1", "http://a.example:9/~", "http://:9/", "http:///x", "http://a.example//x", "https://1/.", "http://-/~"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		host, plain := text.PlainAddress(ref)
		if !plain {
			return
		}
		u := parseURL(nil, ref)
		if u == nil || u.Hostname() != host {
			t.Fatalf("%q is no link to %q", ref, host)
		}
		untrack(u)
		if got := bounded(u.String()); got != ref {
			t.Errorf("%q is %q", ref, got)
		}
	})
}
