package content_test

import (
	"regexp"
	"strings"
	"testing"

	"courant/db/content"
)

var anchors = regexp.MustCompile(`<a href="([^"]*)"[^>]*>([^<]*)</a>`)

// Whatever plays in a frame is one link, with its title or its address.
func TestFrames(t *testing.T) {
	const tube = "https://tube.example/videos/embed/4F8"
	const video = "https://www.youtube.com/watch?v=abc"
	for _, c := range []struct{ name, in, want string }{
		{"a title", `<p>Intro</p><p><center><iframe title="Talk of the day" src="` + tube + `?start=1h" width="560" height="315" allowfullscreen></iframe></center></p>`, tube + "?start=1h Talk of the day"},
		{"a title of an unknown host", `<p>a</p><iframe src="https://play.example/x" title="Talk"></iframe>`, "https://play.example/x Talk"},
		{"PeerTube without title", `<p>a</p><iframe src="` + tube + `"></iframe>`, tube + " " + tube},
		{"Castopod", `<p>a</p><iframe src="https://pod.example/@show/episodes/one/embed/dark"></iframe>`, "https://pod.example/@show/episodes/one/embed/dark https://pod.example/@show/episodes/one/embed/dark"},
		{"all there is", `<iframe src="https://play.example/x"></iframe>`, "https://play.example/x https://play.example/x"},
		{"all there is, beside blanks", `<p>&nbsp;</p><div><iframe data-src="//play.example/x"></iframe></div><br>`, "https://play.example/x https://play.example/x"},
		{"an unknown one beside text", `<p>a</p><iframe src="https://play.example/x"></iframe>`, ""},
		{"lazy", `<p>x</p><iframe class="lazyload" data-src="https://www.youtube.com/embed/abc"></iframe>`, video + " " + video},
		{"lazy by another attribute", `<p>x</p><iframe src="" data-litespeed-src="https://www.youtube.com/embed/abc"></iframe>`, video + " " + video},
		{"lazy and in noscript", `<p>x</p><iframe src="about:blank" data-lazy-src="https://www.youtube.com/embed/abc"></iframe><noscript><iframe src="https://www.youtube.com/embed/abc"></iframe></noscript>`, video + " " + video},
		{"only in noscript", `<noscript><iframe src="http://youtube.com/embed/abc/?autoplay=1"></iframe></noscript>`, video + " " + video},
		{"a list", `<iframe src="https://www.youtube-nocookie.com/embed/videoseries?list=PL1"></iframe>`, "https://www.youtube.com/playlist?list=PL1 https://www.youtube.com/playlist?list=PL1"},
		{"the same twice", strings.Repeat(`<iframe src="https://player.vimeo.com/video/1"></iframe>`, 2), "https://vimeo.com/1 https://vimeo.com/1"},
		{"a plug-in of parameters", `<object><param name="movie" value="https://www.youtube.com/v/abc"></object>`, video + " " + video},
		{"a plug-in with a frame", `<object><iframe src="https://player.vimeo.com/video/1"></iframe></object>`, "https://vimeo.com/1 https://vimeo.com/1"},
		{"a quotation of WordPress", `<blockquote><a href="https://b.example/p/">P</a></blockquote><iframe title="P" src="https://b.example/p/embed/#?secret=x"></iframe>`, "https://b.example/p/ P"},
		{"lazy, with a picture of its own", `<p>x</p><iframe data-a-thumb="https://i.example/a.jpg" data-b="https://player.vimeo.com/video/1"></iframe>`, "https://vimeo.com/1 https://vimeo.com/1"},
		{"an advertisement", `<iframe title="3rd party ad content" src="https://a.example/x"></iframe><iframe src="https://x.googlesyndication.com/a" title="b"></iframe>`, ""},
		{"a button", `<iframe src="https://www.facebook.com/plugins/like.php?href=x"></iframe>`, ""},
		{"a hidden one", `<iframe src="https://www.googletagmanager.com/ns.html?id=1" height="0" width="0"></iframe><iframe title=b src="https://a.example/x" style="display:none"></iframe>`, ""},
		{"nothing", `<iframe></iframe><iframe src="javascript:x()" title="a"></iframe><iframe src="data:text/html,x" title="a"></iframe><iframe data-src="true" title="a"></iframe>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range anchors.FindAllStringSubmatch(content.Clean(c.in, base).String(), -1) {
				got = append(got, m[1]+" "+m[2])
			}
			if s := strings.Join(got, " | "); s != c.want {
				t.Errorf("links of %s are %q, want %q", c.in, s, c.want)
			}
		})
	}
}

// A picture that a frame bears stands in its link.
func TestFramePicture(t *testing.T) {
	const in = `<p>x</p><iframe src="https://player.vimeo.com/video/12" title="A film" data-thumbnail="http://i.example/a.jpg"></iframe>`
	const want = `<p>x</p><p><a href="https://vimeo.com/12" rel="nofollow noopener noreferrer"><img src="https://i.example/a.jpg" alt="" loading="lazy" referrerpolicy="no-referrer"> ▶ A film</a></p>`
	if got := content.Clean(in, base).String(); got != want {
		t.Errorf("Clean(%s) =\n%s\nwant\n%s", in, got, want)
	}
}
