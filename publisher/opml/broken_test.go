package opml

import (
	"fmt"
	"strings"
	"testing"

	"courant/db/dbtest/linear"
)

// lines is what was read of a document, one thing a line.
func lines(d Document) string {
	var list []string
	for _, f := range d.Feeds {
		list = append(list, strings.Join(append(f.Groups, f.Title), "/")+"="+f.URL)
	}
	for _, l := range d.Left {
		list = append(list, "left "+l.Title+": "+l.Why)
	}
	return strings.Join(list, "\n")
}

// Lists are read as forgivingly as feeds are, and what cannot be read is told.
func TestBroken(t *testing.T) {
	const b = `<outline type="rss" text="B" xmlUrl="http://b/"/>` // what follows is never lost
	for _, c := range []struct{ name, in, want string }{
		{"quotes in a value", `<outline text="My "best" blog" type="rss" xmlUrl="http://a/"/>` + b, "My \"best\" blog=http://a/\nB=http://b/"},
		{"quotes at its ends", `<outline text=""A"" xmlUrl="http://a/"/>` + b, "\"A\"=http://a/\nB=http://b/"},
		{"quotes in the last value", `<outline xmlUrl="http://a/" text="Say "A""/>` + b, "Say \"A\"=http://a/\nB=http://b/"},
		{"apostrophes", `<outline text='Bob's' xmlUrl='http://a/'/>` + b, "Bob's=http://a/\nB=http://b/"},
		{"quotes of programs", `<outline text="My \"best\" blog" xmlUrl="http://a/"/>` + b, "My \"best\" blog=http://a/\nB=http://b/"},
		{"quotes of printers", `<outline text=“A “b” c” xmlUrl=“http://a/”/>` + b, "A   \"b  \" c=http://a/\nB=http://b/"},
		{"printers' quotes inside", `<outline text="A “b” c" xmlUrl="http://a/"/>` + b, "A “b” c=http://a/\nB=http://b/"},
		{"no quotes", `<outline text=A xmlUrl=http://a/feed/>` + b, "A=http://a/feed\nB=http://b/"},
		{"an equals sign in a value", `<outline text="1+1 = 2" xmlUrl="http://a/?a=1&b=2"/>` + b, "1+1 = 2=http://a/?a=1&b=2\nB=http://b/"},
		{"a value that was never closed", `<outline text="A xmlUrl="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"the last one never closed", `<outline text="A" xmlUrl="http://a/x/>` + b, "A=http://a/x\nB=http://b/"},
		{"a tag that was never closed", `<outline text="A" xmlUrl="http://a/"` + "\n" + b, "A=http://a/\nB=http://b/"},
		{"no space between attributes", `<outline text="A"xmlUrl="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"no space behind the name", `<outlinetext="A" xmlUrl="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"an attribute twice", `<outline text="A" text="C" xmlUrl="" xmlUrl="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"attributes on lines of their own", "<outline\n\ttext = \"A\nB\"\n\txmlUrl = \"http://a/\n  x\"\n/>" + b, "A B=http://a/x\nB=http://b/"},
		{"brackets in a value", `<outline text="1 < 2 > 0 <b>c</b>" xmlUrl="http://a/"/>` + b, "1 < 2 > 0 <b>c</b>=http://a/\nB=http://b/"},
		{"ampersands", `<outline text="A & B &amp; C &nbsp;D &unknown; E&" xmlUrl="http://a/?copy=1&copy=2&amp=3&amp;x"/>` + b, "A & B & C \u00a0D &unknown; E&=http://a/?copy=1&copy=2&amp=3&x\nB=http://b/"},
		{"ampersands escaped twice", `<outline text="A" xmlUrl="http://a/?x&amp;amp;y"/>` + b, "A=http://a/?x&y\nB=http://b/"},
		{"references to control characters", `<outline text="A&#11;&#0;B" xmlUrl="http://a/"/>` + b, "AB=http://a/\nB=http://b/"},
		{"a prefix", `<o:outline o:text="A" o:xmlUrl="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"capitals", `<OUTLINE TEXT="A" XMLURL="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"a comment", `<!-- <outline text="X" xmlUrl="http://x/"/> --><outline text="A" xmlUrl="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"a comment that never ends", `<!-- old: <outline text="A" xmlUrl="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"types", `<outline type="podcast" text="A" xmlUrl="http://a/"/><outline type="link" text="C" xmlUrl="http://c/"/>` + b, "A=http://a/\nC=http://c/\nB=http://b/"},
		{"ends that are missing", `<outline text="A" xmlUrl="http://a/">` + b + `<outline text="F"><outline text="C" xmlUrl="http://c/"><outline text="D" xmlUrl="http://d/"></outline><outline text="E" xmlUrl="http://e/"/></outline><outline text="G" xmlUrl="http://g/"/>`, "A=http://a/\nB=http://b/\nF/C=http://c/\nF/D=http://d/\nF/E=http://e/\nG=http://g/"},
		{"many ends that are missing", strings.Repeat(`<outline text="A" xmlUrl="http://a/">`, 100) + b, strings.Repeat("A=http://a/\n", 100) + "B=http://b/"},
		{"a feed with feeds in it", `<outline text="F"><outline text="A" xmlUrl="http://a/"><outline text="C" xmlUrl="http://c/"/></outline>` + b + `</outline>`, "F/A=http://a/\nF/C=http://c/\nF/B=http://b/"},
		{"ends too many", `</outline><outline text="A" xmlUrl="http://a/"></outline></outline>` + b, "A=http://a/\nB=http://b/"},
		{"a title that never ends", `<title>x<outline text="A" xmlUrl="http://a/"/>` + b, "A=http://a/\nB=http://b/"},
		{"a folder with a page of its own", `<outline text="F" htmlUrl="http://f/"><outline text="A" xmlUrl="http://a/"/></outline>` + b, "F/A=http://a/\nB=http://b/"},
		{"an empty folder is nothing", `<outline text="F"></outline><outline text="G"/>` + b, "B=http://b/"},

		{"a page without a feed", `<outline text="A" type="rss" htmlUrl="http://a/"/>` + b, "B=http://b/\nleft A: it names no feed, only http://a/"},
		{"a link", `<outline text="A" type="link" url="http://a/"/>` + b, "B=http://b/\nleft A: it names no feed, only http://a/"},
		{"a list to include", `<outline text="A" type="include" url="http://a/x.opml"/>` + b, "B=http://b/\nleft A: it names no feed, only http://a/x.opml"},
		{"no address at all", `<outline text="A" type="rss" xmlUrl=""/>` + b, "B=http://b/\nleft A: it names no address"},
		{"the end of a tag in a value", `<outline text="Q "> A" xmlUrl="http://a/"/>` + b, "Q \"> A=http://a/\nB=http://b/"},
		{"text behind a tag", `<outline text="A" xmlUrl="http://a/"/>, and` + b, "A=http://a/\nB=http://b/"},
		{"an address in no tag", `A: xmlUrl="http://a/"` + b, "B=http://b/\nleft A: xmlUrl=\"http://a/\": it stands where nothing can be read"},
		{"another element", `<feed name="A" xmlUrl="http://a/"/>` + b, "B=http://b/\nleft <feed name=\"A\" xmlUrl=\"http://a/\"/>: it stands where nothing can be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Read([]byte(`<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY x "y">]><opml version="2.0"><head><title>S</title></head><body>` + c.in + `</body></opml>`))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(d); got != c.want {
				t.Errorf("Read gave\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// A list that ends before its end says so, and a half of an address is none.
func TestCutShort(t *testing.T) {
	const more = "\nleft whatever came next: the file ends before its end"
	for _, c := range []struct{ name, in, want string }{
		{"between outlines", `<opml><body><outline text="A" xmlUrl="http://a/"/>`, "A=http://a/" + more},
		{"in a name", `<opml><body><outline text="A" xmlUrl="http://a/"/><outl`, "A=http://a/" + more},
		{"in an address", `<opml><body><outline text="A" xmlUrl="http://a/"/><outline text="C" xmlUrl="http://c.exa`, "A=http://a/\nleft C: the file ends inside of its address" + more},
		{"in an address without quotes", `<opml><body><outline text="A" xmlUrl="http://a/"/><outline text=C xmlUrl=http://c.exa`, "A=http://a/\nleft C: the file ends inside of its address" + more},
		{"behind an address", `<opml><body><outline text="A" xmlUrl="http://a/" html`, "A=http://a/" + more},
		{"in a title", `<opml><body><outline xmlUrl="http://a/" text="A b`, "A b=http://a/" + more},
		{"in the head", `<opml><head><title>S</ti`, "left whatever came next: the file ends before its end"},
		{"no root", `<outline text="A" xmlUrl="http://a/"/>`, "A=http://a/"},
		{"no end of the root", `<opml><body><outline text="A" xmlUrl="http://a/"/></body>`, "A=http://a/"},
		{"nothing inside", `<opml version="2.0"/>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Read([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(d); got != c.want {
				t.Errorf("Read gave\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Twice the document costs at most so much more, whatever it is made of.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures, and takes a while under the race detector")
	}
	for name, piece := range map[string]string{
		"outlines": `<outline text="A" xmlUrl="http://a/"/>`, "folders": `<outline text="F"></outline>`, "feeds never closed": `<outline xmlUrl="http://a/">`,
		"tags never closed": `<outline text="A" `, "half a tag": `<outline`, "brackets": `<`, "comments": `<!--`, "CDATA": `<![CDATA[`, "declarations": `<!`, "instructions": `<?`,
		"double quotes": `"`, "quotes opened": ` a="b`, "quotes of both kinds": ` a="x b='y`, "stray quotes": `a="b"x `, "equals signs": `=`, "empty names": ` a`, "spaces": `          `,
		"ampersands": `&`, "references": `&amp;`, "ends": `</outline>`, "x": `x`, "printers' quotes": `=“`, "titles": `<title>`, "brackets in values": `"<`,
	} {
		for _, head := range []string{"<opml><body>", `<opml><body><outline text="`, "<opml><body><outline "} {
			t.Run(name+" behind "+head, func(t *testing.T) {
				linear.Check(t, func(n int) string { return head + strings.Repeat(piece, n) }, func(b []byte) { Read(b) })
			})
		}
	}
}

// Nested folders cost what they hold, and no more.
func TestDeep(t *testing.T) {
	deep := strings.Repeat(`<outline text="F">`, maxDepth-1) + `<outline text="A" xmlUrl="http://a/"/>` + strings.Repeat(`</outline>`, maxDepth-1)
	d, err := Read([]byte("<opml><body>" + deep + "</body></opml>"))
	if err != nil || len(d.Feeds) != 1 || len(d.Feeds[0].Groups) != maxDepth-1 {
		t.Errorf("%d feeds (%v)", len(d.Feeds), err)
	}
	if d, err = Read([]byte(fmt.Sprintf("<opml><body>%s%s%s", strings.Repeat(`<outline text="F">`, 100), deep, strings.Repeat(`</outline>`, 100)))); err == nil {
		t.Errorf("%d feeds were read from too deep", len(d.Feeds))
	}
}
