package feed

import (
	"strings"

	"courant/db/podcast"
	"courant/db/text"
)

const (
	maxTranscripts = 10 // in as many languages as any podcast has
	maxPeople      = 30
)

// episode reads what podcasts say of a recording, by itunes:* and podcast:*; nil where
// the entry has none, or nothing is said.
func (t *translator) episode(e *Entry, x found) *podcast.Episode {
	recording := false
	for _, n := range e.Enclosures {
		recording = recording || strings.HasPrefix(n.Type, "audio/") || strings.HasPrefix(n.Type, "video/")
	}
	if !recording {
		return nil
	}
	p := podcast.Episode{
		Seconds: podcast.Seconds(x.first("duration")), Number: podcast.Count(x.first("episode")), Season: podcast.Count(x.first("season")),
		Kind: podcast.Kind(x.first("episodetype")), Explicit: podcast.Explicit(x.first("explicit")),
	}
	for _, m := range x["chapters"] {
		if at := resolve(t.base, m.Attrs["url"]); at != "" && p.Chapters.URL == "" {
			p.Chapters = podcast.File{URL: at, Type: text.Cut(m.Attrs["type"], maxWho)}
		}
	}
	for _, m := range x["transcript"] {
		if at := resolve(t.base, m.Attrs["url"]); at != "" && len(p.Transcripts) < maxTranscripts {
			f := podcast.File{URL: at, Type: text.Cut(m.Attrs["type"], maxWho), Language: m.Attrs["language"]}
			if boundLanguage(&f.Language); strings.EqualFold(m.Attrs["rel"], "captions") {
				f.Rel = "captions"
			}
			p.Transcripts = append(p.Transcripts, f)
		}
	}
	for _, m := range x["person"] {
		if name := text.Cut(squash(m.Value), maxWho); name != "" && len(p.People) < maxPeople {
			p.People = append(p.People, podcast.Person{
				Name: name, Role: text.Cut(squash(m.Attrs["role"]), maxWho), Group: text.Cut(squash(m.Attrs["group"]), maxWho),
				Image: resolve(t.base, m.Attrs["img"]), Page: resolve(t.base, m.Attrs["address"]),
			})
		}
	}
	if p.Seconds+p.Number+p.Season+len(p.Transcripts)+len(p.People) == 0 && p.Kind+p.Explicit+p.Chapters.URL == "" {
		return nil
	}
	return &p
}
