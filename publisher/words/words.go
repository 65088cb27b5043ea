// Package words says the furniture of pages, feeds and forms in the language of
// the site: one catalogue a language, CLDR's plural forms, dates and numbers as
// they are written there. What strangers wrote is never translated; it goes into
// a sentence as a value.
//
// A catalogue is a TOML file of messages. A value stands in one as {{.Name}};
// {{.N}} is the number that a message with plural forms is about.
package words

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

//go:embed catalogue/*.toml
var catalogues embed.FS

// Words are those of one site. They are safe for concurrent use.
type Words struct {
	localizer *i18n.Localizer // of what has plural forms
	plain     map[string]message
	tag       string // of the catalogue
	months    []string
	alone     []string // months that stand without a day
	weekdays  []string // from Sunday on
	group     string   // what parts the thousands of a number
}

// English are the words that hold where nothing is said.
var English = sync.OnceValue(func() *Words { return must(New("en", nil)) })

func must(w *Words, err error) *Words {
	if err != nil {
		panic("words: " + err.Error()) // the program would not have been built
	}
	return w
}

// Languages are the tags of the catalogues, sorted.
func Languages() []string {
	files, err := catalogues.ReadDir("catalogue")
	if err != nil {
		panic("words: " + err.Error()) // they are part of the program
	}
	list := make([]string, len(files))
	for i, f := range files {
		list[i] = strings.TrimSuffix(f.Name(), ".toml")
	}
	return list
}

// New makes the words of a language (BCP 47), those of the nearest catalogue:
// "pt-BR" has those of "pt", and what no catalogue is near has English. own is a
// catalogue of the operator's, whose messages take the place of ours; a message
// that there is none of is an error, so that a slip shows.
func New(tag string, own []byte) (*Words, error) {
	bundle := i18n.NewBundle(language.English)
	list := Languages()
	tags := make([]language.Tag, len(list))
	for i, l := range list {
		tags[i] = language.Make(l)
	}
	at := slices.Index(list, "en")
	if _, i, sure := language.NewMatcher(tags).Match(language.Make(tag)); sure >= language.Low {
		at = i
	}
	file := path.Join("catalogue", list[at]+".toml")
	data, err := catalogues.ReadFile(file)
	if err != nil {
		return nil, err
	}
	known, err := messages(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if own != nil {
		if err := override(known, own); err != nil {
			return nil, err
		}
	}
	// go-i18n looks for a message in the tag it was added under, so that the one
	// catalogue that is chosen is all that there is.
	if err := bundle.AddMessages(tags[at], slices.Collect(maps.Values(known))...); err != nil {
		return nil, err
	}
	w := &Words{localizer: i18n.NewLocalizer(bundle, list[at]), plain: map[string]message{}, tag: list[at]}
	for id, m := range known {
		if m.One == "" { // most: a page says some hundred of them
			w.plain[id] = parse(m.Other)
		}
	}
	w.months, w.alone = strings.Split(w.Say("months"), "|"), strings.Split(w.Say("months_alone"), "|")
	w.weekdays, w.group = strings.Split(w.Say("weekdays"), "|"), w.Say("thousands")
	if len(w.months) != 12 || len(w.alone) != 12 || len(w.weekdays) != 7 {
		return nil, errors.New(`"months" and "months_alone" want twelve names parted by "|", "weekdays" seven`)
	}
	return w, nil
}

// messages reads a catalogue, by id.
func messages(data []byte) (map[string]*i18n.Message, error) {
	var raw map[string]any
	if err := toml.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	known := map[string]*i18n.Message{}
	for id, v := range raw {
		m, err := i18n.NewMessage(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		m.ID = id
		known[id] = m
	}
	return known, nil
}

// override puts the messages of own in the place of those of known.
func override(known map[string]*i18n.Message, own []byte) error {
	theirs, err := messages(own)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(theirs)) {
		ours := known[id]
		if ours == nil {
			errs = append(errs, fmt.Errorf("%q is none of our messages", id))
			continue
		}
		m := theirs[id]
		for _, form := range []struct{ own, our *string }{
			{&m.Zero, &ours.Zero}, {&m.One, &ours.One}, {&m.Two, &ours.Two}, {&m.Few, &ours.Few}, {&m.Many, &ours.Many}, {&m.Other, &ours.Other},
		} {
			switch {
			case *form.own == "":
			case *form.our == "":
				errs = append(errs, fmt.Errorf("%q has no such plural form in this language", id))
			case len(without(holes(*form.own), holes(*form.our))) > 0:
				errs = append(errs, fmt.Errorf("%q has no value %s", id, without(holes(*form.own), holes(*form.our))[0]))
			default:
				*form.our = *form.own
			}
		}
	}
	return errors.Join(errs...)
}

// Tag is the language the words are of, which may be another than was asked for.
func (w *Words) Tag() string { return w.tag }

// Say is the message id with the values in it: pairs of a name and a string. A
// message that is missing, which a test of the catalogues rules out, is its id.
func (w *Words) Say(id string, pairs ...any) string { return w.say(id, values{pairs: pairs}) }

// HTML is Say for a page: the message and its values are escaped, but for values
// that are HTML already.
func (w *Words) HTML(id string, pairs ...any) template.HTML {
	return template.HTML(w.say(id, values{html: true, pairs: pairs}))
}

func (w *Words) say(id string, v values) string {
	m, ok := w.plain[id]
	if !ok {
		return id
	}
	return m.with(v)
}

// Count is the message id in the plural form that n wants, where {{.N}} is n.
func (w *Words) Count(id string, n int, pairs ...any) string {
	s, err := w.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: id, PluralCount: n, TemplateParser: parser{},
		TemplateData: values{pairs: append([]any{"N", w.Number(n)}, pairs...)},
	})
	if err != nil && s == "" {
		return id
	}
	return s
}

