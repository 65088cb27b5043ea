package fetch

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// answering is a client whose network answers with status, body and headers.
func answering(t *testing.T, status int, body []byte, headers http.Header) *Client {
	t.Helper()
	k, err := New(Config{
		Timeout: time.Minute, MaxBody: 1 << 20, Workers: 1,
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: headers, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// What Content-Encoding says is believed where it is a coding, and nowhere else
// (P107).
func TestContentEncodings(t *testing.T) {
	const doc = `<?xml version="1.0"?><rss version="2.0"><channel><title>A</title></channel></rss>`
	zipped := packed(t, []byte(doc), gzipped)
	zstded := packed(t, []byte(doc), func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w)
		if err != nil {
			t.Fatal(err)
		}
		return z
	})
	wide := []byte("\xff\xfe<\x00r\x00s\x00s\x00>\x00")
	flipped := slices.Clone(zipped)
	flipped[len(flipped)-6] ^= 1 // of the checksum
	for _, c := range []struct {
		name, coding string
		body         []byte
		want         string // "" fails
	}{
		{"none", "", []byte(doc), doc},
		{"identity", "identity", []byte(doc), doc},
		{"a charset", "UTF-8", []byte(doc), doc},
		{"another charset", "iso-8859-1", []byte(doc), doc},
		{"a storage's transfer coding", "aws-chunked", []byte(doc), doc},
		{"a word for nothing", "none", []byte(doc), doc},
		{"mail's codings", "8bit", []byte(doc), doc},
		{"mail's codings, in another case", "Binary", []byte(doc), doc},
		{"a word nobody knows", "x-our-cdn", []byte(doc), doc},
		{"a media type", "text/xml; charset=utf-8", []byte(doc), doc},
		{"a comma and nothing", " , ", []byte(doc), doc},
		{"no coding, and JSON behind a mark and space", "utf-8", []byte("\xef\xbb\xbf\r\n {\"items\":[]}"), "\xef\xbb\xbf\r\n {\"items\":[]}"},
		{"no coding, and UTF-16", "utf-16", wide, string(wide)},
		{"no coding, and no document", "x-secret", []byte("\x8f\x01\x02\x03"), ""},
		{"no coding, and nothing", "none", nil, ""},
		{"no coding, and gzip without a word", "utf-8", zipped, doc},
		{"no coding beside a real one", "aws-chunked, gzip", zipped, doc},
		{"a real one beside no coding", "gzip,utf-8", zipped, doc},
		{"gzip", "gzip", zipped, doc},
		{"gzip by its old name", "X-GZIP", zipped, doc},
		{"zstd", "zstd", zstded, doc},
		{"gzip with a comment behind it", "gzip", append(slices.Clone(zipped), "\n<!-- cached -->"...), doc},
		{"gzip with zeros behind it", "gzip", append(slices.Clone(zipped), make([]byte, 9)...), doc},
		{"gzip with one byte behind it", "gzip", append(slices.Clone(zipped), '\n'), doc},
		{"gzip with much behind it", "gzip", append(slices.Clone(zipped), strings.Repeat("x", 100_000)...), doc},
		{"gzip in two members", "gzip", append(packed(t, []byte(doc[:20]), gzipped), packed(t, []byte(doc[20:]), gzipped)...), doc},
		{"unlabelled gzip with a line behind it", "", append(slices.Clone(zipped), '\n'), doc},
		{"gzip that is none", "gzip", []byte(doc), ""},
		{"gzip without its trailer", "gzip", zipped[:len(zipped)-8], ""},
		{"gzip cut in two", "gzip", zipped[:len(zipped)/2], ""},
		{"gzip with a wrong checksum", "gzip", flipped, ""},
		{"gzip whose second member is cut", "gzip", append(slices.Clone(zipped), zipped[:len(zipped)-8]...), ""},
		{"zstd that is none", "zstd", []byte(doc), ""},
		{"a coding that we do not offer", "br", []byte(doc), ""},
		{"deflate that is none", "deflate", []byte(doc), ""},
		{"deflate", "deflate", packed(t, []byte(doc), func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }), doc},
		{"deflate cut short", "deflate", packed(t, []byte(doc), func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })[:9], ""},
		{"deflate without its frame", "deflate", packed(t, []byte(doc), func(w io.Writer) io.WriteCloser {
			z, _ := flate.NewWriter(w, flate.DefaultCompression) // fails for unknown levels only
			return z
		}), doc},
		{"gzip twice", "gzip, x-gzip", packed(t, zipped, gzipped), doc},
		{"gzip once, and said twice", "gzip, gzip", zipped, doc},
		{"two real codings", "gzip, zstd", zipped, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := answering(t, 200, c.body, http.Header{"Content-Encoding": {c.coding}}).Get(t.Context(), Request{URL: "http://a.example/"})
			if got := string(a.Body); got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("the body is %q (%v), want %q", got, err, c.want)
			}
			a.Release()
		})
	}
}

// A document may come with 203; other statuses have none.
func TestStatuses(t *testing.T) {
	for status, want := range map[int]bool{200: true, 203: true, 201: false, 202: false, 204: false, 205: false, 206: false, 226: false, 300: false} {
		a, err := answering(t, status, []byte("<rss/>"), http.Header{"Etag": {`"a"`}}).Get(t.Context(), Request{URL: "http://a.example/"})
		if (err == nil) != want || (string(a.Body) == "<rss/>") != want || a.Status != status {
			t.Errorf("%d: the body is %q (%v)", status, a.Body, err)
		}
		a.Release()
	}
}
