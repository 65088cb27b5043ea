package content_test

import (
	"strings"
	"testing"
	"time"

	xhtml "golang.org/x/net/html"

	"courant/db/content"
)

func TestComment(t *testing.T) {
	const rel = ` rel="nofollow ugc noopener"`
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"paragraphs", "One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"},
		{"a line break", "One\nTwo", "<p>One<br>\nTwo</p>"},
		{"emphasis", "*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"},
		{"quote", "> a", "<blockquote>\n<p>a</p>\n</blockquote>"},
		{"list", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"},
		{"a line of dashes", "**a**\n\n" + strings.Repeat("-", 90), "<p><strong>a</strong></p>\n<p>" + strings.Repeat("-", 90) + "</p>"},
		{"fenced code", "```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"},
		{"link", "[a](https://a.example/?b=1&c=2)", `<p><a href="https://a.example/?b=1&amp;c=2"` + rel + `>a</a></p>`},
		{"bare address", "see https://a.example/x now", `<p>see <a href="https://a.example/x"` + rel + `>https://a.example/x</a> now</p>`},
		{"picture", "![a](https://a.example/a.png)", `<p><a href="https://a.example/a.png"` + rel + `>a</a></p>`},
		{"heading stays text", "# a", "<p># a</p>"},
		{"HTML stays text", "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
		{"inline HTML stays text", "a <img src=x onerror=y> b", "<p>a &lt;img src=x onerror=y&gt; b</p>"},
		{"javascript", "[a](javascript:alert(1))", "<p>a</p>"},
		{"V18", "[a](javascript&colon;alert(1))", "<p>a</p>"},
		{"data", "[a](data:text/html,x)", "<p>a</p>"},
		{"autolink of a bad scheme", "<javascript:alert(1)>", "<p>javascript:alert(1)</p>"},
		{"mail address", "<a@b.example>", "<p>a@b.example</p>"},
		{"relative", "[a](/desk)", "<p>a</p>"},
		{"protocol-relative", "[a](//evil.example)", "<p>a</p>"},
		{"credentials", "[a](https://bank.example@evil.example/)", "<p>a</p>"},
		{"look-alike host", "[a](https://bаnk.example/)", "<p>a</p>"},
		{"V19 an override named by a reference", "Read &#x202E;lmth.x &#8297;&#xFEFF;&#8238;a", "<p>Read lmth.x a</p>"},
		{"V19 an isolate named by name", "&#x2066;isolated&lrm; text", "<p>isolated\u200e text</p>"},
		{"V19 controls and noncharacters by reference", "a&#0;&#27;&#x85;&#xFFFE;&#xFDD0;&#xE000;&#xE0041;b", "<p>a\ufffdb</p>"},
		{"V19 in a link's words and in code", "[a&#x202E;b](https://a.example/) `&#x202E;`", `<p><a href="https://a.example/"` + rel + `>ab</a> <code>&amp;#x202E;</code></p>`},
		{"V19 many marks by reference", "Z" + strings.Repeat("&#x335;", 500), "<p>Z" + strings.Repeat("\u0335", 6) + "</p>"},
		{"a list that begins at 3", "3. the third point is wrong\n4. so is this", "<ol start=\"3\">\n<li>the third point is wrong</li>\n<li>so is this</li>\n</ol>"},
		{"a year", "1986. What a year that was.", "<ol start=\"1986\">\n<li>What a year that was.</li>\n</ol>"},
		{"a list that begins at 0", "0) a", "<ol start=\"0\">\n<li>a</li>\n</ol>"},
		{"a list that begins at 1", "1. a", "<ol>\n<li>a</li>\n</ol>"},
		{"a flag", "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F won", "<p>\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F won</p>"},
		{"single quote", "[a](https://a.example/'onmouseover=')", `<p><a href="https://a.example/&#39;onmouseover=&#39;"` + rel + `>a</a></p>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.NewReplacer("<br/>", "<br>", "%27", "&#39;").Replace(content.Comment(c.in).String())
			if got != c.want {
				t.Errorf("Comment(%q) =\n%s\nwant\n%s", c.in, got, c.want)
			}
		})
	}
}

// What nests without end, or is built to be slow, stays bounded.
func TestCommentIsBounded(t *testing.T) {
	const n = 20_000
	for _, unit := range []string{">", "[", "![", "*a ", "- ", "`", "<", "**a*", "(", "](", "_a__", "\\", "&", "[a](", "- > "} {
		begin := time.Now()
		h := content.Comment(strings.Repeat(unit, n/len(unit)))
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%q repeated took %v", unit, took)
		}
		if strings.Count(h.String(), "<blockquote>") > 16 {
			t.Errorf("%q repeated nests too deep", unit)
		}
	}
}

// Only allowed elements come out, each with no attribute but a link's, and
// the fragment is balanced.
func FuzzComment(f *testing.F) {
	for _, s := range []string{
		"a\n\nb", "[a](http://b.example)", "<b onclick=x>", "```\n</code></pre><script>", "> > - a", "![x](javascript:x)",
		"&colon;&#0;", "<https://a.example/\"onx=>", "\x00\xff", "*a **b* c**", "http://a.example/<script>",
	} {
		f.Add(s)
	}
	allowed := map[string]bool{
		"p": true, "br": true, "em": true, "strong": true, "code": true, "pre": true,
		"blockquote": true, "ul": true, "ol": true, "li": true, "a": true,
	}
	f.Fuzz(func(t *testing.T, s string) {
		z := xhtml.NewTokenizer(strings.NewReader(content.Comment(s).String()))
		open := 0
		for {
			switch z.Next() {
			case xhtml.ErrorToken:
				if open != 0 {
					t.Errorf("%d elements stay open", open)
				}
				return
			case xhtml.StartTagToken:
				tok := z.Token()
				if tok.Data != "br" {
					open++
				}
				if !allowed[tok.Data] {
					t.Errorf("element %s came out", tok.Data)
				}
				for _, a := range tok.Attr {
					if tok.Data == "ol" && a.Key == "start" {
						continue
					}
					if tok.Data != "a" || a.Key != "rel" && (a.Key != "href" || !strings.HasPrefix(a.Val, "http")) {
						t.Errorf("attribute %s=%q on %s came out", a.Key, a.Val, tok.Data)
					}
				}
			case xhtml.EndTagToken:
				open--
			case xhtml.CommentToken, xhtml.DoctypeToken:
				t.Error("a comment or doctype came out")
			}
		}
	})
}

func TestBeginning(t *testing.T) {
	h := content.Clean("<p>One <b>tw</b>o</p>"+strings.Repeat("<p>thrée four</p>", 60), "")
	all := h.PlainText()
	for n := range len(all) + 10 {
		got := h.Beginning(n)
		if !strings.HasPrefix(all, got) || len(got) > n || len(got) < min(n, len(all))*4/5-4 {
			t.Fatalf("%d bytes: %q", n, got)
		}
	}
}

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"a **b**, c":       "a b, c",
		"a\n\nb\nc":        "a b c",
		"- x\n- *y*z":      "x yz",
		"`a<b>` & more":    "a<b> & more",
		"> said\n\nanswer": "said answer",
	} {
		if got := content.Comment(in).PlainText(); got != want {
			t.Errorf("%q as plain text = %q, want %q", in, got, want)
		}
	}
}
