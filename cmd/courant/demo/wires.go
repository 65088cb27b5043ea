package demo

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// twice is how many stories of the wire another agency has too.
const twice = 8

// wires are two agencies whose stories wait for an editor. They have the first of
// them in common, as agencies do.
func wires(origin string, now time.Time) ([]paper, error) {
	text, err := files.ReadFile("wire.txt")
	if err != nil {
		return nil, err
	}
	wire := paper{ID: "tideway-wire", Title: "Tideway Wire", About: "Short news, at all hours", Section: "city", Format: "rss"}
	gull := paper{ID: "evening-gull", Title: "Evening Gull", About: "What the Wire had, a little later", Section: "city", Format: "atom"}
	for i, story := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
		title, body, _ := strings.Cut(story, "\n")
		s := sample{
			Name: fmt.Sprintf("story-%d", i+1), Title: strings.ReplaceAll(title, "'", "’"), Author: "Wire desk", Tags: []string{"short"},
			At: now.Add(-time.Duration(20+37*i) * time.Minute).UTC().Truncate(time.Second), Summary: body, Body: "<p>" + html.EscapeString(body) + "</p>",
		}
		wire.Articles = append(wire.Articles, s)
		if i < twice {
			s.At = s.At.Add(12 * time.Minute)
			s.Author = "Gull staff"
			gull.Articles = append(gull.Articles, s)
		}
	}
	list := []paper{wire, gull}
	for i := range list {
		p := &list[i]
		p.Site = origin + "/" + p.ID + "/"
		p.Feed = p.Site + "feed." + p.Format
		for j := range p.Articles {
			s := &p.Articles[j]
			s.GUID, s.Link = "tag:"+p.ID+".example,2026:"+s.Name, p.Site+s.Name
		}
	}
	return list, nil
}
