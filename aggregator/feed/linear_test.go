package feed

import (
	"strings"
	"testing"

	"courant/db/dbtest/linear"
)

// S2: whatever a document is full of, reading it costs what it is long.
func TestLinear(t *testing.T) {
	parse := func(b []byte) { _, _ = Parse(b, Options{URL: "https://site.example/feed"}) }
	const rss = "<rss><channel><item><title>a</title>"
	many := func(head, one, tail string) func(int) string {
		return func(n int) string { return head + strings.Repeat(one, n) + tail }
	}
	parted := func(head, one, between, other, tail string) func(int) string {
		return func(n int) string {
			return head + strings.Repeat(one, n) + between + strings.Repeat(other, n) + tail
		}
	}
	for name, make := range map[string]func(int) string{
		"comments in a doctype":           many("<!DOCTYPE rss [", "<!--", ""),
		"comments in a doctype, closed":   many("<!DOCTYPE rss [", "<!-- --", "-->]><rss/>"),
		"brackets in a doctype":           many("<!DOCTYPE rss [", "<", ""),
		"brackets in a doctype, closed":   parted("<!DOCTYPE rss [", "<", "", ">", "<rss/>"),
		"quotes in a doctype":             many("<!DOCTYPE rss [", `<!ENTITY a "`, ""),
		"doctypes":                        many("", "<!DOCTYPE a [", "<rss/>"),
		"entities":                        many(`<!DOCTYPE l [`, `<!ENTITY a "&a;&a;">`, "]>"+rss+"&a;</item></channel></rss>"),
		"instructions":                    many("", "<?", ""),
		"instructions in an item":         many(rss, "<?x ", ""),
		"instructions in a text":          many(rss+"<description>", "<?x ", ""),
		"comments":                        many(rss, "<!--", ""),
		"comments in a text":              many(rss+"<description>", "<!--", ""),
		"comments in a text, closed":      many(rss+"<description>", "<!-- a", "--></description></item></channel></rss>"),
		"CDATA":                           many(rss+"<description>", "<![CDATA[", ""),
		"CDATA, closed":                   parted(rss+"<description>", "<![CDATA[", "a", "]]>", "</description></item></channel></rss>"),
		"CDATA with end tags":             many(rss+"<description>", "<![CDATA[</description>", "]]>"),
		"items in CDATA":                  many(rss, "<description><![CDATA[a</description></item><item>", "]]></channel></rss>"),
		"CDATA between items":             many("<rss><channel>", "<![CDATA[<item>", "]]></channel></rss>"),
		"escaped CDATA":                   parted(rss+"<description>", "&lt;![CDATA[", "a", "]]&gt;", "</description></item></channel></rss>"),
		"quotes":                          many(rss, `<a b="`, ""),
		"quotes of two kinds":             many(rss, `<a b='"' c="`, ""),
		"single quotes":                   many(rss+"<enclosure ", `a=' `, ""),
		"attributes":                      many(rss+"<enclosure ", `a="b" `, "/></item></channel></rss>"),
		"declarations":                    many(rss, `<a xmlns:x="y"/>`, "</item></channel></rss>"),
		"a long name":                     many(rss+"<", "a", ">x</item></channel></rss>"),
		"long names":                      parted("<rss xmlns:", "a", `="http://search.yahoo.com/mrss/"><channel><item>`, "<title>", ""),
		"a long prefix around many tags":  longPrefix,
		"brackets":                        many(rss+"<description>", "<", ""),
		"brackets in a title":             many(rss+"<title>", "<b ", "</title></item></channel></rss>"),
		"escaped brackets":                many(rss+"<description>", "&lt;b ", "</description></item></channel></rss>"),
		"escaped brackets, one closed":    many("<feed><entry><content>", "&lt;b ", ">x</content></entry></feed>"),
		"escaped brackets in a title":     many("<feed><entry><title>", "&lt;b ", ">x</title></entry></feed>"),
		"ampersands":                      many(rss+"<description>", "&", "</description></item></channel></rss>"),
		"references":                      many(rss+"<description>", "&#55357;", "</description></item></channel></rss>"),
		"end tags of nothing":             many(rss, "</a>", "</item></channel></rss>"),
		"end tags in a text":              many(rss+"<description>", "</a>", "</description></item></channel></rss>"),
		"titles in a text":                many(rss+"<description>", "<dc:title>a", "</description></item></channel></rss>"),
		"texts in a text":                 many(rss, "<description>a", "</item></channel></rss>"),
		"titles in a person":              many(rss+"<author>", "<title>a</title>", "</author></item></channel></rss>"),
		"names in a person":               many(rss+"<author>", "a@", "</author></item></channel></rss>"),
		"items":                           many("<rss><channel>", "<item/>", "</channel></rss>"),
		"items in items":                  many("<rss><channel>", "<item>", "</channel></rss>"),
		"groups":                          many("<rss><channel>", "<item><media:group><media:content><title>", "</channel></rss>"),
		"keywords":                        keywords,
		"xml:base":                        parted(rss+"<description xml:base='https://site.example/", "a", "/'>x</description></item>", "<item><description>x</description></item>", ""),
		"xml:base for many":               parted("<rss xml:base='https://site.example/", "a", "/'><channel>", "<item><link>x</link><description>x</description></item>", "</channel></rss>"),
		"xml:base in xml:base":            many("<feed><entry><content type='xhtml'>", "<p xml:base='a/'><a href='b'/>", "</content></entry></feed>"),
		"the feed's own address for many": parted("<feed><link rel='self' href='https://site.example/", "a", "/'/>", "<entry><link href='x'/></entry>", "</feed>"),
		"lines":                           many("<feed><entry><content>", "a\n\n", "</content></entry></feed>"),
		"addresses in brackets":           many(rss+"<description>", "<http://", "</description></item></channel></rss>"),
		"JSON":                            many(`{"version":"https://jsonfeed.org/version/1.1","items":[`, `{"id":"1","content_text":"a\nb"},`, `{}]}`),
		"JSON, cut":                       many(`{"version":"https://jsonfeed.org/version/1.1","items":[`, `{"id":"1"},`, ``),
		"JSON in depth":                   many(`{"version":"https://jsonfeed.org/version/1.1","items":[{"a":`, `[`, ``),
		"JSON with controls":              many(`{"version":"https://jsonfeed.org/version/1.1","items":[{"title":"`, "a\x01\n", `"}]}`),
		"JSON with escapes":               many(`{"version":"https://jsonfeed.org/version/1.1","items":[{"content_html":"`, `\ud83d\"<b `, `"}]}`),
		"JSON with one text":              many(`{"version":"https://jsonfeed.org/version/1.1","items":[{"content_text":"`, `\n`, `"}]}`),
		"JSON with members":               many(`{"version":"https://jsonfeed.org/version/1.1",`, `"a":{},`, `"items":[{}]}`),
		"JSON with lists":                 many(`{"version":"https://jsonfeed.org/version/1.1","items":[{"tags":[`, `"a",`, `"b"]}]}`),
		"JSON with people":                many(`{"version":"https://jsonfeed.org/version/1.1","authors":[`, `{"name":"a"},`, `{}],"items":[{}]}`),
	} {
		t.Run(name, func(t *testing.T) { linear.Check(t, make, parse) })
	}
}

