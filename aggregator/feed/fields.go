package feed

// kind is how an element of a feed is read.
type kind uint8

const (
	ignored   kind = iota
	plain          // text without markup
	date           // a point in time
	address        // a URL as text
	linked         // link: a URL as text or as href
	filed          // category: text or attributes
	empty          // attributes only
	markup         // HTML or text, by its type
	headline       // markup of which the first counts
	prose          // markup that is plain text unless it holds tags
	person         // text, or name, email and uri
	container      // known elements inside
	reference      // source: text and url, or a container
)

// A field is an element that we read: how, and what gofeed's RSS and Atom
// parsers know it as. "x:" names are ours; both parsers keep them as
// extensions.
type field struct {
	kind      kind
	rss, atom string
}

// entryFields are the elements of an item or entry.
var entryFields = map[string]field{
	"title":       {headline, "title", "title"},
	"dc:title":    {headline, "title", "title"},
	"media:title": {headline, "x:mediatitle", "x:mediatitle"},

	"description":            {markup, "description", "x:body"},
	"summary":                {markup, "x:body", "summary"},
	"content":                {markup, "x:body", "content"},
	"content:encoded":        {markup, "content:encoded", "x:body"},
	"fullitem":               {markup, "x:body", "x:body"},
	"body":                   {markup, "x:body", "x:body"},
	"xhtml:body":             {markup, "x:body", "x:body"},
	"xhtml:div":              {markup, "x:body", "x:body"},
	"dc:description":         {markup, "x:body", "x:body"},
	"abstract":               {markup, "x:body", "x:body"},
	"dcterms:abstract":       {markup, "x:body", "x:body"},
	"itunes:summary":         {prose, "x:body", "x:body"},
	"itunes:subtitle":        {ignored, "", ""},
	"media:description":      {prose, "x:body", "x:body"},
	"googleplay:description": {prose, "x:body", "x:body"},

	"id":   {address, "guid", "x:id"},
	"guid": {address, "guid", "x:id"},
	"link": {linked, "link", "link"},

	"author":         {person, "x:author", "author"},
	"dc:creator":     {person, "x:author", "author"},
	"dc:author":      {person, "x:author", "author"},
	"itunes:author":  {person, "x:author", "author"},
	"managingeditor": {person, "x:author", "author"},
	"contributor":    {person, "x:contributor", "contributor"},
	"dc:contributor": {person, "x:contributor", "contributor"},

	"pubdate":          {date, "pubDate", "published"},
	"published":        {date, "pubDate", "published"},
	"issued":           {date, "pubDate", "published"},
	"dcterms:issued":   {date, "pubDate", "published"},
	"updated":          {date, "x:updated", "updated"},
	"modified":         {date, "x:updated", "updated"},
	"lastbuilddate":    {date, "x:updated", "updated"},
	"dc:date":          {date, "x:updated", "updated"},
	"dcterms:modified": {date, "x:updated", "updated"},
	"created":          {date, "x:created", "x:created"},
	"dcterms:created":  {date, "x:created", "x:created"},

	"category":        {filed, "category", "category"},
	"dc:subject":      {filed, "category", "category"},
	"keywords":        {filed, "category", "category"},
	"media:category":  {filed, "category", "category"},
	"media:keywords":  {filed, "x:keywords", "x:keywords"},
	"itunes:keywords": {filed, "x:keywords", "x:keywords"},

	"comments":            {address, "comments", "x:comments"},
	"wfw:commentrss":      {address, "x:commentrss", "x:commentrss"},
	"slash:comments":      {plain, "x:slash", "x:slash"},
	"thr:total":           {plain, "x:count", "x:count"},
	"thr:in-reply-to":     {empty, "x:inreplyto", "x:inreplyto"},
	"feedburner:origlink": {address, "x:origlink", "x:origlink"},
	"rights":              {markup, "x:rights", "rights"},
	"dc:rights":           {markup, "x:rights", "rights"},
	"copyright":           {markup, "x:rights", "rights"},
	"language":            {plain, "x:language", "x:language"},
	"dc:language":         {plain, "x:language", "x:language"},
	"source":              {reference, "source", "source"},
	"enclosure":           {empty, "enclosure", "x:enclosure"},

	"itunes:duration":    {plain, "x:duration", "x:duration"},
	"itunes:episode":     {plain, "x:episode", "x:episode"},
	"itunes:season":      {plain, "x:season", "x:season"},
	"itunes:episodetype": {plain, "x:episodetype", "x:episodetype"},
	"itunes:explicit":    {plain, "x:explicit", "x:explicit"},
	"podcast:episode":    {plain, "x:episode", "x:episode"},
	"podcast:season":     {plain, "x:season", "x:season"},
	"podcast:chapters":   {empty, "x:chapters", "x:chapters"},
	"podcast:transcript": {empty, "x:transcript", "x:transcript"},
	"podcast:person":     {plain, "x:person", "x:person"},

	"image":            {container, "x:image", "x:image"},
	"itunes:image":     {empty, "x:picture", "x:picture"},
	"googleplay:image": {empty, "x:picture", "x:picture"},
	"media:thumbnail":  {empty, "x:thumbnail", "x:thumbnail"},
	"media:group":      {container, "x:media", "x:media"},
	"media:content":    {container, "x:media", "x:media"},
}

