package publisher

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // so that the size of a logo is known
	_ "image/png"
	"os"
	"path/filepath"
	"strings"

	"courant/db/content"
	"courant/publisher/feeds"
	"courant/publisher/web"
	"courant/publisher/words"
)

// files are what [site] names, read once at start.
type files struct {
	about, privacy content.HTML
	css            string
	words          *words.Words // of the furniture
	logo           web.Document
	logoSize       image.Config // zero where it is not known
}

// image is the logo as feeds name it; zero where there is none.
func (f files) image(base string) feeds.Media {
	if len(f.logo.Body) == 0 {
		return feeds.Media{}
	}
	return feeds.Media{URL: base + "/logo", Type: f.logo.ContentType, Width: f.logoSize.Width, Height: f.logoSize.Height}
}

// maxSiteFile bounds each file of [site]: a logo or a page of text is far
// smaller, and every page carries the stylesheet.
const maxSiteFile = 512 << 10

var logoTypes = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".svg": "image/svg+xml",
}

// readFiles reads the files that s names.
func readFiles(s Site) (f files, err error) {
	read := func(key, name string) string {
		if name == "" || err != nil {
			return ""
		}
		data, readErr := os.ReadFile(name)
		switch {
		case readErr != nil:
			err = fmt.Errorf("site.%s: %w", key, readErr)
		case len(data) > maxSiteFile:
			err = fmt.Errorf("site.%s: %s has %d bytes; the most is %d", key, name, len(data), maxSiteFile)
		}
		return string(data)
	}
	own := read("words", s.Words)
	if err == nil {
		if f.words, err = words.New(s.Language, []byte(own)); err != nil {
			err = fmt.Errorf("site.words: %s: %w", s.Words, err)
		}
	}
	f.about = content.Markdown(read("about", s.About), s.Base()+"/about")
	f.privacy = content.Markdown(read("privacy", s.Privacy), s.Base()+"/privacy")
	f.css = read("css", s.CSS)
	if s.Logo == "" {
		return f, err
	}
	f.logo.ContentType = logoTypes[strings.ToLower(filepath.Ext(s.Logo))]
	if f.logo.ContentType == "" {
		return f, fmt.Errorf("site.logo: %s must be a PNG, JPEG, WebP or SVG file, and end so", s.Logo)
	}
	f.logo.Body = []byte(read("logo", s.Logo))
	if c, _, err := image.DecodeConfig(bytes.NewReader(f.logo.Body)); err == nil { // not every kind of picture tells
		f.logoSize = c
	}
	return f, err
}
