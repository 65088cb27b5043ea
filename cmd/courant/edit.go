package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"courant/aggregator/normalise"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/db"
	"courant/publisher/editing"
)

func articleEdit(a *app) *cobra.Command {
	var e editFlags
	c := &cobra.Command{
		Use:   "edit ID",
		Short: "Change an article; its source no longer changes what you set",
		Long: `Changes what the flags name. Without them it opens the article in $EDITOR: one
file with headline, section, tags, key points, and the body as HTML or Markdown.
What is changed there belongs to you from then on; --revert gives it back.`,
		Example: `  courant article edit 7k3f9qa2xw --headline "Harbour City opens its tidal plant"
  courant article edit 7k3f9qa2xw --body-file body.html --correction "The plant makes 40 MW, not 400."
  EDITOR=nano courant article edit 7k3f9qa2xw
  courant article edit 7k3f9qa2xw --revert headline`,
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := e.change(cmd, a.readFile)
			if err != nil {
				return err
			}
			return a.withStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				id, err := articleNamed(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				article, err := a.edit(cmd, c, store, id, e.revert, change)
				if err != nil {
					return noArticle(args[0], wrongEdit(cmd, c.File, err))
				}
				return a.done(c, article)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&e.headline, "headline", "", "new headline `TEXT`")
	f.StringArrayVar(&e.keyPoints, "key-point", nil, "a key point `TEXT`; give it once for each, all are replaced; \"\" for none")
	f.StringVar(&e.section, "section", "", "new section `ID`; \"\" for none")
	f.StringArrayVar(&e.tags, "tag", nil, "a `TAG`; give it once for each, all are replaced; \"\" for none")
	f.StringVar(&e.bodyFile, "body-file", "", "`FILE` of the new body in HTML; - for standard input")
	f.StringSliceVar(&e.revert, "revert", nil, "give a `FIELD` back to its source: headline, section, tags, key_points or body")
	f.BoolVar(&e.minor, "minor", false, "tell nobody (the default)")
	f.StringVar(&e.correction, "correction", "", "tell readers what was wrong: `TEXT`")
	return c
}

// editFlags are the flags of `article edit`.
type editFlags struct {
	headline, section, bodyFile, correction string
	keyPoints, tags, revert                 []string
	minor                                   bool
}

// change is what the flags of cmd ask for; read reads the file of a body.
func (e editFlags) change(cmd *cobra.Command, read func(string) ([]byte, error)) (c editing.Change, err error) {
	f := cmd.Flags()
	if e.minor && f.Changed("correction") {
		return c, misused(cmd, "edit: either --minor or --correction")
	}
	c.Correction = e.correction
	if f.Changed("headline") {
		c.Headline = &e.headline
	}
	if f.Changed("key-point") {
		c.KeyPoints = &e.keyPoints
	}
	if f.Changed("section") {
		c.Section = &e.section
	}
	if f.Changed("tag") {
		c.Tags = &e.tags
	}
	if f.Changed("body-file") {
		markup, err := read(e.bodyFile)
		if err != nil {
			return c, err
		}
		body := string(markup)
		c.Body = &body
	}
	return c, nil
}

// editFlag is the flag of `article edit` that sets a field.
var editFlag = map[string]string{"headline": "--headline", "key_points": "--key-point", "section": "--section", "tags": "--tag", "body": "--body-file", "": "edit"}

// wrongEdit words what is wrong with an edit by its flags, each with a line.
func wrongEdit(cmd *cobra.Command, file string, err error) error {
	var errs []error
	for _, one := range failure.Parts(err) {
		var field *editing.FieldError
		switch {
		case !errors.As(one, &field):
			errs = append(errs, one)
		case field.Field == "section":
			errs = append(errs, hint(fmt.Errorf("--section: %s", field.Text), "add a [[section]] to %s", file))
		default:
			errs = append(errs, misused(cmd, "%s: %s", editFlag[field.Field], field.Text))
		}
	}
	return errors.Join(errs...)
}

// edit does what `article edit` was asked for: change, or give fields back, or
// where nothing is named open an editor.
func (a *app) edit(cmd *cobra.Command, c config.Config, store *db.DB, id string, fields []string, change editing.Change) (article db.Article, err error) {
	ctx, named := cmd.Context(), change
	named.Correction = ""
	switch empty := named == (editing.Change{}); {
	case len(fields) > 0 && change != (editing.Change{}):
		return article, misused(cmd, "edit: either --revert or what to change")
	case len(fields) > 0:
		return revert(ctx, c, store, id, fields)
	case empty && editorProgram() != "":
		if change, err = a.editFile(ctx, store, id, change.Correction); err != nil {
			return article, err
		}
	}
	return shellEditor(c, store).Edit(ctx, id, change)
}

// revert gives fields of an article back to what its source sent.
func revert(ctx context.Context, c config.Config, store *db.DB, id string, fields []string) (article db.Article, err error) {
	if article, err = store.Article(ctx, id); err != nil {
		return article, err
	}
	s, _ := c.Source(article.Source)
	err = store.EachKept(ctx, []string{id}, func(list []db.Kept) error {
		for _, k := range list {
			e, err := normalise.Unpack(k.Raw)
			if err != nil {
				return fmt.Errorf("article %s: %w", k.ID, err)
			}
			m := normalise.Remake(e, normalise.Source{ID: k.Source, Section: s.Section, Tags: s.Tags, KeyPoints: s.KeyPoints})
			made := db.Remade{ID: k.ID, Fingerprint: m.Fingerprint, Given: m.Given, Article: m.Article}
			if article, err = shellEditor(c, store).Revert(ctx, made, fields); err != nil {
				return err
			}
		}
		return nil
	})
	return article, err
}

// editorProgram is the command that a person edits files with, or "".
func editorProgram() string {
	if visual := os.Getenv("VISUAL"); visual != "" {
		return visual
	}
	return os.Getenv("EDITOR")
}

// editFile has a person edit an article as a file, and says what changed in it.
func (a *app) editFile(ctx context.Context, store *db.DB, id, correction string) (c editing.Change, err error) {
	article, err := store.Article(ctx, id)
	if err != nil {
		return c, err
	}
	f, err := os.CreateTemp("", "courant-"+id+"-*.md")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(fileOf(article))
	if err = errors.Join(err, f.Close()); err != nil {
		return c, err
	}
	// By a shell, as git does it: EDITOR may have arguments of its own.
	edit := exec.CommandContext(ctx, "sh", "-c", editorProgram()+` "$1"`, "sh", f.Name())
	edit.Stdin, edit.Stdout, edit.Stderr = a.stdin, a.out, a.err
	if err := edit.Run(); err != nil {
		return c, fmt.Errorf("article %s: %s: %w", id, editorProgram(), err)
	}
	after, err := a.readFile(f.Name())
	if err != nil {
		return c, err
	}
	c, err = changeOf(article, string(after))
	c.Correction = correction
	return c, err
}

const (
	// fileHelp stands on top of the file; lines that begin with # are not read there.
	fileHelp = `# A line each; as many lines "key point:" as there are key points, at most five.
# The body stands below the line of dashes: HTML, or Markdown.
`
	bodyBelow = "\n----\n"
)

// fileOf is an article as a file to edit.
func fileOf(a db.Article) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sheadline: %s\nsection: %s\ntags: %s\n", fileHelp, a.Headline, a.Section, strings.Join(a.Tags, ", "))
	for _, p := range a.KeyPoints {
		fmt.Fprintf(&b, "key point: %s\n", p)
	}
	return strings.TrimSuffix(b.String(), "\n") + bodyBelow + a.Body.String() + "\n"
}