// mediaFields are the elements inside media:group and media:content.
var mediaFields = map[string]field{
	"media:title":       {headline, "x:mediatitle", "x:mediatitle"},
	"media:description": {prose, "x:body", "x:body"},
	"media:credit":      {plain, "x:credit", "x:credit"},
	"media:thumbnail":   {empty, "x:thumbnail", "x:thumbnail"},
	"media:content":     {container, "x:media", "x:media"},
	"media:group":       {container, "x:media", "x:media"},
	"url":               {address, "x:url", "x:url"},
}

// sourceFields are the elements inside atom:source.
var sourceFields = map[string]field{
	"title": {headline, "x:title", "title"},
	"id":    {address, "x:id", "id"},
	"link":  {linked, "x:link", "link"},
}

// feedFields are the elements of a channel or feed.
var feedFields = map[string]field{
	"title":               {headline, "title", "title"},
	"dc:title":            {headline, "x:dctitle", "x:dctitle"},
	"description":         {markup, "description", "subtitle"},
	"subtitle":            {markup, "description", "subtitle"},
	"tagline":             {markup, "description", "subtitle"},
	"link":                {linked, "link", "link"},
	"id":                  {address, "x:id", "x:id"},
	"author":              {person, "x:author", "author"},
	"dc:creator":          {person, "x:author", "author"},
	"itunes:author":       {person, "x:author", "author"},
	"language":            {plain, "language", "x:language"},
	"dc:language":         {plain, "language", "x:language"},
	"copyright":           {markup, "copyright", "rights"},
	"rights":              {markup, "copyright", "rights"},
	"dc:rights":           {markup, "copyright", "rights"},
	"pubdate":             {date, "pubDate", "x:updated"},
	"lastbuilddate":       {date, "lastBuildDate", "x:updated"},
	"updated":             {date, "lastBuildDate", "updated"},
	"modified":            {date, "lastBuildDate", "updated"},
	"dc:date":             {date, "pubDate", "x:updated"},
	"ttl":                 {plain, "ttl", "x:ttl"},
	"skiphours":           {container, "skipHours", "x:skiphours"},
	"skipdays":            {container, "skipDays", "x:skipdays"},
	"sy:updateperiod":     {plain, "x:period", "x:period"},
	"sy:updatefrequency":  {plain, "x:frequency", "x:frequency"},
	"sy:updatebase":       {date, "x:base", "x:base"},
	"fh:complete":         {empty, "x:complete", "x:complete"},
	"fh:archive":          {empty, "x:archive", "x:archive"},
	"generator":           {plain, "x:generator", "x:generator"},
	"at:deleted-entry":    {empty, "x:deleted", "x:deleted"},
	"itunes:new-feed-url": {address, "x:newurl", "x:newurl"},
	"newlocation":         {address, "x:newurl", "x:newurl"},
}

// skipFields are the elements inside skipHours and skipDays.
var skipFields = map[string]field{
	"hour": {plain, "hour", "x:hour"},
	"day":  {plain, "day", "x:day"},
}

// personFields are the elements inside an author.
var personFields = map[string]field{
	"name":         {plain, "name", "name"},
	"email":        {plain, "email", "email"},
	"uri":          {address, "uri", "uri"},
	"url":          {address, "uri", "uri"},
	"homepage":     {address, "uri", "uri"},
	"itunes:name":  {plain, "name", "name"},
	"itunes:email": {plain, "email", "email"},
}
