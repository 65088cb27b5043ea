package pages

import (
	"testing"

	"courant/db/content"
	"courant/publisher/words"
)

func TestDirection(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"ar", "", "rtl"},
		{"ar", "افتتاح", "rtl"},
		{"ur-PK", "ٹھیک", "rtl"},
		{"he", "פתיחה", "rtl"},
		{"yi", "", "rtl"},
		{"en", "Opening", "ltr"},
		{"", "", "ltr"},
		{"en", "افتتاح المحطة", "rtl"},
		{"", "פתיחה של NASA", "rtl"},
		{"ar", "All of it is English", "ltr"},
		{"zh", "北京", "ltr"},
		{"arn", "", "ltr"},
	} {
		if got := direction(c.language, c.text); got != c.want {
			t.Errorf("direction(%q, %q) = %s", c.language, c.text, got)
		}
	}
	for text, want := range map[string]string{
		"افتتاح": "auto", "Opening": "auto", "": "auto", "12:30": "auto", "NASA تعلن عن موعد": "rtl", "שלום means hello there": "ltr",
	} {
		if got := dirOf(text); got != want {
			t.Errorf("dirOf(%q) = %s, want %s", text, got, want)
		}
	}
}

// U30: the whole of an article runs as its text does, its furniture as the
// page's; no name draws what follows it into itself.
func TestRightToLeft(t *testing.T) {
	page := articlePage(t, func(a *Article) {
		a.Article.Headline, a.Article.Summary, a.Article.Language, a.Source.Title = "פתיחת תחנת הכוח", "הטורבינות החלו", "", "ידיעות"
		a.Article.Body = content.Clean("<p>NASA הודיעה על מועד הפתיחה</p><ul><li>WhatsApp ועוד</li></ul><table><tr><td>א</td></tr></table><ul><li>An English list in it</li></ul>", "")
	})
	has(t, page, `<html lang="en">`, `class="full h-entry tall" lang="en" dir="rtl"`, `<p class="dateline" lang="en" dir="ltr">`, `<bdi data-untrusted>ידיעות</bdi></a> · <time`,
		`<h2 id="points" lang="en" dir="ltr">`, `<p id="p1" dir="rtl" data-untrusted>NASA`, `<ul><li>WhatsApp`, `<ul dir="ltr"><li>An English`, `<div class="after" lang="en" dir="ltr">`)
	arabic, err := words.New("ar", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := testPages(t, func(s *Site) { s.Language, s.Words = "ar", arabic })
	body, err := p.Article(testArticle())
	has(t, rendered(t, body, err), `<html lang="ar" dir="rtl">`, `lang="en" dir="ltr"`, `<p class="dateline" lang="ar" dir="rtl">`)
}
