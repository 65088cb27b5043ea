package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold is a text as a reader takes it in, for judging and never for showing:
// letters that look alike are one, in whatever alphabet or style they were
// typed; accents and what nobody sees are gone, capitals small, and white space
// is one space. Two texts that look the same fold to the same.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap, base := false, rune(0)
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case Unseen(r) || unicode.Is(unicode.M, r) && !spells(r, base):
			continue
		case unicode.IsSpace(r):
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		if !unicode.Is(unicode.M, r) {
			base = r
		}
		b.WriteString(lookOf(r))
	}
	return b.String()
}

// Essence is what of s says something: Fold without punctuation. Two texts that
// differ in how they were typed alone have the same. What is nothing but
// punctuation is its own essence.
func Essence(s string) string {
	folded := Fold(s)
	words := strings.FieldsFunc(folded, func(r rune) bool { return r == ' ' || unicode.IsPunct(r) })
	if len(words) == 0 {
		return folded
	}
	return strings.Join(words, " ")
}

// spells reports whether a mark on base is not an accent but a part of the word:
// the vowels of India and Thailand, the voice of kana.
func spells(mark, base rune) bool {
	switch {
	case mark == 0x3099 || mark == 0x309A:
		return unicode.In(base, unicode.Hiragana, unicode.Katakana)
	case base < 0x80 || unicode.Is(unicode.Inherited, mark):
		return false
	}
	return !unicode.In(base, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// lookOf is the letter that r looks like.
func lookOf(r rune) string {
	switch {
	case r < 0x80:
		return string(unicode.ToLower(r))
	case r >= 0x1F1E6 && r <= 0x1F1FF: // regional indicators
		return string('a' + r - 0x1F1E6)
	case r >= 0x1F150 && r <= 0x1F169: // white on black circles
		return string('a' + r - 0x1F150)
	case r >= 0x1F170 && r <= 0x1F189: // and squares
		return string('a' + r - 0x1F170)
	case r >= 0x30A1 && r <= 0x30F6: // one word in two scripts
		return string(r - 0x60)
	}
	if look, ok := looks[r]; ok { // a capital may look like another letter than its small one
		return look
	}
	low := unicode.ToLower(r)
	if look, ok := looks[low]; ok {
		return look
	}
	return string(low)
}

// looks are letters of the alphabets most in use and what they look like (after
// UTS #39, as far as a reader would be misled).
var looks = func() map[rune]string {
	m := map[rune]string{}
	for _, pair := range []string{
		// Cyrillic, small and, where they look like other letters, large
		"аa", "вb", "сc", "ԁd", "еe", "ѐe", "ёe", "єe", "һh", "іi", "їi", "јj", "кk", "ӏl", "мm", "нh", "оo", "рp", "ԛq", "г" + "r", "ѕs", "тt", "цu", "ѵv", "ѡw", "ԝw", "хx", "уy", "ўy", "үy", "ғf", "ҽe", "қk", "ңh", "ҳx", "ҷy", "ӓa", "ӧo", "пn",
		"Вb", "Нh", "Рp", "Сc", "Уy", "Хx", "Ѕs", "Іi", "Ԍg",
		// Greek
		"αa", "βb", "εe", "ηn", "ιi", "κk", "νv", "οo", "ρp", "τt", "υu", "χx", "ωw", "γy", "ϲc", "ϳj", "σo", "ςc", "ѳo",
		"Αa", "Βb", "Εe", "Ζz", "Ηh", "Ιi", "Κk", "Μm", "Νn", "Οo", "Ρp", "Τt", "Υy", "Χx",
		// Armenian, Georgian, Hebrew and Arabic letters that pass for Latin ones
		"աw", "գq", "հh", "ոn", "սu", "օo", "քp", "ցg", "զq", "յj", "լl", "оo", "ჿo", "סo", "ןl", "וl", "هo", "ہo", "٥o",
		// Latin letters of their own: barred, turned, small capitals, phonetic
		"ıi", "ȷj", "łl", "øo", "đd", "ħh", "ŧt", "ƀb", "ɓb", "ƈc", "ɗd", "ɖd", "ɛe", "ƒf", "ɠg", "ɡg", "ɦh", "ɨi", "ɩi", "ɪi", "ƙk", "ɫl", "ɭl", "ʟl", "ɱm", "ɯm", "ɲn", "ŋn", "ƞn", "ɴn", "ɵo", "ơo", "ƥp", "ʠq", "ɍr", "ɽr", "ʀr", "ʂs", "ꜱs", "ƭt", "ʈt", "ʉu", "ʊu", "ưu", "ʋv", "ʍw", "ʏy", "ƴy", "ʐz", "ʑz", "ƶz",
		"ᴀa", "ʙb", "ᴄc", "ᴅd", "ᴇe", "ꜰf", "ɢg", "ʜh", "ᴊj", "ᴋk", "ᴍm", "ᴏo", "ᴘp", "ᴛt", "ᴜu", "ᴠv", "ᴡw", "ᴢz", "ɑa", "ǝe", "ɐa", "ɔc", "ꞓc", "ɇe", "ꬰa", "ꭃn",
		// Cherokee and Lisu capitals
		"Ꭺa", "Ᏼb", "Ꮯc", "Ꭰd", "Ꭼe", "Ꮐg", "Ꮋh", "Ꭵi", "Ꭻj", "Ꮶk", "Ꮮl", "Ꮇm", "Ꮲp", "Ꮪs", "Ꭲt", "Ꮩv", "Ꮃw", "Ꮓz", "ꓮa", "ꓐb", "ꓚc", "ꓓd", "ꓰe", "ꓝf", "ꓖg", "ꓧh", "ꓲi", "ꓙj", "ꓗk", "ꓡl", "ꓟm", "ꓠn", "ꓳo", "ꓑp", "ꓣr", "ꓢs", "ꓔt", "ꓴu", "ꓦv", "ꓪw", "ꓫx", "ꓬy", "ꓜz",
		// signs
		"⍺a", "∂d", "℮e", "ℓl", "⍵w", "∪u", "∨v", "⨉x", "×x", "ⅼl", "∣l", "ǀl", "◯o", "○o",
	} {
		r := []rune(pair)
		m[r[0]] = string(r[1:])
	}
	m['ß'], m['æ'], m['œ'], m['þ'], m['ð'] = "ss", "ae", "oe", "th", "d"
	return m
}()

// Unseen reports whether r leaves nothing on the page, or only a blank that
// passes for a letter.
func Unseen(r rune) bool {
	switch {
	case r < 0x80:
		return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7F
	case unicode.In(r, unicode.Cf, unicode.Cc), unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return true
	case r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x2800: // blank letters
		return true
	}
	return false
}
