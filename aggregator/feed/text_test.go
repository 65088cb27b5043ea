package feed

import "testing"

// A title is decoded exactly once more than XML decodes it, and only tags of
// HTML go.
func TestGuessedText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                        "plain",
		"  two \n lines\u00a0x\u200b ": "two lines x",
		"AT&amp;T":                     "AT&T",
		"AT&T":                         "AT&T",
		"a <b>bold</b> word":           "a bold word",
		"a<br/>b":                      "a b",
		"one <p>two</p>three":          "one two three",
		"&lt;b&gt; is a tag":           "<b> is a tag",
		"Vec<String> in Rust":          "Vec<String> in Rust",
		"a < b and c > d":              "a < b and c > d",
		"1 <2 &amp; 3":                 "1 <2 & 3",
		"I <3 you":                     "I <3 you",
		"caf&eacute; &#8217;s":         "café ’s",
		"no &such; thing":              "no &such; thing",
		"<script>x()</script>a":        "a",
		"ends <b":                      "ends <b",
		"cafe\u0301":                   "café",

		"Using Vec<String> & Box<dyn T>":     "Using Vec<String> & Box<dyn T>",
		"<![CDATA[Hi there]]>":               "Hi there",
		"&lt;![CDATA[Hi there]]&gt;":         "Hi there",
		"<![CDATA[a ]]><![CDATA[b]]>":        "a b",
		"<![CDATA[<![CDATA[x]]>]]>":          "x",
		"<![CDATA[ begins a section":         "<![CDATA[ begins a section",
		"What <![CDATA[x]]> means":           "What <![CDATA[x]]> means",
		"<![CDATA[a]]> and <![CDATA[b]]>":    "<![CDATA[a]]> and <![CDATA[b]]>",
		"Read&shy;Whole&#173;File":           "ReadWholeFile",
		"ภาษา\u200bไทย":                      "ภาษาไทย",
		"a\u2060b\ufeffc\u2063d":             "abcd",
		"a \u200b b":                         "a b",
		"می\u200cخواهم 👩\u200d🚀":             "می\u200cخواهم 👩\u200d🚀",
		"Party &#55357;&#56832; time":        "Party 😀 time",
		"&#xD83D;&#56832; &#xd83d;&#xde00;x": "😀 😀x",
		"a&#55357; b &#56832;c":              "a\ufffd b \ufffdc",
		"a <wbr>b":                           "a b",
		"super<wbr>cali":                     "supercali",
	} {
		if got := guessedText(in); got != want {
			t.Errorf("guessedText(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPersonOf(t *testing.T) {
	for in, want := range map[string]Person{
		"Ann":                        {Name: "Ann"},
		"ann@a.example (Ann Lee)":    {Name: "Ann Lee", Email: "ann@a.example"},
		"Ann Lee (ann@a.example)":    {Name: "Ann Lee", Email: "ann@a.example"},
		"Ann Lee <ann@a.example>":    {Name: "Ann Lee", Email: "ann@a.example"},
		"Ann (mailto:ann@a.example)": {Name: "Ann", Email: "ann@a.example"},
		"ann@a.example":              {Email: "ann@a.example"},
		"@ann":                       {Name: "@ann"},
		"Ann @ Home":                 {Name: "Ann @ Home"},
		"Ann &amp; Bob":              {Name: "Ann & Bob"},
		"O'Neil, \"Jo\"":             {Name: "O'Neil, \"Jo\""},
		"Ann Lee, ann@a.example":     {Name: "Ann Lee", Email: "ann@a.example"},
		"Игорь Антонов (igor@xakep.example)": {Name: "Игорь Антонов", Email: "igor@xakep.example"},
		"": {},
	} {
		if got := personOf(in); got != want {
			t.Errorf("personOf(%q) = %+v, want %+v", in, got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"a &lt; b &amp;amp; c":      "a < b &amp; c",
		"&nbsp;&eacute;&hellip;":    "\u00a0é…",
		"&#65;&#x42;&#X43;":         "ABC",
		"&#146;s &#150;":            "’s –",
		"&#0;&#8;&#xFFFE;&#xD800;x": "x",
		"&#55357;&#56832;":          "😀",
		"&#xD83D;&#xDE00;&#56832;":  "😀",
		"&#56832;&#55357;":          "",
		"&#99999999999;x":           "x",
		"&lol9;":                    "&lol9;",
		"?a=1&copy=2&reg=3":         "?a=1&copy=2&reg=3",
		"& &; &# &#x; &a b;":        "& &; &# &#x; &a b;",
		"&":                         "&",
	} {
		if got := string(decode(nil, []byte(in))); got != want {
			t.Errorf("decode(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestResolve(t *testing.T) {
	base := mustURL(t, "https://a.example/dir/feed.xml")
	for in, want := range map[string]string{
		"":                                "",
		"x":                               "https://a.example/dir/x",
		"/x?a=1":                          "https://a.example/x?a=1",
		"//b.example/x":                   "https://b.example/x",
		"  https://b.example/x\n":         "https://b.example/x",
		"https://b.example":               "https://b.example",
		"https://b.exa\nmple/x":           "https://b.example/x",
		"https://b.example/100%":          "https://b.example/100%",
		"https://me:pw@b.example/x":       "https://b.example/x",
		"javascript:alert(1)":             "",
		"java\tscript:alert(1)":           "",
		"data:text/html,x":                "",
		"mailto:a@b.example":              "",
		"ftp://b.example/x":               "",
		"http:x":                          "http://x",
		"https:///b.example/a":            "https://b.example/a",
		"https:/b.example/b":              "https://b.example/b",
		"https:b.example/b":               "https://b.example/b",
		"http:/b.example/b":               "http://b.example/b",
		`https:\\b.example\c\d?e=\f#\g`:   `https://b.example/c/d?e=\f#\g`,
		`https:/\/\b.example/c`:           "https://b.example/c",
		`HTTP:\b.example/c`:               "http://b.example/c",
		`\\b.example\c`:                   "https://b.example/c",
		"////b.example/c":                 "https://b.example/c",
		"http:%80.example/x":              "",
		`\c`:                              "https://a.example/c",
		`c\d`:                             "https://a.example/dir/c/d",
		"https:c.html":                    "https://a.example/dir/c.html",
		"https:/c/d":                      "https://a.example/c/d",
		"https:///":                       "",
		"https:":                          "",
		"mailto:///a.example":             "",
		"https://b.example//c///d":        "https://b.example//c///d",
		"/c?u=https:///x":                 "https://a.example/c?u=https:///x",
		"https://b.example/?t=41&amp;p=9": "https://b.example/?t=41&p=9",
		"?a=1&amp;amp;b=2&amp;c=3":        "https://a.example/dir/feed.xml?a=1&b=2&c=3",
		"?a=1&#38;b=2&#038;c&#x26;d":      "https://a.example/dir/feed.xml?a=1&b=2&c&d",
		"https://b.example/?a&amp=1&amp":  "https://b.example/?a&amp=1&amp",
		"https://b.example/?a&lt;b":       "https://b.example/?a&lt;b",
		"https://b.example/?a&copy;b":     "https://b.example/?a&copy;b",
		"https://b.example/a&amp;b":       "https://b.example/a&b",
		"tag:b.example,2026:1":            "",
		"\x01javascript:alert(1)":         "",
		"https://b.example/" + long(9000): "",
	} {
		if got := resolve(base, in); got != want {
			t.Errorf("resolve(%.60q) = %.80q, want %q", in, got, want)
		}
	}
}

// What HTML would lose stays: characters in two halves, addresses in brackets.
func TestMended(t *testing.T) {
	for in, want := range map[string]string{
		"<p>x &#xD83D;&#xDE00; y</p>":          "<p>x 😀 y</p>",
		"&#55356;&#57332;&#55357;&#56832;":     "🏴😀",
		"&#55357; &amp;#56832; &#8217;":        "&#55357; &amp;#56832; &#8217;",
		"see <http://a.example/x?b> or <b>":    "see &lt;http://a.example/x?b> or <b>",
		"<HTTPS://a.example><ann@a.example>":   "&lt;HTTPS://a.example>&lt;ann@a.example>",
		"<mailto:ann@a.example>":               "&lt;mailto:ann@a.example>",
		"<o:p> <a href='http://a.example'> <b": "<o:p> <a href='http://a.example'> <b",
		"<img alt=a@b>":                        "<img alt=a@b>",
	} {
		if got := string(mended([]byte(in))); got != want {
			t.Errorf("mended(%q) = %q, want %q", in, got, want)
		}
	}
}

// Each line of plain text is its own, and a blank one parts paragraphs.
func TestParagraphs(t *testing.T) {
	for in, want := range map[string]string{
		"one":                      "one",
		" one ":                    " one ",
		"a\nb":                     "a<br>b",
		"a\r\nb\rc":                "a<br>b<br>c",
		"a\u2028b\u2029c":          "<p>a<br>b</p><p>c</p>",
		"\n a < b\n\nc & d\n":      "<p>a &lt; b</p><p>c &amp; d</p>",
		"a\n \t\nb\n\n\n\nc\nd":    "<p>a</p><p>b</p><p>c<br>d</p>",
		"Steps:\n\t1. one\n\t2. a": "Steps:<br>\t1. one<br>\t2. a",
		"\n\n":                     "",
	} {
		if got := string(paragraphs([]byte(in))); got != want {
			t.Errorf("paragraphs(%q) = %q, want %q", in, got, want)
		}
	}
}
