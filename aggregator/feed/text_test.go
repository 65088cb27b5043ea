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
		"http:x":                          "",
		"tag:b.example,2026:1":            "",
		"\x01javascript:alert(1)":         "",
		"https://b.example/" + long(9000): "",
	} {
		if got := resolve(base, in); got != want {
			t.Errorf("resolve(%.60q) = %.80q, want %q", in, got, want)
		}
	}
}
