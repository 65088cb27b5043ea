//go:build mutant_comment_twice

package db

import "time"

// sameCommentWithin makes a second comment of a retry. TestChaos must find it.
const sameCommentWithin time.Duration = 0
