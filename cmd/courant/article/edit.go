package article

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/manuscript"
	"courant/cmd/courant/naming"
	"courant/db"
	"courant/db/state"
	"courant/publisher/editing"
)

func editCommand(a *cli.App) *cobra.Command {
	var e editFlags
	c := &cobra.Command{
		Use:   "edit ID",
		Short: "Change an article; its source no longer changes what you set",
		Long: `Changes what the flags name. Without them it opens the article in $EDITOR: one
file with headline, slug, section, tags, key points, and the body as HTML or Markdown.
What is changed there belongs to you from then on; --revert gives it back.`,
		Example: `  courant article edit 7k3f9qa2xw --headline "Harbour City opens its tidal plant"
  courant article edit 7k3f9qa2xw --body-file body.html --correction "The plant makes 40 MW, not 400."
  EDITOR=nano courant article edit 7k3f9qa2xw
  courant article edit 7k3f9qa2xw --revert headline
  courant article edit 7k3f9qa2xw --slug tidal-plant-opens`,
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := e.change(cmd, a.ReadFile)
			if err != nil {
				return err
			}
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				id, err := naming.Article(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				article, err := edit(a, cmd, c, store, id, e, change)
				if err != nil {
					return naming.NoArticle(args[0], wrongEdit(cmd, c.File, err))
				}
				return done(a, c, article)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&e.headline, "headline", "", "new headline `TEXT`")
	f.StringVar(&e.slug, "slug", "", "new `WORDS` in its address, until it is published; \"\" for none")
	f.StringArrayVar(&e.keyPoints, "key-point", nil, "a key point `TEXT`; give it once for each, all are replaced; \"\" for none")
	f.StringVar(&e.section, "section", "", "new section `ID`; \"\" for none")
	f.StringArrayVar(&e.tags, "tag", nil, "a `TAG`; give it once for each, all are replaced; \"\" for none")
	f.StringVar(&e.bodyFile, "body-file", "", "`FILE` of the new body in HTML; - for standard input")
	f.StringSliceVar(&e.revert, "revert", nil, "give a `FIELD` back to its source: headline, slug, section, tags, key_points or body")
	f.StringVar(&e.comments, "comments", "", "`on`, closed or off: what becomes of its thread; \"\" for what the configuration says")
	f.BoolVar(&e.minor, "minor", false, "tell nobody (the default)")
	f.StringVar(&e.correction, "correction", "", "tell readers what was wrong: `TEXT`")
	return c
}

// editFlags are the flags of `article edit`.
type editFlags struct {
	headline, slug, section, bodyFile, correction, comments string
	keyPoints, tags, revert                                 []string
	minor                                                   bool
}

// change is what the flags of cmd ask for; read reads the file of a body.
func (e editFlags) change(cmd *cobra.Command, read func(string) ([]byte, error)) (c editing.Change, err error) {
	f := cmd.Flags()
	if e.minor && f.Changed("correction") {
		return c, failure.Misused(cmd, "edit: either --minor or --correction")
	}
	c.Correction = e.correction
	if f.Changed("headline") {
		c.Headline = &e.headline
	}
	if f.Changed("slug") {
		c.Slug = &e.slug
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
	if f.Changed("comments") {
		thread := state.Thread(e.comments)
		c.Thread = &thread
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
var editFlag = map[string]string{"headline": "--headline", "slug": "--slug", "key_points": "--key-point", "section": "--section", "tags": "--tag", "body": "--body-file", "comments": "--comments", "correction": "--correction", "": "edit"}

// wrongEdit words what is wrong with an edit by its flags, each with a line.
func wrongEdit(cmd *cobra.Command, file string, err error) error {
	var errs []error
	for _, one := range failure.Parts(err) {
		var field *editing.FieldError
		switch {
		case !errors.As(one, &field):
			errs = append(errs, one)
		case field.Field == "section":
			errs = append(errs, failure.Hint(fmt.Errorf("--section: %s", field.Text), "add a [[section]] to %s", file))
		default:
			errs = append(errs, failure.Misused(cmd, "%s: %s", editFlag[field.Field], field.Text))
		}
	}
	return errors.Join(errs...)
}

// edit does what `article edit` was asked for: change, or give fields back, or
// where nothing is named open an editor.
func edit(a *cli.App, cmd *cobra.Command, c config.Config, store *db.DB, id string, e editFlags, change editing.Change) (article db.Article, err error) {
	ctx, correction, named := cmd.Context(), change.Correction, change
	named.Correction = ""
	switch empty := named == (editing.Change{}); {
	case len(e.revert) > 0 && change != (editing.Change{}):
		return article, failure.Misused(cmd, "edit: either --revert or what to change")
	case len(e.revert) > 0:
		article, _, err = maker(c, store).Revert(ctx, id, e.revert)
		return article, err
	case empty && manuscript.Program() != "":
		if article, err = store.Article(ctx, id); err != nil {
			return article, err
		}
		if change, err = manuscript.Edit(ctx, article, a.Stdin, a.Out, a.Err); err != nil {
			return article, err
		}
		change.Correction = correction
	}
	article, _, err = cli.ShellEditor(c, store).Edit(ctx, id, change)
	return article, err
}
