// Package terminal is text as a terminal takes it: harmless, in columns, no wider
// than it is. Begin with Harmless.
package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"courant/db/text"
)

// Harmless returns a writer that writes text on to w without what steers a
// terminal: much of what commands print was written by strangers. A character may
// come in pieces.
func Harmless(w io.Writer) io.Writer { return &harmless{to: w} }

type harmless struct {
	to   io.Writer
	rest []byte // the beginning of a character whose end is still to come
}

// Write implements io.Writer.
func (h *harmless) Write(p []byte) (int, error) {
	all := append(h.rest, p...)
	end := len(all)
	for i := 1; i < utf8.UTFMax && i <= len(all); i++ {
		if utf8.RuneStart(all[len(all)-i]) {
			if !utf8.FullRune(all[len(all)-i:]) {
				end -= i
			}
			break
		}
	}
	if _, err := io.WriteString(h.to, text.Terminal(string(all[:end]))); err != nil {
		return 0, err
	}
	h.rest = append([]byte(nil), all[end:]...)
	return len(p), nil
}

// Is reports whether a person is at the other end of a stream.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// Width is how many columns a line on stream has, 0 where nothing bounds it: of a
// terminal what it says, else what COLUMNS says.
func Width(stream any) int {
	if Is(stream) {
		if columns, _, err := term.GetSize(int(stream.(*os.File).Fd())); err == nil {
			return columns
		}
	}
	columns, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || columns < 0 {
		return 0
	}
	return columns
}

// Fit is the beginning of s that fits in width columns, 0 for any.
func Fit(s string, width int) string {
	if width <= 0 || uniseg.StringWidth(s) <= width {
		return s
	}
	used, end, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var wide int
		cluster, rest, wide, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+wide > width-1 {
			break
		}
		used, end = used+wide, end+len(cluster)
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// Columns writes rows of cells as left-aligned columns, two spaces apart, no line
// wider than bound, 0 for any width. What came from strangers is kept on its line.
func Columns(w io.Writer, rows [][]string, bound int) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(shownCell(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			cell = shownCell(cell)
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+2))
			}
		}
		b.WriteString(strings.TrimRight(Fit(line.String(), bound), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shownCell is a cell as it is shown, so that its width is the one it takes.
func shownCell(s string) string { return text.Terminal(text.Line(s)) }

// JSON writes v as one line of JSON. What steers a terminal is escaped, so that
// nothing of what it says is lost.
func JSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	line := b.String()
	if strings.ContainsFunc(line, func(r rune) bool { return r != '\n' && text.Steers(r) }) {
		var escaped strings.Builder
		for _, r := range line {
			if r != '\n' && text.Steers(r) {
				fmt.Fprintf(&escaped, `\u%04x`, r)
			} else {
				escaped.WriteRune(r)
			}
		}
		line = escaped.String()
	}
	_, err := io.WriteString(w, line)
	return err
}
