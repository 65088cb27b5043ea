package config

import (
	"fmt"
	"strings"

	"courant/db/text"
)

// A Mistake is one thing wrong with a configuration file.
type Mistake struct {
	File string
	Line int    // 0: of the file as a whole
	Key  string // as a user would name it: "source.url"
	Why  string
}

// String is the mistake as a line for people.
func (m Mistake) String() string {
	s := m.File
	if m.Line > 0 {
		s += fmt.Sprintf(":%d", m.Line)
	}
	if m.Key != "" {
		s += ": " + m.Key
	}
	return s + ": " + m.Why
}

// Mistakes are all the mistakes of one file.
type Mistakes struct {
	File string
	List []Mistake
}

// Error is one mistake a line.
func (m *Mistakes) Error() string {
	lines := make([]string, len(m.List))
	for i, one := range m.List {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// keyed is how a Validate names a mistake: "key: why".
var keyed = text.Pattern(`(?s)^([a-z_]+(?:\[\d+\])?(?:\.[a-z_]+)*): (.*)$`)

// judge notes what a Validate found wrong below path, one mistake for each
// error that was joined.
func (d *document) judge(path string, err error) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			d.judge(path, e)
		}
		return
	}
	key, why := "", err.Error()
	if m := keyed().FindStringSubmatch(why); m != nil {
		key, why = m[1], m[2]
	}
	shown := bare(path)
	if key != "" {
		shown = join(shown, key)
	}
	line := d.lineOf(path, key)
	if d.cut && d.lines[join(path, key)] == 0 {
		return // it may stand where nothing was read
	}
	for _, m := range d.mistakes {
		if m.Key == shown && m.Line >= line && d.lines[join(path, key)] == 0 {
			return // its value did not fit and is told already
		}
	}
	d.mistakes = append(d.mistakes, Mistake{d.file, line, shown, why})
}

// lineOf is the line of a key below path, or of the table, or 0.
func (d *document) lineOf(path, key string) int {
	d.index()
	if key != "" {
		if line := d.lines[join(path, key)]; line > 0 {
			return line
		}
	}
	return d.lines[path]
}

// judgeID notes an id that an earlier table has; taken has the path of each.
func (d *document) judgeID(path, id string, taken map[string]string) {
	if first, ok := taken[id]; ok && id != "" {
		d.judge(path, fmt.Errorf("id: %q is taken by the %s of line %d", id, bare(path), d.lineOf(first, "id")))
		return
	}
	taken[id] = path
}
