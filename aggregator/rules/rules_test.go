package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/ruling"
)

// storm is an article that most tests judge.
func storm() *Facts {
	return &Facts{
		SourceID: "tidal", SourceTitle: "Tidal News", SourceSection: "coast",
		Title: "Storm closes the Harbour", Summary: "Ferries stay in port.", Text: "Ferries stay in port. " + strings.Repeat("The wind grew. ", 100) + "Straße und Ufer.",
		Author: "Ann Lee", Link: "https://www.tidal.example/storm", Host: "tidal.example", Language: "en-GB", Tags: []string{"weather", "ferry"}, Section: "coast",
		Published: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Age: 36 * time.Hour, Words: 305, Image: true, Similar: 2,
	}
}

// Each field can be asked for, by each operator that makes sense of it.
func TestConditions(t *testing.T) {
	for _, c := range []struct {
		when string
		want bool
	}{
		{`true`, true},
		{`source.id == "tidal" && source.title == "Tidal News" && source.section == "coast"`, true},
		{`source.id in ["bbc", "tidal"]`, true},
		{`source.id not in ["bbc", "tidal"]`, false},
		{`source.id == "bbc" && title matches "(?i)storm"`, false},
		{`title == "Storm closes the Harbour"`, true},
		{`title contains "Harbour"`, true},
		{`title contains "harbour"`, false},
		{`lower(title) contains "harbour"`, true},
		{`title contains source.title`, false},
		{`title startsWith "Storm" and title endsWith "Harbour"`, true},
		{`title matches "(?i)harbour|quay"`, true},
		{`title matches "^harbour"`, false},
		{`not (title matches "(?i)^storm\\b.*r$")`, false},
		{`text matches "(?i)STRASSE|STRAßE"`, true},
		{`text matches "(?i)straẞe"`, true},
		{`text matches "wind g(re|ro)w"`, true},
		{`text matches "wind (glows|grows)"`, false},
		{`text matches "grew[.] The"`, true},
		{`text contains "Straße"`, true},
		{`text contains "nowhere in it"`, false},
		{`text contains ""`, true},
		{`summary matches "port"`, true},
		{`author matches "Lee$"`, true},
		{`link startsWith "https://www.tidal.example/" && host == "tidal.example"`, true},
		{`language startsWith "en"`, true},
		{`"ferry" in tags`, true},
		{`"boats" in tags or "boat" in tags`, false},
		{`any(tags, # matches "^we")`, true},
		{`all(tags, len(#) > 4)`, true},
		{`count(tags, # contains "e") == 2 && none(tags, # == "x")`, true},
		{`len(tags) == 2 && tags[0] == "weather"`, true},
		{`section == "coast"`, true},
		{`published > date("2026-02-28") && published < date("2026-03-02")`, true},
		{`published.Weekday().String() == "Sunday"`, true},
		{`age > duration("24h") && age < duration("2d")`, true},
		{`age.Hours() == 36`, true},
		{`words > 300 && words < 400`, true},
		{`has_image && !has_enclosure`, true},
		{`similar >= 2`, true},
		{`let long = words > 200; long && similar > 0`, true},
		{`words > 1000 ? true : title contains "Storm"`, true},
	} {
		t.Run(c.when, func(t *testing.T) {
			s, err := Compile([]Config{{Name: "r", When: c.when, Then: []string{"hold"}}})
			if err != nil {
				t.Fatal(err)
			}
			r, stopped := s.Judge(storm())
			if len(stopped) > 0 {
				t.Fatal(stopped)
			}
			if got := r.Decision == ruling.Hold; got != c.want {
				t.Errorf("holds = %v, want %v", got, c.want)
			}
		})
	}
}

