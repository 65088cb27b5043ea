package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/db"
	"courant/db/diff"
	"courant/db/text"
	"courant/publisher/editing"
)

// revisionLine is a change of an article in the JSON of show --revisions.
type revisionLine struct {
	At          string   `json:"at"`
	Actor       string   `json:"actor"`
	Significant bool     `json:"significant"`
	Changes     []change `json:"changes"`
}

// change is what became of a field: -[what went]- and +[what came]+.
type change struct {
	Field string `json:"field"`
	Diff  string `json:"diff"`
}

// revisionLines are the changes that made an article what it is, the oldest first.
func revisionLines(list []db.Revision, now db.Article) []revisionLine {
	current := db.Revision{
		Headline: now.Headline, Summary: now.Summary, KeyPoints: now.KeyPoints, Section: now.Section, Tags: now.Tags, Slug: now.Slug, Body: now.Body,
	}
	lines := make([]revisionLine, len(list))
	for i, was := range list {
		is := current
		if i+1 < len(list) {
			is = list[i+1]
		}
		lines[i] = revisionLine{At: stamp(was.At), Actor: was.Actor, Significant: was.Significant, Changes: []change{}}
		for _, f := range []struct{ field, was, is string }{
			{"headline", was.Headline, is.Headline},
			{"key points", strings.Join(was.KeyPoints, " / "), strings.Join(is.KeyPoints, " / ")},
			{"summary", was.Summary, is.Summary},
			{"section", was.Section, is.Section},
			{"tags", strings.Join(was.Tags, ", "), strings.Join(is.Tags, ", ")},
			{"slug", was.Slug, is.Slug},
			{"body", text.Line(was.Body.PlainText()), text.Line(is.Body.PlainText())},
		} {
			if f.was != f.is {
				lines[i].Changes = append(lines[i].Changes, change{f.field, wordDiff(f.was, f.is)})
			}
		}
	}
	return lines
}

// wordDiff marks what went and what came, with a few words around it.
func wordDiff(was, is string) string {
	var b strings.Builder
	pieces := diff.Words(was, is)
	for i, p := range pieces {
		switch p.Op {
		case diff.Deleted:
			b.WriteString("-[" + strings.TrimRight(p.Text, " ") + "]- ")
		case diff.Added:
			b.WriteString("+[" + strings.TrimRight(p.Text, " ") + "]+ ")
		default:
			b.WriteString(around(p.Text, i > 0, i+1 < len(pieces)))
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// aroundWords is how many words of what stayed are shown on each side of what
// did not.
const aroundWords = 6

// around is what stayed between two changes, shortened: after and before say
// whether there is a change on that side.
func around(same string, after, before bool) string {
	words := strings.Fields(same)
	keep := 0
	if after {
		keep += aroundWords
	}
	if before {
		keep += aroundWords
	}
	if len(words) <= keep {
		return same
	}
	var b strings.Builder
	if after {
		b.WriteString(strings.Join(words[:aroundWords], " ") + " ")
	}
	b.WriteString("… ")
	if before {
		b.WriteString(strings.Join(words[len(words)-aroundWords:], " "))
		if strings.HasSuffix(same, " ") {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// showRevisions prints what each change of an article changed, and what of its
// source waits.
func (a *app) showRevisions(ctx context.Context, store *db.DB, article db.Article) error {
	list, err := store.Revisions(ctx, article.ID)
	if err != nil {
		return err
	}
	lines := revisionLines(list, article)
	if a.json {
		for _, l := range lines {
			if err := a.printJSON(l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(lines) == 0 {
		a.say("article %s has not changed since it came", article.ID)
	}
	for _, l := range lines {
		rows := [][]string{{l.At, "by " + l.Actor + ", " + weight(l.Significant)}}
		for _, c := range l.Changes {
			rows = append(rows, []string{c.Field, c.Diff})
		}
		if err := a.columns(rows); err != nil {
			return err
		}
	}
	return nil
}

// weight says whether readers were told of a change.
func weight(significant bool) string {
	if significant {
		return "significant: more than 50 characters, or a correction"
	}
	return "small: at most 50 characters"
}

func articleTake(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "take ID",
		Short: "Take over what the source of an article changed",
		Long: `Takes over a change of the source that waits: of a source with publish = "review" a
change of more than 50 characters to an article that readers see, of any source a change
of what you set yourself. ` + "`courant explain article ID`" + ` says what waits. What is taken
over follows the source again.`,
		Example: `  courant article take 7k3f9qa2xw`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				id, err := articleNamed(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				article, err := takeChange(cmd.Context(), c, store, shellEditor(c, store), id)
				switch {
				case errors.Is(err, db.ErrNotFound):
					return hint(fmt.Errorf("article %s: no change of its source waits", id), "`courant explain article %s` says what became of each", id)
				case errors.Is(err, db.ErrStale):
					return fmt.Errorf("article %s: its source has just changed it once more: look again", id)
				case err != nil:
					return err
				}
				return a.done(c, article)
			})
		},
	}
}

func takeChange(ctx context.Context, c config.Config, store *db.DB, editor editing.Editor, id string) (db.Article, error) {
	article, err := store.Article(ctx, id)
	if err != nil {
		return article, err
	}
	waits, err := store.PendingChange(ctx, id)
	if err != nil {
		return article, err
	}
	made, err := remake(keyPoints(c), id, article.Source, waits.Raw)
	if err != nil {
		return article, err
	}
	return editor.Take(ctx, made)
}
