package content_test

import (
	"strings"
	"testing"
	"time"

	xhtml "golang.org/x/net/html"

	"courant/db/content"
)

const base = "https://site.example/blog/post"

func TestClean(t *testing.T) {
	const rel = ` rel="nofollow noopener noreferrer"`
	const lazy = ` loading="lazy" referrerpolicy="no-referrer"`
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"text becomes a paragraph", "a < b & c", "<p>a &lt; b &amp; c</p>"},
		{"two line breaks part paragraphs", "one<br><br>two<br>three", "<p>one</p><p>two<br>three</p>"},
		{"one wrapping div goes", "<div><div><p>a</p></div></div>", "<p>a</p>"},
		{"script goes with its text", "<p>a</p><script>x()</script><style>p{}</style><p>b</p>", "<p>a</p><p>b</p>"},
		{"classes, ids and styles go", `<p class=a id=b style="color:red" onclick=x>a</p>`, "<p>a</p>"},
		{"unclosed elements are closed", "<p>a<b>b<p>c", "<p>a<b>b</b></p><p><b>c</b></p>"},
		{"the headline is the page's h1", "<h1>a</h1>", "<h2>a</h2>"},
		{"empty paragraphs go", "<p>a</p><p>&nbsp;</p><p></p><div><p> </p></div>", "<p>a</p>"},
		{"relative link", `<a href="../x?a=1&b=2">x</a>`, `<p><a href="https://site.example/x?a=1&amp;b=2"` + rel + `>x</a></p>`},
		{"protocol-relative link", `<a href="//other.example/x">x</a>`, `<p><a href="https://other.example/x"` + rel + `>x</a></p>`},
		{"tracking parameters", `<a href="https://a.example/x?utm_source=rss&id=7&fbclid=z&partner=rss#utm_x">x</a>`, `<p><a href="https://a.example/x?id=7"` + rel + `>x</a></p>`},
		{"all parameters are trackers", `<a href="https://a.example/x?utm_source=rss">x</a>`, `<p><a href="https://a.example/x"` + rel + `>x</a></p>`},
		{"script links are words", `<a href=" java&#9;script:x">x</a>`, "<p>x</p>"},
		{"links into the page are words", `<a href="#fn1">1</a>`, "<p>1</p>"},
		{"mail", `<a href="mailto:Ann@site.example">x</a>`, `<p><a href="mailto:ann@site.example"` + rel + `>x</a></p>`},
		{"user and password go", `<a href="https://bank.example@evil.example/">x</a>`, `<p><a href="https://evil.example/"` + rel + `>x</a></p>`},
		{"look-alike host shows", `<a href="https://www.bаnk.example/">x</a>`, `<p><a href="https://www.xn--bnk-6cd.example/"` + rel + `>x</a></p>`},
		{"backslashes", `<a href="\\evil.example\x">x</a>`, `<p><a href="https://evil.example/x"` + rel + `>x</a></p>`},
		{"an address that is too long once it is escaped", `<a href="/` + strings.Repeat("é", 4000) + `">x</a>`, "<p>x</p>"},
		{"a text alternative without end", `<img src=/a.png alt="` + strings.Repeat("a", 9000) + `">`, `<p><img src="https://site.example/a.png" alt="` + strings.Repeat("a", 1000) + `"` + lazy + `></p>`},
		{"percent sign", `<a href="https://a.example/100%">x</a>`, `<p><a href="https://a.example/100%25"` + rel + `>x</a></p>`},
		{"picture", `<img src=/a.png width=4 height=3 alt="A  b" class=c>`, `<p><img src="https://site.example/a.png" alt="A b" width="4" height="3"` + lazy + `></p>`},
		{"lazy picture", `<img src="data:image/gif;base64,R0" data-src=/a.png>`, `<p><img src="https://site.example/a.png" alt=""` + lazy + `></p>`},
		{"picture of a set", `<img srcset="/s.png 300w, /l.png 900w">`, `<p><img src="https://site.example/l.png" alt=""` + lazy + `></p>`},
		{"picture element", `<picture><source srcset="/a.webp 2x"><img src=/a.png></picture>`, `<p><img src="https://site.example/a.png" alt=""` + lazy + `></p>`},
		{"picture element with no address of its own", `<picture><source srcset="/a.webp 2x"><img alt=b></picture>`, `<p><img src="https://site.example/a.webp" alt="b"` + lazy + `></p>`},
		{"a pixel counts readers", `<p>a</p><img src=/t.gif width=1 height=1>`, "<p>a</p>"},
		{"a hidden one too", `<p>a</p><img src=/t.gif style="display: none">`, "<p>a</p>"},
		{"a known one too", `<p>a</p><img src="https://feeds.feedburner.com/~r/x/~4/y">`, "<p>a</p>"},
		{"player becomes its page", `<iframe src="https://www.youtube.com/embed/abc?rel=0" title="A film"></iframe>`, `<p><a href="https://www.youtube.com/watch?v=abc"` + rel + `>A film</a></p>`},
		{"frame of a stranger goes", `<p>a</p><iframe src="https://youtube.com.evil.example/embed/x"></iframe>`, "<p>a</p>"},
		{"plug-in becomes a link", `<object data="x.swf"><embed src="x.swf"></object>`, `<p><a href="https://site.example/blog/x.swf"` + rel + `>https://site.example/blog/x.swf</a></p>`},
		{"audio", `<audio src=a.mp3 autoplay loop>no</audio>`, `<audio controls="" preload="none"><source src="https://site.example/blog/a.mp3"></audio>`},
		{"video", `<video poster="javascript:x"><source src=a.mp4><track src=x></video>`, `<video controls="" preload="none"><source src="https://site.example/blog/a.mp4"></video>`},
		{"table", `<table><tr><td colspan=2 onclick=x>a<td>b</table>`, `<table><tbody><tr><td colspan="2">a</td><td>b</td></tr></tbody></table>`},
		{"frame in a table is put before it", `<table><iframe src="/a"></iframe><tr><td>a</table>`, `<p><a href="https://site.example/a"` + rel + `>https://site.example/a</a></p><table><tbody><tr><td>a</td></tr></tbody></table>`},
		{"pre keeps its line breaks", "<pre>\n\n a</pre>", "<pre>\n\n a</pre>"},
		{"svg goes", "<p>a</p><svg><script>x</script></svg>", "<p>a</p>"},
		{"flags of regions stay whole, other tags go", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F a\U000E0067\U000E007Fb", "<p>\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F ab</p>"},
		{"forms go", "<form action=/x><input value=a><p>a</p><button>b</button></form>", "<p>a</p>"},
		{"a link in a link", `<a href=/a>a<table><tr><td><a href=/b>b</a></table></a>`, `<a href="https://site.example/a"` + rel + `>a<table><tbody><tr><td>b</td></tr></tbody></table></a>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := content.Clean(c.in, base).String()
			if got != c.want {
				t.Errorf("Clean(%q) =\n%s\nwant\n%s", c.in, got, c.want)
			}
			if again := content.Clean(got, "").String(); again != got {
				t.Errorf("cleaned twice:\n%s\nonce:\n%s", again, got)
			}
		})
	}
}

// Hostile markup is cleaned in time that grows with its length and comes out
// at most a hundred elements deep.
func TestCleanIsBounded(t *testing.T) {
	const n = 400_000
	for _, unit := range []string{
		"<div>", "<b>", "<a href=/x>", "<p>", "<i><p>", "<ul><li>", "<table><tr><td>", "<font size=1>", "<blockquote>a", "<a href=/x><p>",
		"</p>", "<br>", "<span>", "<svg>", "<img src=x>", "&amp;", "<", "<table>", "<b><i><u><s>", "<select>", "<noscript>", "<!--", "<object>",
	} {
		begin := time.Now()
		got := content.Clean(strings.Repeat(unit, n/len(unit))+"<p>end", base).String()
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%q repeated took %v", unit, took)
		}
		if d := depthOf(got); d > 101 {
			t.Errorf("%q repeated comes out %d deep", unit, d)
		}
	}
}

func depthOf(markup string) (deepest int) {
	z := xhtml.NewTokenizer(strings.NewReader(markup))
	depth := 0
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return deepest
		case xhtml.StartTagToken:
			if name, _ := z.TagName(); string(name) != "img" && string(name) != "br" && string(name) != "hr" {
				depth++
				deepest = max(deepest, depth)
			}
		case xhtml.EndTagToken:
			depth--
		}
	}
}

// Cleaning what is clean changes nothing, and what comes out is made of what
// may come out.
func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"<p>a<b>b<p>c", "<table><a href=/x><tr><td>", "<a href=/x><p><a href=/y>", "<pre>\n\na", "<li>a<li>b", "<b><table><td><b>",
		"a<br><br>b", "<ruby>a<rt>b", "<h2><h3>a", "<picture><img src=/a>", "<object><p>a", "<img src=a srcset='b 2x'>", "<dl><dd>a<dt>b",
		"<p><table>", "<a><div><a href=x>y", "<svg><p>a", "<math><mi><p>", "<details><summary>a", "\x00\u202ea", "<a href='http://a/%zz'>b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := content.Clean(s, base).String()
		if twice := content.Clean(once, base).String(); twice != once {
			t.Fatalf("Clean(%q) =\n%q\ncleaned again\n%q", s, once, twice)
		}
		lower := strings.ToLower(once)
		for _, bad := range []string{"<script", "<style", "javascript:", "<iframe", "<svg", "<form", " on", "style="} {
			if i := strings.Index(lower, bad); i >= 0 && insideTag(lower, i) {
				t.Fatalf("Clean(%q) = %q holds %q", s, once, bad)
			}
		}
	})
}

// insideTag reports whether i is in a tag, outside of quotes.
func insideTag(s string, i int) bool {
	in, quoted := false, false
	for j := 0; j <= i; j++ {
		switch s[j] {
		case '<':
			in, quoted = true, false
		case '>':
			in = in && quoted
		case '"':
			if in {
				quoted = !quoted
			}
		}
	}
	return in && !quoted
}
