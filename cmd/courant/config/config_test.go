package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Everything wrong with a file is told at once, each with its line and key.
func TestConfigMistakes(t *testing.T) {
	t.Setenv("COURANT_TEST_TOKEN", "letmein")
	for _, test := range []struct{ name, in, want string }{
		{"none", "[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n", ""},
		{"empty", "", ""},
		{"a misspelt key", "[log]\nlevl = \"info\"\n", `c.toml:2: log.levl: unknown key; is "level" meant?`},
		{"an unknown table", "[weather]\nsun = 1\n", "c.toml:1: weather: unknown key"},
		{"a wrong type", "[aggregator]\n\nworkers = \"many\"\n", "c.toml:3: aggregator.workers: must be a whole number"},
		{"a length without unit", "[aggregator]\ntimeout = 30\n", `c.toml:2: aggregator.timeout: must be a string with its unit, such as "90s" or "10MiB"`},
		{"a bad length", "[aggregator]\ntimeout = \"soon\"\n", `c.toml:2: aggregator.timeout: "soon" is not a duration: write it like "90s", "60m", "24h" or "7d"`},
		{
			"a bad cron expression", "[aggregator]\nschedule = \"61 * * * *\"\n",
			`c.toml:2: aggregator.schedule: "61 * * * *" is not a cron expression: end of range (61) above maximum (59): 61`,
		},
		{
			"a table where a list of tables belongs", "[source]\nid = \"a\"\n[log]\nlevel = 1\n",
			"c.toml:1: source: must be a list of tables, each headed [[name]]\nc.toml:4: log.level: must be a string",
		},
		{"a key twice", "[log]\nlevel = \"info\"\nlevel = \"warn\"\n", "c.toml:3: log.level: key level is already defined"},
		{"syntax, and what stands before", "[log]\nlevl = 1\nformat = \n", "c.toml:2: log.levl: unknown key; is \"level\" meant?\nc.toml:3: is not valid TOML: unexpected character U+000A at start of value"},
		{
			"a secret from the environment", "[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\nheaders = { Authorization = \"Bearer ${COURANT_TEST_TOKEN}${COURANT_TEST_NONE}\" }\n",
			"c.toml:4: source.headers: the environment has no COURANT_TEST_NONE",
		},
		{"a word without quotes", "[[source]]\nid = \"a\"\npublish = auto # at once\n", "c.toml:3: is not valid TOML: unexpected character U+0061 'a' at start of value; words want quotes: publish = \"auto\""},
		{"a length without quotes", "[aggregator]\ntimeout = 30s\n", "c.toml:2: is not valid TOML: strings must be quoted; words want quotes: timeout = \"30s\""},
		{"a path without quotes", "[database]\npath = /var/lib/c.db\n", "c.toml:2: is not valid TOML: unexpected character U+002F '/' at start of value; words want quotes: path = \"/var/lib/c.db\""},
		{"words of a list without quotes", "[[source]]\ntags = [sea, \"sky\"]\n", `c.toml:2: is not valid TOML: unexpected character U+0073 's' at start of value; words want quotes, each its own: ["one", "two"]`},
		{
			"a section that is none", "[[section]]\nid = \"technology\"\n[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\nsection = \"technolgy\"\n",
			`c.toml:6: source.section: there is no [[section]] with the id "technolgy"; is "technology" meant?`,
		},
		{
			"a section that is none, far from any", "[[section]]\nid = \"sea\"\n[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\nsection = \"technology\"\n",
			`c.toml:6: source.section: there is no [[section]] with the id "technology"`,
		},
		{
			"rules", "[[section]]\nid = \"sea\"\n[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\n" +
				"[[rule]]\nname = \"one\"\nwhen = 'titel contains \"x\"'\nthen = [\"publish\", \"section:see\"]\n" +
				"[[rule]]\nname = \"one\"\nwhen = \"\"\"\nwords > 3\n&& sumary == ''\"\"\"\nthen = [\"publsh\"]\nreson = \"\"\n",
			`c.toml:8: rule.when: rule "one": column 1, at "titel contains \"x\"": unknown name titel; is "title" meant?
c.toml:9: rule.then: rule "one": there is no [[section]] with the id "see"; is "sea" meant?
c.toml:11: rule.name: "one" is taken by the rule of line 7
c.toml:12: rule.when: rule "one": line 2, column 4, at "sumary == ''": unknown name sumary; is "summary" meant?
c.toml:15: rule.then: rule "one": "publsh" is not known; is "publish" meant?
c.toml:16: rule.reson: unknown key; is "reason" meant?`,
		},
		{"a folder that is none", "[database]\npath = \"/nonexistent/courant.db\"\n", "c.toml:2: database.path: there is no folder /nonexistent"},
		{"a language that is none", "[site]\nlanguage = \"english\"\n", `c.toml:2: site.language: "english" is not a language tag (BCP 47), such as "en" or "pt-BR"`},
		{"many", `[log]
level = 3
format = "xml"
colour = true
[[source]]
id = "a"
url = "https://a.example/"
[[source]]
id = "a"
url = 7
tags = ["x", 2]
headers = { X = 1 }
[[source]]
id = "b"
[[source]]
id = "c"
url = "ftp://b.example/"
password_file = "/nonexistent"
username = "u"
`, `c.toml:2: log.level: must be a string
c.toml:3: log.format: "xml" must be one of text, json
c.toml:4: log.colour: unknown key
c.toml:9: source.id: "a" is taken by the source of line 6
c.toml:10: source.url: must be a string
c.toml:11: source.tags: must be a list, each a string
c.toml:12: source.headers: must be a table, each value a string
c.toml:13: source.url: is missing
c.toml:17: source.url: must begin with http:// or https://
c.toml:18: source.password_file: there is no file /nonexistent`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("c.toml", []byte(test.in))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(strings.Split(test.want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
		})
	}
}

// What is allowed and hardly meant is told too.
func TestConfigWarnings(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"no source", "", "c.toml: source: there is no [[source]]: nothing will be pulled"},
		{"one address, spelt twice", `[[source]]
id = "a"
url = "https://A.example:443"
[[source]]
id = "b"
url = "https://a.example/#top"
[[source]]
id = "c"
url = "https://a.example/c"
`, `c.toml:6: source.url: is also that of source "a" (line 3): one of them is enough`},
		{
			"a section, and no list of them", "[[source]]\nid = \"a\"\nurl = \"https://a.example/\"\nsection = \"sea\"\n",
			`c.toml:4: source.section: there is no [[section]] with the id "sea": its page has no title and is in no navigation`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Parse("c.toml", []byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Warnings) != 1 || c.Warnings[0].String() != test.want {
				t.Errorf("warnings %v, want %s", c.Warnings, test.want)
			}
		})
	}
}