// The text of an article is its key points and its body, made once a rule looks at it:
// whichever way it looks.
func TestTextOfArticle(t *testing.T) {
	a := &db.Article{
		Headline: "Tide", Link: "https://WWW.Tidal.example:8080/storm", KeyPoints: []string{"Ferries stay.", "The mole holds."},
		Body: content.Clean("<p>The wind <b>gr</b>ew &amp; grew.</p><p>"+strings.Repeat("So it went on. ", 100)+"</p><p>Now it is calm.</p>", ""),
	}
	want := "Ferries stay.\nThe mole holds.\n" + a.Body.PlainText()
	for _, when := range []string{
		`text contains "stay.\nThe mole"`, `text contains "grew & grew. So"`, `text matches "(?i)\\bHOLDS\\.\\s+the wind GREW\\b"`, `text matches "calm\\.$"`, `text matches "^Ferries"`,
		`text startsWith "Ferries" && text endsWith "calm."`, fmt.Sprintf(`len(text) == %d`, len(want)), `not (text contains "storm") && lower(text) contains "mole"`,
		`host == "tidal.example"`,
	} {
		s, err := Compile([]Config{{Name: "r", When: when, Then: []string{"hold"}}})
		if err != nil {
			t.Fatal(err)
		}
		f := s.FactsOf(a, Source{}, time.Now())
		for range 2 { // room of the first is used again
			if r, stopped := s.Judge(&f); r.Decision != ruling.Hold || len(stopped) > 0 {
				t.Errorf("%s does not hold, stopped %v", when, stopped)
			}
		}
		if r, _ := s.Judge(&Facts{Title: "Another", Text: "Another."}); r.Decision == ruling.Hold {
			t.Errorf("%s holds over another", when)
		}
	}
	for link, want := range map[string]string{
		"https://www.a-1.example/x": "a-1.example", "http://a.example": "a.example", "https://A.example/": "a.example", "https://u@a.example:99/": "a.example",
		"https://[::1]/": "::1", "mailto:a@b.example": "", "": "", "ftp://a.example/": "a.example", "https://a.example?x": "a.example", "http://127.0.0.1:9163/x": "127.0.0.1", "https://a.example:99": "a.example", "https://a.example:x/": "", "https://ä.example/": "ä.example",
	} {
		if got := hostOf(link); got != want {
			t.Errorf("hostOf(%q) = %q, want %q", link, got, want)
		}
	}
}

