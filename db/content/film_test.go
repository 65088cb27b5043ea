package content

import (
	"strings"
	"testing"
)

// The picture of a film says that it plays, wherever it stands, and once.
func TestFilm(t *testing.T) {
	for in, want := range map[string]string{
		`<p><a href="https://www.youtube.com/watch?v=abc"><img src="https://a.example/still.jpg" alt="A still"></a></p>`:    `<p><a href="https://www.youtube.com/watch?v=abc" REL><img src="https://a.example/still.jpg" alt="A still" loading="lazy" referrerpolicy="no-referrer"> ▶</a></p>`,
		`<p><a href="https://vimeo.com/123"><img src="https://a.example/still.jpg" alt=""> Watch</a></p>`:                   `<p><a href="https://vimeo.com/123" REL><img src="https://a.example/still.jpg" alt="" loading="lazy" referrerpolicy="no-referrer"> Watch</a></p>`,
		`<p><a href="https://a.example/p"><img src="https://a.example/still.jpg" alt=""></a></p>`:                           `<p><a href="https://a.example/p" REL><img src="https://a.example/still.jpg" alt="" loading="lazy" referrerpolicy="no-referrer"></a></p>`,
		`<iframe src="https://player.vimeo.com/video/9" title="A film" data-poster="https://a.example/still.jpg"></iframe>`: `<p><a href="https://vimeo.com/9" REL><img src="https://a.example/still.jpg" alt="" loading="lazy" referrerpolicy="no-referrer"> ▶ A film</a></p>`,
	} {
		got := Clean(in, "").String()
		if want = strings.ReplaceAll(want, " REL", ` rel="`+linkRel+`"`); got != want {
			t.Errorf("%s\nis   %s\nwant %s", in, got, want)
		}
		if again := Clean(got, "").String(); again != got {
			t.Errorf("cleaned again: %s", again)
		}
	}
	for address, want := range map[string]bool{
		"https://www.youtube.com/watch?v=abc": true, "https://m.youtube.com/watch?v=abc": true, "https://youtu.be/abc": true, "https://tube.example/videos/watch/4F8": true,
		"https://www.youtube.com/": false, "https://vimeo.com/": false, "https://a.example/watch?v=1": false, "https://youtube.com.evil.example/watch?v=1": false, "": false,
	} {
		if got := IsFilm(address); got != want {
			t.Errorf("IsFilm(%q) = %v", address, got)
		}
	}
}
