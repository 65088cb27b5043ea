package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/cmd/courant/prose"
	"courant/cmd/courant/usage"
	"courant/db"
)

func articleCommand(a *app) *cobra.Command {
	return group("article", "Curate articles", `  courant article list --status incoming
  courant article publish 7k3f9qa2xw`,
		articleList(a), articleShow(a),
		articleMove(a, "publish", "Show articles to readers", db.Published),
		articleMove(a, "reject", "Keep articles from readers", db.Rejected),
		articleMove(a, "reopen", "Make articles incoming again", db.Incoming),
		articleMove(a, "withdraw", "Take published articles back", db.Withdrawn),
		articleEdit(a), articleTake(a), articleReprocess(a))
}

// articleLine is an article in the JSON of lists (PRODUCT.md, The command).
type articleLine struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Source    string `json:"source"`
	Status    string `json:"status"`
	Headline  string `json:"headline"`
	Published string `json:"published,omitempty"`
	Updated   string `json:"updated,omitempty"`
	Comments  int    `json:"comments"`
}

func newArticleLine(c config.Config, a db.Article) articleLine {
	return articleLine{
		ID: a.ID, URL: c.Address(a.Path()), Source: a.Source, Status: string(a.Status), Headline: a.Headline,
		Published: stamp(a.Published), Updated: stamp(a.Updated), Comments: a.Comments,
	}
}

// articleDocument is an article in the JSON of show.
type articleDocument struct {
	articleLine
	GUID            string         `json:"guid"`
	Link            string         `json:"link,omitempty"`
	Author          string         `json:"author,omitempty"`
	Language        string         `json:"language,omitempty"`
	Section         string         `json:"section,omitempty"`
	Tags            []string       `json:"tags,omitempty"`
	KeyPoints       []string       `json:"key_points,omitempty"`
	Words           int            `json:"words"`
	SourcePublished string         `json:"source_published,omitempty"`
	SourceUpdated   string         `json:"source_updated,omitempty"`
	FirstSeen       string         `json:"first_seen"`
	Withdrawn       string         `json:"withdrawn,omitempty"`
	Reason          string         `json:"reason,omitempty"`
	Correction      string         `json:"correction,omitempty"`
	Corrected       string         `json:"corrected,omitempty"`
	Curated         []string       `json:"curated,omitempty"`
	Image           *db.Image      `json:"image,omitempty"`
	Enclosures      []db.Enclosure `json:"enclosures,omitempty"`
	BodyHTML        string         `json:"body_html"`
}

func newArticleDocument(c config.Config, a db.Article) articleDocument {
	d := articleDocument{
		articleLine: newArticleLine(c, a), GUID: a.GUID, Link: a.Link, Author: a.Author, Language: a.Language,
		Section: a.Section, Tags: a.Tags, KeyPoints: a.KeyPoints, Words: a.Words,
		SourcePublished: stamp(a.SourcePublished), SourceUpdated: stamp(a.SourceUpdated), FirstSeen: stamp(a.FirstSeen),
		Withdrawn: stamp(a.Withdrawn), Reason: a.Reason, Correction: a.Correction, Corrected: stamp(a.Corrected),
		Curated: a.Curated, Enclosures: a.Enclosures, BodyHTML: a.Body.String(),
	}
	if a.Image.URL != "" {
		d.Image = &a.Image
	}
	return d
}

func articleShow(a *app) *cobra.Command {
	var revisions bool
	show := &cobra.Command{
		Use:   "show ID",
		Short: "Show one article",
		Example: `  courant article show 7k3f9qa2xw
  courant article show 7k3f9qa2xw --revisions`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				id, err := articleNamed(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				article, err := store.Article(cmd.Context(), id)
				if err != nil {
					return noArticle(id, err)
				}
				if revisions {
					return a.showRevisions(cmd.Context(), store, article)
				}
				if a.json {
					return a.printJSON(newArticleDocument(c, article))
				}
				waits, err := store.PendingChange(cmd.Context(), id)
				if err != nil && !errors.Is(err, db.ErrNotFound) {
					return err
				}
				return a.showArticle(c, article, waits.Fields)
			})
		},
	}
	show.Flags().BoolVar(&revisions, "revisions", false, "show what each change of it changed, word by word")
	return show
}

