package poll

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/identity"
	"courant/db"
)

// Last is the latest document of a source, as far as it tells which entries of
// the next one need not be read: those that stand in it to the byte. Their part
// in everything that counts entries is taken from here: that they are still in
// the feed, that they hold their keys, and what date they bear.
//
// It is kept as marks, which only this package reads: the document's Context,
// then 40 bytes an entry. What an entry's bytes were read as is told by the
// article's key and the fingerprint that they had, so that they mean nothing any
// more once the store has another version of it, or it was purged.
type Last struct {
	context feed.Mark
	entries map[feed.Mark]standing
	known   []db.KnownEntry
}

// standing is an entry of the latest document whose bytes tell what it is.
type standing struct {
	known int // index into Last.known
	date  time.Time
}

// sign tells an article's key and the fingerprint of what its source gave last.
type sign [16]byte

const (
	contextSize = len(feed.Mark{})
	markSize    = len(feed.Mark{}) + len(sign{}) + 8
)

func signed(guid string, fingerprint []byte) (s sign) {
	h := sha256.New()
	h.Write([]byte(guid))
	h.Write([]byte{0})
	h.Write(fingerprint)
	var sum [sha256.Size]byte
	copy(s[:], h.Sum(sum[:0]))
	return s
}

// Recall reads the marks of a source's latest document. known is what the store
// holds of its entries.
func Recall(marks []byte, known []db.KnownEntry) *Last {
	l := &Last{known: known, entries: map[feed.Mark]standing{}}
	if len(marks) < contextSize {
		return l
	}
	present := make(map[sign]int, len(known))
	for i, k := range known {
		if k.Gone.IsZero() && !k.Watched && len(k.Keys) > 0 { // what comes back is looked at
			present[signed(k.Keys[0], k.Fingerprint)] = i
		}
	}
	l.context = feed.Mark(marks)
	for rest := marks[contextSize:]; len(rest) >= markSize; rest = rest[markSize:] {
		mark, about := feed.Mark(rest), rest[len(feed.Mark{}):]
		if i, is := present[sign(about)]; is {
			l.entries[mark] = standing{i, fromMark(about[len(sign{}):])}
		}
	}
	return l
}

// Entries is what the store holds of the document's entries; nothing of a nil Last.
func (l *Last) Entries() []db.KnownEntry {
	if l == nil {
		return nil
	}
	return l.known
}

// Known is what need not be read of the next document.
func (l *Last) Known() feed.Known {
	known := feed.Known{Context: l.context, Entries: make(map[feed.Mark]bool, len(l.entries))}
	for mark := range l.entries {
		known.Entries[mark] = true
	}
	return known
}

// noDate is what stands for the zero time in marks.
const noDate = math.MinInt64

func fromMark(b []byte) time.Time {
	ms := int64(binary.BigEndian.Uint64(b))
	if ms == noDate {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func appendMark(marks []byte, m feed.Mark, s sign, date time.Time) []byte {
	ms := int64(noDate)
	if !date.IsZero() {
		ms = date.UnixMilli()
	}
	return binary.BigEndian.AppendUint64(append(append(marks, m[:]...), s[:]...), uint64(ms))
}

// marked are the marks of the document that was read, once it is known what its
// entries are: made says with which fingerprint each article's version ends up
// that an entry was taken for. Left out is, and so read again, whatever is not
// an article under its plain key: what is there twice, shares its id, is older
// than what we have, or was left for another reason.
func (r *Reading) marked(policy identity.Policy, stands []stand) []byte {
	marks := append(make([]byte, 0, contextSize+markSize*(len(stands)+len(r.unchanged))), r.context[:]...)
	there := map[feed.Mark]bool{{}: true}
	for _, u := range r.unchanged {
		if !there[u.mark] {
			there[u.mark] = true
			k := r.last.known[u.known]
			marks = appendMark(marks, u.mark, signed(k.Keys[0], k.Fingerprint), u.date)
		}
	}
	for _, s := range stands {
		mark := r.marks[s.claim]
		if claim := &r.doc.Claims[s.claim]; !there[mark] && claim.Key(policy) == s.guid {
			there[mark] = true
			marks = appendMark(marks, mark, signed(s.guid, r.prints[s.claim]), claim.Date)
		}
	}
	return marks
}
