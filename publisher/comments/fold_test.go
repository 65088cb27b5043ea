package comments

import (
	"strings"
	"testing"

	"courant/db/text"
)

// A word is blocked however it is spelt, as long as a reader reads it.
func TestBlocklistFolds(t *testing.T) {
	th := threads(t, func(c *Config) { c.Blocklist = []string{"Casino", "казино", "/free +money/"} })
	for name, said := range map[string]string{
		"plain": "the CASINO here", "Markdown": "cas**i**no", "more Markdown": "c*as*`i`no", "emphasis of parts": "*ca*sino", "a link in it": "[cas](https://a.example/)ino",
		"references": "&#99;asino and more", "named references": "cas&zwj;ino ca&shy;sino", "references of invisible ones": "cas&#x200B;ino",
		"zero width": "ca\u200bsi\u2060no", "soft hyphen": "ca\u00adsino", "joiners": "c\u200da\u200cs\u034fino", "byte order mark": "cas\ufeffino", "variation": "cas\ufe0fino", "blank letters": "cas\u3164ino",
		"fullwidth": "ｃａｓｉｎｏ", "mathematical": "𝐜𝓪𝕤𝗶𝚗𝔬", "circled": "ⓒⓐⓢⓘⓝⓞ", "black circles": "🅒🅐🅢🅘🅝🅞", "squares": "🅲🅰🆂🅸🅽🅾", "flags": "🇨🇦🇸🇮🇳🇴",
		"accents": "cásìñö", "marks": "c\u0335a\u0336s\u0337i\u0338n\u0339o", "Cyrillic": "саѕіno", "Greek": "cαsιnο", "Armenian": "casinօ", "small capitals": "ᴄᴀꜱɪɴᴏ", "Lisu": "ꓚꓮꓢꓲꓠꓳ",
		"the other alphabet": "лучшее КАЗИНО", "the other alphabet, in Latin": "кaзинo", "a pattern": "FREE   money", "a pattern, folded": "ｆｒｅｅ m\u200boney", "an address": "[here](https://CASINO.example/)",
	} {
		d, _ := th.Check(Submission{Name: "Ann", Text: said})
		if got := th.blocked.matches(d, alice); got == "" {
			t.Errorf("%s: %q is not blocked; it folds to %q", name, said, text.Fold(d.Body.PlainText()))
		}
		if d, _ := th.Check(Submission{Name: said, Text: "a"}); !strings.ContainsAny(said, "*_[&/`") && th.blocked.matches(d, alice) == "" {
			t.Errorf("%s: the name %q is not blocked", name, said)
		}
	}
	for _, said := range []string{"cas ino", "a cassino", "Kassino", "casual", "free, money", "сидел в казённом доме", "c a s i n o"} {
		d, _ := th.Check(Submission{Name: "Ann", Text: said})
		if got := th.blocked.matches(d, alice); got != "" {
			t.Errorf("%q is blocked by %q", said, got)
		}
	}
	if err := (Config{Moderation: First, MaxLength: 1, Rate: DefaultConfig().Rate, Blocklist: []string{"\u200b"}}).Validate(); err == nil {
		t.Error("an entry that nobody sees was taken")
	}
}

// A name has nothing that nobody sees, and is spelt as its bearer spells it.
func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"Ann\u200b": "Ann", "A\u200dnn\u2060": "Ann", "\u00adAn\u00adn": "Ann", "Ann\u3164": "Ann", "An\u034fn \u2800": "Ann", "Ann\ufe0f": "Ann", "\u200eAnn\u200f": "Ann", "Ann\u061c": "Ann", "\u200b": "",
		"می\u200cخواهم": "می\u200cخواهم", "श्री\u200dक्": "श्री\u200dक्", "👩\u200d🚀 Ann": "👩\u200d🚀 Ann", "❤\ufe0f\u200d🔥": "❤\ufe0f\u200d🔥", "\u200d🚀": "🚀", "José Ńøß": "José Ńøß", "Иван": "Иван",
		"\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F": "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
	} {
		if got := cleanName(in); got != want {
			t.Errorf("cleanName(%+q) = %+q, want %+q", in, got, want)
		}
	}
}
