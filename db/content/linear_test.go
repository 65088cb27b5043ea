package content

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// maxRatio is what twice as much may cost: twice as much, and a little for what
// is beside the reading.
const maxRatio = 2.3

// perByte is what is little enough for any byte: what starts over costs many
// times that, and caches that overflow make the rest uneven.
const perByte = 3 * time.Nanosecond

// linear fails where doubling an input makes run cost more than maxRatio times
// as much. The input is doubled twice, so that a clock can tell; and one round of
// best runs that are near enough is proof, for what is not linear has none.
func linear(t *testing.T, one string, run func(string)) {
	t.Helper()
	n := 64
	for ; len(one)*n < 1<<19; n *= 2 {
		if input := strings.Repeat(one, n); len(input) >= 1<<14 && best(2, input, run) >= 2*time.Millisecond {
			break
		}
	}
	small, large := strings.Repeat(one, n), strings.Repeat(one, 4*n)
	const rounds = 20
	few, many := time.Duration(1<<62), time.Duration(1<<62)
	for range rounds {
		few, many = min(few, best(3, small, run)), min(many, best(3, large, run))
		if float64(many) <= maxRatio*maxRatio*float64(few) || many <= perByte*time.Duration(len(large)) {
			return
		}
	}
	t.Errorf("%d bytes cost %v, %d bytes %v: %.1f times as much", len(small), few, len(large), many, float64(many)/float64(few))
}

// best is the shortest of some runs, without the collector.
func best(runs int, input string, run func(string)) time.Duration {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	shortest := time.Duration(1 << 62)
	for range runs {
		begin := time.Now()
		run(input)
		shortest = min(shortest, time.Since(begin))
	}
	runtime.GC()
	return shortest
}

// Whatever a body is full of, cleaning it costs what it is long.
func TestLinearClean(t *testing.T) {
	for _, one := range []string{
		"<p>a", "<div>", "<b>", "<a href=/x>a", "<br>", "a ", "&amp;", "<", "<!--", "<noscript>", "<noscript><img src=/a></noscript>", "<img src=/a.jpg>",
		"<img data-src=/a.jpg>", "<picture><source srcset=/a><img>", "<iframe src=https://x.example/a>", "<iframe title=b src=/a></iframe>", "<math><mi>a", "<math><msup><mi>a</mi><mi>b</mi></msup></math>",
		"<math alttext=a></math>", "<mi>a", "<table><tr><td>", "<ul><li>a", "<span class=katex-html>a</span>", "<object><param name=movie value=/a>", "<video src=/a>", "</p>", "<b lang=de><i lang=fr>", "<pre>\n", "\u200b", "\U0001F3F4\U000E0067",
	} {
		t.Run(one, func(t *testing.T) { linear(t, one, func(s string) { Clean(s, "https://site.example/a") }) })
	}
}

// So does reading a style, a set of pictures, and a comment.
func TestLinearParts(t *testing.T) {
	for _, one := range []string{";", "a:b;", "/*", "'", "(", "width:1px;", `\`, "/**/", "!:"} {
		t.Run("style "+one, func(t *testing.T) { linear(t, one, func(s string) { parseStyle(s) }) })
	}
	for _, one := range []string{",", "a 1w,", "a,b "} {
		t.Run("set "+one, func(t *testing.T) { linear(t, one, func(s string) { largest(s) }) })
	}
	for _, one := range []string{"&#x202E;", "a\u0335", "> a\n", "- a\n", "1. a\n\n", "*a* ", "`a", "https://a.example/ ", "[a](https://a.example) ", "a\n\n", "&zwj;",
		"[", "![", "](", "[a](", "- ", "> - ", "1) ", "**a*", "_a__", "<a", `\`} {
		t.Run("comment "+one, func(t *testing.T) { linear(t, one, func(s string) { Comment(s) }) })
	}
}
