// Package editing is what editors do: publish and reject, edit and withdraw,
// approve and remove, each under a name that the log of actions keeps. It knows
// no HTTP and no flags: the shell is one door to it, the desk another, and a rule
// that both must keep stands here. What is wrong with what was asked comes back
// as a *FieldError, which each door puts in its own place. Begin with New.
package editing

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"courant/db"
	"courant/db/blocks"
	"courant/db/content"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/db/text"
)

// Editor does things to a store in somebody's name. Safe for concurrent use.
type Editor struct {
	store    *db.DB
	name     string
	sections func(id string) bool
	only     []string // the sections whose articles it may decide on; empty: all
}

// New returns an editor of store. name is whom the log names; sections reports
// whether an article may be in a section, nil where any will do.
func New(store *db.DB, name string, sections func(id string) bool) Editor {
	if sections == nil {
		sections = func(string) bool { return true }
	}
	return Editor{store: store, name: name, sections: sections}
}

// Name is whom the log names.
func (e Editor) Name() string { return e.name }

// Only is e limited to the articles of some sections, given by id; none is no limit.
func (e Editor) Only(sections []string) Editor {
	e.only = sections
	return e
}

// A FieldError says what is wrong with one thing that was asked for.
type FieldError struct {
	Field string // headline, summary, image, desk_note, slug, key_points, section, tags, body or correction; empty: the whole
	Text  string // why, as the end of a sentence that begins with the field
}

func (e *FieldError) Error() string {
	if e.Field == "" {
		return e.Text
	}
	return e.Field + ": " + e.Text
}

// Change is what becomes of an article's words; nil leaves a field as it is. The
// source changes the edited fields no more.
type Change struct {
	Headline  *string
	Slug      *string   // the readable part of the address, in any spelling; empty: none. Only until readers see the article
	KeyPoints *[]string // each a sentence; empty ones are left out
	Section   *string   // id; empty: in none
	Tags      *[]string // empty ones are left out
	Body      *string   // HTML, which is cleaned
	Summary   *string
	Image     *db.Image
	Note      *string       // from the desk, for readers; empty: none
	Thread    *state.Thread // what becomes of its comments
	Of        *int64        // the version that the change is of, see db.DB.Version; nil: whatever there is
	// Correction says to readers what was wrong; it moves Updated. Empty makes
	// the change a minor one, of which nobody is told.
	Correction string
}

// maxKeyPoints is how many an article holds (PRODUCT.md, Words).
const maxKeyPoints = 5

// How much an editor may write, in bytes. No page and no feed is made for more.
const (
	maxHeadline = 1000
	maxBody     = 512 << 10
	maxTags     = 50
)

// Edit changes an article. The deed, by which that is undone, has no ID where nothing is
// another. Errors: *FieldError, db.ErrNotFound, db.ErrStale.
func (e Editor) Edit(ctx context.Context, id string, c Change) (db.Article, newsroom.Deed, error) {
	edit, err := e.edit(ctx, id, c)
	if err != nil {
		return db.Article{}, newsroom.Deed{}, err
	}
	return e.store.EditArticle(ctx, id, edit, e.name)
}

