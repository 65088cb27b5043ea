package feed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// marks are byte order marks, and what "<?xm" or "{" looks like in encodings
// that are not ASCII with more (XML 1.0 appendix F). Longer ones come first.
var marks = []struct {
	mark string
	skip int // bytes that are no text
	name string
	enc  encoding.Encoding // nil: UTF-8
}{
	{"\x00\x00\xfe\xff", 4, "utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"\xff\xfe\x00\x00", 4, "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\x00\x00\x00<", 0, "utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"<\x00\x00\x00", 0, "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\xef\xbb\xbf", 3, "utf-8", nil},
	{"\xfe\xff", 2, "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"\xff\xfe", 2, "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\x00<\x00", 0, "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"<\x00", 0, "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\x00{", 0, "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"{\x00", 0, "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
}

// UTF8 returns a document as valid UTF-8 without control characters, and what
// had to be mended for that, for people. A byte order mark counts first, then
// the charset of contentType, which may be empty, and of the XML declaration
// where the bytes bear it out, then what the bytes look like. Other lists than
// feeds come in as many encodings: cmd reads OPML with it.
func UTF8(body []byte, contentType string) (text []byte, repairs []string) {
	text, repairs = decoded(body, contentType)
	if single, ok := once(text); ok {
		text, repairs = single, append(repairs, "text that was encoded twice")
	}
	return legal(text, repairs)
}

// decoded is the document as UTF-8. A byte order mark decides; else the label
// of the response, then that of the XML declaration, where the bytes bear it
// out; else what the bytes look like.
func decoded(body []byte, contentType string) (text []byte, repairs []string) {
	for _, m := range marks {
		if !bytes.HasPrefix(body, []byte(m.mark)) {
			continue
		}
		body = body[m.skip:]
		if m.enc == nil {
			break // as UTF-8 below, which a mark alone does not prove
		}
		if out, err := m.enc.NewDecoder().Bytes(body); err == nil {
			return out, nil
		}
	}
	declared, from := label(body, contentType)
	enc, name := charset.Lookup(declared)
	switch {
	case utf8.Valid(body):
		if enc != nil && keepsASCIIMeaning(name) {
			// Whatever the label says, text that happens to be valid UTF-8 is
			// that; only encodings that write other letters in ASCII bytes
			// (ISO-2022) are taken at their word.
			if declared != "" && !isASCII(body) && name != "utf-8" {
				repairs = append(repairs, fmt.Sprintf("%s %s, was utf-8", from, declared))
			}
			return body, repairs
		}
		if enc == nil && declared != "" {
			repairs = append(repairs, fmt.Sprintf("%s %s, which is not a charset, was utf-8", from, declared))
		}
		if enc == nil {
			return body, repairs
		}
	case enc == nil || name == "utf-8" || strings.HasPrefix(name, "utf-16"):
		if mostlyUTF8(body) {
			return bytes.ToValidUTF8(body, []byte("\uFFFD")), append(repairs, "some bytes were not utf-8")
		}
		if declared == "" {
			declared, from = "utf-8", "undeclared, taken for"
		}
		was := "windows-1252"
		if enc, name = guess(body); enc != nil {
			was = name
		} else {
			enc = charmap.Windows1252
		}
		repairs = append(repairs, fmt.Sprintf("%s %s, was %s", from, declared, was))
	}
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		out = bytes.ToValidUTF8(body, []byte("\uFFFD"))
		repairs = append(repairs, fmt.Sprintf("%s %s, but is not", from, declared))
	}
	return out, repairs
}

// once undoes a second encoding: text that was UTF-8 and was taken for
// windows-1252 on the way here, so that "é" became "Ã©". It does so only where
// nearly all of the document's letters beyond ASCII read back that way, for one
// article may well be about such text.
func once(text []byte) ([]byte, bool) {
	if !bytes.Contains(text, []byte("Ã")) && !bytes.Contains(text, []byte("Â")) && !bytes.Contains(text, []byte("â")) {
		return text, false
	}
	out := make([]byte, 0, len(text))
	good, bad := 0, 0
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && text[j] < utf8.RuneSelf {
			j++
		}
		out = append(out, text[i:j]...)
		for i = j; j < len(text) && text[j] >= utf8.RuneSelf; j++ {
		}
		switch run, ok := windows1252(text[i:j]); {
		case ok && utf8.Valid(run):
			out = append(out, run...)
			good += min(len(run), 1)
		case string(text[i:j]) == "Â" && j < len(text) && text[j] == ' ':
			// was a space without a break, which somebody made a plain one
		default:
			out = append(out, text[i:j]...)
			if bad++; bad > 16 && good < bad {
				return text, false
			}
		}
		i = j
	}
	return out, good > 10*bad
}

