package content

import (
	"strings"
	"testing"

	"courant/db/dbtest/linear"
)

// check holds run to cost what one, many times over, is long.
func check(t *testing.T, one string, run func(string)) {
	t.Helper()
	linear.Check(t, func(n int) string { return strings.Repeat(one, n) }, func(b []byte) { run(string(b)) })
}

// Whatever a body is full of, cleaning it costs what it is long.
func TestLinearClean(t *testing.T) {
	for _, one := range []string{
		"<p>a", "<div>", "<b>", "<a href=/x>a", "<br>", "a ", "&amp;", "<", "<!--", "<noscript>", "<noscript><img src=/a></noscript>", "<img src=/a.jpg>",
		"<img data-src=/a.jpg>", "<picture><source srcset=/a><img>", "<iframe src=https://x.example/a>", "<iframe title=b src=/a></iframe>", "<math><mi>a", "<math><msup><mi>a</mi><mi>b</mi></msup></math>",
		"<math alttext=a></math>", "<mi>a", "<table><tr><td>", "<ul><li>a", "<span class=katex-html>a</span>", "<object><param name=movie value=/a>", "<video src=/a>", "</p>", "<b lang=de><i lang=fr>", "<pre>\n", "\u200b", "\U0001F3F4\U000E0067",
	} {
		t.Run(one, func(t *testing.T) { check(t, one, func(s string) { Clean(s, "https://site.example/a") }) })
	}
}

// So does reading a style, a set of pictures, and a comment.
func TestLinearParts(t *testing.T) {
	for _, one := range []string{";", "a:b;", "/*", "'", "(", "width:1px;", `\`, "/**/", "!:"} {
		t.Run("style "+one, func(t *testing.T) { check(t, one, func(s string) { parseStyle(s) }) })
	}
	for _, one := range []string{",", "a 1w,", "a,b "} {
		t.Run("set "+one, func(t *testing.T) { check(t, one, func(s string) { largest(s) }) })
	}
	for _, one := range []string{
		"&#x202E;", "a\u0335", "> a\n", "- a\n", "1. a\n\n", "*a* ", "`a", "https://a.example/ ", "[a](https://a.example) ", "a\n\n", "&zwj;",
		"[", "![", "](", "[a](", "- ", "1) ", "**a*", "_a__", "<a", `\`,
	} {
		t.Run("comment "+one, func(t *testing.T) { check(t, one, func(s string) { Comment(s) }) })
	}
}
