package content_test

import (
	"regexp"
	"strings"
	"testing"

	"courant/db/content"
)

var srcs = regexp.MustCompile(`<img src="([^"]*)"`)

// pictures are the addresses of the pictures of a cleaned body, without what is
// common to all.
func pictures(in string) string {
	var list []string
	for _, m := range srcs.FindAllStringSubmatch(content.Clean(in, base).String(), -1) {
		list = append(list, strings.NewReplacer("https://a.example/", "", "&amp;", "&").Replace(m[1]))
	}
	return strings.Join(list, " ")
}

// A reader gets the pictures that a browser would show him, each once.
func TestPictures(t *testing.T) {
	const at = "https://a.example/"
	const blank = `data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==`
	for _, c := range []struct{ name, in, want string }{
		{"another size does not replace it", `<img src="` + at + `p-1024x683.jpg" data-orig-file="` + at + `p.jpg" data-orig-size="6000,4000" data-large-file="` + at + `p-1.jpg">`, "p-1024x683.jpg"},
		{"a placeholder of a host", `<img src="https://via.placeholder.com/600x400" data-src="` + at + `p.jpg">`, "p.jpg"},
		{"a name that is no data attribute", `<img src="` + blank + `" nitro-lazy-src="` + at + `p.jpg">`, "p.jpg"},
		{"an important rule holds", `<img src="` + at + `p.jpg" style="display:none!important;display:block">`, ""},
		{"the last important rule holds", `<img src="` + at + `p.jpg" style="display:none!important;display:block ! important">`, "p.jpg"},
		{"a page is no picture", `<img src="` + at + `p.jpg" data-url="` + at + `gallery/1">`, "p.jpg"},
		{"nor is a number", `<img src="` + at + `p.jpg" data-url="12345">`, "p.jpg"},
		{"nor a place", `<img src="` + at + `p.jpg" data-src="#">`, "p.jpg"},
		{"nor a word", `<img src="` + at + `p.jpg" data-echo="true">`, "p.jpg"},
		{"nor an empty one", `<img src="` + at + `p.jpg" data-src="" data-srcset=" ">`, "p.jpg"},
		{"nor where there is no src", `<img data-src="12345"><img data-url="` + at + `gallery/1"><img data-original="false">`, ""},
		{"nor a template", `<img src="` + at + `p.jpg" data-src="{{ image.jpg }}">`, "p.jpg"},
		{"a larger one of another attribute", `<img src="` + at + `p.jpg" data-original="` + at + `p-large.jpg" data-zoom-image="` + at + `z.jpg">`, "p.jpg"},
		{"a file that sounds like a placeholder", `<img src="` + at + `lazy-sunday.jpg" data-src="` + at + `page.html">`, "lazy-sunday.jpg"},
		{"a real lazy picture", `<img src="` + blank + `" data-src="` + at + `a.jpg">`, "a.jpg"},
		{"a lazy picture of a service", `<img src="` + blank + `" data-src="` + at + `id/abc123?w=800">`, "id/abc123?w=800"},
		{"a lazy picture without src", `<img data-original="` + at + `a.jpg">`, "a.jpg"},
		{"a lazy picture behind a spacer", `<img src="` + at + `i/spacer.gif" data-lazy-src="` + at + `a.webp">`, "a.webp"},
		{"a lazy picture behind a placeholder", `<img src="` + at + `img/placeholder-300x200.png" data-echo="` + at + `a.png">`, "a.png"},
		{"a lazy picture behind a small one", `<img src="` + at + `a-20.jpg" class="lazyload" data-src="` + at + `a.jpg">`, "a.jpg"},
		{"a lazy set", `<img src="` + blank + `" data-srcset="` + at + `s.jpg 300w, ` + at + `l.jpg 900w">`, "l.jpg"},
		{"a lazy picture of an attribute of its own", `<img src="` + blank + `" data-pin-media="` + at + `a.jpg?x=1">`, "a.jpg?x=1"},
		{"a lazy picture of an original file", `<img src="` + blank + `" data-orig-file="` + at + `o.jpg">`, "o.jpg"},
		{"only a blank", `<img src="` + blank + `">`, ""},
		{"a set behind a blank", `<img src="` + blank + `" srcset="` + blank + ` 10w, ` + at + `a.jpg 5w">`, "a.jpg"},

		{"noscript", `<p>a</p><noscript><img src="` + at + `a.jpg"></noscript>`, "a.jpg"},
		{"noscript in capitals", `<NoScript><img src="` + at + `a.jpg"></NOSCRIPT>`, "a.jpg"},
		{"noscript beside the lazy one", `<img class=lazy src="` + blank + `" data-src="` + at + `a.jpg"><noscript><img src="` + at + `a.jpg"></noscript>`, "a.jpg"},
		{"noscript before the lazy one", `<noscript><img src="` + at + `a.jpg"></noscript><img src="` + blank + `" data-src="` + at + `a.jpg">`, "a.jpg"},
		{"noscript of another size", `<img src="` + blank + `" data-srcset="` + at + `s.jpg 300w, ` + at + `l.jpg 900w"> <noscript><img src="` + at + `s.jpg"></noscript>`, "l.jpg"},
		{"noscript beside a blank", `<img src="` + at + `blank.gif" class="lazy"><noscript><img src="` + at + `a.jpg"></noscript>`, "a.jpg"},
		{"noscript behind a link", `<a href="/x"><img src="` + blank + `" data-src="` + at + `a.jpg?w=1"></a><noscript><a href="/x"><img src="` + at + `a.jpg?w=2"></a></noscript>`, "a.jpg?w=1"},
		{"noscript of another picture", `<img src="` + at + `a.jpg"><noscript><img src="` + at + `b.jpg"></noscript>`, "a.jpg b.jpg"},
		{"noscript that counts", `<noscript><img height="1" width="1" style="display:none" src="https://www.facebook.com/tr?id=1&ev=PageView&noscript=1"/></noscript>`, ""},
		{"the same twice on purpose", `<img src="` + at + `a.jpg"><p>b</p><img src="` + at + `a.jpg">`, "a.jpg a.jpg"},
		{"picture with lazy sources", `<picture><source data-srcset="` + at + `big.webp"><img src="data:image/gif;base64,R0" class="lazy"></picture>`, "big.webp"},
		{"picture with lazy sources of sizes", `<picture><source data-lazy-srcset="` + at + `s.webp 1x, ` + at + `b.webp 2x" media="(min-width: 1px)"><img></picture>`, "b.webp"},
		{"picture without img", `<picture><source srcset="` + at + `a.webp"></picture>`, "a.webp"},
		{"picture with a blank", `<picture><source srcset="` + at + `a.webp"><img src="` + at + `placeholder.png"></picture>`, "a.webp"},
		{"picture with an address", `<picture><source srcset="` + at + `a.webp"><img src="` + at + `a.jpg"></picture>`, "a.jpg"},
		{"picture with noscript", `<picture><source data-srcset="` + at + `a.webp"><img class="lazy" data-src="` + at + `a.jpg"><noscript><img src="` + at + `a.jpg"></noscript></picture>`, "a.jpg"},
		{"picture that is a noscript", `<picture><source data-srcset="` + at + `a.webp"><noscript><img src="` + at + `a.jpg"></noscript></picture>`, "a.jpg"},

		{"a formula measured in letters", `<img src="` + at + `i.svg" style="vertical-align:-0.338ex; width:0.802ex; height:2.176ex;">`, "i.svg"},
		{"0.9em", `<img src="` + at + `i.png" style="height:0.9em">`, "i.png"},
		{"1.5px", `<img src="` + at + `i.png" style="height:1.5px">`, "i.png"},
		{"10px and 100%", `<img src="` + at + `i.png" style="width:10px;max-width:100%">`, "i.png"},
		{"a picture that fades in", `<img src="` + at + `i.jpg" style="opacity:0;transition:opacity .3s">`, "i.jpg"},
		{"a margin of 0, and a height of the line", `<img src="` + at + `i.jpg" style="margin-width:0;line-height:0;border-width:0">`, "i.jpg"},
		{"a later rule", `<img src="` + at + `i.jpg" style="display:none;display:block">`, "i.jpg"},
		{"a rule in a string or bracket", `<img src="` + at + `i.jpg" style="--a:'x;display:none';background:url(a;display:none)">`, "i.jpg"},
		{"a rule in a comment", `<img src="` + at + `i.jpg" style="/*;display:none;*/color:red">`, "i.jpg"},
		{"width: 0 of no unit but one", `<img src="` + at + `i.jpg" style="width:1"><img src="` + at + `j.jpg" style="width:0">`, "i.jpg"},
		{"not displayed", `<img src="` + at + `i.jpg" style="color:red;DISPLAY : None !important">`, ""},
		{"not visible", `<img src="` + at + `i.jpg" style="visibility:hidden">`, ""},
		{"1px high", `<img src="` + at + `i.jpg" style="height: 1px; width: 600px">`, ""},
		{"0px wide", `<img src="` + at + `i.jpg" style="max-width:0px">`, ""},
		{"1 wide", `<img src="` + at + `i.jpg" width=1>`, ""},

		{"a face of the graph", `<img src="https://graph.facebook.com/travelblog/picture?type=large">`, "https://graph.facebook.com/travelblog/picture?type=large"},
		{"the words in a parameter", `<img src="` + at + `r?u=https%3A//b.example/rss-tracker-review.jpg">`, "r?u=https%3A//b.example/rss-tracker-review.jpg"},
		{"the words in a name", `<img src="` + at + `how-to-matomo.php.png"><img src="` + at + `doubleclick.net/a.jpg">`, "how-to-matomo.php.png doubleclick.net/a.jpg"},
		{"a host that ends alike", `<img src="https://notdoubleclick.net/a.jpg">`, "https://notdoubleclick.net/a.jpg"},
		{"counters", `<img src="https://ad.doubleclick.net/x"><img src="https://www.facebook.com/tr?id=1"><img src="https://feeds.feedburner.com/~ff/x?d=y"><img src="https://stats.a.example/matomo.php?rec=1"><img src="https://medium.com/_/stat?event=x">`, ""},

		{"asked for by https", `<img src="http://a.example/a.jpg"><img src="http://a.example:80/b.jpg"><img src="http://a.example:8080/c.jpg">`, "a.jpg b.jpg https://a.example:8080/c.jpg"},
		{"but not of an address", `<img src="http://192.0.2.1/a.jpg"><img src="http://[2001:db8::1]/b.jpg"><img src="http://localhost:8000/c.jpg">`, "http://192.0.2.1/a.jpg http://[2001:db8::1]/b.jpg http://localhost:8000/c.jpg"},
		{"parameters of a file", `<img src="` + at + `a.jpg?utm_source=a&source=rss&sig=b">`, "a.jpg?utm_source=a&source=rss&sig=b"},
		{"parameters of a set", `<img srcset="` + at + `a.jpg?utm_source=a&ref=rss 1x">`, "a.jpg?utm_source=a&ref=rss"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pictures(c.in); got != c.want {
				t.Errorf("pictures of %s are %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// Only links lose what tracks readers: a file may be signed.
func TestMediaParameters(t *testing.T) {
	for in, want := range map[string]string{
		`<video src="https://cdn.example/v.mp4?source=rss-1&utm_source=a&Signature=b" poster="https://cdn.example/p.jpg?ref=rss"></video>`:      `<video controls="" preload="none" poster="https://cdn.example/p.jpg?ref=rss"><source src="https://cdn.example/v.mp4?source=rss-1&amp;utm_source=a&amp;Signature=b"></video>`,
		`<audio><source src="http://cdn.example/a.mp3?utm_medium=feed&amp;from=rss"></audio>`:                                                   `<audio controls="" preload="none"><source src="https://cdn.example/a.mp3?utm_medium=feed&amp;from=rss"></audio>`,
		`<p><a href="https://a.example/x?utm_source=rss&amp;amp=1">x</a></p>`:                                                                   `<p><a href="https://a.example/x?amp=1" rel="nofollow noopener noreferrer">x</a></p>`,
		`<video data-src="https://cdn.example/v.mp4"></video>`:                                                                                  `<video controls="" preload="none"><source src="https://cdn.example/v.mp4"></video>`,
		`<video src="https://cdn.example/v.mp4"><source src="https://cdn.example/v.mp4"><source data-src="https://cdn.example/v.webm"></video>`: `<video controls="" preload="none"><source src="https://cdn.example/v.mp4"><source src="https://cdn.example/v.webm"></video>`,
	} {
		if got := content.Clean(in, base).String(); got != want {
			t.Errorf("Clean(%s) =\n%s\nwant\n%s", in, got, want)
		}
	}
}

// What leads an article is a picture of something.
func TestLead(t *testing.T) {
	const photo = `<p><img src="https://a.example/photo.jpg" alt="Photo"></p>`
	const lead = "https://a.example/photo.jpg"
	for _, c := range []struct{ name, in, want string }{
		{"emoji", `<p><img src="https://s.w.org/images/core/emoji/15.0.3/72x72/1f600.png" class="wp-smiley" style="height: 1em;"></p>` + photo, lead},
		{"emoji by class", `<img src="https://a.example/e/1.png" class="emoji">` + photo, lead},
		{"emoji by size", `<img src="https://a.example/e/1.png" style="height:1em;max-height:1em">` + photo, lead},
		{"formula", `<img src="https://s0.wp.com/latex.php?latex=a%5E2&s=0" class="latex">` + photo, lead},
		{"formula by size", `<img src="https://a.example/m.svg" style="width:12.802ex;height:2.1ex">` + photo, lead},
		{"formula by host", `<img src="https://wikimedia.org/api/rest_v1/media/math/render/svg/abc">` + photo, lead},
		{"icon", `<img class="kg-bookmark-icon" src="https://x.example/favicon.ico">` + photo, lead},
		{"icon by ending", `<img src="https://x.example/a.ico">` + photo, lead},
		{"gravatar", `<img src="https://secure.gravatar.com/avatar/abc?s=400">` + photo, lead},
		{"badge", `<img src="https://img.shields.io/badge/build-passing-green">` + photo, lead},
		{"a face of 30 pixels", `<img src="https://a.example/f.jpg" width=30 height=30>` + photo, lead},
		{"a face of 30 pixels, height alone", `<img src="https://a.example/f.jpg" height=30>` + photo, lead},
		{"a face of 30 pixels by style", `<img src="https://a.example/f.jpg" style="width:30px">` + photo, lead},
		{"199 pixels", `<img src="https://a.example/f.jpg" width=199>` + photo, lead},
		{"Blogger's s72-c", `<img src="https://1.bp.blogspot.com/-x/s72-c/a.jpg">` + photo, lead},
		{"Blogger's w72", `<img src="https://blogger.googleusercontent.com/img/a/AVvX/w72-h72-p-k-no-nu/a.jpg">` + photo, lead},
		{"Google's =s96-c", `<img src="https://lh3.googleusercontent.com/a/abc=s96-c">` + photo, lead},
		{"WordPress's thumbnail", `<img src="https://a.example/p-150x150.jpg">` + photo, lead},
		{"Blogger's s1600", `<img src="https://1.bp.blogspot.com/-x/s1600/a.jpg">` + photo, "https://1.bp.blogspot.com/-x/s1600/a.jpg"},
		{"the first large one", `<img src="https://a.example/u.jpg"><img src="https://a.example/l.jpg" width=800 height=600>` + photo, "https://a.example/l.jpg"},
		{"the larger of a set", `<img src="https://a.example/s.jpg" srcset="https://a.example/s.jpg 300w, https://a.example/l.jpg 1200w">`, "https://a.example/l.jpg"},
		{"a class that only sounds so", `<img src="https://a.example/i.jpg" class="iconic-photo textile">` + photo, "https://a.example/i.jpg"},
		{"badge of an action", `<img src="https://github.com/x/y/actions/workflows/ci.yml/badge.svg">` + photo, lead},
		{"small by its parameters", `<img src="https://a.example/a.jpg?w=64&h=64">` + photo, lead},
		{"large by its parameters", `<img src="https://a.example/a.jpg?w=640">` + photo, "https://a.example/a.jpg?w=640"},
		{"button", `<img src="https://cdn.buymeacoffee.com/buttons/v2/default-yellow.png">` + photo, lead},
		{"nothing", `<img src="https://a.example/f.jpg" width=30 height=30>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := content.Open(c.in, base)
			got := d.Picture().URL
			if got != c.want {
				t.Errorf("%s is led by %q, want %q", c.in, got, c.want)
			}
			if body := d.HTML().String(); got != "" && !strings.Contains(body, got) {
				t.Errorf("%q leads and is not in the body %s", got, body)
			}
		})
	}
}