// edit is c as the store takes it, for the article with an id.
func (e Editor) edit(ctx context.Context, id string, c Change) (edit db.Edit, err error) {
	if err := e.check(c); err != nil {
		return edit, err
	}
	edit = db.Edit{Correction: text.Line(c.Correction), Section: c.Section, Image: c.Image, Thread: c.Thread, Of: c.Of}
	for _, one := range []struct{ from, to **string }{{&c.Summary, &edit.Summary}, {&c.Note, &edit.Note}} {
		if *one.from != nil {
			straight := text.Line(**one.from)
			*one.to = &straight
		}
	}
	if len(e.only) > 0 {
		a, err := e.store.Article(ctx, id)
		if err != nil {
			return edit, err
		}
		if !e.mayTouch(a, "edit") || c.Section != nil && !slices.Contains(e.only, *c.Section) {
			return edit, &FieldError{"section", "is not one of yours"}
		}
	}
	if c.Headline != nil {
		headline := text.Line(*c.Headline)
		edit.Headline = &headline
	}
	if c.Slug != nil {
		slug := text.ArticleSlug(*c.Slug)
		edit.Slug = &slug
	}
	if c.KeyPoints != nil {
		points := lines(*c.KeyPoints)
		edit.KeyPoints = &points
	}
	if c.Tags != nil {
		tags := lines(*c.Tags)
		edit.Tags = &tags
	}
	if c.Body != nil || c.Slug != nil || edit.Correction != "" {
		old, err := e.store.Article(ctx, id)
		if err != nil {
			return edit, err
		}
		if c.Body != nil {
			body := content.Clean(*c.Body, old.Link)
			edit.Body = &body
		}
		if edit.Correction != "" && old.Published.IsZero() {
			return edit, &FieldError{"correction", "is for what readers have seen, and they have not seen this: leave it out"}
		}
		if c.Slug != nil && *edit.Slug != old.Slug && !old.Published.IsZero() {
			return edit, &FieldError{"slug", "stays " + strconv.Quote(old.Slug) + ": readers have this address already"}
		}
	}
	return edit, nil
}

// Preview is what c would make of an article. Errors: *FieldError.
func (e Editor) Preview(a db.Article, c Change) (db.Article, error) {
	if c == (Change{}) {
		return a, nil
	}
	if err := e.check(c); err != nil {
		return a, err
	}
	if c.Headline != nil {
		a.Headline = text.Line(*c.Headline)
		if a.Published.IsZero() && !slices.Contains(a.Curated, "slug") {
			a.Slug = text.ArticleSlug(a.Headline)
		}
	}
	if c.Slug != nil {
		a.Slug = text.ArticleSlug(*c.Slug)
	}
	if c.KeyPoints != nil {
		a.KeyPoints = lines(*c.KeyPoints)
	}
	if c.Section != nil {
		a.Section = *c.Section
	}
	if c.Tags != nil {
		a.Tags = lines(*c.Tags)
	}
	if c.Summary != nil {
		a.Summary = text.Line(*c.Summary)
	}
	if c.Image != nil {
		a.Image = *c.Image
	}
	if c.Note != nil {
		a.Note = text.Line(*c.Note)
	}
	if c.Thread != nil {
		a.Thread = *c.Thread
	}
	if c.Body != nil {
		a.Body = content.Clean(*c.Body, a.Link)
		a.Words = a.Body.Words()
	}
	if c.Correction != "" {
		a.Correction, a.Corrected = text.Line(c.Correction), e.store.Now()
	}
	return a, nil
}

// check says all that is wrong with c, joined.
func (e Editor) check(c Change) error {
	if c == (Change{}) {
		return &FieldError{"", "says nothing to change"}
	}
	var errs []error
	wrong := func(field, format string, args ...any) {
		errs = append(errs, &FieldError{field, fmt.Sprintf(format, args...)})
	}
	if c.Headline != nil && strings.TrimSpace(*c.Headline) == "" {
		wrong("headline", "must not be empty")
	}
	if c.Slug != nil && *c.Slug != "" && text.ArticleSlug(*c.Slug) == "" {
		wrong("slug", "needs a letter or a digit")
	}
	if c.KeyPoints != nil && len(lines(*c.KeyPoints)) > maxKeyPoints {
		wrong("key_points", "an article has at most %d", maxKeyPoints)
	}
	for _, field := range []struct {
		name string
		text *string
		most int
	}{
		{"headline", c.Headline, maxHeadline},
		{"summary", c.Summary, maxReason},
		{"desk_note", c.Note, maxReason},
		{"body", c.Body, maxBody},
		{"correction", &c.Correction, maxReason},
	} {
		if field.text != nil && len(*field.text) > field.most {
			wrong(field.name, "is too long: it has %d bytes, and %d fit", len(*field.text), field.most)
		}
	}
	if c.KeyPoints != nil {
		for _, p := range *c.KeyPoints {
			if len(p) > maxHeadline {
				wrong("key_points", "one is too long: it has %d bytes, and %d fit", len(p), maxHeadline)
				break
			}
		}
	}
	if c.Tags != nil && len(*c.Tags) > maxTags {
		wrong("tags", "there are %d, and at most %d fit", len(*c.Tags), maxTags)
	}
	if c.Image != nil && c.Image.URL != "" {
		if u, err := url.Parse(c.Image.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			wrong("image", "%q is not the address of a picture", c.Image.URL)
		}
	}
	if c.Thread != nil && !c.Thread.Valid() {
		wrong("comments", "there is no %q", string(*c.Thread))
	}
	if c.Section != nil && !e.sections(*c.Section) {
		wrong("section", "there is no section %s", *c.Section)
	}
	if c.Tags != nil {
		for _, tag := range lines(*c.Tags) {
			if err := text.CheckTag(tag); err != nil {
				wrong("tags", "%v", err)
			}
		}
	}
	return errors.Join(errs...)
}

