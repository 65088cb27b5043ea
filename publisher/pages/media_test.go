package pages

import (
	"strings"
	"testing"

	"courant/db"
	"courant/db/content"
)

// U29: what can be heard or seen is on top, and asks for nothing until it is
// wanted; torrents are the last of the files.
func TestPlayer(t *testing.T) {
	page := articlePage(t, func(a *Article) {
		a.Article.Enclosures = []db.Enclosure{
			{URL: "https://echo.example/a.torrent"}, {URL: "http://echo.example/talk.mp3", Length: 9_000_000}, {URL: "https://echo.example/b.pdf", Type: "application/pdf"},
		}
	})
	has(t, page, "Key points", `<audio class="player" controls preload="none" src="https://echo.example/talk.mp3" aria-label="talk.mp3"`, `class="body`, "talk.mp3</a>", "b.pdf</a>", "a.torrent</a>")
	page = articlePage(t, func(a *Article) {
		a.Article.Enclosures = []db.Enclosure{{URL: "https://echo.example/film", Type: "Video/MP4; codecs=x"}}
	})
	has(t, page, `<video class="player" controls preload="none" src="https://echo.example/film" poster="https://echo.example/tidal.jpg"`)
	lacks(t, page, "<figure")
	lacks(t, articlePage(t, func(a *Article) { // a page may not load it
		a.Article.Enclosures = []db.Enclosure{{URL: "http://echo.example:8000/live", Type: "audio/mpeg"}}
	}), "<audio")
	page = articlePage(t, func(a *Article) { a.Article.Link = "https://www.youtube.com/watch?v=x" })
	has(t, page, `<figure data-untrusted><a class="film" href="https://www.youtube.com/watch?v=x"`, `alt="Turbines"`, "Play it at youtube.com")
	lacks(t, articlePage(t, func(*Article) {}), `class="film"`)
	front, err := testPages(t, nil).List(List{Path: "/tag/x", Heading: "x", Articles: []db.Article{{
		ID: "a", Headline: "A film", Link: "https://youtu.be/x", Image: db.Image{URL: "https://echo.example/still.jpg"}, Published: morning,
	}}})
	has(t, rendered(t, front, err), `<span class="film"><img src="https://echo.example/still.jpg" alt=""`)
}

// U26, U28, U34: pictures are asked for by https; the one on top at once, the
// others when they are near, with the sizes that are known.
func TestPictures(t *testing.T) {
	lead := articlePage(t, func(a *Article) { a.Article.Image.URL = "http://echo.example/tidal.jpg" })
	has(t, lead, `<figure data-untrusted><img src="https://echo.example/tidal.jpg" alt="Turbines" width="1200" height="800" fetchpriority="high" referrerpolicy="no-referrer">`)
	page := articlePage(t, func(a *Article) {
		a.Article.Image = db.Image{URL: "https://echo.example/1.jpg"}
		a.Article.Body = content.Clean(`<p><img src="https://echo.example/1.jpg" width="800" height="600"></p><p>Text <img src="http://echo.example/2.jpg" alt="Two"></p>`, "")
	})
	has(t, page, `src="https://echo.example/1.jpg"`, `width="800" height="600"`, `fetchpriority="high"`, `src="https://echo.example/2.jpg" alt="Two" loading="lazy"`)
	if strings.Count(page, `loading="lazy"`) != 1 || strings.Count(page, `fetchpriority`) != 1 || strings.Count(page, `1.jpg" `) != 1 {
		t.Error("not one picture on top")
	}
	for in, want := range map[string]string{
		"http://a.example/x": "https://a.example/x", "http://a.example:80/x": "https://a.example/x", "http://a.example:8080/x": "http://a.example:8080/x",
		"https://a.example/": "https://a.example/", "http://": "http://", "data:image/png;base64,x": "data:image/png;base64,x",
	} {
		if got := secure(in); got != want {
			t.Errorf("secure(%s) = %s", in, got)
		}
	}
}

// U35: a linked picture has words, what scrolls takes the focus, the links to
// paragraphs do not.
func TestReach(t *testing.T) {
	page := articlePage(t, func(a *Article) {
		a.Article.Body = content.Clean(`<p>Text</p><p><a href="https://echo.example/big.JPG"><img src="https://echo.example/s.jpg"></a></p>`+
			`<p><a href="https://www.shop.example/"><img src="https://echo.example/t.jpg" alt=""></a> <a href="https://echo.example/n"><img src="https://echo.example/u.jpg" alt="Named"></a></p>`+
			`<pre>code</pre><blockquote><table><tr><td><table><tr><td>1</td></tr></table></td></tr></table></blockquote>`, "")
	})
	has(t, page, `<a href="#p1" title=`, `</a><p id="p1" dir="auto" data-untrusted>Text</p>`, `alt="Picture, larger"`, `alt="Picture that leads to shop.example"`, `alt="Named"`,
		`<div class="scroll" tabindex="0" role="group" aria-label="Code"><div data-untrusted><pre>code</pre></div></div>`,
		`<div class="scroll" tabindex="0" role="group" aria-label="Table"><div data-untrusted><blockquote><table>`)
	if n := strings.Count(page, `class="scroll"`); n != 2 {
		t.Errorf("%d things scroll, want the code and the outer table", n)
	}
}
