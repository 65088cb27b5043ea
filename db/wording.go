package db

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"courant/db/diff"
	"courant/db/newsroom"
	"courant/db/scope"
	"courant/db/state"
	"courant/db/text"
)

// wording is all of an article that an edit may change, as a deed keeps it.
type wording struct {
	Slug            string       `json:"slug"`
	Headline        string       `json:"headline"`
	Link            string       `json:"link"`
	Author          string       `json:"author"`
	Language        string       `json:"language"`
	Section         string       `json:"section"`
	Tags            []string     `json:"tags"`
	KeyPoints       []string     `json:"key_points"`
	Summary         string       `json:"summary"`
	Image           Image        `json:"image"`
	Enclosures      []Enclosure  `json:"enclosures"`
	SourcePublished time.Time    `json:"source_published"`
	SourceUpdated   time.Time    `json:"source_updated"`
	Correction      string       `json:"correction"`
	Corrected       time.Time    `json:"corrected"`
	Curated         []string     `json:"curated"`
	Note            string       `json:"note"`
	Thread          state.Thread `json:"thread"`
	Words           int          `json:"words"`
	Body            string       `json:"body"`
}

// worded are the fields of a's wording, each as JSON.
func (a Article) worded() (map[string]json.RawMessage, error) {
	text, err := json.Marshal(wording{
		a.Slug, a.Headline, a.Link, a.Author, a.Language, a.Section, a.Tags, a.KeyPoints, a.Summary, a.Image, a.Enclosures,
		a.SourcePublished, a.SourceUpdated, a.Correction, a.Corrected, a.Curated, a.Note, a.Thread, a.Words, a.Body.String(),
	})
	if err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	return fields, json.Unmarshal(text, &fields)
}

// reworded is a with other fields of its wording; what they hold was an article's.
func (a Article) reworded(fields map[string]json.RawMessage) (Article, error) {
	text, err := json.Marshal(fields)
	if err != nil {
		return a, err
	}
	var w wording
	if err := json.Unmarshal(text, &w); err != nil {
		return a, err
	}
	a.Slug, a.Headline, a.Link, a.Author, a.Language, a.Section, a.Tags, a.KeyPoints = w.Slug, w.Headline, w.Link, w.Author, w.Language, w.Section, w.Tags, w.KeyPoints
	a.Summary, a.Image, a.Enclosures, a.SourcePublished, a.SourceUpdated = w.Summary, w.Image, w.Enclosures, w.SourcePublished, w.SourceUpdated
	a.Correction, a.Corrected, a.Curated, a.Note, a.Thread = w.Correction, w.Corrected, w.Curated, w.Note, w.Thread
	a.Words = w.Words
	return a, a.Body.Scan(w.Body)
}

// sameWords reports whether a field of a wording says the same as another: an empty list
// is none when it is read again.
func sameWords(a, b json.RawMessage) bool {
	none := func(v json.RawMessage) bool { return string(v) == "null" || string(v) == "[]" }
	return bytes.Equal(a, b) || none(a) && none(b)
}

// edited is the step from old to a, which has what of the wording differs.
func edited(old, a Article) (s newsroom.Step, err error) {
	had, err := old.worded()
	if err != nil {
		return s, err
	}
	has, err := a.worded()
	if err != nil {
		return s, err
	}
	for field, value := range had {
		if sameWords(value, has[field]) {
			delete(had, field)
			delete(has, field)
		}
	}
	return newsroom.Step{Article: a.ID, Had: had, Has: has}, nil
}

// reword changes the words of an article in one transaction, as f does. What was done
// is a deed; where nothing is another it is not stored and has no ID.
func (d *DB) reword(ctx context.Context, id, actor, what string, f func(t *tx) (Article, newsroom.Step, error)) (Article, newsroom.Deed, error) {
	type outcome struct {
		article Article
		deed    newsroom.Deed
	}
	o, err := write(ctx, d, func(t *tx) (o outcome, err error) {
		a, s, err := f(t)
		if o.article = a; err != nil || len(s.Has) == 0 {
			return o, err
		}
		o.deed = newsroom.Deed{At: t.now, Actor: actor, What: what, Steps: []newsroom.Step{s}}
		o.deed.ID, err = newsroom.SaveDeed(ctx, t.flushed(ctx), o.deed)
		return o, err
	})
	if err != nil {
		return Article{}, newsroom.Deed{}, fmt.Errorf("article %s: %w", id, err)
	}
	return o.article, o.deed, nil
}

