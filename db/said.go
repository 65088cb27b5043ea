package db

import (
	"cmp"
	"strings"

	"courant/db/state"
	"courant/db/text"
)

const (
	// saidChars is how much of a field the log has, in characters: what it was is kept
	// whole with the article's history.
	saidChars = 160
	// saidAround is how many words it has on each side of what differs.
	saidAround = 3
)

// saidWords says what differs of the words of an article, for the log: a field a line,
// its name, a tab and what it holds, the same fields in both.
func saidWords(old, a Article) (before, after string) {
	var was, is []string
	add := func(name, old, a string) {
		if old == a {
			return
		}
		old, a = differing(text.Line(old), text.Line(a))
		was, is = append(was, name+"\t"+old), append(is, name+"\t"+a)
	}
	add("headline", old.Headline, a.Headline)
	add("address", old.Slug, a.Slug)
	add("section", old.Section, a.Section)
	add("tags", strings.Join(old.Tags, ", "), strings.Join(a.Tags, ", "))
	add("key points", strings.Join(old.KeyPoints, " / "), strings.Join(a.KeyPoints, " / "))
	add("summary", old.Summary, a.Summary)
	if old.Body != a.Body {
		add("text", old.Body.PlainText(), a.Body.PlainText())
	}
	add("picture", old.Image.URL+" "+old.Image.Alt, a.Image.URL+" "+a.Image.Alt)
	add("note from the desk", old.Note, a.Note)
	add("comments", saidThread(old.Thread), saidThread(a.Thread))
	add("correction", old.Correction, a.Correction)
	add("author", old.Author, a.Author)
	add("link", old.Link, a.Link)
	return strings.Join(was, "\n"), strings.Join(is, "\n")
}

// differing are two texts, or where they are long only what differs of them, with some
// words around it.
func differing(a, b string) (string, string) {
	if len(a) <= saidChars && len(b) <= saidChars {
		return a, b
	}
	x, y := strings.Fields(a), strings.Fields(b)
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	end := 0
	for end < min(len(x), len(y))-same && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	part := func(words []string) string {
		from, to := max(0, same-saidAround), min(len(words), len(words)-end+saidAround)
		s := strings.Join(words[from:to], " ")
		if from > 0 {
			s = "… " + s
		}
		if to < len(words) {
			s += " …"
		}
		return text.Cut(s, saidChars)
	}
	return part(x), part(y)
}

// saidThread is what an editor would have of a thread, in the log.
func saidThread(t state.Thread) string { return cmp.Or(string(t), "as configured") }

// quoted is what somebody wrote, in the log: it looks like nothing that the log says itself.
func quoted(s string) string {
	if s = text.Line(s); s == "" {
		return ""
	}
	return "“" + text.Cut(s, saidChars) + "”"
}
