package content

import (
	"net/url"
	"strings"
	"testing"

	"courant/db/dbtest/linear"
)

// What a script would make a player of is a link to what it plays, once.
func TestPlayers(t *testing.T) {
	const tube = "https://www.youtube.com/watch?v=abc"
	for _, c := range []struct{ name, in, to, label string }{
		{"lite", `<lite-youtube videoid="abc" playlabel="Play: A song"></lite-youtube>`, tube, "Play: A song"},
		{"AMP", `<amp-youtube data-videoid="abc" layout="responsive"></amp-youtube>`, tube, tube},
		{"AMP's other", `<amp-vimeo data-videoid="12"></amp-vimeo>`, "https://vimeo.com/12", "https://vimeo.com/12"},
		{"AMP's frame", `<amp-iframe src="https://player.vimeo.com/video/12" title="A film"></amp-iframe>`, "https://vimeo.com/12", "A film"},
		{"a div that waits", `<div class="rll-youtube-player" data-src="https://www.youtube.com/embed/abc" data-id="abc"></div>`, tube, tube},
		{"a div that waits, and its noscript", `<div data-src="https://www.youtube.com/embed/abc"></div><noscript><iframe src="https://www.youtube.com/embed/abc"></iframe></noscript>`, tube, tube},
		{"plyr", `<div data-plyr-provider="youtube" data-plyr-embed-id="abc"></div>`, tube, tube},
		{"plugin of old", `<object><param name="movie" value="http://www.youtube.com/v/abc&hl=en&fs=1"><embed src="http://www.youtube.com/v/abc&hl=en&fs=1"></object>`, tube, tube},
	} {
		want := `<p>x</p><p><a href="` + c.to + `" rel="` + linkRel + `">` + c.label + "</a></p>"
		if got := Clean("<p>x</p>"+c.in, "").String(); got != want {
			t.Errorf("%s: %s\nwant %s", c.name, got, want)
		}
	}
	for _, in := range []string{
		`<div data-src="https://a.example/page">y</div>`, `<div data-href="https://www.facebook.com/x">y</div>`, `<div data-bg="https://i.example/a.jpg">y</div>`,
	} {
		if got := Clean(in, "").String(); got != "<p>y</p>" {
			t.Errorf("%s is %s", in, got)
		}
	}
	for in, want := range map[string]string{
		`<lite-youtube videoid="abc&quot;onclick=x"></lite-youtube>y`:     "<p>y</p>",
		`<lite-youtube videoid="javascript:alert(1)//"></lite-youtube>y`:  "<p>y</p>",
		`<amp-youtube data-src="javascript:alert(1)//x"></amp-youtube>y`:  "<p>y</p>",
		`<amp-img src="https://a.example/a.jpg" alt="A boat"></amp-img>`:  `<p><img src="https://a.example/a.jpg" alt="A boat" loading="lazy" referrerpolicy="no-referrer"></p>`,
		`<amp-img-x src="https://a.example/a.jpg"></amp-img-x>y`:          "<p>y</p>",
		`<amp-audio src="https://a.example/a.mp3"></amp-audio>`:           `<audio controls="" preload="none"><source src="https://a.example/a.mp3"></audio>`,
		`x <script type="math/tex">E<1 \& m</script> y`:                   `<p>x E&lt;1 \&amp; m y</p>`,
		`x <script type='math/tex; mode=display'>E=mc^2</script>`:         `<p>x E=mc^2</p>`,
		`x <script type="text/javascript">var math = "math/tex"</script>`: `<p>x </p>`,
		`x <script type="math/tex"></script><script>alert(1)</script>`:    `<p>x </p>`,
		`x <script type="math/tex"><img src=x onerror=alert(1)></script>`: `<p>x &lt;img src=x onerror=alert(1)&gt;</p>`,
		`<ol start="-2"><li value="-1">a</li></ol>`:                       `<ol start="-2"><li value="-1">a</li></ol>`,
		`<ol start="--2"><li>a</li></ol>`:                                 `<ol><li>a</li></ol>`,
	} {
		if got := Clean(in, "").String(); got != want {
			t.Errorf("%s is\n%s\nwant %s", in, got, want)
		}
	}
}

// A body's addresses are mended as those of entries are.
func TestMendedAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"https:///a.example/x": "https://a.example/x", `https:\\a.example\x`: "https://a.example/x", "http:/a.example/x": "http://a.example/x",
		"https:a.example/x": "https://a.example/x", "https:x": "https://site.example/blog/x", "////a.example/x": "https://a.example/x",
		"https://a.example/?a=1&amp;b=2": "https://a.example/?a=1&b=2", "https://a.example/?a&amp=1": "https://a.example/?a&amp=1",
		"https://a.example/?a=1&#38;b=2": "https://a.example/?a=1&b=2", "javascript:///x%0aalert(1)": "", "https:///": "",
	} {
		if got := Link(mustURL("https://site.example/blog/1"), in); got != want {
			t.Errorf("Link(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNamesLinear(t *testing.T) {
	for _, unit := range []string{"<script type=math/tex>", "<script type=math/tex></script>", "<amp-img>", "<s", "<script " + strings.Repeat("a", 150)} {
		t.Run(unit, func(t *testing.T) {
			linear.Check(t, func(n int) string { return strings.Repeat(unit, n) }, func(b []byte) { openNames(string(b)) })
		})
	}
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}