// Number is n with its thousands parted.
func (w *Words) Number(n int) string {
	s := strconv.Itoa(n)
	if w.group == "" {
		return s
	}
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + w.group + s[i:]
	}
	return s
}

// Date is "22 November 2026".
func (w *Words) Date(t time.Time) string { return w.date("date", t, w.months) }

// Day is "Sunday 22 November 2026".
func (w *Words) Day(t time.Time) string { return w.date("weekday_date", t, w.months) }

// WeekdayOf is "Sunday 22", of a month that is named already.
func (w *Words) WeekdayOf(t time.Time) string { return w.date("weekday_day", t, w.months) }

// Month is "November 2026".
func (w *Words) Month(t time.Time) string { return w.date("month_year", t, w.alone) }

// MonthOf is "November", of a year that is named already.
func (w *Words) MonthOf(t time.Time) string { return w.alone[t.Month()-1] }

// Moment is a date as Date or Day give it, with the time of day.
func (w *Words) Moment(date string, t time.Time) string {
	return w.Say("moment", "Date", date, "Clock", t.Format("15:04"))
}

func (w *Words) date(id string, t time.Time, months []string) string {
	return w.Say(id, "Weekday", w.weekdays[t.Weekday()], "Day", strconv.Itoa(t.Day()), "Month", months[t.Month()-1], "Year", strconv.Itoa(t.Year()))
}

// Translate is a sentence of the English catalogue in the language of w, for
// sentences that are made where nobody knows of languages; another stays as it
// is.
func (w *Words) Translate(english string, pairs ...any) string {
	if id, ok := sentences()[english]; ok {
		return w.Say(id, pairs...)
	}
	return parse(english).with(values{pairs: pairs})
}

// sentences are the ids of the English messages, by what they say.
var sentences = sync.OnceValue(func() map[string]string {
	data, err := catalogues.ReadFile("catalogue/en.toml")
	if err != nil {
		panic("words: " + err.Error()) // it is part of the program
	}
	known, err := messages(data)
	if err != nil {
		panic("words: " + err.Error())
	}
	ids := map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		ids[known[id].Other] = id
	}
	return ids
})
