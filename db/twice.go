//go:build !mutant_comment_twice

package db

import "time"

// sameCommentWithin is how long the same text by the same name in the same
// place counts as one comment (PRODUCT.md, Addresses).
const sameCommentWithin = 24 * time.Hour
