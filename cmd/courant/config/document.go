package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"courant/db/text"
)

// document is a TOML file with the place of each of its keys, so that whatever
// is found wrong with a value later can be told with its line. go-toml stops at
// the first value of a wrong type; decode takes that one out and goes on, so
// that all mistakes are told at once.
type document struct {
	file     string
	data     []byte
	exprs    []expression
	lines    map[string]int // of each key and table, by full path: "source[0].url"; nil until index
	mistakes []Mistake
	cut      bool // by an error of syntax: what stands behind it was not read
}

// expression is a key with its value, or a table's header.
type expression struct {
	path       string // full: "source[0].url"
	table      bool
	kind       unstable.Kind // of the table, or of the key's value
	line       int
	start, end int // in data; a header ends where its line does
}

// index finds the place of each key, once. After an error of syntax it goes on
// with what stands before. A file without mistakes is never indexed: that would
// cost several times what the file itself does.
func (d *document) index() {
	if d.lines != nil {
		return
	}
	d.lines = map[string]int{}
	d.data = bytes.Clone(d.data) // blank writes into it
	var p unstable.Parser
	p.Reset(d.data)
	x := indexer{document: d, parser: &p, arrays: map[string]int{}, line: 1}
	for p.NextExpression() {
		x.add(p.Expression())
	}
	if err := p.Error(); err != nil {
		line, at := 1, 0
		var pe *unstable.ParserError
		if errors.As(err, &pe) {
			at = int(p.Range(pe.Highlight).Offset)
			line = 1 + bytes.Count(d.data[:at], []byte{'\n'})
		}
		d.mistakes = append(d.mistakes, Mistake{d.file, line, "", "is not valid TOML: " + err.Error() + unquoted(lineAround(d.data, at))})
		cut := 0
		if n := len(d.exprs); n > 0 {
			cut = d.exprs[n-1].end
		}
		d.data, d.cut = d.data[:cut], true
	}
}

// lineAround is the line of data that the offset at is in.
func lineAround(data []byte, at int) string {
	from := bytes.LastIndexByte(data[:at], '\n') + 1
	line, _, _ := bytes.Cut(data[from:], []byte("\n"))
	return string(line)
}

var (
	bareValue  = text.Pattern(`^\s*([\w.-]+)\s*=\s*([^\s"'\[{#][^"'#]*?)\s*(#.*)?$`)
	bareInList = text.Pattern(`^\s*[\w.-]+\s*=\s*\[(.*,)?\s*[A-Za-z]`)
)

// unquoted says, of a line that is not TOML, that its words want quotes, where
// that is what is wrong with it; else "".
func unquoted(line string) string {
	if m := bareValue().FindStringSubmatch(line); m != nil {
		return fmt.Sprintf("; words want quotes: %s = %q", m[1], m[2])
	}
	if bareInList().MatchString(line) {
		return `; words want quotes, each its own: ["one", "two"]`
	}
	return ""
}

// indexer walks the expressions of a document.
type indexer struct {
	*document
	parser  *unstable.Parser
	table   string         // the path of the table that is open
	arrays  map[string]int // how many tables each array of tables has by now
	line    int            // at offset counted
	counted int
}

// lineAt is the line of an offset; they are asked for in nearly ascending order.
func (x *indexer) lineAt(offset int) int {
	if offset < x.counted {
		x.line, x.counted = 1, 0
	}
	x.line += bytes.Count(x.data[x.counted:offset], []byte{'\n'})
	x.counted = offset
	return x.line
}

func (x *indexer) add(n *unstable.Node) {
	var parts []string
	start, end := -1, 0
	for key := n.Key(); key.Next(); {
		k := key.Node()
		parts = append(parts, string(k.Data))
		if start < 0 {
			start = int(k.Raw.Offset)
		}
		end = int(k.Raw.Offset + k.Raw.Length)
	}
	e := expression{line: x.lineAt(start), start: start, end: end}
	switch n.Kind {
	case unstable.Table, unstable.ArrayTable:
		x.table = x.resolve("", parts, n.Kind == unstable.ArrayTable)
		e.path, e.table, e.kind = x.table, true, n.Kind
		if nl := bytes.IndexByte(x.data[end:], '\n'); nl >= 0 {
			e.end = end + nl
		} else {
			e.end = len(x.data)
		}
	default:
		e.path, e.kind = x.resolve(x.table, parts, false), n.Value().Kind
		e.start, e.end = int(n.Raw.Offset), int(n.Raw.Offset+n.Raw.Length)
		x.value(e.path, n.Value())
	}
	x.lines[e.path] = e.line
	x.exprs = append(x.exprs, e)
}

// resolve is the full path of a key below table; each array of tables on the
// way stands for its latest table.
func (x *indexer) resolve(table string, parts []string, newTable bool) string {
	path := table
	for i, part := range parts {
		path = join(path, part)
		if newTable && i == len(parts)-1 {
			x.arrays[path]++
		}
		if n := x.arrays[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
		}
	}
	return path
}

