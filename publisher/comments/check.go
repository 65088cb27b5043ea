package comments

import (
	"net/mail"
	"unicode/utf8"

	"courant/db/content"
	"courant/db/text"
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
	problem := func(field, message string, pairs ...any) {
		problems = append(problems, Problem{field, t.words().Say(message, pairs...)})
	}
	long := func(field, message string, n, most int) {
		problem(field, message, "Length", t.words().Number(n), "Most", t.words().Number(most))
	}
	switch n := utf8.RuneCountInString(d.Name); {
	case !visible(d.Name):
		problem("name", "need_name")
	case n > MaxName:
		long("name", "long_name", n, MaxName)
	}
	if d.Email != "" && !plausibleEmail(d.Email) {
		problem("email", "odd_email")
	}
	switch n := utf8.RuneCountInString(d.Text); {
	case !visible(d.Text):
		problem("text", "need_text")
	case n > t.c.MaxLength:
		long("text", "long_text", n, t.c.MaxLength)
	default:
		d.Body = content.Comment(d.Text)
		if !visible(d.Body.PlainText()) {
			problem("text", "unseen_text")
		}
	}
	return d, problems
}

// Elsewhere cleans what somebody wrote on another site, in markup; ok is false where
// nothing of it is left to show. Its writer is not here to mend it: what is too long
// is cut. base is the address that relative ones are resolved against.
func (t *Threads) Elsewhere(name, markup, base string) (d Draft, ok bool) {
	d = Draft{Name: text.Cut(cleanName(name), MaxName), Body: content.Remark(markup, base, t.c.MaxLength)}
	d.Text = d.Body.PlainText()
	return d, visible(d.Name) && visible(d.Text)
}

// CheckReason cleans the reason of a report, and says what its writer has to mend, or
// nothing.
func (t *Threads) CheckReason(s string, most int) (reason, problem string) {
	reason = cleanText(s)
	switch n := utf8.RuneCountInString(reason); {
	case !visible(reason):
		return reason, t.words().Say("need_reason")
	case n > most:
		return reason, t.words().Say("long_reason", "Length", n, "Most", most)
	}
	return reason, ""
}

func plausibleEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= MaxEmail
}
