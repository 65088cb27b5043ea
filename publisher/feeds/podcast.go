package feeds

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"courant/db/podcast"
)

// The namespaces of podcasts: Apple's, and the Podcast Namespace (podcastindex.org).
const (
	nsITunes  = "http://www.itunes.com/dtds/podcast-1.0.dtd"
	nsPodcast = "https://podcastindex.org/namespace/1.0"
)

// isRecording reports whether a file is to be listened to or watched.
func (m Media) isRecording() bool {
	return strings.HasPrefix(m.Type, "audio/") || strings.HasPrefix(m.Type, "video/")
}

// isEpisode reports whether e has a recording.
func (e Entry) isEpisode() bool { return slices.ContainsFunc(e.Files, Media.isRecording) }

// podcasts are the namespaces that a feed needs for its episodes, none where it has
// no episode: whoever reads it for its texts need not know them.
func (f Feed) podcasts() (itunes, namespace string) {
	if slices.ContainsFunc(f.Entries, Entry.isEpisode) {
		return nsITunes, nsPodcast
	}
	return "", ""
}

// said is what is said of e's recording.
func (e Entry) said() podcast.Episode {
	for _, m := range e.Files {
		if m.Episode != nil {
			return *m.Episode
		}
	}
	return podcast.Episode{}
}

// webThread is the protocol of our threads in podcast:socialInteract, which must name
// one. Of those that the namespace lists (disabled, activitypub, twitter, lightning,
// bluesky, hive, matrix, nostr) a thread of ours speaks none, and to claim one would
// have players talk it to us; so this is a name of our own, for a page to read and
// write in by hand. Players that know it not leave the element alone or open its uri.
const webThread = "web"

// episode writes what is said of e's recording, and where it is spoken of (R8).
func (e Entry) episode(x *elements) {
	if !e.isEpisode() {
		return
	}
	p := e.said()
	put := func(name, value string) {
		if value != "" && value != "0" {
			x.add(name, plain(value).Text)
		}
	}
	put("itunes:duration", strconv.Itoa(p.Seconds))
	put("itunes:season", strconv.Itoa(p.Season))
	put("itunes:episode", strconv.Itoa(p.Number))
	put("itunes:episodeType", p.Kind)
	put("itunes:explicit", p.Explicit)
	for _, t := range p.Transcripts {
		x.add("podcast:transcript", "", "url", address(t.URL), "type", cmp.Or(line(t.Type), "text/plain"), "language", line(t.Language), "rel", line(t.Rel))
	}
	if p.Chapters.URL != "" {
		x.add("podcast:chapters", "", "url", address(p.Chapters.URL), "type", cmp.Or(line(p.Chapters.Type), "application/json+chapters"))
	}
	for _, n := range p.People {
		x.add("podcast:person", plain(line(n.Name)).Text, "role", line(n.Role), "group", line(n.Group), "img", address(n.Image), "href", address(n.Page))
	}
	if e.Replies != nil {
		x.add("podcast:socialInteract", "", "uri", e.Replies.Page, "protocol", webThread)
	}
}
