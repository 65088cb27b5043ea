package config

// What the configuration's types say of its keys: which there are, and what
// each may hold.

import (
	"encoding"
	"reflect"
	"strings"
)

// isText reports whether a value of type t is read from text: a length of time
// or a size.
func isText(t reflect.Type) bool {
	if t == nil {
		return false
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// wanted names what TOML holds a value of type t.
func wanted(t reflect.Type) string {
	if isText(t) {
		return `a string with its unit, such as "90s" or "10MiB"`
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Map:
		return "a table, each value " + wanted(t.Elem())
	case reflect.Struct:
		return "a table"
	case reflect.Slice:
		if tables(t) {
			return "a list of tables, each headed [[name]]"
		}
		return "a list, each " + wanted(t.Elem())
	}
	return ""
}

// tables reports whether TOML holds a value of type t as [[name]] tables.
func tables(t reflect.Type) bool {
	return t != nil && t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !isText(t.Elem())
}

// keysOf lists every key of a configuration type by its bare path.
func keysOf(t reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		for _, f := range reflect.VisibleFields(t) {
			name := f.Tag.Get("toml")
			if name == "" || name == "-" {
				continue
			}
			p := join(path, name)
			keys[p] = f.Type
			inner := f.Type
			for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && !isText(inner) {
				walk(inner, p)
			}
		}
	}
	walk(t, "")
	return keys
}

// bare is a path without the numbers of its tables.
func bare(path string) string {
	var b strings.Builder
	skip := false
	for _, r := range path {
		switch {
		case r == '[':
			skip = true
		case r == ']':
			skip = false
		case !skip:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxSlips is how many letters a misspelt key may be off to be guessed.
const maxSlips = 3

// nearest is the known key in the same table that key may have meant, or "".
func nearest[V any](key string, known map[string]V) string {
	table, name := "", key
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		table, name = key[:i], key[i+1:]
	}
	best, slips := "", maxSlips+1
	for k := range known {
		rest, ok := strings.CutPrefix(k, join(table, ""))
		if !ok || strings.Contains(rest, ".") {
			continue
		}
		if n := distance(name, rest); n < slips && n < len(rest) || n == slips && rest < best {
			best, slips = rest, n
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or replaced to make b
// of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