// The first that decides decides; the others add up.
func TestJudge(t *testing.T) {
	holds := func(name string, then ...string) Config {
		return Config{Name: name, When: "true", Then: then, Reason: "since " + name}
	}
	for _, c := range []struct {
		name  string
		rules []Config
		want  ruling.Ruling
	}{
		{"none", nil, ruling.Ruling{}},
		{"one that does not hold", []Config{{Name: "a", When: "words > 1000", Then: []string{"reject"}}}, ruling.Ruling{}},
		{"one", []Config{holds("a", "reject")}, ruling.Ruling{
			Decision: ruling.Reject, Rule: "a", Reason: "since a", Added: ruling.Added{Steps: []ruling.Step{{Rule: "a", Then: []string{"reject"}}}},
		}},
		{"the first decides", []Config{holds("a", "publish", "tag:x"), holds("b", "reject"), holds("c", "hold")}, ruling.Ruling{
			Decision: ruling.Publish, Rule: "a", Reason: "since a",
			Added: ruling.Added{
				Steps: []ruling.Step{{Rule: "a", Then: []string{"publish", "tag:x"}}, {Rule: "b", Then: []string{"reject"}}, {Rule: "c", Then: []string{"hold"}}},
				Tags:  []string{"x"},
			},
		}},
		{"the others add up", []Config{holds("a", "tag:ferry", "tag:x", "mark:B"), holds("b", "section:sea", "pin"), holds("c", "section:sky", "bin", "tag:x", "mark:A", "mark:B")}, ruling.Ruling{
			Added: ruling.Added{
				Steps:   []ruling.Step{{Rule: "a", Then: []string{"tag:ferry", "tag:x", "mark:B"}}, {Rule: "b", Then: []string{"section:sea", "pin"}}, {Rule: "c", Then: []string{"section:sky", "bin", "tag:x", "mark:A", "mark:B"}}},
				Section: "sea", Was: "coast", Tags: []string{"x"}, Marks: []string{"B", "A"}, Pin: true, Bin: true,
			},
		}},
		{"the section that it has", []Config{holds("a", "section:coast")}, ruling.Ruling{
			Added: ruling.Added{Steps: []ruling.Step{{Rule: "a", Then: []string{"section:coast"}}}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Compile(c.rules)
			if err != nil {
				t.Fatal(err)
			}
			if got, stopped := s.Judge(storm()); !got.Equal(c.want) || len(stopped) > 0 {
				t.Errorf("it says %+v %v, want %+v", got, stopped, c.want)
			}
		})
	}
	var none *Set
	if r, _ := none.Judge(storm()); !r.Silent() || !none.Empty() {
		t.Errorf("no rules say %+v", r)
	}
}

// What is wrong is said of each key, with the rule, the place and what may be meant.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ name, when, then, want string }{
		{"a field misspelt", `titel matches "x"`, "hold", `when: rule "r": column 1, at "titel matches \"x\"": unknown name titel; is "title" meant?`},
		{"a field of the source", `words > 3 && source.nam == "x"`, "hold", `when: rule "r": column 21, at "nam == \"x\"": source has no nam; it has id, title, section`},
		{"a field of the source, misspelt", `source.tilte == "x"`, "hold", `is "title" meant?`},
		{"on the second line", "words > 3\n  && sumary == \"\"", "hold", `line 2, column 6, at "sumary == \"\"": unknown name sumary; is "summary" meant?`},
		{"far from any", `frobnicate`, "hold", `unknown name frobnicate; there are age, author,`},
		{"no truth", `title`, "hold", `when: rule "r": a condition must be true or false, and this is a string`},
		{"types", `words == "many"`, "hold", `column 7, at "== \"many\"": invalid operation: == (mismatched types int and string)`},
		{"syntax", `title matches`, "hold", `when: rule "r": it ends too early: something is missing behind "title matches"`},
		{"a pattern", `title matches "(x"`, "hold", "missing closing )"},
		{"a pattern that is none", `title matches source.title`, "hold", "matches wants its pattern in quotes"},
		{"a length of time", `age > duration("soon")`, "hold", `"soon" is not a duration`},
		{"a date", `published > date("soon")`, "hold", `column 13, at "date(\"soon\")": invalid date soon`},
		{"a clock", `published < now()`, "hold", `unknown name now`},
		{"all there is", `$env["title"] == ""`, "hold", `unknown name $env`},
		{"what only we spell", `·meter == nil`, "hold", `when: rule "r": column 1`},
		{"nothing", ` `, "hold", `when: rule "r": there is no condition; "true" holds always`},
		{"nothing to do", `true`, "", `then: rule "r": must name what to do: one or more of publish, reject, hold, pin, bin, section:, tag:, mark:`},
		{"a misspelt deed", `true`, "publsh", `then: rule "r": "publsh" is not known; is "publish" meant?`},
		{"a misspelt deed with a value", `true`, "tags:x", `then: rule "r": "tags:x" is not known; is "tag:" meant?`},
		{"two decisions", `true`, "publish reject", `then: rule "r": "publish" and "reject" are two decisions: a rule takes one`},
		{"no section", `true`, "section:", `then: rule "r": "section:" names no section`},
		{"two sections", `true`, "section:a section:b", `then: rule "r": "section:b" is a second section: an article is in one`},
		{"a tag without address", `true`, "tag:..", `then: rule "r": tag ".." cannot be part of an address`},
		{"no letter", `true`, "mark:a", `then: rule "r": "mark:a" must end in one letter, A to Z`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Config{Name: "r", When: c.when, Then: strings.Fields(c.then)}.Validate()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q says\n%v\nwant\n%s", c.when, err, c.want)
			}
		})
	}
	if err := (Config{When: "true", Then: []string{"hold"}}).Validate(); err == nil || !strings.HasPrefix(err.Error(), "name: ") {
		t.Errorf("a rule without a name: %v", err)
	}
	_, err := Compile([]Config{{Name: "a", When: "x", Then: []string{"hold"}}, {Name: "b", When: "true", Then: []string{"jump"}}})
	if err == nil || !strings.Contains(err.Error(), `rule "a"`) || !strings.Contains(err.Error(), `rule "b"`) {
		t.Errorf("both rules are to be named: %v", err)
	}
}

// stepping is a clock that goes on by step each time it is read.
func stepping(step time.Duration) func() time.Time {
	at := time.Unix(0, 0)
	return func() time.Time { at = at.Add(step); return at }
}

