// Package likeness says how alike two texts are: whether two titles are one
// once they are folded, and how far two texts overlap, from sketches that are
// small enough to be stored with each article. It is what identity goes by where
// ids and links fail, and what "the same article from another source" is found
// by. It is pure. Begin with Fold and Of.
package likeness

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Fold is what of a title is compared: its letters and digits in lower case
// without accents, words parted by one space. Typography, punctuation and the
// width of letters are none of it.
func Fold(title string) string {
	f := folders.Get().(*folder)
	defer f.done()
	return string(bytes.TrimSuffix(f.fold(title), []byte{' '}))
}

// Hash is of a folded title, or of an address: what an index holds of it. 0 is of
// nothing.
func Hash(s string) int64 {
	if s == "" {
		return 0
	}
	h := uint64(fnvOffset)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	if h = mixed(h); h == 0 {
		h = 1
	}
	return int64(h)
}

const (
	// shingle is how many words in a row are compared as one. Of fewer, two texts
	// on one subject share too many; of more, one changed word costs too much.
	shingle = 3
	// bins is how many shingles a sketch samples: the overlap comes out with an
	// error of about 0.06, and an article carries 128 bytes.
	bins = 64
	// maxText is how much of a text is looked at, in bytes.
	maxText = 256 << 10

	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// Sketch is a sample of a text's shingles: of all that fall into one of 64 bins
// the one with the least hash, as two bytes, 0 where there is none. nil is the
// sketch of a text without words. Two sketches of one text are equal.
type Sketch []byte

// Of returns the sketch of a text. What it costs grows with the text alone.
func Of(text string) Sketch {
	if len(text) > maxText {
		text = text[:maxText]
	}
	f := folders.Get().(*folder)
	defer f.done()
	return sketch(f.fold(text))
}

// sketch is that of a text's words as a folder gives them.
func sketch(folded []byte) Sketch {
	var least [bins]uint64
	var last [shingle]uint64 // hashes of the latest words, the last one first
	take := func(words int) {
		h := uint64(fnvOffset)
		for _, word := range last[:words] {
			h = (h ^ word) * fnvPrime
		}
		h = mixed(h)
		bin := h >> 58
		h = h<<6 | 1 // never 0, which is no shingle
		if least[bin] == 0 || h < least[bin] {
			least[bin] = h
		}
	}
	n, word := 0, uint64(fnvOffset)
	for _, c := range folded {
		if c != ' ' {
			word = (word ^ uint64(c)) * fnvPrime
			continue
		}
		last[2], last[1], last[0] = last[1], last[0], word
		if n++; n >= shingle {
			take(shingle)
		}
		word = fnvOffset
	}
	if n == 0 {
		return nil
	}
	if n < shingle {
		take(n)
	}
	s := make(Sketch, 0, 2*bins)
	for _, h := range least {
		part := uint16(0)
		if h != 0 {
			// The least hash of a full bin begins with zeros, so what tells it from
			// another one is its other end.
			part = max(uint16(mixed(h)), 1)
		}
		s = binary.BigEndian.AppendUint16(s, part)
	}
	return s
}

// Overlap is the share of all shingles of both texts that both have, 0 to 1. A
// text without words overlaps with nothing.
func (s Sketch) Overlap(other Sketch) float64 {
	if len(s) != 2*bins || len(other) != 2*bins {
		return 0
	}
	both, either := 0, 0
	for i := 0; i < 2*bins; i += 2 {
		a, b := binary.BigEndian.Uint16(s[i:]), binary.BigEndian.Uint16(other[i:])
		if a != 0 || b != 0 {
			either++
			if a == b {
				both++
			}
		}
	}
	return float64(both) / float64(either)
}

const (
	// within is how far apart in time two articles of one title are the same one.
	within = 72 * time.Hour
	// enough is how much of their texts such articles share.
	enough = 0.6
)

// Same reports whether two articles of one title are the same one, by their
// sketches and how far apart in time they came (spec/desk.md, Duplicates before
// stories).
func Same(a, b Sketch, apart time.Duration) bool {
	return apart.Abs() <= within && a.Overlap(b) >= enough
}

// mixed spreads what tells two hashes apart over all of their bits.
func mixed(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
