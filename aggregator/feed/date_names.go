package feed

import "strings"

// months are names of months, by the first letters that tell them from other
// months and from days, in the languages that feeds write dates in. The longest
// beginning of a word that stands here counts: French "juin" and "juil",
// Finnish "marraskuu" (November) beside "maaliskuu" (March).
var months = func() map[string]int {
	table := map[string]int{}
	for i, list := range [12]string{
		"jan jän jaa tammi ene gen ian ion yan xan oca sty led sij sau urt jān янв сту січ яну јан ιαν يناير ינו जन",
		"feb fev fév lut úno uno velj fab şub helm vee vasar peb chw ots фев лют феб φεβ فبرا פבר फ़र फर",
		"mar mär már maa maw mac mrz mrt marz bře brez ožu kov мар мəр бер сак μαρ μάρ مارس מרץ מרס मार्च",
		"apr ápr avr abr dub kwi trav nis huh bal ebr api апр кві кра απρ أبري ابري אפר अप्र",
		"may mai maí mei maj máj mag mej kvě kvet svib tou geg май мая тра мај μαι μαϊ μαΐ μάι μάϊ μαώ مايو מאי मई",
		"jun jún jūn juin juun xuñ giu iun iyun cze červ cerv čvn lipan lipnj haz kesä kesa bir hun meh ekai июн чер чэр јун юни ιουν ιούν ιον يوني יונ जून",
		"jul júl jūl juil juul xul lug iul iyul lip červenc července cervenc čvc srpan srpnj tem hei lie hul gor uzt июл лип ліп јул юли ιουλ ιούλ ιολ يولي יול जुल",
		"aug ago aoû aou ágú agu avg ogo sie srp kolov ağu elo rugp aŭg abuz aws авг сер жні αυγ αύγ أغسط اغسط אוג अग",
		"sep set szep zář září ruj wrz eyl syy rugs sent irai сен вер сеп σεπ سبتم ספט सित",
		"oct okt out ott outu paź říj rij eki lok spa hyd urri oktj окт жов кас ἐκτ οκτ أكتو اكتو אוק अक्ट",
		"nov nóv noi noy nob lis studen kas marras lap tac azaro ноя ное нов лис ліс νοε νοέ نوفم נוב नव",
		"dec déc dez des dic dise det pros gru ara jou rha aben дек дец гру сне δεκ ديسم דצמ दिस",
	} {
		for beginning := range strings.FieldsSeq(list) {
			table[beginning] = i + 1
		}
	}
	return table
}()

const (
	minMonth = 2 // letters of a month, at least, in scripts whose letters are syllables
	maxMonth = 8 // letters that are looked at: more tell nothing new
)

// days are names of days that begin as a month does.
var days = func() map[string]bool {
	table := map[string]bool{}
	for name := range strings.FieldsSeq(`
		mardi martes martedì martedí martedi marti marţi marți martë martis martars mardo märdi mårdi máirt
		maandag maandags maanantai maanantaina maanantaisin maendag
		середа середу середи серада сераду серады
		dissabte dissapte setmana senin vasárnap vasarnap`) {
		table[name] = true
	}
	return table
}()

// eitherName are the words that may be the name of a day or that of a month, as
// French, Spanish, Italian and Romanian "mar": Tuesday and March. They are a
// month where nothing else is.
var eitherName = map[string]bool{"mar": true, "maa": true, "maw": true, "mawrth": true, "mart": true, "marte": true, "сер": true, "kes": true, "már": true}

// monthOf is the number of the month that a word in lower case names, else 0.
func monthOf(w string) int {
	if days[w] {
		return 0
	}
	if m := monthBegins(w); m != 0 {
		return m
	}
	if rest, ok := strings.CutPrefix(w, "ב"); ok { // Hebrew "in"
		return monthBegins(rest)
	}
	return 0
}

func monthBegins(w string) int {
	month, letters := 0, 0
	for i := range w {
		if letters >= minMonth {
			if m := months[w[:i]]; m != 0 {
				month = m
			}
		}
		if letters++; letters > maxMonth {
			return month
		}
	}
	if m := months[w]; m != 0 && letters <= maxMonth {
		month = m
	}
	return month
}