// longPrefix is a body whose element has a long prefix, full of tags that may
// end it.
func longPrefix(n int) string {
	prefix := strings.Repeat("a", n)
	return "<rss xmlns:" + prefix + `="http://purl.org/rss/1.0/modules/content/"><channel><item><` + prefix + ":encoded>" + strings.Repeat("<guid>", n) + "</" + prefix + ":encoded></item></channel></rss>"
}

// keywords are many short ones that share a long scheme.
func keywords(n int) string {
	return "<rss><channel><item><keywords domain='" + strings.Repeat("a", n) + "'>" + strings.Repeat("a,", n) + "</keywords></item></channel></rss>"
}

// Telling the encoding looks at each byte a fixed number of times.
func TestLinearCharset(t *testing.T) {
	many := func(head, one string) func(int) string {
		return func(n int) string { return head + strings.Repeat(one, n) }
	}
	for name, make := range map[string]func(int) string{
		"no encoding":     many("<rss>", "\xe9\xe8\x81 \xff"),
		"lead bytes":      many("<rss>", "\x81"),
		"UTF-8, cut":      many("<rss>", "\xc3\xa9\xc3"),
		"encoded twice":   many("<rss>", "Ã©"),
		"perhaps twice":   many("<rss>", "Ãx ÂÂÃ é"),
		"one long word":   many("<rss>Ã", "©"),
		"controls":        many("<rss>", "\x01\u0085"),
		"declarations":    many("", `<?xml encoding="`),
		"marks":           many("", "\xef\xbb\xbf"),
		"UTF-16":          many("\xff\xfe", "<\x00\xd8"),
		"ISO-2022-JP":     many(`<?xml encoding="iso-2022-jp"?>`, "\x1b$B"),
		"white space":     many("", " \ufeff\n"),
		"replacement":     many(`<?xml encoding="utf-8"?>`, "\xff"),
		"many bytes of 0": many("<\x00", "\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			linear.Check(t, make, func(b []byte) { UTF8(b, "text/xml; charset=utf-8") })
		})
	}
}

// A date is cut off where no date goes on, so that any text costs the same.
func TestLinearDate(t *testing.T) {
	for name, one := range map[string]string{
		"digits": "1", "words": "mar ", "times": "10:00 ", "offsets": "+0", "dashes": "-", "months": "tháng ", "brackets": "(", "separators": "1.", "halves": "오전 ", "wide": "０",
	} {
		t.Run(name, func(t *testing.T) {
			linear.Check(t, func(n int) string { return strings.Repeat(one, n) }, func(b []byte) { // as many dates as there are lines
				for len(b) > 0 {
					n := min(len(b), maxDate)
					parseDate(string(b[:n]))
					b = b[n:]
				}
			})
		})
	}
	if at, ok := parseDate(strings.Repeat(" ", maxDate) + "2006-01-02"); !ok {
		t.Errorf("white space before a date is part of it: %v", at)
	}
	if _, ok := parseDate("2006-01-02" + strings.Repeat(" 10:00", maxDate)); ok {
		t.Error("a date without end was read")
	}
}
