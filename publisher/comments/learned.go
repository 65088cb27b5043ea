package comments

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"courant/db/conduct"
	"courant/db/content"
	"courant/db/search/query"
	"courant/db/text"
)

const (
	// learnedFrom is how many comments of each kind editors must have decided on
	// before what they decided says anything.
	learnedFrom = 50
	// heldFrom is how sure the judge must be for a comment to wait: it errs on the
	// side of the writer, for what it lets pass can still be reported.
	heldFrom = 0.95
	// weighed is how many traits of a comment count, the strongest: else a long text
	// would be judged by its length, a hundred weak hints at a time.
	weighed = 15
	// told is how many of them explain a judgement.
	told = 5
	// seenFrom is in how many comments a trait must have stood: what stood in one is
	// an accident.
	seenFrom = 3
	// maxTraits bounds the traits of one comment: at most 5,000 characters have few
	// more words.
	maxTraits = 2000
)

// Example is a comment that an editor decided on.
type Example struct {
	Draft
	Refused bool
}

// Examples are what editors decided, as package conduct tells it.
func Examples(list []conduct.Lesson) []Example {
	examples := make([]Example, len(list))
	for i, l := range list {
		examples[i] = Example{Draft{Name: l.Name, Email: l.Email, Text: l.Text, Body: l.Body}, l.Refused}
	}
	return examples
}

// Learned is what editors' decisions teach of comments: naive Bayes over the words
// of a comment and its shape. nil has learned nothing. It does not change.
type Learned struct {
	good, bad int               // comments
	traits    map[string][2]int // in how many good and bad ones each stood
}

// Learn returns what the examples teach.
func Learn(list []Example) *Learned {
	l := &Learned{traits: map[string][2]int{}}
	for _, e := range list {
		kind := 0
		if e.Refused {
			kind = 1
			l.bad++
		} else {
			l.good++
		}
		for trait := range traitsOf(e.Draft) {
			n := l.traits[trait]
			n[kind]++
			l.traits[trait] = n
		}
	}
	for trait, n := range l.traits {
		if n[0]+n[1] < seenFrom {
			delete(l.traits, trait)
		}
	}
	return l
}

// Teach has t judge by what the examples teach, from now on.
func (t *Threads) Teach(list []Example) { t.learned.Store(Learn(list)) }

// Opinion is what t has learned to think of a draft, as Learned.Judge says it.
func (t *Threads) Opinion(d Draft) (like float64, why []string) { return t.learned.Load().Judge(d) }

// Judge says how much a draft is like what editors refused, from 0 to 1, and by which
// of its traits, the strongest first: those that speak for the more likely side.
// Where there are too few examples it knows nothing: 0, and no reason.
func (l *Learned) Judge(d Draft) (like float64, why []string) {
	if l == nil || l.good < learnedFrom || l.bad < learnedFrom {
		return 0, nil
	}
	type hint struct {
		trait  string
		weight float64 // the logarithm of how much likelier it is in a refused one
	}
	var hints []hint
	for trait := range traitsOf(d) {
		n, known := l.traits[trait]
		if !known {
			continue
		}
		// Half a comment more on each side: what never stood in a good one is still
		// not proof (Jeffreys' prior).
		in := func(n, of int) float64 { return (float64(n) + 0.5) / (float64(of) + 1) }
		hints = append(hints, hint{trait, math.Log(in(n[1], l.bad) / in(n[0], l.good))})
	}
	slices.SortFunc(hints, func(a, b hint) int {
		// Of traits that weigh the same a long word says the most.
		return cmp.Or(cmp.Compare(math.Abs(b.weight), math.Abs(a.weight)), cmp.Compare(wordLength(b.trait), wordLength(a.trait)), cmp.Compare(a.trait, b.trait))
	})
	sum := 0.0
	for _, h := range hints[:min(weighed, len(hints))] {
		sum += h.weight
	}
	like = 1 / (1 + math.Exp(-sum))
	for _, h := range hints {
		if len(why) < told && h.weight != 0 && (h.weight > 0) == (sum > 0) {
			why = append(why, h.trait)
		}
	}
	return like, why
}

// wordLength is how long the word is that a trait stands for, 0 where it is no word.
func wordLength(trait string) int {
	if !strings.HasPrefix(trait, "“") {
		return 0
	}
	return len(trait)
}

// traitsOf are a draft's words and what tells of its shape, each once, as an editor
// reads them.
func traitsOf(d Draft) map[string]bool {
	set := map[string]bool{}
	add := func(trait string) {
		if len(set) < maxTraits {
			set[trait] = true
		}
	}
	for _, shape := range shapes(d) {
		add(shape)
	}
	for _, host := range linkHosts(d.Body) {
		add("a link to " + host)
	}
	for w := range query.Words(d.Name) {
		add("“" + w.Text + "” in the name")
	}
	for w := range query.Words(d.Body.PlainText()) {
		add("“" + w.Text + "”")
	}
	return set
}

// shapes are what can be said of a draft without reading it.
func shapes(d Draft) (list []string) {
	say := func(holds bool, shape string) {
		if holds {
			list = append(list, shape)
		}
	}
	var letters, capitals, digits, marks int
	for _, r := range d.Text {
		switch {
		case unicode.IsUpper(r):
			letters, capitals = letters+1, capitals+1
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		case r == '!':
			marks++
		}
	}
	switch n := d.Body.Links(); {
	case n == 0:
		say(true, "no link")
	case n <= maxLinks:
		say(true, "a link or two")
	default:
		say(true, "many links")
	}
	switch n := utf8.RuneCountInString(d.Text); {
	case n < 40:
		say(true, "a line")
	case n < 400:
		say(true, "a paragraph")
	default:
		say(true, "a long text")
	}
	say(letters >= 20 && capitals*2 > letters, "mostly capitals")
	say(digits*5 > letters && digits > 5, "many digits")
	say(marks > 2, "many exclamation marks")
	say(d.Email != "", "an e-mail address")
	say(strings.ContainsFunc(d.Name, unicode.IsDigit), "digits in the name")
	say(strings.Contains(d.Name, ".") || strings.Contains(d.Name, "/"), "an address as the name")
	return list
}

var hrefs = text.Pattern(`href="([^"]*)"`)

// linkHosts are the hosts that a body links to.
func linkHosts(body content.HTML) (hosts []string) {
	if body.Links() == 0 {
		return nil
	}
	for _, m := range hrefs().FindAllStringSubmatch(body.String(), -1) {
		if u, err := url.Parse(m[1]); err == nil && u.Host != "" {
			hosts = append(hosts, strings.ToLower(u.Hostname()))
		}
	}
	return hosts
}
