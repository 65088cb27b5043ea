package normalise

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/klauspost/compress/zstd"

	"courant/aggregator/feed"
	"courant/aggregator/identity"
	"courant/db"
	"courant/db/content"
	"courant/db/likeness"
)

// maxRaw bounds what a kept entry may unpack to, in bytes: more than feed ever
// reads of one.
const maxRaw = 64 << 20

// The packer and unpacker work on whole values and are safe for concurrent use.
var (
	packer = func() *zstd.Encoder {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<18), zstd.WithEncoderConcurrency(2))
		if err != nil {
			panic(err) // the options above are constants
		}
		return w
	}()
	unpacker = func() *zstd.Decoder {
		r, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxRaw), zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(1))
		if err != nil {
			panic(err)
		}
		return r
	}()
)

// Pack makes of an entry what the store keeps of it.
func Pack(e feed.Entry) ([]byte, error) {
	var text bytes.Buffer
	text.Grow(len(e.Body) + len(e.Body)/8 + len(e.Summary) + 512)
	j := json.NewEncoder(&text)
	j.SetEscapeHTML(false) // bodies are HTML, and nobody shows this as such
	if err := j.Encode(e); err != nil {
		return nil, err
	}
	return packer.EncodeAll(text.Bytes(), make([]byte, 0, text.Len()/3+64)), nil
}

// Unpack gives back the entry that Pack was given.
func Unpack(raw []byte) (feed.Entry, error) {
	var e feed.Entry
	text, err := unpacker.DecodeAll(raw, nil)
	if err != nil {
		return e, fmt.Errorf("unpack an entry: %w", err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("read an entry: %w", err)
	}
	return e, nil
}

// Remake makes what Make made of an entry anew, but for what is kept of it, as
// when better normalising has come since it was read.
func Remake(e feed.Entry, s Source) db.Entry {
	made := entry(&e, s)
	made.Fingerprint = Fingerprint(&e)
	return made
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
		Article: a, Link: identity.LinkHash(a.Link), Path: identity.PathHash(a.Link), Title: identity.TitleHash(e.Title), Sketch: likeness.Of(own),
		Given: []int64{likeness.Hash(a.Headline), likeness.Hash(strings.Join(a.KeyPoints, "\n")), likeness.Hash(text)},
	}
}
