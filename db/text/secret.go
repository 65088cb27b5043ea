package text

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// withoutSecrets is a query without the parameters that look secret; the others
// stay byte for byte.
func withoutSecrets(query string) string {
	if !strings.Contains(query, "=") {
		return query
	}
	var b strings.Builder
	for rest := query; rest != ""; {
		end := strings.IndexAny(rest, "&;")
		if end < 0 {
			end = len(rest) - 1
		}
		pair := strings.TrimRight(rest[:end+1], "&;")
		if name, value, _ := strings.Cut(pair, "="); !isSecret(name, value) {
			b.WriteString(rest[:end+1])
		}
		rest = rest[end+1:]
	}
	if b.Len() == len(query) {
		return query
	}
	return strings.TrimRight(b.String(), "&;")
}

// isSecret reports whether a parameter is one that lets somebody in: by its
// name, by a value that nobody would type, or because an address in it has one.
func isSecret(name, value string) bool {
	if value == "" {
		return false
	}
	name, value = unescaped(name), unescaped(value)
	words := nameWords(name)
	if slices.ContainsFunc(words, isSecretWord) || isSecretWord(strings.Join(words, "")) {
		return true
	}
	if strings.Contains(value, "://") {
		return Redact(value) != value
	}
	return !namesThing(words) && isRandom(value)
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// nameWords are the words of a parameter's name in lower case: "apiKey" has two.
func nameWords(name string) (words []string) {
	begin := true
	lower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			begin = true
			continue
		case begin || lower && unicode.IsUpper(r):
			words = append(words, "")
		}
		begin, lower = false, unicode.IsLower(r)
		words[len(words)-1] += string(unicode.ToLower(r))
	}
	return words
}

// isSecretWord reports whether a word says what is secret, alone or with what it
// is for before it, as in "rsskey".
func isSecretWord(word string) bool {
	switch word {
	case "token", "tok", "key", "auth", "authorization", "oauth", "sig", "sign", "signature", "hmac", "mac", "secret", "pass", "password", "passwd",
		"passphrase", "pwd", "pw", "pin", "credential", "credentials", "creds", "jwt", "bearer", "session", "sess", "sessionid", "sessid", "jsessionid",
		"phpsessid", "login", "nonce", "otp", "ticket", "private":
		return true
	}
	for _, end := range []string{"token", "secret", "password", "passwd", "signature"} {
		if strings.HasSuffix(word, end) {
			return true
		}
	}
	what, isKey := strings.CutSuffix(word, "key")
	if !isKey {
		what, isKey = strings.CutSuffix(word, "auth")
	}
	return isKey && slices.Contains([]string{
		"api", "app", "access", "atom", "auth", "client", "feed", "license", "member", "my", "pass", "private", "public", "rss", "security", "sub",
		"subscription", "subscriber", "user", "view", "http", "basic",
	}, what)
}

// namesThing reports whether a parameter says which thing is meant: what names
// it is for everybody, however it looks.
func namesThing(words []string) bool {
	if len(words) == 0 {
		return false
	}
	switch words[len(words)-1] {
	case "id", "ids", "uuid", "guid", "channel", "playlist", "list", "v", "q", "query", "search", "tag", "tags", "cat", "category":
		return true
	}
	return strings.HasSuffix(words[len(words)-1], "id")
}

const (
	longValue = 20 // a random value of fewer characters is no good secret
	mixedPart = 12 // so many of them are in words that no language has
)

// isRandom reports whether value is what a machine made up to be guessed by
// nobody: long, and of words that mix letters, digits and cases.
func isRandom(value string) bool {
	value = strings.TrimRight(value, "=")
	if len(value) < longValue {
		return false
	}
	mixed, digits := 0, 0
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune("-_.+/~", r) }) {
		changes, last := 0, 0
		for i := range len(word) {
			class := charClass(word[i])
			if class == 0 {
				return false
			}
			if class == digit {
				digits++
			}
			if last != 0 && class != last && (last != upper || class != lower || i != 1) { // "Word" is one
				changes++
			}
			last = class
		}
		if changes >= 2 {
			mixed += len(word)
		}
	}
	return mixed >= mixedPart && digits >= 2 // many words in one have none
}

const (
	digit = iota + 1
	lower
	upper
)

func charClass(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return digit
	case 'a' <= c && c <= 'z':
		return lower
	case 'A' <= c && c <= 'Z':
		return upper
	}
	return 0
}
