package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/db"
	"courant/db/text"
)

// articleExplanation is the JSON of explain article.
type articleExplanation struct {
	Article    string         `json:"article"`
	Headline   string         `json:"headline"`
	Status     string         `json:"status"`
	Source     string         `json:"source"`
	URL        string         `json:"url"`  // of the source, without a password
	GUID       string         `json:"guid"` // of the entry
	KnownBy    string         `json:"known_by"`
	Aliases    []string       `json:"aliases,omitempty"`
	FirstSeen  string         `json:"first_seen"`
	Changed    string         `json:"entry_changed"`
	Bytes      int            `json:"entry_bytes"` // as it is kept, compressed
	Unmoved    int            `json:"changes_without_date,omitempty"`
	Gone       string         `json:"left_feed,omitempty"`
	Retracted  string         `json:"retracted,omitempty"`
	Resurfaced string         `json:"resurfaced,omitempty"`
	Waits      []string       `json:"waits,omitempty"` // fields that the source changed
	Changes    []revisionLine `json:"changes,omitempty"`
	Actions    []actionLine   `json:"actions,omitempty"`
	Similar    []similarLine  `json:"similar,omitempty"`
}

type actionLine struct {
	At     string `json:"at"`
	Actor  string `json:"actor"`
	What   string `json:"what"`
	Detail string `json:"detail,omitempty"`
}

type similarLine struct {
	ID       string `json:"id"`
	Source   string `json:"source"`
	Headline string `json:"headline"`
	Why      string `json:"why"`
}

func explainArticle(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "article ID",
		Short: "Say where an article comes from and what decided on it",
		Long: `Says from which source and entry an article was made and what told that entry from
others, which changes of it were significant, what of its source waits for you, who
decided what, and which articles of other sources are the same.`,
		Example: `  courant explain article 7k3f9qa2xw`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ config.Config, store *db.DB) error {
				id, err := articleNamed(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				x, err := newArticleExplanation(cmd.Context(), store, id)
				if err != nil {
					return noArticle(id, err)
				}
				if a.json {
					return a.printJSON(x)
				}
				return a.columns(x.rows())
			})
		},
	}
}

func newArticleExplanation(ctx context.Context, store *db.DB, id string) (x articleExplanation, err error) {
	article, err := store.Article(ctx, id)
	if err != nil {
		return x, err
	}
	from, err := store.Provenance(ctx, id)
	if err != nil {
		return x, err
	}
	source, err := store.Source(ctx, article.Source)
	if err != nil {
		return x, err
	}
	x = articleExplanation{
		Article: id, Headline: article.Headline, Status: string(article.Status), Source: source.ID, URL: source.URL, GUID: article.GUID,
		KnownBy: from.Why, Aliases: from.Aliases, FirstSeen: stamp(article.FirstSeen), Changed: stamp(from.Changed), Bytes: from.Bytes,
		Unmoved: from.Updates, Gone: stamp(from.Gone), Retracted: stamp(from.Retracted), Resurfaced: stamp(from.Resurfaced),
	}
	waits, err := store.PendingChange(ctx, id)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return x, err
	}
	x.Waits = waits.Fields
	revisions, err := store.Revisions(ctx, id)
	if err != nil {
		return x, err
	}
	x.Changes = revisionLines(revisions, article)
	actions, err := store.Actions(ctx, "article", id)
	if err != nil {
		return x, err
	}
	for _, act := range actions {
		x.Actions = append(x.Actions, actionLine{stamp(act.At), act.Actor, act.What, act.Detail})
	}
	similar, err := store.Similar(ctx, id)
	for _, s := range similar {
		x.Similar = append(x.Similar, similarLine{s.Article.ID, s.Article.Source, s.Article.Headline, s.Why})
	}
	return x, err
}

// rows are the explanation for people.
func (x articleExplanation) rows() [][]string {
	var rows [][]string
	add := func(name, format string, args ...any) {
		rows = append(rows, []string{name, text.Line(fmt.Sprintf(format, args...))})
	}
	when := func(name, at, what string) {
		if at != "" {
			add(name, "%s: %s", at, what)
		}
	}
	add("article", "%s %s", x.Article, x.Headline)
	add("status", "%s", x.Status)
	add("source", "%s %s", x.Source, x.URL)
	add("entry", "%s", x.GUID)
	add("known by", "%s", x.KnownBy)
	for _, alias := range x.Aliases {
		add("also", "%s", alias)
	}
	add("first seen", "%s", x.FirstSeen)
	add("entry changed", "%s, %d bytes are kept of it", x.Changed, x.Bytes)
	if x.Unmoved > 0 {
		add("unmoved", "it changed %d times in a row without another date; after 24 no more is taken over", x.Unmoved)
	}
	when("left its feed", x.Gone, "the latest document did not have it")
	when("retracted", x.Retracted, "its source took it back; nothing is withdrawn by itself")
	when("resurfaced", x.Resurfaced, "it came back after a month or more")
	if len(x.Waits) > 0 {
		add("waits", "the source changed %s: `courant article take %s` takes it over", strings.Join(x.Waits, ", "), x.Article)
	}
	for _, c := range x.Changes {
		var fields []string
		for _, f := range c.Changes {
			fields = append(fields, f.Field)
		}
		if len(fields) == 0 {
			fields = []string{"nothing that is shown here"}
		}
		add("changed", "%s by %s: %s (%s)", c.At, c.Actor, strings.Join(fields, ", "), weight(c.Significant))
	}
	for _, act := range x.Actions {
		add("decided", "%s", strings.TrimSpace(act.At+" "+act.Actor+": "+act.What+" "+act.Detail))
	}
	for _, s := range x.Similar {
		add("similar", "%s %s %s (by %s)", s.ID, s.Source, s.Headline, s.Why)
	}
	return rows
}
