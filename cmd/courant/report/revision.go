package report

import (
	"slices"
	"strings"

	"courant/db"
	"courant/db/diff"
	"courant/db/record"
	"courant/db/text"
)

// Revision is a change of an article in the JSON of show --revisions.
type Revision struct {
	At          string   `json:"at"`
	Actor       string   `json:"actor"`
	Significant bool     `json:"significant"`
	Waits       bool     `json:"waits,omitempty"` // it is not made: an editor has to take it
	Changes     []Change `json:"changes"`
}

// Change is what became of a field: -[what went]- and +[what came]+.
type Change struct {
	Field string `json:"field"`
	Diff  string `json:"diff"`
}

// Revisions are the changes that made an article what it is, the oldest first.
func Revisions(list []record.Revision, now db.Article) []Revision {
	current := record.Revision{
		Headline: now.Headline, Summary: now.Summary, KeyPoints: now.KeyPoints, Section: now.Section, Tags: now.Tags, Slug: now.Slug, Body: now.Body,
	}
	lines := make([]Revision, len(list))
	for i, was := range list {
		is := current
		if i+1 < len(list) {
			is = list[i+1]
		}
		lines[i] = Revision{At: Stamp(was.At), Actor: was.Actor, Significant: was.Significant, Changes: []Change{}}
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
				lines[i].Changes = append(lines[i].Changes, Change{f.field, wordDiff(f.was, f.is)})
			}
		}
	}
	return lines
}

// Pending is the change of an article's source that waits: made is the article that
// its entry makes.
func Pending(change db.PendingChange, now, made db.Article) Revision {
	r := Revision{At: Stamp(change.At), Actor: "its source", Significant: change.Significant(), Waits: true, Changes: []Change{}}
	for _, f := range []struct{ name, field, was, is string }{
		{"headline", "headline", now.Headline, made.Headline},
		{"key_points", "key points", strings.Join(now.KeyPoints, " / "), strings.Join(made.KeyPoints, " / ")},
		{"body", "body", text.Line(now.Body.PlainText()), text.Line(made.Body.PlainText())},
	} {
		if slices.Contains(change.Fields, f.name) {
			r.Changes = append(r.Changes, Change{f.field, wordDiff(f.was, f.is)})
		}
	}
	return r
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

// Rows are the change for people.
func (r Revision) Rows() [][]string {
	head := "by " + r.Actor + ", " + weight(r.Significant)
	if r.Waits {
		head += "; it waits until an editor takes it"
	}
	rows := [][]string{{r.At, head}}
	for _, c := range r.Changes {
		rows = append(rows, []string{c.Field, c.Diff})
	}
	return rows
}

// weight says whether readers were told of a change.
func weight(significant bool) string {
	if significant {
		return "significant: more than 50 characters, or a correction"
	}
	return "small: at most 50 characters"
}
