package feeds

import "courant/db/text"

var language = text.Pattern(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// IsLanguage reports whether s is a language tag (BCP 47) such as a feed may
// give as its language.
func IsLanguage(s string) bool { return language().MatchString(s) }
