package feed

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"courant/db/podcast"
)

// What podcasts say of an episode is read, whatever prefix they use.
func TestPodcast(t *testing.T) {
	doc, err := Parse([]byte(`<rss version="2.0" xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:p="https://podcastindex.org/namespace/1.0"><channel>
		<title>Talks</title><link>https://pod.example/</link><generator>https://wordpress.org/?v=6.4</generator>
		<item><title>One</title><enclosure url="/one.mp3" type="audio/mpeg" length="9"/>
			<i:duration>1:02:03</i:duration><i:episode>7</i:episode><i:season>2</i:season><i:episodeType>Bonus</i:episodeType><i:explicit>clean</i:explicit>
			<p:transcript url="/one.vtt" type="text/vtt" language="en" rel="captions"/><p:transcript url="javascript:x" type="text/html"/>
			<p:chapters url="/one.json" type="application/json+chapters"/>
			<p:person role="guest" group="cast" href="https://ann.example/" img="/ann.png">Ann Bee</p:person><p:person/></item>
		<item><title>Two</title><i:duration>10</i:duration></item>
		<item><title>Three</title><enclosure url="/three.mp3" type="audio/mpeg"/></item>
	</channel></rss>`), Options{URL: "https://pod.example/feed"})
	if err != nil {
		t.Fatal(err)
	}
	want := &podcast.Episode{
		Seconds: 3723, Number: 7, Season: 2, Kind: "bonus", Explicit: "false",
		Chapters:    podcast.File{URL: "https://pod.example/one.json", Type: "application/json+chapters"},
		Transcripts: []podcast.File{{URL: "https://pod.example/one.vtt", Type: "text/vtt", Language: "en", Rel: "captions"}},
		People:      []podcast.Person{{Name: "Ann Bee", Role: "guest", Group: "cast", Image: "https://pod.example/ann.png", Page: "https://ann.example/"}},
	}
	if diff := cmp.Diff(want, doc.Entries[0].Episode); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if doc.Entries[1].Episode != nil || doc.Entries[2].Episode != nil {
		t.Error("something is said of no recording, or nothing of one")
	}
	if doc.Generator != "https://wordpress.org/?v=6.4" {
		t.Errorf("generator %q", doc.Generator)
	}
}

// Where a document stands among the archives and pages of its feed is read.
func TestPlaceInArchives(t *testing.T) {
	for name, text := range map[string]string{
		"atom": `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:h="http://purl.org/syndication/history/1.0"><h:archive/><generator uri="x">WordPress</generator>
			<link rel="prev-archive" href="/a1"/><link rel="next" href="?page=2"/><entry><id>x</id></entry></feed>`,
		"rss": `<rss xmlns:atom="http://www.w3.org/2005/Atom" xmlns:h="http://purl.org/syndication/history/1.0"><channel><h:archive/><generator>WordPress</generator>
			<atom:link rel="prev-archive" href="/a1"/><atom:link rel="next" href="?page=2"/><item><title>x</title></item></channel></rss>`,
	} {
		doc, err := Parse([]byte(text), Options{URL: "https://a.example/feed"})
		if err != nil {
			t.Fatal(err)
		}
		if !doc.Archive || doc.PrevArchive != "https://a.example/a1" || doc.NextPage != "https://a.example/feed?page=2" || doc.Generator != "WordPress" {
			t.Errorf("%s: %v, %q, %q, %q", name, doc.Archive, doc.PrevArchive, doc.NextPage, doc.Generator)
		}
	}
	doc, err := Parse([]byte(`{"version":"https://jsonfeed.org/version/1.1","title":"x","next_url":"/p2.json","items":[{"id":"1","content_text":"x","attachments":[{"url":"/a.mp3","mime_type":"audio/mpeg","duration_in_seconds":61}]}]}`), Options{URL: "https://a.example/feed.json"})
	if err != nil || doc.NextPage != "https://a.example/p2.json" || doc.Entries[0].Episode == nil || doc.Entries[0].Episode.Seconds != 61 {
		t.Errorf("JSON Feed: %+v, %v", doc, err)
	}
}
