package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"courant/cmd/courant/subscribe"
)

// utf16le is s in UTF-16 with a mark.
func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// Lists come in as many encodings as feeds, and say as little of which.
func TestImportEncodings(t *testing.T) {
	list := func(declared, title string) string {
		return `<?xml version="1.0"` + declared + `?><opml version="2.0"><body><outline text="` + title + `" xmlUrl="https://a.example/feed"/></body></opml>`
	}
	for _, c := range []struct{ name, in, want string }{
		{"as it says", list(` encoding="UTF-8"`, "Café"), "Café"},
		{"Latin-1 that says UTF-8", list(` encoding="UTF-8"`, "Caf\xe9"), "Café"},
		{"UTF-8 that says Latin-1", list(` encoding="ISO-8859-1"`, "Wetter – Übersicht"), "Wetter – Übersicht"},
		{"Latin-1", list(` encoding='iso-8859-1'`, "Caf\xe9"), "Café"},
		{"windows-1251", list(` encoding="windows-1251"`, "\xcb\xe5\xed\xf2\xe0"), "Лента"},
		{"Shift_JIS", list(` encoding="Shift_JIS"`, "\x93\xfa\x96\x7b"), "日本"},
		{"windows-1252 that says nothing", list("", "\x93A\x94 \x80"), "“A” €"},
		{"UTF-8 that says nothing", list("", "Ä"), "Ä"},
		{"UTF-8 with a mark", "\xef\xbb\xbf" + list(` encoding="utf-8"`, "Ä"), "Ä"},
		{"UTF-16", utf16le(list(` encoding="utf-16"`, "Ä")), "Ä"},
		{"UTF-16 without a mark", utf16le(list(` encoding="utf-16"`, "Ä"))[2:], "Ä"},
		{"UTF-8 that says UTF-16", list(` encoding="utf-16"`, "Ä"), "Ä"},
		{"an encoding nobody knows", list(` encoding="x-none"`, "Ä"), "Ä"},
		{"control characters", list(` encoding="UTF-8"`, "A\x0b\x00B"), "AB"},
		{"UTF-8 encoded twice", list(` encoding="UTF-8"`, "CafÃ© fÃ¼r Ã¤ltere"), "Café für ältere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "list.opml")
			if err := os.WriteFile(file, []byte(c.in), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Chdir(filepath.Dir(file)) // where there is no configuration
			var out, errs bytes.Buffer
			if status := run(t.Context(), []string{"opml", "import", "--json", file}, strings.NewReader(""), &out, &errs); status != statusDone {
				t.Fatalf("status %d\n%s", status, errs.String())
			}
			var got subscribe.Additions
			if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got.Sources) != 1 || got.Sources[0].Title != c.want {
				t.Errorf("%s, want %s (%v)", out.String(), c.want, err)
			}
		})
	}
}
