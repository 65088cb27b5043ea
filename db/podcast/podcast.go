// Package podcast is what a source says of an episode beside where its recording is:
// the elements of Apple's namespace and of the Podcast Namespace that players show. It
// holds them in words of no format, on the way from feeds to feeds. Pure.
package podcast

import (
	"strconv"
	"strings"
)

// Episode is what is said of a recording. The zero value says nothing.
type Episode struct {
	Seconds     int      `json:"seconds,omitempty"`  // how long it is; 0: unknown
	Number      int      `json:"number,omitempty"`   // within its season; 0: none
	Season      int      `json:"season,omitempty"`   // 0: none
	Kind        string   `json:"kind,omitempty"`     // full, trailer or bonus; empty: not said
	Explicit    string   `json:"explicit,omitempty"` // true or false; empty: not said
	Chapters    File     `json:"chapters,omitzero"`
	Transcripts []File   `json:"transcripts,omitempty"`
	People      []Person `json:"people,omitempty"`
}

// File is one that goes with a recording.
type File struct {
	URL      string `json:"url"` // absolute, http or https
	Type     string `json:"type,omitempty"`
	Language string `json:"language,omitempty"` // BCP 47, of a transcript
	Rel      string `json:"rel,omitempty"`      // "captions", of a transcript
}

// Person speaks in a recording or made it.
type Person struct {
	Name  string `json:"name"`
	Role  string `json:"role,omitempty"`  // host where it is empty
	Group string `json:"group,omitempty"` // cast where it is empty
	Image string `json:"image,omitempty"` // address of a picture
	Page  string `json:"page,omitempty"`  // about the person
}

// maxSeconds is the longest recording that is believed in: a week.
const maxSeconds = 7 * 24 * 60 * 60

// Seconds reads a duration as podcasts write it, "1:02:03", "62:03" or "3723"; 0 where
// it is none.
func Seconds(s string) int {
	total := 0
	parts := strings.Split(strings.TrimSpace(s), ":")
	if len(parts) > 3 {
		return 0
	}
	for _, part := range parts {
		if whole, _, found := strings.Cut(part, "."); found {
			part = whole // fractions of a second
		}
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n > maxSeconds {
			return 0
		}
		total = total*60 + n
	}
	if total > maxSeconds {
		return 0
	}
	return total
}

// Count reads the number of an episode or season, 0 where it is none.
func Count(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}

// Kind reads what kind of episode it is, empty where it is none of the three.
func Kind(s string) string {
	switch k := strings.ToLower(strings.TrimSpace(s)); k {
	case "full", "trailer", "bonus":
		return k
	}
	return ""
}

// Explicit reads whether children had better not hear it, in the words of today and of
// before: true, false or empty.
func Explicit(s string) string {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "explicit":
		return "true"
	case "false", "no", "clean":
		return "false"
	}
	return ""
}
