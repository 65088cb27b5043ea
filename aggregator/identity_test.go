package aggregator

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/aggregator/plan"
	"courant/aggregator/rules"
	"courant/db"
	"courant/db/content"
	"courant/db/record"
	"courant/db/state"
)

var updateIdentity = flag.Bool("update", false, "rewrite what the files of testdata/identity want")

// TestIdentity holds the store to each line of what makes two entries the same
// and what an update is. A line has files of its own in testdata/identity: what
// a source's documents are, one after the other, and what the store then holds.
func TestIdentity(t *testing.T) {
	normalise.Make(&feed.Entry{ID: "first"}, normalise.Source{}, nil) // its compressor belongs to no bubble
	for _, line := range []string{
		"I01", "I02", "I03", "I04", "I05", "I06", "I07", "I08", "I09", "I10", "I11", "I12", "I13", "I14", "I15", "I16", "I17", "I18",
		"I19", "I20", "I21", "I22", "I23", "I24", "I25", "I26", "I27", "I28", "I29", "I30", "I31", "I32", "I35", "I36", "I37", "I38", "I39", "I40",
	} {
		t.Run(line, func(t *testing.T) {
			playFiles(t, filepath.Join("testdata", "identity", line+"*.txtar"))
		})
	}
}

// playFiles plays the files of a pattern.
func playFiles(t *testing.T, pattern string) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no file: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), bubble(func(t *testing.T) { identityFile(t, file) }))
	}
}

