// Package manuscript is an article as a file: one that a person edits, and what it
// then changes. Begin with Edit.
package manuscript

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"courant/cmd/courant/failure"
	"courant/db"
	"courant/publisher/editing"
)

// Edit has a person edit an article with Program, at the given streams, and returns
// what changed; the file is gone afterwards.
func Edit(ctx context.Context, article db.Article, stdin io.Reader, stdout, stderr io.Writer) (c editing.Change, err error) {
	f, err := os.CreateTemp("", "courant-"+article.ID+"-*.md")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(Of(article))
	if err = errors.Join(err, f.Close()); err != nil {
		return c, err
	}
	// By a shell, as git does it: EDITOR may have arguments of its own.
	edit := exec.CommandContext(ctx, "sh", "-c", Program()+` "$1"`, "sh", f.Name())
	edit.Stdin, edit.Stdout, edit.Stderr = stdin, stdout, stderr
	if err := edit.Run(); err != nil {
		return c, fmt.Errorf("article %s: %s: %w", article.ID, Program(), err)
	}
	after, err := os.ReadFile(f.Name())
	if err != nil {
		return c, err
	}
	return Change(article, string(after))
}

// Program is the command that a person edits files with, or "".
func Program() string {
	if visual := os.Getenv("VISUAL"); visual != "" {
		return visual
	}
	return os.Getenv("EDITOR")
}

const (
	// fileHelp stands on top of the file; lines that begin with # are not read there.
	fileHelp = `# A line each; as many lines "key point:" as there are key points, at most five.
# The body stands below the line of dashes: HTML, or Markdown.
`
	bodyBelow = "\n----\n"
)

// Of is an article as a file to edit.
func Of(a db.Article) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sheadline: %s\n", fileHelp, a.Headline)
	if a.Published.IsZero() {
		fmt.Fprintf(&b, "slug: %s\n", a.Slug)
	}
	fmt.Fprintf(&b, "section: %s\ntags: %s\n", a.Section, strings.Join(a.Tags, ", "))
	for _, p := range a.KeyPoints {
		fmt.Fprintf(&b, "key point: %s\n", p)
	}
	return strings.TrimSuffix(b.String(), "\n") + bodyBelow + a.Body.String() + "\n"
}

// Change is what differs between an article and its file after an edit.
func Change(a db.Article, file string) (c editing.Change, err error) {
	head, body, found := strings.Cut(strings.ReplaceAll(file, "\r\n", "\n"), bodyBelow)
	if !found {
		return c, failure.Hint(fmt.Errorf("article %s: the line of dashes above the body is gone", a.ID), "nothing was changed: edit again and leave it")
	}
	headline, slug, section, tags, points := "", a.Slug, "", []string{}, []string{}
	for line := range strings.SplitSeq(head, "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name = strings.TrimSpace(name); {
		case strings.HasPrefix(name, "#") || strings.TrimSpace(line) == "":
		case name == "headline":
			headline = value
		case name == "slug":
			slug = value
		case name == "section":
			section = value
		case name == "tags":
			tags = appendFilled(tags, strings.Split(value, ",")...)
		case name == "key point":
			points = appendFilled(points, value)
		default:
			return c, failure.Hint(fmt.Errorf("article %s: %q is no field of the file", a.ID, name), "nothing was changed")
		}
	}
	if headline != a.Headline {
		c.Headline = &headline
	}
	if slug != a.Slug {
		c.Slug = &slug
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
		body, err = editing.HTML(body)
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

// Own parts an article of one's own, in Markdown, into its headline, which its first
// line is, and its body.
func Own(file string) (headline, body string, err error) {
	file = strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(file, "\r\n", "\n"), "\ufeff"))
	first, body, _ := strings.Cut(file, "\n")
	headline, is := strings.CutPrefix(first, "# ")
	if headline = strings.TrimSpace(headline); !is || headline == "" {
		return "", "", failure.Hint(errors.New("the article has no headline"), `the first line is "# Headline", the body stands below`)
	}
	return headline, body, nil
}