// changeOf is what differs between an article and its file after an edit.
func changeOf(a db.Article, file string) (c editing.Change, err error) {
	head, body, found := strings.Cut(strings.ReplaceAll(file, "\r\n", "\n"), bodyBelow)
	if !found {
		return c, hint(fmt.Errorf("article %s: the line of dashes above the body is gone", a.ID), "nothing was changed: edit again and leave it")
	}
	headline, section, tags, points := "", "", []string{}, []string{}
	for line := range strings.SplitSeq(head, "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name = strings.TrimSpace(name); {
		case strings.HasPrefix(name, "#") || strings.TrimSpace(line) == "":
		case name == "headline":
			headline = value
		case name == "section":
			section = value
		case name == "tags":
			tags = appendFilled(tags, strings.Split(value, ",")...)
		case name == "key point":
			points = appendFilled(points, value)
		default:
			return c, hint(fmt.Errorf("article %s: %q is no field of the file", a.ID, name), "nothing was changed")
		}
	}
	if headline != a.Headline {
		c.Headline = &headline
	}
	if section != a.Section {
		c.Section = &section
	}
	if !slices.Equal(tags, a.Tags) {
		c.Tags = &tags
	}
	if !slices.Equal(points, a.KeyPoints) {
		c.KeyPoints = &points
	}
	if body = strings.TrimSpace(body); body != strings.TrimSpace(a.Body.String()) {
		body, err = asHTML(body)
		c.Body = &body
	}
	return c, err
}

// appendFilled appends those of texts that are not empty.
func appendFilled(list []string, texts ...string) []string {
	for _, s := range texts {
		if s = strings.TrimSpace(s); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// asHTML is a body that is HTML as it is, and one in Markdown as HTML.
func asHTML(body string) (string, error) {
	if strings.HasPrefix(body, "<") {
		return body, nil
	}
	var b bytes.Buffer
	err := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Convert([]byte(body), &b)
	return b.String(), err
}