// identityFile plays a file. Its parts are, by their names:
//
//	feed a.1       what the source "a" answers from now on; it is polled an hour later
//	soon a.1       it is polled twenty seconds later
//	still a.1      it is polled, which writes nothing but the pass
//	fails a.1      it is polled, and that fails
//	wait 720h      time passes
//	round          the daemon makes its daily round
//	move a         the source's address is another one from now on
//	redirect a     it answers with a permanent redirect to another one from now on
//	want           what the store holds: an article a line, in the order of arrival
//	list           the numbers of what readers see, in the order in which they see it
//	edit 1         the lines are new fields of article 1, such as "headline: Other"
//	publish 1, reject 1, reopen 1, withdraw 1, comment 1, pin 1, take 1
//	rules          the text is the [[rule]] tables from now on
//	apply          they are held to what is there, as by "courant plan --apply"
//	whisper 1      a comment waits at article 1, which readers do not see
//
// The comment's first line is of the words "auto", "review", "retention", "max N"
// and "initial N".
func identityFile(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &identityPlay{sim: newSim(t, nil, "a", "b"), docs: map[string]string{}, moved: map[string]bool{}, first: map[string]db.Article{}}
	p.serve = p.answer
	p.c.ManualGap.Duration = 0
	p.site = "https://news.example"
	publish, most := "auto", 0
	for words := strings.Fields(strings.SplitN(string(a.Comment), "\n", 2)[0]); len(words) > 0; words = words[1:] {
		switch word := words[0]; word {
		case "auto", "review":
			publish = word
		case "retention":
			p.c.Retention.Duration = 30 * 24 * time.Hour
		case "max", "initial":
			n := &most
			if word == "initial" {
				n = &p.c.InitialMax
			}
			if words = words[1:]; len(words) == 0 {
				t.Fatalf("%s: how many?", word)
			}
			if *n, err = strconv.Atoi(words[0]); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("no word is %q", word)
		}
	}
	for i := range p.list {
		p.list[i].Publish, p.list[i].MaxItems = publish, most
	}
	p.start()
	defer p.stop()
	for i := range a.Files {
		f := &a.Files[i]
		words := strings.Fields(f.Name)
		if words[0] == "want" || words[0] == "list" {
			got := p.render()
			if words[0] == "list" {
				got = p.listed()
			}
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
	docs  map[string]string // by source
	moved map[string]bool   // sources that answer with a redirect
	quiet bool              // the server says that nothing has changed
	rules []rules.Config
	ids   []string              // of articles, in the order of arrival
	first map[string]db.Article // as readers first saw them
}

// answer is what the server of the sources says.
func (p *identityPlay) answer(r *http.Request) reply {
	id := strings.TrimSuffix(r.URL.Hostname(), ".example")
	switch doc, ok := p.docs[id]; {
	case p.quiet:
		return answer(http.StatusNotModified, "")
	case !ok:
		return answer(http.StatusNotFound, "")
	case p.moved[id] && r.URL.Path != "/moved":
		return answer(http.StatusMovedPermanently, "", "Location", "/moved")
	default:
		return answer(http.StatusOK, doc, "ETag", fmt.Sprintf("%q", fmt.Sprint(len(p.seen()))))
	}
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
	status := func(to state.Article) error {
		_, err := p.store.SetStatus(ctx, article(), to, "ann", "")
		return err
	}
	var err error
	switch words[0] {
	case "feed", "soon", "still", "fails":
		p.poll(words, text)
	case "wait":
		var d time.Duration
		d, err = time.ParseDuration(words[1])
		time.Sleep(d)
	case "round":
		p.lookout.prune(p.now())
	case "move":
		list := slices.Clone(p.list)
		list[0].URL = "http://a.example/moved"
		err = p.a.SetSources(ctx, list)
	case "redirect":
		p.moved[words[1]] = true
	case "edit":
		_, _, err = p.store.EditArticle(ctx, article(), edited(p.t, text), "ann")
	case "publish":
		err = status(state.Published)
	case "reject":
		err = status(state.Rejected)
	case "reopen":
		err = status(state.Incoming)
	case "withdraw":
		err = status(state.Withdrawn)
	case "pin":
		err = p.write(`INSERT INTO pin (article, at, actor) SELECT seq, 0, 'ann' FROM article WHERE id = $1`, article())
	case "whisper":
		err = p.write(`
			INSERT INTO comment (id, article, name, email, visitor, status, reason, created, updated, digest, text, body)
			SELECT 'w', seq, 'Bob', '', 'v', 'pending', '', 0, 0, $2, '', '' FROM article WHERE id = $1`, article(), []byte{})
	case "rules":
		p.rules = rulesOf(p.t, text)
		err = p.a.SetRules(p.rules)
	case "apply":
		var sources []plan.Source
		for _, s := range p.list {
			sources = append(sources, plan.Source{ID: s.ID, URL: s.URL, Auto: s.Publish == "auto"})
		}
		_, err = plan.Make(ctx, p.store, plan.Options{Sources: sources, Rules: p.rules, Apply: true})
	case "comment":
		_, _, err = p.store.AddComment(ctx, db.Comment{Article: article(), Name: "Bob", Text: text, Visitor: "v", Status: state.Approved})
	case "take":
		var change db.PendingChange
		if change, err = p.store.PendingChange(ctx, article()); err == nil {
			e, _ := normalise.Unpack(change.Raw)
			m := normalise.Remake(e, normalise.Source{ID: "a"})
			_, _, err = p.store.Take(ctx, db.Remade{ID: article(), Fingerprint: m.Fingerprint, Given: m.Given, Article: m.Article}, "ann")
		}
	default:
		p.t.Fatalf("no step is called %q", words)
	}
	if err != nil {
		p.t.Fatalf("%q: %v", words, err)
	}
	p.see()
}

// edited is what the lines of a step ask for.
func edited(t *testing.T, lines string) (e db.Edit) {
	t.Helper()
	for line := range strings.Lines(lines) {
		field, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		list := strings.Split(value, ", ")
		switch {
		case ok && field == "headline":
			e.Headline = &value
		case ok && field == "slug":
			e.Slug = &value
		case ok && field == "section":
			e.Section = &value
		case ok && field == "tags":
			e.Tags = &list
		case ok && field == "key points":
			e.KeyPoints = &list
		case ok && field == "body":
			body := content.Text(value)
			e.Body = &body
		default:
			t.Fatalf("%q names no field", line)
		}
	}
	return e
}

// poll has a source answer with doc and polls it.
func (p *identityPlay) poll(words []string, doc string) {
	p.t.Helper()
	id, _, _ := strings.Cut(words[1], ".")
	p.docs[id] = doc
	between := time.Hour
	if words[0] == "soon" {
		between = 20 * time.Second
	}
	fetch := func() Result {
		time.Sleep(between)
		_, got := p.fetch(Select{IDs: []string{id}})
		return got[id]
	}
	if words[0] == "still" {
		// What a pass writes that brings no document at all.
		before := p.written()
		p.quiet = true
		fetch()
		p.quiet = false
		least := p.written() - before
		defer func() {
			if n := p.written() - before - 2*least; n != 0 {
				p.t.Errorf("%q: the same again wrote %d rows", words, n)
			}
		}()
	}
	if r := fetch(); (r.Err != "") != (words[0] == "fails") {
		p.t.Errorf("%q: %s %s", words, r.Outcome, r.Err)
	}
}

// write runs a statement of the test's own.
func (p *identityPlay) write(text string, args ...any) error {
	return p.store.Tx(p.t.Context(), func(t *sql.Tx) error {
		_, err := t.ExecContext(p.t.Context(), text, args...)
		return err
	}, func() {})
}

// count asks the writer for a number.
func (p *identityPlay) count(text string, args ...any) (n int) {
	p.t.Helper()
	if err := p.store.Tx(p.t.Context(), func(t *sql.Tx) error {
		return t.QueryRowContext(p.t.Context(), text, args...).Scan(&n)
	}, func() {}); err != nil {
		p.t.Fatal(err)
	}
	return n
}

// written is how many rows were written so far: inserted, changed or deleted. Only
// SQLite can say so; a server counts for all that it does, and late.
func (p *identityPlay) written() int {
	if p.store.Path() == "" {
		return 0
	}
	return p.count(`SELECT total_changes()`)
}

// see takes note of articles that are new, and that of none its id, its address
// or its first publication changes once readers saw it, nor of any its key or when
// it was first seen (I24, I13).
func (p *identityPlay) see() []db.Article {
	p.t.Helper()
	list, err := p.store.Articles(p.t.Context(), db.ArticleQuery{All: true, OldestFirst: true, Bodies: true})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, a := range list {
		was, known := p.first[a.ID]
		if !known {
			p.ids = append(p.ids, a.ID)
		}
		if !known || was.Published.IsZero() {
			p.first[a.ID] = a
		}
		if known && (a.GUID != was.GUID || a.Source != was.Source || !a.FirstSeen.Equal(was.FirstSeen)) {
			p.t.Errorf("article %s of %s, seen %s, is of %s, seen %s, now", was.GUID, was.Source, was.FirstSeen, a.GUID, a.FirstSeen)
		}
		if known && !was.Published.IsZero() && (a.Path() != was.Path() || !a.Published.Equal(was.Published)) {
			p.t.Errorf("article %s was published as %s at %s, and is as %s at %s", a.GUID, was.Path(), was.Published, a.Path(), a.Published)
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

// listed are the numbers of published articles, as readers see them listed.
func (p *identityPlay) listed() string {
	list, err := p.store.Articles(p.t.Context(), db.ArticleQuery{})
	if err != nil {
		p.t.Fatal(err)
	}
	var numbers []string
	for _, a := range list {
		numbers = append(numbers, strconv.Itoa(slices.Index(p.ids, a.ID)+1))
	}
	return strings.Join(numbers, " ") + "\n"
}

// addressIn finds the addresses in a body.
var addressIn = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// notes are what a file says of an article behind its link.
func (p *identityPlay) notes(a db.Article) []string {
	ctx := p.t.Context()
	when := func(t time.Time) string { return t.Format("2006-01-02T15:04") }
	text := a.Body.PlainText()
	if n := len([]rune(text)); n > 60 {
		text = fmt.Sprintf("%s… (%d)", string([]rune(text)[:20]), n)
	}
	notes := []string{fmt.Sprintf("%q", text), string(a.Status)}
	note := func(holds bool, format string, args ...any) {
		if holds {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	entry, err := record.ProvenanceOf(ctx, p.store, a.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	revisions, err := record.Revisions(ctx, p.store, a.ID)
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
	for _, alias := range entry.Aliases {
		note(true, "also %s by %s", alias.GUID, alias.Why)
	}
	note(a.Author != "", "author %s", a.Author)
	for _, file := range a.Enclosures {
		note(true, "file %s", file.URL)
	}
	note(entry.PinnedBy != "", "pinned")
	note(slices.Contains(a.Curated, "slug"), "at %s", a.Slug)
	note(a.Section != "", "in %s", a.Section)
	note(len(a.Tags) > 0, "tags %s", strings.Join(a.Tags, " "))
	note(len(a.KeyPoints) > 0, "points %s", strings.Join(a.KeyPoints, " / "))
	for _, at := range addressIn.FindAllStringSubmatch(a.Body.String(), -1) {
		note(true, "to %s", at[1])
	}
	for i, n := 0, 0; i < len(revisions); i += n {
		r := revisions[i]
		n = 1
		for i+n < len(revisions) && revisions[i+n].Headline == r.Headline && revisions[i+n].Significant == r.Significant {
			n++
		}
		kind := "was"
		if r.Significant {
			kind = "was quite"
		}
		note(n == 1, "%s %q", kind, r.Headline)
		note(n > 1, "%s %q %d times", kind, r.Headline, n)
	}
	note(a.Comments > 0, "%d comments", a.Comments)
	note(len(change.Fields) > 0, "%s waits", strings.Join(change.Fields, " "))
	note(!entry.Gone.IsZero(), "gone")
	note(!entry.Retracted.IsZero(), "retracted")
	note(!entry.Resurfaced.IsZero(), "resurfaced")
	note(entry.Ruling.Rule != "", "%s by %q", entry.Ruling.Decision, entry.Ruling.Rule)
	note(len(entry.Ruling.Added.Marks) > 0, "marked %s", strings.Join(entry.Ruling.Added.Marks, ""))
	note(entry.KeptBy != "", "kept by %s", entry.KeptBy)
	return notes
}
