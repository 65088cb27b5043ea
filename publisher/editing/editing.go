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
	"slices"
	"strconv"
	"strings"

	"courant/db"
	"courant/db/blocks"
	"courant/db/content"
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

// Only is e limited to the articles of some sections, given by id; none is no limit.
func (e Editor) Only(sections []string) Editor {
	e.only = sections
	return e
}

// A FieldError says what is wrong with one thing that was asked for.
type FieldError struct {
	Field string // headline, slug, key_points, section, tags, body or correction; empty: the whole
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
	// Correction says to readers what was wrong; it moves Updated. Empty makes
	// the change a minor one, of which nobody is told.
	Correction string
}

// maxKeyPoints is how many an article holds (PRODUCT.md, Words).
const maxKeyPoints = 5

// Edit changes an article. Errors: *FieldError, db.ErrNotFound.
func (e Editor) Edit(ctx context.Context, id string, c Change) (db.Article, error) {
	if err := e.check(c); err != nil {
		return db.Article{}, err
	}
	edit := db.Edit{Correction: c.Correction, Section: c.Section}
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
	if c.Body != nil || c.Slug != nil {
		old, err := e.store.Article(ctx, id)
		if err != nil {
			return db.Article{}, err
		}
		if c.Body != nil {
			body := content.Clean(*c.Body, old.Link)
			edit.Body = &body
		}
		if c.Slug != nil && *edit.Slug != old.Slug && !old.Published.IsZero() {
			return db.Article{}, &FieldError{"slug", "stays " + strconv.Quote(old.Slug) + ": readers have this address already"}
		}
	}
	return e.store.EditArticle(ctx, id, edit, e.name)
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
	if c.KeyPoints != nil && len(*c.KeyPoints) > maxKeyPoints {
		wrong("key_points", "an article has at most %d", maxKeyPoints)
	}
	if c.Section != nil && !e.sections(*c.Section) {
		wrong("section", "there is no section %s", *c.Section)
	}
	if c.Tags != nil {
		for _, tag := range lines(*c.Tags) {
			if err := db.CheckTag(tag); err != nil {
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

// Moderate brings a comment to another state. Errors: *state.TransitionError,
// db.ErrNotFound.
func (e Editor) Moderate(ctx context.Context, id string, to state.Comment) (db.Comment, error) {
	return e.store.SetCommentStatus(ctx, id, to, e.name, e.name)
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
func (e Editor) Revert(ctx context.Context, r db.Remade, fields []string) (db.Article, error) {
	for _, name := range fields {
		if !slices.Contains(db.Fields(), name) {
			return db.Article{}, &FieldError{"", fmt.Sprintf("%q is no field: there are %s", name, strings.Join(db.Fields(), ", "))}
		}
	}
	return e.store.Revert(ctx, r, fields, e.name)
}

// Take takes over the change of a source that waits for an editor (I23); r is
// what its entry makes. Errors: db.ErrNotFound where nothing waits, db.ErrStale.
func (e Editor) Take(ctx context.Context, r db.Remade) (db.Article, error) {
	return e.store.Take(ctx, r, e.name)
}

// Reprocess replaces what was made of entries before by what is made of them now
// and returns how many articles that changed.
func (e Editor) Reprocess(ctx context.Context, list []db.Remade) (int, error) {
	return e.store.Reprocess(ctx, list, e.name)
}
