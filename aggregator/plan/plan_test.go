package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"courant/aggregator/rules"
	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/record"
	"courant/db/state"
)

// shelf is a store with five articles of the source "tidal" and one of "old", by
// their headlines.
func shelf(t *testing.T) (d *db.DB, ids map[string]string) {
	d = dbtest.New(t)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{
		{ID: "tidal", URL: "https://tidal.example/feed", Section: "coast"}, {ID: "old", URL: "https://old.example/feed"},
	})); err != nil {
		t.Fatal(err)
	}
	for source, headlines := range map[string][]string{"tidal": {"Storm", "Advert one", "Advert two", "Ferry", "Advert shown"}, "old": {"Old storm"}} {
		p := db.Pass{Source: source, At: d.Now(), Feed: &db.Feed{Title: "The Tide"}}
		for i, h := range headlines {
			p.Entries = append(p.Entries, db.Entry{
				Fingerprint: []byte(h), Raw: []byte("raw"),
				Article: db.Article{GUID: fmt.Sprint(i), Headline: h, Tags: []string{"sea"}, Section: "coast", Words: 7, Body: content.Clean("<p>The text of "+h+".</p>", "")},
			})
		}
		rs, err := d.Ingest(t.Context(), []db.Pass{p})
		if err != nil || rs[0].Err != nil {
			t.Fatal(rs, err)
		}
	}
	list, err := d.Articles(t.Context(), db.ArticleQuery{All: true})
	if err != nil || len(list) != 6 {
		t.Fatal(list, err)
	}
	ids = map[string]string{}
	for _, a := range list {
		ids[a.Headline] = a.ID
	}
	for headline, to := range map[string]state.Article{"Advert two": state.Rejected, "Advert shown": state.Published} {
		if _, err := d.SetStatus(t.Context(), ids[headline], to, "ann", ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.SetStatus(t.Context(), ids["Advert two"], state.Incoming, "ann", ""); err != nil {
		t.Fatal(err)
	}
	return d, ids
}

func sources() []Source {
	return []Source{{ID: "tidal", URL: "https://tidal.example/feed", Section: "coast"}, {ID: "new", URL: "https://new.example/feed", Auto: true}}
}

func storms() []rules.Config {
	return []rules.Config{
		{Name: "storms", When: `title matches "(?i)storm" && text contains "text of" && source.title == "The Tide"`, Then: []string{"publish", "tag:weather", "section:sky", "pin"}},
		{Name: "adverts", When: `title startsWith "Advert"`, Then: []string{"reject", "mark:A"}, Reason: "an advertisement"},
		{Name: "later", When: `"sea" in tags && section == "coast" && words == 7 && similar == 0`, Then: []string{"bin"}},
		{Name: "never", When: `"weather" in tags`, Then: []string{"reject"}},
	}
}

// standing is how each article stands.
func standing(t *testing.T, d *db.DB) string {
	t.Helper()
	list, err := d.Articles(t.Context(), db.ArticleQuery{All: true, OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b db.Article) int { return cmp.Compare(a.Headline, b.Headline) })
	var b strings.Builder
	for _, a := range list {
		from, err := record.ProvenanceOf(t.Context(), d, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %s in %s, %v, %q by %q, pin %q, bin %q\n", a.Headline, a.Status, a.Section, a.Tags, from.Ruling.Decision, from.Ruling.Rule, from.PinnedBy, from.KeptBy)
	}
	return b.String()
}

// A plan says what would be done and does nothing; applied it does just that, and
// leaves nothing to be done.
func TestPlan(t *testing.T) {
	d, ids := shelf(t)
	before := standing(t, d)
	o := Options{Sources: sources(), Rules: storms()}
	p, err := Make(t.Context(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := standing(t, d); got != before {
		t.Errorf("to plan changed\n%sto\n%s", before, got)
	}
	if want := (Counts{Publish: 2, Reject: 1, Tag: 2, Section: 2, Pin: 2, Bin: 6, Mark: 3}); p.Counts != want {
		t.Errorf("it counts %+v, want %+v", p.Counts, want)
	}
	if p.Articles != 6 || p.Kept != 1 || p.Shown != 1 || p.Applied || len(p.Stopped) > 0 {
		t.Errorf("it says %+v", p)
	}
	if len(p.Added) != 1 || p.Added[0].ID != "new" || len(p.Dropped) != 1 || p.Dropped[0] != (SourceLine{"old", "https://old.example/feed", 1}) {
		t.Errorf("sources: %+v and %+v", p.Added, p.Dropped)
	}
	var lines []string
	for _, r := range p.Rules {
		lines = append(lines, fmt.Sprintf("%s %v %+v, %d examples", r.Rule, r.Gone, r.Counts, len(r.Examples)))
	}
	if got, want := strings.Join(lines, "\n"), `storms false {Publish:2 Reject:0 Hold:0 Section:2 Tag:2 Pin:2 Bin:0 Mark:0}, 2 examples
adverts false {Publish:0 Reject:1 Hold:0 Section:0 Tag:0 Pin:0 Bin:0 Mark:3}, 3 examples
later false {Publish:0 Reject:0 Hold:0 Section:0 Tag:0 Pin:0 Bin:6 Mark:0}, 3 examples`; got != want {
		t.Errorf("rules:\n%s\nwant\n%s", got, want)
	}

	o.Apply = true
	done, err := Make(t.Context(), d, o)
	if err != nil || done.Counts != p.Counts || !done.Applied {
		t.Errorf("applied it counts %+v, want %+v (%v)", done.Counts, p.Counts, err)
	}
	if got, want := standing(t, d), `Advert one: rejected in coast, [sea], "reject" by "adverts", pin "", bin "rules"
Advert shown: published in coast, [sea], "reject" by "adverts", pin "", bin "rules"
Advert two: incoming in coast, [sea], "reject" by "adverts", pin "", bin "rules"
Ferry: incoming in coast, [sea], "" by "", pin "", bin "rules"
Old storm: published in sky, [sea weather], "publish" by "storms", pin "rules", bin "rules"
Storm: published in sky, [sea weather], "publish" by "storms", pin "rules", bin "rules"
`; got != want {
		t.Errorf("then the store holds\n%swant\n%s", got, want)
	}
	acts, err := record.Actions(t.Context(), d, "article", ids["Storm"])
	if err != nil || len(acts) != 2 || acts[1].What != "published" || acts[1].Actor != "rules" || !strings.Contains(acts[1].Detail, `rule "storms"`) {
		t.Errorf("the log has %+v %v", acts, err)
	}

	again, err := Make(t.Context(), d, o)
	if err != nil || again.Counts != (Counts{}) || len(again.Rules) > 0 || again.Kept > 0 {
		t.Errorf("again it says %+v %v", again, err)
	}
}

// Rules that are gone take back what they added, and what they kept from readers;
// what they published stays.
func TestPlanWithout(t *testing.T) {
	d, ids := shelf(t)
	if _, err := Make(t.Context(), d, Options{Sources: sources(), Rules: storms(), Apply: true}); err != nil {
		t.Fatal(err)
	}
	tags := []string{"mine"}
	if _, _, err := d.EditArticle(t.Context(), ids["Old storm"], db.Edit{Tags: &tags}, "ann"); err != nil {
		t.Fatal(err)
	}
	p, err := Make(t.Context(), d, Options{Sources: sources(), Apply: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Hold: 1, Tag: 1, Section: 2, Pin: 2, Bin: 6, Mark: 3}); p.Counts != want {
		t.Errorf("it counts %+v, want %+v", p.Counts, want)
	}
	for _, r := range p.Rules {
		if !r.Gone {
			t.Errorf("rule %q is there: %+v", r.Rule, r)
		}
	}
	if got, want := standing(t, d), `Advert one: incoming in coast, [sea], "" by "", pin "", bin ""
Advert shown: published in coast, [sea], "" by "", pin "", bin ""
Advert two: incoming in coast, [sea], "" by "", pin "", bin ""
Ferry: incoming in coast, [sea], "" by "", pin "", bin ""
Old storm: published in coast, [mine], "" by "", pin "", bin ""
Storm: published in coast, [sea], "" by "", pin "", bin ""
`; got != want {
		t.Errorf("then the store holds\n%swant\n%s", got, want)
	}
}

// A rule that fails over an article is named, and the article held.
func TestPlanStopped(t *testing.T) {
	d, _ := shelf(t)
	p, err := Make(t.Context(), d, Options{Rules: []rules.Config{{Name: "third", When: `tags[2] == "x"`, Then: []string{"publish"}}}, Apply: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Stopped) != 1 || p.Stopped[0].Rule != "third" || p.Stopped[0].Articles != 6 || !strings.Contains(p.Stopped[0].Why, "out of range") {
		t.Errorf("stopped: %+v", p.Stopped)
	}
	if p.Counts != (Counts{}) {
		t.Errorf("it counts %+v", p.Counts)
	}
}

// Articles of many batches are judged in their order, each once.
func TestPlanMany(t *testing.T) {
	d := dbtest.New(t)
	if err := dbtest.Fill(t.Context(), d, 3*batchArticles+17); err != nil {
		t.Fatal(err)
	}
	o := Options{Rules: []rules.Config{{Name: "all", When: "words > 0", Then: []string{"tag:all"}}}, Apply: true}
	p, err := Make(t.Context(), d, o)
	if err != nil || p.Articles != 3*batchArticles+17 || p.Tag != p.Articles {
		t.Errorf("it says %+v %v", p, err)
	}
	if p, err = Make(t.Context(), d, o); err != nil || p.Tag != 0 {
		t.Errorf("again it says %+v %v", p, err)
	}
}