// unedit puts the words of an article back as they were before a step, or, where it
// does that step again, as they were after it: ErrStale where one of them is another
// by now. Readers who were told of a correction are told anew, for what they have must
// change; the news of it goes and comes with it.
func (t *tx) unedit(ctx context.Context, s newsroom.Step, again bool, actor, what string) error {
	old, err := t.article(ctx, s.Article)
	if err != nil {
		return err
	}
	fields, err := old.worded()
	if err != nil {
		return err
	}
	for field, has := range s.Has {
		if field == "slug" && !old.Published.IsZero() {
			continue // readers have its address
		}
		if field == "curated" {
			continue // a set, see below
		}
		if !sameWords(fields[field], has) {
			return ErrStale
		}
		fields[field] = s.Had[field]
	}
	if fields["curated"], err = backed(fields["curated"], s.Has["curated"], s.Had["curated"]); err != nil {
		return err
	}
	a, err := old.reworded(fields)
	if err != nil {
		return err
	}
	// Whoever has what a source changed is told of its going as they were of its coming.
	told := !a.Corrected.Equal(old.Corrected) || s.TookOver() && distance(old, a) > significant
	if err := t.keep(ctx, old, actor, told || distance(old, a) > significant); err != nil {
		return err
	}
	if told && !a.Published.IsZero() {
		if a.Updated, err = t.freeMoment(ctx, "article", latest(t.now, a.Updated)); err != nil {
			return err
		}
	}
	if s.Notice != "" {
		if err := t.retell(ctx, a, s.Notice, again); err != nil {
			return err
		}
	}
	if a.Thread != old.Thread {
		if err := t.saveThread(ctx, a); err != nil {
			return err
		}
	}
	if err := t.saveWords(ctx, a); err != nil {
		return err
	}
	if err := newsroom.PutSent(ctx, t.flushed(ctx), a.Seq, s.Waited, s.Waits); err != nil {
		return err
	}
	t.moveScopes(old, a)
	before, after := saidWords(old, a)
	return t.actChange(ctx, actor, "article", a.ID, what, fmt.Sprint(s.Fields()), before, after)
}

