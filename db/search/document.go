// Package search is an index of words over what readers can see: which articles
// and comments have all the words of a query.Query. It keeps two tables of
// words, one of articles and one of comments, and a queue of what changed since
// they were written. Whoever changes an article or a comment leaves a row in the
// queue with the same commit, by a trigger; Batch takes rows from it, and its
// Write puts what readers can see now in the place of what they could see
// before. So nothing is missed, whoever is killed when, and what wrote the change
// did not wait for the index.
//
// What is kept of a text is which words it has, not where: places would cost
// twice the rest, and are looked up in the text itself for the few that a reader
// sees. Words are parted and folded by package query, so that the engine has
// nothing to decide, and gets no word that a reader wrote but within quotes. What
// an article has besides its text (its source, section, tags, author, month, and
// the words of its headline once more) is kept as words too, each behind a mark
// that no text has, so that every part of a query narrows the walk through the
// index.
//
// What is an engine's own stands in one file for each, behind the type engine.
package search

import (
	"strconv"
	"strings"
	"time"

	"courant/db/content"
	"courant/db/search/query"
)

// Kind is what is looked for.
type Kind string

// The kinds.
const (
	Articles Kind = "article"
	Comments Kind = "comment"
)

// The marks before words that are not of the text: characters that Unicode gives
// no meaning (private use), which query.Words leaves out of every word.
const (
	markSource   = "\ue000"
	markSection  = "\ue001"
	markTag      = "\ue002"
	markAuthor   = "\ue003"
	markHeadline = "\ue004"
	markMonth    = "\ue005" // 2026, 202611
	joint        = "\ue00f" // in place of what parts a value that is one word
)

// maxWords bounds the distinct words that are kept of one text: a novel has
// fewer, and a page of random letters has no end.
const maxWords = 20_000

// document is a text as the index keeps it.
type document struct {
	seq   int64
	words []string // each once
}

// entry is an article or a comment as the index reads it.
type entry struct {
	source, section string // ids
	tags            []string
	author          string
	headline        string
	texts           []string // the rest, plain
	published       time.Time
}

// words are the words that e is found by, each once.
func (e entry) words() []string {
	seen := map[string]struct{}{}
	var list []string
	add := func(w string) {
		if _, ok := seen[w]; !ok && len(list) < maxWords {
			seen[w] = struct{}{}
			list = append(list, w)
		}
	}
	add(markSource + oneWord(e.source))
	if e.section != "" {
		add(markSection + oneWord(e.section))
	}
	for _, tag := range e.tags {
		add(markTag + tagWord(tag))
	}
	for w := range query.Words(e.author) {
		add(markAuthor + w.Text)
	}
	at := e.published.UTC()
	add(yearWord(at.Year()))
	add(monthWord(at.Year(), int(at.Month())))
	for w := range query.Words(e.headline) {
		add(markHeadline + w.Text)
		add(w.Text)
	}
	for _, s := range e.texts {
		for w := range query.Words(s) {
			add(w.Text)
		}
	}
	return list
}

func yearWord(year int) string { return markMonth + strconv.Itoa(year) }

func monthWord(year, month int) string {
	return markMonth + strconv.Itoa(year) + string(rune('0'+month/10)) + string(rune('0'+month%10))
}

// oneWord is an id as one word.
func oneWord(id string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && !('a' <= r && r <= 'z' || '0' <= r && r <= '9') {
			return []rune(joint)[0]
		}
		return r
	}, strings.ToLower(id))
}

// tagWord is a tag as one word, alike for all its spellings.
func tagWord(tag string) string {
	var parts []string
	for w := range query.Words(tag) {
		if !w.Tail {
			parts = append(parts, w.Text)
		}
	}
	if len(parts) == 0 {
		return oneWord(tag)
	}
	return strings.Join(parts, joint)
}

// said is what of an article's short texts its body does not say anyway.
func said(body content.HTML, summary string, points []string) []string {
	plain := body.PlainText()
	texts := []string{plain}
	for _, s := range append([]string{summary}, points...) {
		if s != "" && !strings.Contains(plain, strings.TrimSuffix(s, "…")) {
			texts = append(texts, s)
		}
	}
	return texts
}
