package normalise

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"courant/aggregator/feed"
	"courant/aggregator/identity"
	"courant/db"
	"courant/db/content"
	"courant/db/likeness"
	"courant/db/text"
)

// maxRaw bounds what a kept entry may unpack to, in bytes: more than feed ever
// reads of one.
const maxRaw = 64 << 20

// zstdMagic begins what was packed by versions that packed with zstd: a tenth of all
// that a first import cost, where S2 costs a hundredth, for a fourth of the entry more
// on disk.
const zstdMagic = "\x28\xb5\x2f\xfd"

// unpacker unpacks that. It works on whole values and is safe for concurrent use.
var unpacker = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxRaw), zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(1))
})

// packers are the buffers of entries that are being packed.
var packers = sync.Pool{New: func() any { return new(packer) }}

type packer struct {
	text   bytes.Buffer
	packed []byte
}

// Pack makes of an entry what the store keeps of it.
func Pack(e feed.Entry) ([]byte, error) {
	p := packers.Get().(*packer)
	defer packers.Put(p)
	p.text.Reset()
	j := json.NewEncoder(&p.text)
	j.SetEscapeHTML(false) // bodies are HTML, and nobody shows this as such
	if err := j.Encode(e); err != nil {
		return nil, err
	}
	if most := s2.MaxEncodedLen(p.text.Len()); most > len(p.packed) {
		p.packed = make([]byte, most)
	}
	return bytes.Clone(s2.Encode(p.packed, p.text.Bytes())), nil
}

// Unpack gives back the entry that Pack was given.
func Unpack(raw []byte) (feed.Entry, error) {
	var e feed.Entry
	text, err := unpack(raw)
	if err != nil {
		return e, fmt.Errorf("unpack an entry: %w", err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("read an entry: %w", err)
	}
	return e, nil
}

func unpack(raw []byte) ([]byte, error) {
	if bytes.HasPrefix(raw, []byte(zstdMagic)) {
		z, err := unpacker()
		if err != nil {
			return nil, err
		}
		return z.DecodeAll(raw, nil)
	}
	if n, err := s2.DecodedLen(raw); err != nil || n > maxRaw {
		return nil, errors.Join(err, fmt.Errorf("an entry of %d bytes", n))
	}
	return s2.Decode(nil, raw)
}

// Remake makes what Make made of an entry anew, but for what is kept of it, as
// when better normalising has come since it was read.
func Remake(e feed.Entry, s Source) db.Entry {
	made := entry(&e, s)
	made.Fingerprint = Fingerprint(&e)
	return made
}

// through is the pages that an entry was taken over from by its source, which it stands
// at link for: none of what that wrote itself.
func through(e *feed.Entry, link string) (pages []string) {
	if e.Source.URL == "" {
		return nil
	}
	for _, page := range append([]string{e.Via}, e.Through...) {
		if page = text.Redact(page); page != "" && page != link && !slices.Contains(pages, page) {
			pages = append(pages, page)
		}
	}
	return pages
}

// entry is what Make and Remake make of an entry alike.
func entry(e *feed.Entry, s Source) db.Entry {
	a, text := article(e, s)
	a.GUID = guid(e)
	own := text
	if e.Page != nil { // an entry is known again by what its feed says
		own = content.Open(e.Body, e.Base).Text()
	}
	return db.Entry{
		Through: through(e, a.Link),
		Article: a, Link: identity.LinkHash(a.Link), Path: identity.PathHash(a.Link), Title: identity.TitleHash(e.Title), Sketch: likeness.Of(own),
		Given: []int64{likeness.Hash(a.Headline), likeness.Hash(strings.Join(a.KeyPoints, "\n")), likeness.Hash(text)},
	}
}