// backed is a set without what is in has alone and with what is in had alone, each a
// list as JSON: fields that an editor has set since stay the editor's.
func backed(set, has, had json.RawMessage) (json.RawMessage, error) {
	if has == nil {
		return set, nil
	}
	var lists [3][]string
	for i, text := range []json.RawMessage{set, has, had} {
		if err := json.Unmarshal(text, &lists[i]); err != nil {
			return nil, err
		}
	}
	list := slices.DeleteFunc(lists[0], func(f string) bool { return slices.Contains(lists[1], f) && !slices.Contains(lists[2], f) })
	for _, f := range lists[2] {
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return json.Marshal(list)
}

// retell takes the news of a's correction back, or tells it again under the same id.
func (t *tx) retell(ctx context.Context, a Article, id string, again bool) error {
	t.scopes.addAt(t.now, scope.Corrections)
	if !again {
		_, err := t.ExecContext(ctx, `DELETE FROM notice WHERE id = $1`, id)
		return err
	}
	return t.tell(ctx, id, a, state.Correction, a.Correction)
}

// moveScopes notes which lists an edit from old to a touches.
func (t *tx) moveScopes(old, a Article) {
	after := articleScopes(a)
	t.scopes.addAt(a.Updated, after...)
	for _, scope := range articleScopes(old) {
		if !slices.Contains(after, scope) {
			t.scopes.addAt(t.now, scope) // it left this list, which must not look older than it did (A4)
		}
	}
	if old.Thread != a.Thread && len(after) > 0 {
		t.scopes.add(scope.Comments)
	}
}

// saveThread stores what an editor would have of a's thread.
func (t *tx) saveThread(ctx context.Context, a Article) error {
	_, err := t.ExecContext(ctx, `UPDATE article SET thread = $2 WHERE seq = $1`, a.Seq, string(a.Thread))
	return err
}

const (
	// saidChars is how much of a field the log has, in characters: what it was is kept
	// whole with the article's history.
	saidChars = 160
	// saidAround is how many words it has on each side of what differs.
	saidAround = 3
)

// saidWords says what differs of the words of an article, for the log: a field a line,
// its name, a tab and what it holds, the same fields in both.
func saidWords(old, a Article) (before, after string) {
	var was, is []string
	add := func(name, old, a string) {
		if old == a {
			return
		}
		old, a = differing(text.Line(old), text.Line(a))
		was, is = append(was, name+"\t"+old), append(is, name+"\t"+a)
	}
	add("headline", old.Headline, a.Headline)
	add("address", old.Slug, a.Slug)
	add("section", old.Section, a.Section)
	add("tags", strings.Join(old.Tags, ", "), strings.Join(a.Tags, ", "))
	add("key points", strings.Join(old.KeyPoints, " / "), strings.Join(a.KeyPoints, " / "))
	add("summary", old.Summary, a.Summary)
	if old.Body != a.Body {
		add("text", old.Body.PlainText(), a.Body.PlainText())
	}
	add("picture", old.Image.URL+" "+old.Image.Alt, a.Image.URL+" "+a.Image.Alt)
	add("note from the desk", old.Note, a.Note)
	add("comments", saidThread(old.Thread), saidThread(a.Thread))
	add("correction", old.Correction, a.Correction)
	add("author", old.Author, a.Author)
	add("link", old.Link, a.Link)
	return strings.Join(was, "\n"), strings.Join(is, "\n")
}

// differing are two texts, or where they are long only what differs of them, with some
// words around it.
func differing(a, b string) (string, string) {
	if len(a) <= saidChars && len(b) <= saidChars {
		return a, b
	}
	x, y := strings.Fields(a), strings.Fields(b)
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	end := 0
	for end < min(len(x), len(y))-same && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	part := func(words []string) string {
		from, to := max(0, same-saidAround), min(len(words), len(words)-end+saidAround)
		s := strings.Join(words[from:to], " ")
		if from > 0 {
			s = "… " + s
		}
		if to < len(words) {
			s += " …"
		}
		return text.Cut(s, saidChars)
	}
	return part(x), part(y)
}

// saidThread is what an editor would have of a thread, in the log.
func saidThread(t state.Thread) string { return cmp.Or(string(t), "as configured") }

// quoted is what somebody wrote, in the log: it looks like nothing that the log says itself.
func quoted(s string) string {
	if s = text.Line(s); s == "" {
		return ""
	}
	return "“" + text.Cut(s, saidChars) + "”"
}

// givenFields are the fields that a source gives and an editor may set.
var givenFields = [...]string{"headline", "key_points", "body"}

// changedFields are the fields in which two versions of an article differ.
func changedFields(old, fresh Article) (fields []string) {
	for i, differs := range [...]bool{
		old.Headline != fresh.Headline, !slices.Equal(old.KeyPoints, fresh.KeyPoints), old.Body.PlainText() != fresh.Body.PlainText(),
	} {
		if differs {
			fields = append(fields, givenFields[i])
		}
	}
	return fields
}

// merged is old with what the source says now, where no editor decided.
func merged(old, fresh Article) Article {
	a := old
	kept := func(field string) bool { return slices.Contains(old.Curated, field) }
	if !kept("headline") {
		a.Headline = fresh.Headline
	}
	a.nameAddress()
	if !kept("key_points") {
		a.KeyPoints = fresh.KeyPoints
	}
	if !kept("body") {
		a.Body, a.Words = fresh.Body, fresh.Words
	}
	if !kept("summary") && !kept("body") {
		a.Summary = fresh.Summary
	}
	a.Link, a.Author, a.Language = fresh.Link, fresh.Author, fresh.Language
	a.Enclosures = fresh.Enclosures
	if !kept("image") {
		a.Image = fresh.Image
	}
	a.SourceUpdated = fresh.SourceUpdated
	if a.SourcePublished.IsZero() {
		a.SourcePublished = fresh.SourcePublished
	}
	return a
}

// significant is how many visible characters may change without readers being
// told (I22, I23).
const significant = 50

// distance is how many characters of headline and visible text differ between
// two versions; more than significant stands for all that is more (I22).
func distance(a, b Article) int {
	if a.Headline == b.Headline && a.Body == b.Body {
		return 0
	}
	return diff.Distance(a.Headline+"\n"+a.Body.PlainText(), b.Headline+"\n"+b.Body.PlainText(), significant)
}
