package words

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// forms are the plural forms of a message that are there.
func forms(m *i18n.Message) map[string]string {
	all := map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
	maps.DeleteFunc(all, func(_, s string) bool { return s == "" })
	return all
}

// wanted are the forms that whole numbers have in a language, by the rules that
// choose among them (CLDR's, of the version that go-i18n knows).
func wanted(t *testing.T, tag language.Tag) map[string]bool {
	t.Helper()
	bundle := i18n.NewBundle(tag)
	if err := bundle.AddMessages(tag, &i18n.Message{ID: "form", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other"}); err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{"other": true}
	for n := range 1100 {
		set[i18n.NewLocalizer(bundle, tag.String()).MustLocalize(&i18n.LocalizeConfig{MessageID: "form", PluralCount: n})] = true
	}
	return set
}

func read(t *testing.T, tag string) map[string]*i18n.Message {
	t.Helper()
	data, err := catalogues.ReadFile("catalogue/" + tag + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	list, err := messages(data)
	if err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	return list
}

// named are the values of a text, sorted.
func named(text string) []string {
	list := holes(text)
	slices.Sort(list)
	return slices.Compact(list)
}

// Every catalogue has each message of the English one, in each plural form of its
// language, with the same values.
func TestCatalogues(t *testing.T) {
	english := read(t, "en")
	if len(Languages()) < 15 {
		t.Errorf("there are %d languages: %v", len(Languages()), Languages())
	}
	for _, tag := range Languages() {
		t.Run(tag, func(t *testing.T) {
			list := read(t, tag)
			want := wanted(t, language.Make(tag))
			for _, id := range slices.Sorted(maps.Keys(list)) {
				if english[id] == nil {
					t.Errorf("%s: no such message in English", id)
				}
			}
			for _, id := range slices.Sorted(maps.Keys(english)) {
				m := list[id]
				if m == nil {
					t.Errorf("%s is missing", id)
					continue
				}
				have := forms(m)
				if english[id].One == "" {
					if len(have) != 1 {
						t.Errorf("%s has plural forms %v, English none", id, have)
					}
				} else {
					for form := range want {
						if have[form] == "" {
							t.Errorf("%s: the plural form %v is missing", id, form)
						}
					}
					for form := range have {
						if !want[form] {
							t.Errorf("%s: no whole number has the plural form %v", id, form)
						}
					}
				}
				for form, text := range have {
					got, of := named(text), named(english[id].Other)
					if english[id].One != "" && form != "other" { // "one comment" may do without its number
						got, of = slices.DeleteFunc(got, isNumber), slices.DeleteFunc(of, isNumber)
					}
					if !dated[id] && !slices.Equal(got, of) {
						t.Errorf("%s (%v) has the values %v, English %v", id, form, got, of)
					}
					if strings.ContainsAny(hole().ReplaceAllString(text, ""), "{}<") {
						t.Errorf("%s (%v): %q", id, form, text)
					}
				}
			}
			w, err := New(tag, nil)
			if err != nil {
				t.Fatal(err)
			}
			if w.Tag() != tag {
				t.Errorf("its words are of %s", w.Tag())
			}
			// A link's spoken name holds what is seen of it (WCAG 2.5.3).
			for seen, spoken := range map[string]string{"reply": "reply_to", "report": "report_of"} {
				if all := w.Say(spoken, "Name", "Ann"); !strings.Contains(strings.ToLower(all), strings.ToLower(w.Say(seen))) {
					t.Errorf("%q does not hold %q", all, w.Say(seen))
				}
			}
			seen := map[string]bool{}
			for day := time.Date(2026, 1, 1, 9, 5, 0, 0, time.UTC); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
				s := w.Moment(w.Day(day), day)
				if seen[s] || !strings.Contains(s, "2026") || !strings.Contains(s, "09:05") {
					t.Fatalf("%s reads as %q", day.Format(time.DateOnly), s)
				}
				seen[s] = true
			}
		})
	}
}

func isNumber(s string) bool { return s == "{{.N}}" }

// dated are the patterns of dates, which may leave parts of a date out.
var dated = map[string]bool{"weekday_day": true}

// What is written is the same in every language as in the pages' own words, and
// what is said in none of ours is English.
func TestNew(t *testing.T) {
	for asked, tag := range map[string]string{
		"en": "en", "en-GB": "en", "de-AT": "de", "pt-BR": "pt", "zh-Hant-TW": "zh", "zh": "zh", "nb": "en", "eo": "en", "": "en", "x-no-such": "en", "iw": "he",
	} {
		w, err := New(asked, nil)
		if err != nil || w.Tag() != tag {
			t.Errorf("%q has the words of %v, want %s (%v)", asked, w.Tag(), tag, err)
		}
	}
	if got := English().Say("be_first"); got != "No comments yet. Be the first to comment!" {
		t.Errorf("an empty thread says %q", got)
	}
	for n, want := range map[int]string{0: "0 comments", 1: "1 comment", 2: "2 comments", 12345: "12,345 comments", 1234567: "1,234,567 comments"} {
		if got := English().Count("comment_count", n); got != want {
			t.Errorf("%d are %q", n, got)
		}
	}
	if got := English().HTML("by", "Author", "<b>&"); got != "By &lt;b&gt;&amp;" {
		t.Errorf("escaped it is %q", got)
	}
	if got := English().Translate("There is nothing at this address."); got != "There is nothing at this address." {
		t.Errorf("in English it is %q", got)
	}
}

// An operator's own wording takes the place of ours; a slip in it is an error.
func TestOwn(t *testing.T) {
	w, err := New("en", []byte("be_first = \"Speak up.\"\n[comment_count]\none = \"a comment\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Say("be_first") + w.Count("comment_count", 1) + w.Count("comment_count", 2); got != "Speak up.a comment2 comments" {
		t.Errorf("it says %q", got)
	}
	for own, why := range map[string]string{
		"be_frist = \"x\"":             "none of our messages",
		"[comment_count]\nfew = \"x\"": "no such plural form",
		"be_first = \"Say {{.Nme}}\"":  "{{.Nme}}",
		"months = \"one|two\"":         "twelve",
		"be_first = ":                  "toml",
	} {
		if _, err := New("en", []byte(own)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want a word of %q", own, err, why)
		}
	}
}

// What handlers, and a search that cannot be read, tell readers of an error is in
// the catalogues.
func TestErrorMessages(t *testing.T) {
	message := regexp.MustCompile(`(?:Message: +|wrong\()"([^"]+)"`)
	found := 0
	for _, dir := range []string{"../*.go", "../web/*.go", "../../db/search/query/*.go"} {
		files, err := filepath.Glob(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range message.FindAllStringSubmatch(string(data), -1) {
				found++
				if sentences()[m[1]] == "" {
					t.Errorf("%s says %q, which is in no catalogue", file, m[1])
				}
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d messages were found", found)
	}
}

// Whatever is said anywhere is in the catalogues, and whatever is in them is said
// somewhere, by its id or as a sentence of its own.
func TestMessagesAreSaid(t *testing.T) {
	english := read(t, "en")
	said := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`\b(?:say|phrase|count) "([^"]+)"`), ".go": regexp.MustCompile(`\.(?:Say|HTML|Count)\("([a-z_0-9]+)"`),
	}
	var all strings.Builder
	found := 0
	for _, root := range []string{"..", "../../db/search/query"} {
		if err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || strings.HasSuffix(path, "_test.go") || said[filepath.Ext(path)] == nil {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all.Write(data)
			for _, m := range said[filepath.Ext(path)].FindAllStringSubmatch(string(data), -1) {
				found++
				if english[m[1]] == nil {
					t.Errorf("%s says %q, which is in no catalogue", path, m[1])
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if found < 150 {
		t.Errorf("only %d messages were found", found)
	}
	for _, id := range slices.Sorted(maps.Keys(english)) {
		status := strings.HasPrefix(id, "status_")
		if !status && !strings.Contains(all.String(), `"`+id+`"`) && !strings.Contains(all.String(), strconv.Quote(english[id].Other)) {
			t.Errorf("nothing says %s", id)
		}
	}
}

// A message that names a value which is not given is rather short than wrong.
func TestMissingValue(t *testing.T) {
	if got := English().Say("by"); got != "By " {
		t.Errorf("it says %q", got)
	}
	if got := English().Say("no_such_message"); got != "no_such_message" {
		t.Errorf("it says %q", got)
	}
}

func BenchmarkCount(b *testing.B) {
	for b.Loop() {
		English().Count("comment_count", 12345)
	}
}

func BenchmarkSay(b *testing.B) {
	for b.Loop() {
		English().Say("key_points")
	}
}
