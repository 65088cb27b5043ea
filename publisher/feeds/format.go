package feeds

// Format is one of those that we publish.
type Format string

// The formats, named as their files end.
const (
	Atom Format = "atom"
	RSS  Format = "rss"
	JSON Format = "json"
)

// kind is what there is to say of a format. To add one, add a row to kinds and
// its writer.
type kind struct {
	format Format
	name   string // what readers call it
	brief  string // where there is little room
	media  string // type
	xml    bool
	writer func() writer
}

// kinds are all formats, in the order in which pages name them (F1).
var kinds = []kind{
	{Atom, "Atom", "Atom", "application/atom+xml", true, func() writer { return &atomWriter{newXMLWriter(indent)} }},
	{RSS, "RSS", "RSS", "application/rss+xml", true, func() writer { return &rssWriter{newXMLWriter(indent + indent)} }},
	{JSON, "JSON Feed", "JSON", "application/feed+json", false, func() writer { return &jsonWriter{} }},
}

// kind is f's row; the zero kind where there is no such format.
func (f Format) kind() kind {
	for _, k := range kinds {
		if k.format == f {
			return k
		}
	}
	return kind{}
}

// Formats are all of them, in the order in which pages name them (F1).
func Formats() []Format {
	list := make([]Format, len(kinds))
	for i, k := range kinds {
		list[i] = k.format
	}
	return list
}

// File is the last part of a feed's address: "feed.atom".
func (f Format) File() string { return "feed." + string(f) }

// Name is what readers call the format.
func (f Format) Name() string { return f.kind().name }

// Brief is its name where there is little room.
func (f Format) Brief() string { return f.kind().brief }

// Type is the media type, without parameters.
func (f Format) Type() string { return f.kind().media }

// XML reports whether the format is XML, which a browser can show by a
// stylesheet.
func (f Format) XML() bool { return f.kind().xml }