// Whatever takes long reads the clock on its way, is stopped, and holds the
// article.
func TestSlow(t *testing.T) {
	long := storm()
	long.Text = strings.Repeat("a", maxText-10) + strings.Repeat("b", 1000)
	for _, when := range []string{
		`any(1..99000, # == -1)`,
		`let list = 1..90000; all(list, all(list, # > 0))`,
		`let list = 1..90000; any(list, # in list && false)`,
		`let list = 1..90000; any(1..5000, list == list && false)`,
		`count(1..3000, count(map(1..2, #), # > 5) > 0) > 0`,
		`reduce(1..5000, len(string(#) + text), 0) > 0`,
		`len(reduce(1..5000, #acc + text, "")) > 0`,
		`any(1..5000, lower(text) contains "x")`,
		`any(1..5000, text contains string(#))`,
		`any(1..5000, trim(text[1:]) == "x")`,
		`any(1..5000, published.Format(text) == "x")`,
		`text matches "(?s)(a|aa|aaa|[ab])*(x+x+)+y"`,
		`text matches "(a?){500}c$"`,
		`len(split(text, "")) > 1000000 || any(1..5000, len(split(text, "a")) == 3)`,
	} {
		t.Run(when, func(t *testing.T) {
			s, err := Compile([]Config{{Name: "slow", When: when, Then: []string{"publish"}}, {Name: "next", When: "true", Then: []string{"publish", "tag:x"}}})
			if err != nil {
				t.Fatal(err)
			}
			s.now = stepping(mostAtOnce / 2)
			began := time.Now()
			r, stopped := s.Judge(long)
			if len(stopped) != 1 || stopped[0].Rule != "slow" || !errors.Is(stopped[0].Err, ErrSlow) {
				t.Fatalf("stopped = %v after %s", stopped, time.Since(began))
			}
			if r.Decision != ruling.Hold || r.Rule != "slow" || !slices.Equal(r.Added.Tags, []string{"x"}) {
				t.Errorf("it says %+v", r)
			}
		})
	}
}

