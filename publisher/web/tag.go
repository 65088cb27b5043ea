package web

import (
	"crypto/sha256"
	"encoding/base64"
)

// tagOf is a document's validator: made of what it holds, so that no two have
// the same, whichever process makes it and whenever.
func tagOf(doc Document) string {
	hash := sha256.New()
	hash.Write([]byte(doc.ContentType))
	hash.Write([]byte{0})
	hash.Write(doc.Body)
	// 15 bytes are 20 characters without padding; 120 bits do not collide.
	return base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:15])
}
