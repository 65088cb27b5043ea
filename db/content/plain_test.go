package content

import (
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"
)

// tokenized is what PlainText is by a parser of markup.
func tokenized(h HTML) string {
	var b strings.Builder
	z := xhtml.NewTokenizer(strings.NewReader(h.s))
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case xhtml.TextToken:
			b.Write(z.Text())
		default:
			if name, _ := z.TagName(); !phrasing(string(name)) {
				b.WriteByte(' ')
			}
		}
	}
}

// The text of what has passed is what a parser reads of it.
func FuzzPlainText(f *testing.F) {
	for _, s := range []string{
		"", "plain", "<p>one</p><p>two</p>", "<p>a<b>b</b>c <i> d</i></p>", `<p title="a > b" class='>'>x<br>y</p>`, "<p>&lt;b&gt; &amp;amp; &nbsp;&#x3c; 1 < 2 > 3</p>",
		"<ul><li>one<li>two</ul>", `<img alt="a &quot;>&quot; b" src="https://x.example/a.png">after`, "<pre>a\n\tb\r\nc</pre>", "<!-- c --><p>\u00a0a\u2003b\u0085c</p>",
		`<a href="https://x.example/?a=1&b=2">l</a>ink`, "<table><tr><td>1<td>2</table>", "<script>1 < 2</script><style>p > a{}</style>x", "\xff<p>\xfe",
		"<p>a longer text  with  spaces and\x7f such, \x01 eight bytes at once or one: it\u2019s \u201ceight\u201d.          </p>", "<p>it's \"so\" &amp; &lt; &gt; &copy; &#13; &amp</p>",
		`<math><mi>x</mi><mo>&lt;</mo></math>`, `<iframe src="https://www.youtube.com/embed/x"></iframe>`, "<video src=x.mp4 controls></video>", "<plaintext><p>x", "<title>a<b>c</title>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, markup string) {
		h := Clean(markup, "https://site.example/")
		want := tokenized(h)
		if got := h.PlainText(); got != want {
			t.Errorf("the text of %q is %q, want %q", h, got, want)
		}
		if got := h.Beginning(8); !strings.HasPrefix(want, got) || len(got) < min(len(want), 5) {
			t.Errorf("%q begins with %q", h, got)
		}
	})
}