// Where the machine did something else, no rule is stopped for it.
func TestMachineIsBusy(t *testing.T) {
	s, err := Compile([]Config{{Name: "r", When: `any(tags, # == "ferry") && lower(title) contains "storm" && upper(title) contains "STORM"`, Then: []string{"hold"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.now = stepping(time.Hour)
	if r, stopped := s.Judge(storm()); r.Decision != ruling.Hold || len(stopped) > 0 {
		t.Errorf("it says %+v, stopped %v", r, stopped)
	}
}

// A condition that fails over an article holds it too, and the next article is
// judged as ever.
func TestFailing(t *testing.T) {
	s, err := Compile([]Config{{Name: "third", When: `tags[2] == "x"`, Then: []string{"reject"}}})
	if err != nil {
		t.Fatal(err)
	}
	r, stopped := s.Judge(storm())
	if r.Decision != ruling.Hold || r.Rule != "third" || len(stopped) != 1 || !strings.Contains(stopped[0].Err.Error(), "out of range") {
		t.Errorf("it says %+v, stopped %v", r, stopped)
	}
	f := storm()
	f.Tags = []string{"a", "b", "x"}
	if r, stopped := s.Judge(f); r.Decision != ruling.Reject || len(stopped) > 0 {
		t.Errorf("then it says %+v, stopped %v", r, stopped)
	}
}

// What a pattern needs never keeps it from what it matches, whatever the case.
func FuzzPattern(f *testing.F) {
	f.Add(`(?i)straße|ufer`, "STRASSE STRAßE UFER "+strings.Repeat("x", 600))
	f.Add(`(ab|cd)+e(fgh){2}`, "abcdefghfgh")
	f.Add(`(?i)ſtock\b`, "Stock K")
	f.Add(`(?i)\b(a{2,3}|the) ferry(s|ing)?\b`, "no ferry, the FERRYS, aaa ferrying")
	f.Add(`(a|bc)?(ferry)+\b`, "ferry2 bcferryferry")
	f.Add(`\x{212A}elvin|(?i:kelvin)`, "Kelvin kelvin")
	f.Fuzz(func(t *testing.T, expression, text string) {
		p, err := newPattern(expression)
		if err != nil || len(text) > 5000 {
			return
		}
		s := subject{finder: newFinder()}
		for _, n := range p.any {
			n.id = s.finder.add(n.folded)
		}
		s.finder.ready()
		s.set(text)
		is := p.re.MatchString(text)
		if is && !p.may(&s) {
			t.Errorf("%q matches %q, and needs one of %d texts, the first %q", expression, text, len(p.any), p.any[0].folded)
		}
		if found, sure := p.near(&s); p.may(&s) && sure && found != is {
			t.Errorf("%q matches %q: %v; near what it needs: %v", expression, text, is, found)
		}
	})
}

// What cannot be ended is not run where it takes long.
func TestNearIsShort(t *testing.T) {
	for expression, want := range map[string]bool{`(?i)\bferry\b`: true, `ferry(?:[a-z]{1,40}|[0-9]{1,40})`: false} {
		p, err := newPattern(expression)
		if err != nil {
			t.Fatal(err)
		}
		var s subject
		s.set(strings.Repeat("So it went on. ", 50) + "The ferry came. " + strings.Repeat("So it went on. ", 50))
		if _, sure := p.near(&s); sure != want {
			t.Errorf("%s is run around what it needs: %v", expression, sure)
		}
	}
}

// A finder finds what the text has, and nothing else, wherever it stands, and letters of
// ASCII in whatever case.
func FuzzFinder(f *testing.F) {
	f.Add("ferry harbour abc", "at the harbour ferries lie")
	f.Add("aaaa aaaaaaaa aaa", "aaaaaaa")
	f.Add("abcdefgh cdefghij", "abcdefghij")
	f.Add("ferry [ferry] straße", "FERRY {Ferry} STRAßE")
	f.Fuzz(func(t *testing.T, needles, text string) {
		find := newFinder()
		ids := map[string]int{}
		for n := range strings.FieldsSeq(needles) {
			if n = asciiLower(n); len(n) >= shortNeedle {
				ids[n] = find.add([]byte(n))
			}
		}
		find.ready()
		found := find.find(nil, []byte(text))
		for n, id := range ids {
			at := found[id]
			if is := at >= 0; is != strings.Contains(asciiLower(text), n) || is && !strings.HasPrefix(asciiLower(text)[at:], n) {
				t.Errorf("%q is in %q: at %d", n, text, at)
			}
		}
	})
}

// asciiLower is s with the letters of ASCII in lower case.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// Text of one case is what it is by (?i), whatever letters it has, eight bytes at once or
// one.
func TestFold(t *testing.T) {
	for _, c := range []struct {
		in, want string
		even     bool
	}{
		{"", "", true},
		{"AZaz@[`{09\x7f", "azaz@[`{09\x7f", true},
		{"THE QUICK Brown Fox, at “eight” O’CLOCK", "the quick brown fox, at “eight” o’clock", true},
		{"\u212Aelvin, \u017Ftock", "kelvin, stock", false},
		{"мир 日本 Ꙁ", "МИР 日本 Ꙁ", true},
		{"STRAẞE straße", "straßE straße", false},
	} {
		got, even := fold(nil, []byte(c.in))
		want, _ := fold(nil, []byte(c.want))
		if string(got) != string(want) || even != c.even || c.even && len(got) != len(c.in) {
			t.Errorf("fold(%q) = %q, %v, want %q, %v", c.in, got, even, want, c.even)
		}
	}
}

// fifty are rules as an editor may write them.
func fifty() (list []Config) {
	words := strings.Fields("climate budget election ferry harbour vaccine museum football opera railway wildfire asteroid banking housing strike merger quantum glacier tariff drought")
	for i := range 50 {
		word := words[i%len(words)]
		c := Config{Name: fmt.Sprintf("rule %d", i), Then: []string{"tag:" + word}}
		switch i % 5 {
		case 0:
			c.When = fmt.Sprintf(`source.id == "s%d" && title matches "(?i)\\b%s"`, i, word)
		case 1:
			c.When = fmt.Sprintf(`title matches "(?i)\\b(%s|%s)\\b"`, word, words[(i+7)%len(words)])
		case 2:
			c.When = fmt.Sprintf(`text matches "(?i)\\b%s(s|ing)?\\b" && words > 200`, word)
		case 3:
			c.When, c.Then = fmt.Sprintf(`"%s" in tags || host == "%s.example"`, word, word), []string{"mark:A"}
		case 4:
			c.When, c.Then = fmt.Sprintf(`text contains "%s" && language startsWith "en" && age < duration("3d")`, word), []string{"hold"}
		}
		list = append(list, c)
	}
	return list
}

func BenchmarkFifty(b *testing.B) {
	s, err := Compile(fifty())
	if err != nil {
		b.Fatal(err)
	}
	f := storm()
	f.Text = strings.Repeat("The wind grew over the town and nobody went out, but for the bakers. ", 60)
	b.ReportAllocs()
	for b.Loop() {
		s.Judge(f)
	}
}
