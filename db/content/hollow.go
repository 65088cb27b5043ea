package content

import "strings"

// Hollow reports whether text only leads to where something is discussed, as
// the entries of link sites do: "Comments", "[link] [comments]", "12 comments",
// "Article URL: … Comments URL: … Points: 5".
func Hollow(text string) bool {
	leads := false
	for _, word := range strings.Fields(strings.ToLower(text)) {
		if strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "/u/") {
			continue
		}
		word = strings.Trim(word, "[](){}:#.,;|·•-–—→>»…!")
		switch word {
		case "comments", "comment", "discuss", "discussion":
			leads = true
		case "", "link", "article", "url", "points", "submitted", "by", "view", "read", "on", "the", "at", "hacker", "news", "lobsters", "reddit":
		default:
			if strings.Trim(word, "0123456789") != "" {
				return false
			}
		}
	}
	return leads
}

// Hollow reports whether there is nothing in h to read: see Hollow, the
// function. One with a picture is not hollow.
func (h HTML) Hollow() bool {
	return len(h.s) < 2000 && !strings.Contains(h.s, "<img") && Hollow(h.PlainText())
}