// value indexes what stands inside an inline table or a list.
func (x *indexer) value(path string, v *unstable.Node) {
	i := 0
	for it := v.Children(); it.Next(); {
		n := it.Node()
		switch {
		case v.Kind == unstable.InlineTable && n.Kind == unstable.KeyValue:
			p := path
			for key := n.Key(); key.Next(); {
				p = join(p, string(key.Node().Data))
			}
			x.lines[p] = x.lineAt(int(n.Raw.Offset))
			x.value(p, n.Value())
		case v.Kind == unstable.Array:
			p := fmt.Sprintf("%s[%d]", path, i)
			i++
			if n.Kind == unstable.InlineTable || n.Kind == unstable.Array {
				x.value(p, n)
			}
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// decode fills target, which holds the defaults, and notes what does not fit.
func (d *document) decode(target any) {
	known := keysOf(reflect.TypeOf(target).Elem())
	if d.fits(target, known) {
		return
	}
	d.index()
	for i, x := range d.exprs {
		if t := known[bare(x.path)]; lax(x.kind, t) {
			d.mistakes = append(d.mistakes, Mistake{d.file, x.line, bare(x.path), "must be " + wanted(t)})
			d.blank(i)
		}
	}
	for range len(d.exprs) + 1 { // each round takes one expression out
		fresh := reflect.New(reflect.TypeOf(target).Elem())
		fresh.Elem().Set(reflect.ValueOf(target).Elem())
		err := toml.NewDecoder(bytes.NewReader(d.data)).DisallowUnknownFields().Decode(fresh.Interface())
		var strict *toml.StrictMissingError
		var wrong *toml.DecodeError
		switch {
		case err == nil:
			reflect.ValueOf(target).Elem().Set(fresh.Elem())
			return
		case errors.As(err, &strict):
			for _, e := range strict.Errors {
				d.unknown(e, known)
			}
			reflect.ValueOf(target).Elem().Set(fresh.Elem())
			return
		case errors.As(err, &wrong):
			if !d.takeOut(wrong, known) {
				return
			}
		default:
			d.mistakes = append(d.mistakes, Mistake{d.file, 0, "", err.Error()})
			return
		}
	}
}

// fits fills target and reports true where there is no mistake: without an
// index, as nearly always.
func (d *document) fits(target any, known map[string]reflect.Type) bool {
	var p unstable.Parser
	p.Reset(d.data)
	var table, path []byte
	for p.NextExpression() {
		n := p.Expression()
		kind, isTable := n.Kind, n.Kind != unstable.KeyValue
		path = path[:0]
		if !isTable {
			kind, path = n.Value().Kind, append(path, table...)
		}
		for key := n.Key(); key.Next(); {
			if len(path) > 0 {
				path = append(path, '.')
			}
			path = append(path, key.Node().Data...)
		}
		if lax(kind, known[string(path)]) {
			return false
		}
		if isTable {
			table = append(table[:0], path...)
		}
	}
	if p.Error() != nil {
		return false
	}
	fresh := reflect.New(reflect.TypeOf(target).Elem())
	fresh.Elem().Set(reflect.ValueOf(target).Elem())
	if toml.NewDecoder(bytes.NewReader(d.data)).DisallowUnknownFields().Decode(fresh.Interface()) != nil {
		return false
	}
	reflect.ValueOf(target).Elem().Set(fresh.Elem())
	return true
}

// lax reports whether go-toml takes a value of that kind for a key of type t, or
// names no line for it, where we would not: [source] for [[source]], and a bare
// number for text with a unit.
func lax(kind unstable.Kind, t reflect.Type) bool {
	switch kind {
	case unstable.Table:
		return tables(t)
	case unstable.ArrayTable, unstable.String:
		return false
	}
	return isText(t)
}

// unknown notes a key that the configuration does not have.
func (d *document) unknown(e toml.DecodeError, known map[string]reflect.Type) {
	line, _ := e.Position()
	key := strings.Join(e.Key(), ".")
	why := "unknown key"
	if near := nearest(key, known); near != "" {
		why += fmt.Sprintf("; is %q meant?", near)
	}
	d.mistakes = append(d.mistakes, Mistake{d.file, line, key, why})
}

// takeOut notes a value that does not fit and blanks it, reporting whether that
// was possible. A table that does not fit goes with all its keys.
func (d *document) takeOut(e *toml.DecodeError, known map[string]reflect.Type) bool {
	line, column := e.Position()
	at := column - 1
	for range line - 1 {
		at += bytes.IndexByte(d.data[at-column+1:], '\n') + 1
	}
	i := slices.IndexFunc(d.exprs, func(x expression) bool { return x.start <= at && at < max(x.end, x.start+1) })
	if i < 0 {
		d.mistakes = append(d.mistakes, Mistake{d.file, line, strings.Join(e.Key(), "."), plain(e)})
		return false
	}
	x := d.exprs[i]
	key := bare(x.path)
	if inner := strings.Join(e.Key(), "."); strings.HasPrefix(inner, key+".") {
		key = inner // inside an inline table
	}
	d.mistakes = append(d.mistakes, Mistake{d.file, line, key, sentence(e, known[key])})
	d.blank(i)
	return true
}

// blank takes an expression out of the document, a table with all its keys.
func (d *document) blank(i int) {
	x := d.exprs[i]
	d.blankOne(x)
	if x.table {
		for i++; i < len(d.exprs) && !d.exprs[i].table; i++ {
			d.blankOne(d.exprs[i])
		}
	}
}

func (d *document) blankOne(x expression) {
	from := x.start
	if x.table { // with its brackets
		from = bytes.LastIndexByte(d.data[:x.start], '\n') + 1
	}
	for i := from; i < x.end; i++ {
		if d.data[i] != '\n' && d.data[i] != '\r' {
			d.data[i] = ' '
		}
	}
	delete(d.lines, x.path)
}

// sentence says in our words why a value does not fit a key of type t.
func sentence(e *toml.DecodeError, t reflect.Type) string {
	msg := plain(e)
	if t == nil || !strings.Contains(msg, "cannot") {
		return msg
	}
	if want := wanted(t); want != "" {
		return "must be " + want
	}
	return msg
}

func plain(e *toml.DecodeError) string { return strings.TrimPrefix(e.Error(), "toml: ") }