// showArticle prints an article for people; waits are the fields that its source
// changed and that an editor has to decide on.
func (a *app) showArticle(c config.Config, article db.Article, waits []string) error {
	rows := [][]string{}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	add("id", article.ID)
	add("url", c.Address(article.Path()))
	add("status", string(article.Status))
	add("headline", article.Headline)
	add("source", article.Source)
	add("author", article.Author)
	add("link", article.Link)
	add("section", article.Section)
	add("tags", strings.Join(article.Tags, ", "))
	add("published", stamp(article.Published))
	add("updated", stamp(article.Updated))
	add("source says", stamp(article.SourcePublished))
	add("first seen", stamp(article.FirstSeen))
	add("withdrawn", stamp(article.Withdrawn))
	add("reason", article.Reason)
	add("correction", article.Correction)
	add("edited", strings.Join(article.Curated, ", "))
	if len(waits) > 0 {
		add("waits", "its source changed "+strings.Join(waits, ", ")+": `courant article take "+article.ID+"` takes it over")
	}
	add("comments", fmt.Sprint(article.Comments))
	add("words", fmt.Sprint(article.Words))
	if article.Image.URL != "" {
		add("picture", strings.TrimSpace(article.Image.URL+" "+article.Image.Alt))
	}
	for _, f := range article.Enclosures {
		add("file", enclosure(f))
	}
	for _, p := range article.KeyPoints {
		add("key point", p)
	}
	if err := a.columns(rows); err != nil {
		return err
	}
	width := proseWidth
	if columns := a.width(); columns > 0 {
		width = min(width, columns)
	}
	_, err := fmt.Fprintf(a.stdout, "\n%s", prose.Of(article.Body, width))
	return err
}

// proseWidth is the longest line of a text that is pleasant to read.
const proseWidth = 80

// enclosure is a file of an article on a line: its address, kind, size and title.
func enclosure(f db.Enclosure) string {
	said := []string{f.URL}
	if f.Type != "" {
		said = append(said, f.Type)
	}
	if f.Length > 0 {
		said = append(said, fmt.Sprintf("%d bytes", f.Length))
	}
	if f.Title != "" {
		said = append(said, f.Title)
	}
	return strings.Join(said, ", ")
}

// articleMove is a command that moves articles to another state.
func articleMove(a *app, verb, short string, to db.Status) *cobra.Command {
	var reason, source string
	c := &cobra.Command{
		Use:     verb + " ID…",
		Short:   short,
		Example: fmt.Sprintf("  courant article %s 7k3f9qa2xw", verb),
		Args: func(cmd *cobra.Command, args []string) error {
			if source != "" {
				return usage.Arguments(verb)(cmd, args)
			}
			return usage.Arguments(verb+" ID…")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				editor := shellEditor(c, store)
				if source != "" {
					var err error
					if args, err = incoming(cmd, c, store, source); err != nil {
						return err
					}
				}
				return each(args, func(arg string) error {
					id, err := articleNamed(cmd.Context(), store, arg)
					if err != nil {
						return err
					}
					reason := reason
					if to == db.Withdrawn {
						reason = a.reasonFor(cmd, reason, id)
					}
					article, err := editor.Move(cmd.Context(), id, to, reason)
					if err != nil {
						return noArticle(id, err)
					}
					return a.done(c, article)
				})
			})
		},
	}
	if to == db.Published {
		c.Use = verb + " ID… | --source ID"
		c.Example += "\n  courant article publish --source bbc"
		c.Flags().StringVar(&source, "source", "", "all that waits of the source `ID`")
	}
	if to == db.Withdrawn {
		c.Example += " --reason \"The source took it back.\""
		c.Flags().StringVar(&reason, "reason", "", "`TEXT` for readers")
	}
	return c
}

// incoming are the ids of what waits of a source, the oldest first, so that the
// newest is published last.
func incoming(cmd *cobra.Command, c config.Config, store *db.DB, source string) (ids []string, err error) {
	s, err := sourceOf(cmd, c, store, source)
	if err != nil {
		return nil, err
	}
	list, err := store.Articles(cmd.Context(), db.ArticleQuery{Status: db.Incoming, Source: s.ID, OldestFirst: true})
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids, err
}

// done prints what became of an article.
func (a *app) done(c config.Config, article db.Article) error {
	if a.quiet && !a.json {
		return nil
	}
	return a.printArticle(c, article)
}

// maxInput bounds a file that a command reads whole.
const maxInput = 16 << 20

// readFile reads a file, or standard input for "-".
func (a *app) readFile(name string) ([]byte, error) {
	in := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err == nil && len(data) > maxInput {
		err = fmt.Errorf("read %s: it has more than %d MiB", name, maxInput>>20)
	}
	return data, err
}
