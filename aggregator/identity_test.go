package aggregator

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/db"
)

var updateIdentity = flag.Bool("update", false, "rewrite what the files of testdata/identity want")

// TestIdentity holds the store to each line of what makes two entries the same
// and what an update is. A line has files of its own in testdata/identity: what
// a source's documents are, one after the other, and what the store then holds.
func TestIdentity(t *testing.T) {
	normalise.Make(&feed.Entry{ID: "first"}, normalise.Source{}, nil) // its compressor belongs to no bubble
	for _, line := range []string{
		"I01", "I02", "I03", "I04", "I05", "I06", "I07", "I08", "I09", "I10", "I11", "I12", "I13", "I14", "I15", "I16", "I17", "I18",
		"I19", "I20", "I21", "I22", "I23", "I24", "I25", "I26", "I27", "I28", "I29", "I30", "I32", "I35", "I36", "I37", "I38", "I39", "I40",
	} {
		t.Run(line, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join("testdata", "identity", line+"*.txtar"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no file: %v", err)
			}
			for _, file := range files {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), bubble(func(t *testing.T) { identityFile(t, file) }))
			}
		})
	}
}

// identityFile plays a file. Its parts are, by their names:
//
//	feed a.xml     what the source "a" answers from now on; it is polled an hour later
//	wait 720h      time passes
//	move a         the source's address is another one from now on
//	want           what the store holds: an article a line, in the order of arrival
//	edit 1         the text is the new headline of article 1
//	publish 1, comment 1, take 1
//
// The comment's first line is of the words "auto", "review", "retention" and "max N".
func identityFile(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &identityPlay{sim: newSim(t, nil, "a", "b"), docs: map[string]string{}}
	p.serve = func(r *http.Request) reply {
		doc, ok := p.docs[strings.TrimSuffix(r.URL.Hostname(), ".example")]
		if !ok {
			return answer(http.StatusNotFound, "")
		}
		return answer(http.StatusOK, doc)
	}
	head, _, _ := strings.Cut(string(a.Comment), "\n")
	for i := range p.list {
		p.list[i].Publish = "auto"
		if strings.Contains(head, "review") {
			p.list[i].Publish = "review"
		}
		fmt.Sscanf(head, "max %d", &p.list[i].MaxItems)
	}
	p.c.ManualGap.Duration = 0
	p.site = "https://news.example"
	if strings.Contains(head, "retention") {
		p.c.Retention.Duration = 30 * 24 * time.Hour
	}
	p.start()
	defer p.stop()
	for i := range a.Files {
		f := &a.Files[i]
		words := strings.Fields(f.Name)
		if words[0] == "want" {
			got := p.render()
			if *updateIdentity {
				f.Data = []byte(got)
			} else if want := string(f.Data); got != want {
				t.Errorf("after step %d the store holds\n%swant\n%s", i+1, got, want)
			}
			continue
		}
		p.do(words, string(f.Data))
	}
	if *updateIdentity {
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// identityPlay is a file while it is played.
type identityPlay struct {
	*sim
	docs map[string]string // by source
	ids  []string          // of articles, in the order of arrival
}

func (p *identityPlay) do(words []string, text string) {
	p.t.Helper()
	ctx := p.t.Context()
	article := func() string {
		var n int
		if fmt.Sscan(words[1], &n); n < 1 || n > len(p.ids) {
			p.t.Fatalf("%q: there are %d articles", words, len(p.ids))
		}
		return p.ids[n-1]
	}
	var err error
	switch words[0] {
	case "feed":
		id, _, _ := strings.Cut(words[1], ".")
		p.docs[id] = text
		time.Sleep(time.Hour)
		p.fetch(Select{IDs: []string{id}})
		p.see()
	case "wait":
		d, _ := time.ParseDuration(words[1])
		time.Sleep(d)
	case "move":
		list := slices.Clone(p.list)
		list[0].URL = "http://a.example/moved"
		err = p.a.SetSources(ctx, list)
	case "edit":
		headline := strings.TrimSpace(text)
		_, err = p.store.EditArticle(ctx, article(), db.Edit{Headline: &headline}, "ann")
	case "publish":
		_, err = p.store.SetStatus(ctx, article(), db.Published, "ann", "")
	case "comment":
		_, _, err = p.store.AddComment(ctx, db.Comment{Article: article(), Name: "Bob", Text: text, Visitor: "v", Status: db.Approved})
	case "take":
		var change db.PendingChange
		if change, err = p.store.PendingChange(ctx, article()); err == nil {
			e, _ := normalise.Unpack(change.Raw)
			m := normalise.Remake(e, normalise.Source{ID: "a"})
			_, err = p.store.Take(ctx, db.Remade{ID: article(), Fingerprint: m.Fingerprint, Given: m.Given, Article: m.Article}, "ann")
		}
	default:
		p.t.Fatalf("no step is called %q", words)
	}
	if err != nil {
		p.t.Fatalf("%q: %v", words, err)
	}
}

// see takes note of articles that are new.
func (p *identityPlay) see() []db.Article {
	list, err := p.store.Articles(p.t.Context(), db.ArticleQuery{All: true, OldestFirst: true, Bodies: true})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, a := range list {
		if !slices.Contains(p.ids, a.ID) {
			p.ids = append(p.ids, a.ID)
		}
	}
	return list
}

// render is what the store holds, as the files have it.
func (p *identityPlay) render() string {
	var b strings.Builder
	for _, a := range p.see() {
		fmt.Fprintf(&b, "%d. %s %s: %s <%s> %s\n", slices.Index(p.ids, a.ID)+1, a.Source, a.GUID, a.Headline, a.Link, strings.Join(p.notes(a), ", "))
	}
	for _, id := range []string{"a", "b"} {
		s := p.source(id)
		if s.Identity != "" || s.Own > 0 || s.Stale > 0 {
			fmt.Fprintf(&b, "source %s: identity %q, %d our own, %d stale\n", id, s.Identity, s.Own, s.Stale)
		}
	}
	return b.String()
}

// notes are what a file says of an article behind its link.
func (p *identityPlay) notes(a db.Article) []string {
	ctx := p.t.Context()
	when := func(t time.Time) string { return t.Format("2006-01-02T15:04") }
	notes := []string{string(a.Status)}
	note := func(holds bool, format string, args ...any) {
		if holds {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	entry, err := p.store.Provenance(ctx, a.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	revisions, err := p.store.Revisions(ctx, a.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	change, err := p.store.PendingChange(ctx, a.ID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		p.t.Fatal(err)
	}
	note(!a.Published.IsZero(), "published %s", when(a.Published))
	note(a.Updated.Sub(a.Published) >= time.Minute, "updated %s", when(a.Updated))
	note(!a.SourcePublished.IsZero(), "of %s", when(a.SourcePublished))
	note(true, "seen %s", when(a.FirstSeen))
	note(true, "by %s", entry.Why)
	note(len(entry.Aliases) > 0, "also %s", strings.Join(entry.Aliases, " "))
	for _, r := range revisions {
		kind := "was"
		if r.Significant {
			kind = "was quite"
		}
		note(true, "%s %q", kind, r.Headline)
	}
	note(a.Comments > 0, "%d comments", a.Comments)
	note(len(change.Fields) > 0, "%s waits", strings.Join(change.Fields, " "))
	note(!entry.Gone.IsZero(), "gone")
	note(!entry.Retracted.IsZero(), "retracted")
	note(!entry.Resurfaced.IsZero(), "resurfaced")
	return notes
}
