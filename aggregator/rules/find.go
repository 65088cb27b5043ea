package rules

import "bytes"

// finder finds which of many needles a text has, in one pass over it: at every few
// bytes it looks whether the three that stand there are of a needle. The more bytes
// the shortest needle has, the fewer of the text are looked at.
type finder struct {
	needles [][]byte // folded; number 0 is none
	ids     map[string]int
	stride  int
	bits    [1 << 10]uint64   // of trigrams, see finderBit: most texts are passed over by it alone
	places  map[uint32][]spot // by trigram
}

// spot is where in a needle a trigram stands.
type spot struct{ needle, at int }

// finderBit is the bit of a trigram.
func finderBit(trigram uint32) uint32 { return trigram * 2654435761 >> 16 }

// trigramAt is the three bytes at i.
func trigramAt(b []byte, i int) uint32 {
	return uint32(b[i])<<16 | uint32(b[i+1])<<8 | uint32(b[i+2])
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

// find appends to found whether text has each needle, by its number.
func (f *finder) find(found []bool, text []byte) []bool {
	found = append(found, make([]bool, len(f.needles))...)
	for i := 0; i+2 < len(text); i += f.stride {
		t := trigramAt(text, i)
		if bit := finderBit(t); f.bits[bit>>6]&(1<<(bit&63)) == 0 {
			continue
		}
		for _, p := range f.places[t] {
			if from := i - p.at; !found[p.needle] && from >= 0 {
				found[p.needle] = bytes.HasPrefix(text[from:], f.needles[p.needle])
			}
		}
	}
	return found
}
