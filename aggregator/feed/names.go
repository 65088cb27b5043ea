package feed

import (
	"bytes"
	"strings"
)

// vocabulary maps namespaces, in lower case and without a closing slash or
// hash, to the prefix that this package knows their elements by. RSS and Atom
// have none: publishers mix them freely, so title is title in either.
var vocabulary = map[string]string{
	"http://www.w3.org/2005/atom":                                                "",
	"http://purl.org/atom/ns":                                                    "",
	"http://purl.org/rss/1.0":                                                    "",
	"http://purl.org/net/rss1.1":                                                 "",
	"http://purl.org/rss/1.0/modules/rss091":                                     "",
	"http://my.netscape.com/rdf/simple/0.9":                                      "",
	"http://channel.netscape.com/rdf/simple/0.9":                                 "",
	"http://backend.userland.com/rss":                                            "",
	"http://backend.userland.com/rss2":                                           "",
	"http://blogs.law.harvard.edu/tech/rss":                                      "",
	"http://www.w3.org/1999/02/22-rdf-syntax-ns":                                 "rdf",
	"http://purl.org/dc/elements/1.1":                                            "dc",
	"http://purl.org/dc/elements/1.0":                                            "dc",
	"http://purl.org/dc/terms":                                                   "dcterms",
	"http://purl.org/rss/1.0/modules/content":                                    "content",
	"http://purl.org/rss/1.0/modules/slash":                                      "slash",
	"http://purl.org/rss/1.0/modules/syndication":                                "sy",
	"http://purl.org/rss/1.0/modules/threading":                                  "thr",
	"http://purl.org/syndication/thread/1.0":                                     "thr",
	"http://purl.org/syndication/history/1.0":                                    "fh",
	"http://purl.org/atompub/tombstones/1.0":                                     "at",
	"http://wellformedweb.org/commentapi":                                        "wfw",
	"http://search.yahoo.com/mrss":                                               "media",
	"http://www.itunes.com/dtds/podcast-1.0.dtd":                                 "itunes",
	"http://example.com/dtds/podcast-1.0.dtd":                                    "itunes",
	"http://podcastindex.org/namespace/1.0":                                      "podcast",
	"http://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
	"http://rssnamespace.org/feedburner/ext/1.0":                                 "feedburner",
	"http://www.w3.org/1999/xhtml":                                               "xhtml",
	"http://www.google.com/schemas/play-podcasts/1.0":                            "googleplay",
}

// prefixOf is the prefix a namespace is known by; ok is false where we know
// nothing of it.
func prefixOf(uri string) (prefix string, ok bool) {
	uri = strings.ToLower(strings.TrimSpace(uri))
	uri = strings.TrimRight(uri, "/#")
	if rest, found := strings.CutPrefix(uri, "https://"); found {
		uri = "http://" + rest
	}
	prefix, ok = vocabulary[uri]
	return prefix, ok
}

// binding is a namespace declaration in scope.
type binding struct {
	prefix []byte // as written
	known  string // what the document's prefix means to us
}

// declare adds the namespace declarations among the attributes of a tag.
func (s *scanner) declare(attrs []attribute) error {
	for _, a := range attrs {
		var prefix []byte
		switch {
		case bytes.Equal(a.name, []byte("xmlns")):
		case bytes.HasPrefix(a.name, []byte("xmlns:")):
			prefix = a.name[len("xmlns:"):]
		default:
			continue
		}
		if len(s.bindings) >= maxNamespaces {
			return errNamespaces
		}
		known, ok := prefixOf(string(a.value))
		if !ok {
			known = strings.ToLower(string(prefix)) // go by the name it was given
			if known == "atom" || known == "rss" {
				known = ""
			}
		}
		s.bindings = append(s.bindings, binding{prefix, known})
	}
	return nil
}

// name is how this package calls an element: "title", "dc:creator"; empty where
// it is none that anybody knows. It is valid until the next call.
func (s *scanner) name(raw []byte) []byte {
	if len(raw) > maxName {
		return nil
	}
	prefix, local, ok := bytes.Cut(raw, []byte(":"))
	if !ok {
		prefix, local = nil, raw
	}
	known := ""
	found := false
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if bytes.Equal(s.bindings[i].prefix, prefix) {
			known, found = s.bindings[i].known, true
			break
		}
	}
	s.scratch = s.scratch[:0]
	if found {
		s.scratch = append(s.scratch, known...)
	} else if s.scratch = appendLower(s.scratch, prefix); string(s.scratch) == "atom" || string(s.scratch) == "rss" {
		s.scratch = s.scratch[:0] // undeclared, but plain enough
	}
	if len(s.scratch) > 0 {
		s.scratch = append(s.scratch, ':')
	}
	s.scratch = appendLower(s.scratch, local)
	return s.scratch
}

func appendLower(dst, src []byte) []byte {
	for _, c := range src {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