// lines straightens the white space of each text and leaves out empty ones.
func lines(in []string) []string {
	out := []string{}
	for _, s := range in {
		if s = text.Line(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// WithdrawSource withdraws every published article of a source for one reason
// and returns how many.
func (e Editor) WithdrawSource(ctx context.Context, id, reason string) (int, error) {
	return e.store.WithdrawSource(ctx, id, e.name, reason)
}

// Moderate brings comments to another state, for a reason that editors read, or none,
// and returns those that it can bring there, and the deed by whose ID that is undone.
// What cannot be done to one is in the error, joined. Errors: *FieldError,
// *state.TransitionError, db.ErrNotFound.
func (e Editor) Moderate(ctx context.Context, to state.Comment, reason string, ids ...string) ([]db.Comment, newsroom.Deed, error) {
	why := e.name
	if reason = text.Line(reason); reason != "" {
		why += newsroom.ReasonAfter + reason
	}
	if len([]rune(reason)) > maxReason {
		return nil, newsroom.Deed{}, &FieldError{"reason", fmt.Sprintf("has more than %d characters", maxReason)}
	}
	return e.store.Moderate(ctx, e.name, to, why, each(ids)...)
}

// Purge forgets what was written with an e-mail address and returns how many comments
// those were, see db.DB.PurgeComments.
func (e Editor) Purge(ctx context.Context, email string) (int, error) {
	return e.store.PurgeComments(ctx, email, e.name)
}

// Blocks are whom editors want to hear no more of.
func (e Editor) Blocks() blocks.Blocks { return blocks.New(e.store.DB, e.store.Now) }

// Block refuses, from now on, what has a comment's trait of each of kinds, see
// blocks.Kinds. It leaves the comment itself as it is. Errors: *FieldError where
// there is no such kind, or the comment has none of it; db.ErrNotFound.
func (e Editor) Block(ctx context.Context, id string, kinds []string) ([]blocks.Block, error) {
	list, err := e.traits(ctx, id, kinds)
	for _, b := range list {
		if err := e.Blocks().Add(ctx, b); err != nil {
			return nil, err
		}
	}
	return list, err
}

// Unblock takes that back: for each of kinds the block that the comment's trait
// meets, whichever comment it was taken from. Errors: as Block, and
// blocks.ErrNotFound where there is none.
func (e Editor) Unblock(ctx context.Context, id string, kinds []string) ([]blocks.Block, error) {
	list, err := e.traits(ctx, id, kinds)
	for _, b := range list {
		if err := e.Blocks().Remove(ctx, b); err != nil {
			return nil, err
		}
	}
	return list, err
}

// traits are a comment's, of each of kinds, as blocks.
func (e Editor) traits(ctx context.Context, id string, kinds []string) ([]blocks.Block, error) {
	if len(kinds) == 0 {
		return nil, &FieldError{"by", "nothing is chosen: one or more of " + strings.Join(blocks.Kinds(), ", ")}
	}
	c, err := e.store.Comment(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []blocks.Block
	traits := blocks.Traits(c.Name, c.Email, c.Network, c.Text)
	shown := map[string]string{blocks.Name: c.Name, blocks.Email: c.Email, blocks.Network: c.Network, blocks.Text: text.Line(c.Text)}
	for _, kind := range kinds {
		switch {
		case !slices.Contains(blocks.Kinds(), kind):
			return nil, &FieldError{"by", fmt.Sprintf("%q is not one of %s", kind, strings.Join(blocks.Kinds(), ", "))}
		case traits[kind] == "":
			return nil, &FieldError{"by", fmt.Sprintf("comment %s has no %s", id, kind)}
		}
		list = append(list, blocks.Block{Kind: kind, Trait: traits[kind], Shown: shown[kind], Comment: id, Actor: e.name})
	}
	return list, nil
}

// Revert gives fields of an article back to its source, of whose entry r is made.
// Errors: *FieldError, db.ErrNotFound.
func (e Editor) Revert(ctx context.Context, r db.Remade, fields []string) (db.Article, newsroom.Deed, error) {
	for _, name := range fields {
		if !slices.Contains(editable(), name) {
			return db.Article{}, newsroom.Deed{}, &FieldError{"", fmt.Sprintf("%q is no field: there are %s", name, strings.Join(editable(), ", "))}
		}
	}
	return e.store.Revert(ctx, r, fields, e.name)
}

// Take takes over the change of a source that waits for an editor (I23); r is
// what its entry makes. Errors: db.ErrNotFound where nothing waits, db.ErrStale.
func (e Editor) Take(ctx context.Context, r db.Remade) (db.Article, newsroom.Deed, error) {
	return e.store.Take(ctx, r, e.name)
}

// Reprocess replaces what was made of entries before by what is made of them now
// and returns how many articles that changed.
func (e Editor) Reprocess(ctx context.Context, list []db.Remade) (int, error) {
	return e.store.Reprocess(ctx, list, e.name)
}

// ErrPaused is for a source that its configuration pauses: no editor resumes it.
var ErrPaused = errors.New("the configuration says that it is paused")

// ErrNotYours is for an article or a source of a section that the editor does not decide on.
var ErrNotYours = errors.New("it is of a section that is not theirs")

// polls reports, as nil, that e may say when a source is polled. Errors:
// db.ErrNotFound, ErrNotYours.
func (e Editor) polls(ctx context.Context, id string) error {
	s, err := e.store.Source(ctx, id)
	if err == nil && len(e.only) > 0 && !slices.Contains(e.only, s.Section) {
		err = ErrNotYours
	}
	if err != nil {
		return fmt.Errorf("source %s: %w", id, err)
	}
	return nil
}

// Pause stops the polling of a source until Resume, whatever its configuration
// says. Errors: db.ErrNotFound, ErrNotYours.
func (e Editor) Pause(ctx context.Context, id string) error {
	if err := e.polls(ctx, id); err != nil {
		return err
	}
	return e.store.PauseSource(ctx, id, true, e.name)
}

// Resume clears what Pause set, and gives a source that was given up another
// chance. Errors: db.ErrNotFound, ErrNotYours; ErrPaused where the configuration pauses it all
// the same.
func (e Editor) Resume(ctx context.Context, id string) error {
	if err := e.polls(ctx, id); err != nil {
		return err
	}
	if err := e.store.PauseSource(ctx, id, false, e.name); err != nil {
		return err
	}
	s, err := e.store.Source(ctx, id)
	if err == nil && s.PausedConfig {
		err = fmt.Errorf("source %s: %w", id, ErrPaused)
	}
	return err
}

// Ask asks the worker for a pass over each source now, as far as its server lets
// it; db.DB.Answers tells what came of it. It changes nothing that was decided, so
// that no log names it. Errors: db.ErrNotFound, ErrNotYours, before anything is asked.
func (e Editor) Ask(ctx context.Context, ids []string) ([]db.Ask, error) {
	for _, id := range ids {
		if err := e.polls(ctx, id); err != nil {
			return nil, err
		}
	}
	return e.store.AskPasses(ctx, ids)
}

// editable are what of an article an editor may set, by the names of Curated.
func editable() []string {
	return []string{"headline", "slug", "section", "tags", "key_points", "body", "summary", "image"}
}