// A variable of the environment stands in for a secret, and shows nowhere else.
func TestConfigFromEnvironment(t *testing.T) {
	t.Setenv("COURANT_TEST_TOKEN", "letmein")
	c, err := Parse("c.toml", []byte(`[[source]]
id = "a"
url = "https://a.example/${COURANT_TEST_TOKEN}"
username = "${COURANT_TEST_TOKEN}"
headers = { Authorization = "Bearer ${COURANT_TEST_TOKEN}" }
`))
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sources[0]
	if s.Username != "letmein" || s.Headers["Authorization"] != "Bearer letmein" || s.URL != "https://a.example/${COURANT_TEST_TOKEN}" {
		t.Errorf("got %q, %q, %q", s.Username, s.Headers, s.URL)
	}
}

// However broken a file is, reading it ends, and what it names has its line.
func FuzzConfig(f *testing.F) {
	f.Add([]byte("[log]\nlevel = 3\n[[source]]\nid = \"a\"\nheaders = { X = [1, {y = 2}] }\n"))
	f.Add([]byte("a.b.c = 1\n[a]\n[[a.b]]\n[x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := strings.Count(string(data), "\n") + 1
		_, err := Parse("c.toml", data)
		if err == nil {
			return
		}
		for _, m := range err.(*Mistakes).List {
			if m.Line > lines {
				t.Errorf("%v: the file has %d lines", m, lines)
			}
		}
	})
}
