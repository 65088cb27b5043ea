package comments

import (
	"fmt"
	"net/mail"
	"unicode/utf8"

	"courant/db/content"
)

// Submission is a comment's form as it came.
type Submission struct {
	Name, Email, Text string
	Parent            string // id of the comment it answers, or empty
	Stamp             string // what Stamp made for the form
	Trap              string // the field that people do not see
}

// Draft is a submission with its texts cleaned, ready to keep.
type Draft struct {
	Name, Email, Text string
	Body              content.HTML // Text as readers will see it
}

// Problem is why a form was not taken, for its writer.
type Problem struct {
	Field   string // of the form: name, email, text or stamp
	Message string // a sentence
}

const (
	// MaxName is the most characters of a name.
	MaxName = 100
	// MaxEmail is the longest address that mail can carry (RFC 5321 section 4.5.3.1).
	MaxEmail = 254
)

// Check cleans s and lists what its writer has to mend; the draft is whole
// either way, so that the form can show it again.
func (t *Threads) Check(s Submission) (Draft, []Problem) {
	d := Draft{Name: cleanName(s.Name), Email: cleanLine(s.Email), Text: cleanText(s.Text)}
	var problems []Problem
	problem := func(field, format string, args ...any) {
		problems = append(problems, Problem{field, fmt.Sprintf(format, args...)})
	}
	switch n := utf8.RuneCountInString(d.Name); {
	case !visible(d.Name):
		problem("name", "Please give a name.")
	case n > MaxName:
		problem("name", "The name has %d characters; the most is %d.", n, MaxName)
	}
	if d.Email != "" && !plausibleEmail(d.Email) {
		problem("email", "This does not look like an e-mail address. You may leave it out.")
	}
	switch n := utf8.RuneCountInString(d.Text); {
	case !visible(d.Text):
		problem("text", "Please write a comment.")
	case n > t.c.MaxLength:
		problem("text", "The comment has %d characters; the most is %d.", n, t.c.MaxLength)
	default:
		d.Body = content.Comment(d.Text)
		if !visible(d.Body.PlainText()) {
			problem("text", "Nothing of this comment would be seen.")
		}
	}
	return d, problems
}

func plausibleEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= MaxEmail
}
