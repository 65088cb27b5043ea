package feed

import (
	"net/url"
	"path"
	"strings"
)

// endings are the types of files that feeds carry, by the ending of their
// address. Where the registry has several names, what podcast directories ask
// for.
var endings = map[string]string{
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".m4b": "audio/mp4", ".aac": "audio/aac", ".ogg": "audio/ogg", ".oga": "audio/ogg",
	".opus": "audio/ogg", ".spx": "audio/ogg", ".flac": "audio/flac", ".wav": "audio/wav", ".wma": "audio/x-ms-wma", ".aif": "audio/aiff", ".aiff": "audio/aiff",
	".mid": "audio/midi", ".weba": "audio/webm", ".m3u": "audio/mpegurl", ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime",
	".qt": "video/quicktime", ".webm": "video/webm", ".ogv": "video/ogg", ".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".wmv": "video/x-ms-wmv",
	".flv": "video/x-flv", ".mpg": "video/mpeg", ".mpeg": "video/mpeg", ".3gp": "video/3gpp", ".ts": "video/mp2t", ".m3u8": "application/vnd.apple.mpegurl",
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".jpe": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif",
	".svg": "image/svg+xml", ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff", ".heic": "image/heic", ".jxl": "image/jxl",
	".pdf": "application/pdf", ".epub": "application/epub+zip", ".mobi": "application/x-mobipocket-ebook", ".torrent": "application/x-bittorrent",
	".zip": "application/zip", ".gz": "application/gzip", ".7z": "application/x-7z-compressed", ".txt": "text/plain", ".vtt": "text/vtt", ".srt": "application/x-subrip",
	".doc": "application/msword", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".odt": "application/vnd.oasis.opendocument.text",
	".ppt": "application/vnd.ms-powerpoint", ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".xls": "application/vnd.ms-excel", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// unsaidTypes are types that say nothing of what a file is: what servers and scripts
// give for what they do not know.
var unsaidTypes = map[string]bool{
	"application/octet-stream": true, "binary/octet-stream": true, "application/x-octet-stream": true, "application/force-download": true,
	"application/x-download": true, "application/download": true, "application/unknown": true, "application/x-unknown": true,
	"unknown/unknown": true, "application/data": true, "application/binary": true,
}

// otherNames are types that nobody registered, and what they mean.
var otherNames = map[string]string{
	"audio/mp3": "audio/mpeg", "audio/mpeg3": "audio/mpeg", "audio/x-mp3": "audio/mpeg", "audio/x-mpeg": "audio/mpeg", "audio/x-mpeg-3": "audio/mpeg",
	"audio/mpg": "audio/mpeg", "audio/x-mpg": "audio/mpeg", "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "video/x-mp4": "video/mp4", "audio/x-mp4": "audio/mp4",
}

// mediaType is the type of the file at an address: what the feed says, without
// parameters, where that is a type; else what the address ends in (R8); else "".
func mediaType(said, at string) string {
	said, _, _ = strings.Cut(said, ";")
	said = strings.ToLower(strings.TrimSpace(said))
	if other := otherNames[said]; other != "" {
		return other
	}
	if isMediaType(said) && !unsaidTypes[said] {
		return said
	}
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	if typ := endings[strings.ToLower(path.Ext(u.Path))]; typ != "" {
		return typ
	}
	if typ := endings["."+strings.TrimPrefix(said, ".")]; typ != "" {
		return typ // the ending instead of the type
	}
	if unsaidTypes[said] {
		return said
	}
	return ""
}

// isMediaType reports whether s is token/token (RFC 9110 section 8.3.1).
func isMediaType(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	if !ok || kind == "" || sub == "" || len(s) > 127 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&-^_.+/", c) >= 0) {
			return false
		}
	}
	return !strings.Contains(sub, "/")
}
