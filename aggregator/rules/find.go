package rules

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// finder finds which of many needles a text has, in one pass over it: at every few
// bytes it looks whether the three that stand there are of a needle. The more bytes
// the shortest needle has, the fewer of the text are looked at. Letters of ASCII are
// found in either case.
type finder struct {
	needles [][]byte // folded; number 0 is none
	ids     map[string]int
	beyond  bool // one has others than ASCII
	stride  int
	bits    [1 << 10]uint64   // of trigrams, see finderBit: most texts are passed over by it alone
	places  map[uint32][]spot // by trigram
}

// spot is where in a needle a trigram stands.
type spot struct{ needle, at int }

// finderBit is the bit of a trigram.
func finderBit(trigram uint32) uint32 { return trigram * 2654435761 >> 16 }

// trigramAt is the three bytes at i, letters of ASCII in one case, and some others of
// two as one.
func trigramAt(b []byte, i int) uint32 {
	return (uint32(b[i])<<16 | uint32(b[i+1])<<8 | uint32(b[i+2])) | 0x202020
}

func newFinder() *finder {
	return &finder{needles: [][]byte{nil}, ids: map[string]int{}, places: map[uint32][]spot{}}
}

// add has f find a needle, and returns the number that it is found by.
func (f *finder) add(needle []byte) int {
	id := f.ids[string(needle)]
	if id == 0 {
		id = len(f.needles)
		f.ids[string(needle)] = id
		f.needles = append(f.needles, needle)
		f.beyond = f.beyond || !isASCII(needle)
	}
	return id
}

// maxStride is how far a finder leaps at most, so that no needle has too many places.
const maxStride = 8

// ready is called once all needles are added.
func (f *finder) ready() {
	f.stride = maxStride
	for _, n := range f.needles[1:] {
		f.stride = min(f.stride, len(n)-2)
	}
	for id, n := range f.needles {
		if id == 0 {
			continue
		}
		for at := range f.stride {
			t := trigramAt(n, at)
			bit := finderBit(t)
			f.bits[bit>>6] |= 1 << (bit & 63)
			f.places[t] = append(f.places[t], spot{id, at})
		}
	}
}

// needsFold reports whether text must be folded to be looked through: to fold is dearer
// than to look. Else what differs in case alone are letters of ASCII in both.
func (f *finder) needsFold(text []byte) bool {
	return f.beyond || bytes.Contains(text, []byte("\u212A")) || bytes.Contains(text, []byte("\u017F")) // the K of degrees, and a long s
}

// find appends to found where text has each needle, by its number: one place of maybe
// several, -1 where there is none.
func (f *finder) find(found []int, text []byte) []int {
	for range f.needles {
		found = append(found, -1)
	}
	for i := 0; i+2 < len(text); i += f.stride {
		t := trigramAt(text, i)
		if bit := finderBit(t); f.bits[bit>>6]&(1<<(bit&63)) == 0 {
			continue
		}
		for _, p := range f.places[t] {
			if from := i - p.at; found[p.needle] < 0 && from >= 0 && begins(text[from:], f.needles[p.needle]) {
				found[p.needle] = from
			}
		}
	}
	return found
}

// begins reports whether text begins with a folded needle, letters of ASCII in either
// case.
func begins(text, needle []byte) bool {
	if len(text) < len(needle) {
		return false
	}
	for i, want := range needle {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != want {
			return false
		}
	}
	return true
}

func isASCII(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf })
}