// windows1252 is text in that encoding, where it has all its letters. Bytes
// that the encoding gives no letter are read as the control character of that
// number, and so are all from 0x80 to 0x9F by who takes it for ISO 8859-1.
func windows1252(text []byte) ([]byte, bool) {
	var out []byte
	for _, r := range string(text) {
		if r >= 0x80 && r < 0xA0 {
			out = append(out, byte(r))
			continue
		}
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			return nil, false
		}
		out = append(out, b)
	}
	return out, true
}

// label is the charset a document is said to be in, and who says so. The
// response counts first (RFC 7303 section 3), unless it only has what servers
// say of everything.
func label(body []byte, contentType string) (name, from string) {
	declared := declaration(body)
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		served := strings.Trim(params["charset"], `'" `)
		switch strings.ToLower(served) {
		case "us-ascii", "iso-8859-1", "latin1", "utf-8":
			if declared != "" {
				break
			}
			fallthrough
		default:
			return served, "served as"
		}
	}
	return declared, "declared"
}

// declaration is the encoding that the XML declaration names, else "".
func declaration(body []byte) string {
	head := body[:min(len(body), 1024)]
	i := bytes.Index(head, []byte("<?xml"))
	if i < 0 {
		return ""
	}
	head = head[i:]
	if end := bytes.Index(head, []byte("?>")); end >= 0 {
		head = head[:end]
	}
	_, rest, ok := strings.Cut(string(head), "encoding")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, " \t\r\n=")
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	name, _, _ := strings.Cut(rest[1:], rest[:1])
	return strings.TrimSpace(name)
}

// keepsASCIIMeaning reports whether valid UTF-8 under this label is UTF-8.
func keepsASCIIMeaning(name string) bool {
	return name != "iso-2022-jp" && name != "replacement" && name != "x-user-defined"
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mostlyUTF8 reports whether text that is not valid UTF-8 was meant to be: it
// has more letters in well-formed sequences than stray bytes.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good > 2*bad
}

// legal drops what XML 1.0 (section 2.2) forbids, and gives the C1 controls the
// meaning they were typed with, windows-1252's. text is valid UTF-8.
func legal(text []byte, repairs []string) ([]byte, []string) {
	i := firstIllegal(text)
	if i < 0 {
		return text, repairs
	}
	out := make([]byte, i, len(text))
	copy(out, text)
	dropped := false
	for i < len(text) {
		if c := text[i]; c < utf8.RuneSelf {
			if c >= ' ' || c == '\n' || c == '\t' || c == '\r' {
				out = append(out, c)
			} else {
				dropped = true
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if legalRune(&r) {
			out = utf8.AppendRune(out, r)
		} else {
			dropped = true
		}
		i += n
	}
	if dropped {
		repairs = append(repairs, "control characters dropped")
	}
	return out, repairs
}

func firstIllegal(text []byte) int {
	for i := 0; i < len(text); i++ {
		for len(text)-i >= 8 && printable(binary.LittleEndian.Uint64(text[i:])) {
			i += 8
		}
		if i == len(text) {
			break
		}
		switch c := text[i]; {
		case c < ' ' && c != '\n' && c != '\t' && c != '\r':
			return i
		case c == 0xC2 && i+1 < len(text) && text[i+1] < 0xA0:
			return i
		case c == 0xEF && i+2 < len(text) && text[i+1] == 0xBF && text[i+2] >= 0xBE:
			return i
		}
	}
	return -1
}

// printable reports whether all eight bytes are ASCII and none is a control character:
// a byte below a space borrows from its high bit, one beyond ASCII has it set.
func printable(bytes uint64) bool {
	const spaces, high = 0x2020202020202020, 0x8080808080808080
	return ((bytes-spaces)|bytes)&high == 0
}

// legalRune reports whether r may stand in a document; a C1 control becomes the
// windows-1252 letter that was meant.
func legalRune(r *rune) bool {
	switch {
	case *r < ' ':
		return *r == '\n' || *r == '\t' || *r == '\r'
	case *r >= 0x80 && *r < 0xA0:
		*r = charmap.Windows1252.DecodeByte(byte(*r))
		return *r >= 0xA0
	case *r == 0xFFFE || *r == 0xFFFF || *r >= 0xD800 && *r < 0xE000 || *r > utf8.MaxRune:
		return false
	}
	return true
}
