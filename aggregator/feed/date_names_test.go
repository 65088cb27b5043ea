package feed

import (
	"strings"
	"testing"
	"time"
)

// A word for Tuesday is none for March: what stands beside day and year is the
// month, in every language and order.
func TestDayIsNoMonth(t *testing.T) {
	for in, want := range map[string]string{
		"Mardi, 25 Février, 2020 - 09:40":        "2020-02-25T09:40:00Z",
		"mar, 04 ott 2022 18:55:00 GMT":          "2022-10-04T18:55:00Z",
		"mar, 05 nov 2024 10:00:00 +0100":        "2024-11-05T09:00:00Z",
		"mar. 8 oct. 2024 10:00:00 +0200":        "2024-10-08T08:00:00Z",
		"martes, 5 de noviembre de 2024 - 10:00": "2024-11-05T10:00:00Z",
		"maandag 7 oktober 2024 10:00":           "2024-10-07T10:00:00Z",
		"Mar, 08 Oct 2024 10:00:00 +0300":        "2024-10-08T07:00:00Z",
		"mardi 5 mars 2024":                      "2024-03-05T00:00:00Z",
		"Mar, 05 Mar 2024 10:00:00 GMT":          "2024-03-05T10:00:00Z",
		"Mar 5, 2024 10:00":                      "2024-03-05T10:00:00Z",
		"5 mar 2024":                             "2024-03-05T00:00:00Z",
		"Mar 5 10:00:00 2024":                    "2024-03-05T10:00:00Z",
		"Tue Mar 05 10:00:00 +0000 2024":         "2024-03-05T10:00:00Z",
		"March 5, 2024":                          "2024-03-05T00:00:00Z",
		"martedì 8 ottobre 2024 10:00":           "2024-10-08T10:00:00Z",
		"MARTEDI 8 OTTOBRE 2024":                 "2024-10-08T00:00:00Z",
		"marți, 8 octombrie 2024, 10:00":         "2024-10-08T10:00:00Z",
		"5 martie 2024":                          "2024-03-05T00:00:00Z",
		"dimarts, 8 d'octubre de 2024":           "2024-10-08T00:00:00Z",
		"ma 7 okt 2024 10:00":                    "2024-10-07T10:00:00Z",
		"maa 7 okt 2024 10:00":                   "2024-10-07T10:00:00Z",
		"5 maart 2024":                           "2024-03-05T00:00:00Z",
		"maanantai 7. lokakuuta 2024 klo 10.00":  "2024-10-07T10:00:00Z",
		"tiistai 5. marraskuuta 2024":            "2024-11-05T00:00:00Z",
		"5. maaliskuuta 2024":                    "2024-03-05T00:00:00Z",
		"keskiviikko 9. lokakuuta 2024":          "2024-10-09T00:00:00Z",
		"середа, 9 жовтня 2024 10:00":            "2024-10-09T10:00:00Z",
		"9 серпня 2024":                          "2024-08-09T00:00:00Z",
		"2024. október 9., szerda 10:00":         "2024-10-09T10:00:00Z",
		"szerda, 2024. szeptember 4.":            "2024-09-04T00:00:00Z",
		"vasárnap, 2024. okt. 6. 10:00":          "2024-10-06T10:00:00Z",
		"Isnin, 7 Oktober 2024":                  "2024-10-07T00:00:00Z",
		"Senin, 7 Oktober 2024":                  "2024-10-07T00:00:00Z",
		"e martë, 8 tetor 2024":                  "",
		"السبت 5 أكتوبر 2024 10:00":              "2024-10-05T10:00:00Z",
		"٥ سبتمبر ٢٠٢٤":                          "2024-09-05T00:00:00Z",
		"5 nov 2024, mar 10:00":                  "2024-11-05T10:00:00Z",
		"Mar 05, 2024 by Genevieve":              "2024-03-05T00:00:00Z",
		"mar, 04/10/2022 18:55":                  "2022-10-04T18:55:00Z",
		"martes 04.10.2022":                      "2022-10-04T00:00:00Z",
		"mar 2022-10-04 10:00":                   "2022-10-04T10:00:00Z",
		"mar, 2022":                              "2022-03-01T00:00:00Z",
		"T3, 16 Jan 2024 10:00:00 GMT":           "2024-01-16T10:00:00Z",
		"T3, 16 Jan 24 10:00:00 GMT":             "2024-01-16T10:00:00Z",
		"Thứ 3, 16/01/2024 - 10:00":              "2024-01-16T10:00:00Z",
		"Thứ Ba, 16 tháng 1 2024 10:00":          "2024-01-16T10:00:00Z",
		"3ª-feira, 16 jan 2024 10:00":            "2024-01-16T10:00:00Z",
		"Thu 3 Oct 2024":                         "2024-10-03T00:00:00Z",
		"16Jan2024":                              "2024-01-16T00:00:00Z",
		"Jan16 2024":                             "2024-01-16T00:00:00Z",
	} {
		got := ""
		if at, ok := parseDate(in); ok {
			got = at.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("parseDate(%q) = %q, want %q", in, got, want)
		}
	}
}

// Offsets of one to six digits, and what stands between a date and its time.
func TestOffsets(t *testing.T) {
	for in, want := range map[string]string{
		"Mon, 15 Jan 2024 10:00:00 -700":       "2024-01-15T17:00:00Z",
		"Mon, 15 Jan 2024 10:00:00 +530":       "2024-01-15T04:30:00Z",
		"Mon, 15 Jan 2024 10:00:00 +100":       "2024-01-15T09:00:00Z",
		"Mon, 15 Jan 2024 10:00:00 -0700":      "2024-01-15T17:00:00Z",
		"Mon, 15 Jan 2024 10:00:00 +5:30":      "2024-01-15T04:30:00Z",
		"Mon, 15 Jan 2024 10:00:00 +5":         "2024-01-15T05:00:00Z",
		"Mon, 15 Jan 2024 10:00:00 GMT-700":    "2024-01-15T17:00:00Z",
		"Mon, 15 Jan 2024 10:00:00 \u22120500": "2024-01-15T15:00:00Z",
		"Mon, 15 Jan 2024 10:00:00 +9900":      "2024-01-15T10:00:00Z",
		"Mon, 15 Jan 2024 10:00:00 -":          "2024-01-15T10:00:00Z",
		"Mon Jan 15 10:00:00 -700 2024":        "2024-01-15T17:00:00Z",
		"2024-01-15T10:00:00-700":              "2024-01-15T17:00:00Z",
		"2024-01-15T10:00:00+530":              "2024-01-15T04:30:00Z",
		"2024-01-15T10:00:00+23:59":            "2024-01-14T10:01:00Z",
		"2024-01-15T10:00:00-12":               "2024-01-15T22:00:00Z",
		"2024-01-15T10:00:00+01:00:00":         "2024-01-15T09:00:00Z",
		"2024-01-15 at 10:00":                  "2024-01-15T10:00:00Z",
		"2024-01-15 um 10:00 Uhr":              "2024-01-15T10:00:00Z",
		"2024-01-15 à 10h30":                   "2024-01-15T10:30:00Z",
		"2024-01-15 kl. 10:30":                 "2024-01-15T10:30:00Z",
		"2024-01-15 - 10:30":                   "2024-01-15T10:30:00Z",
		"2024-01-15 (Mon) 10:30:00":            "2024-01-15T10:30:00Z",
		"2024. 1. 15. 10:30":                   "2024-01-15T10:30:00Z",
		"2024-01-15 at noon":                   "2024-01-15T00:00:00Z",
		"2024-01-15 AST":                       "2024-01-15T04:00:00Z",
		"2024-01-15-05:00":                     "2024-01-15T05:00:00Z",
		"January 15, 2024 at 10:00 PM EST":     "2024-01-16T03:00:00Z",
		"15 Jan 2024 10:00 at home":            "2024-01-15T10:00:00Z",
		"15 janvier 2024 à 10h30":              "2024-01-15T10:30:00Z",
		"15 Jan 2024 10:00 p. m.":              "2024-01-15T22:00:00Z",
		"10:30 - 15 Jan 2024":                  "2024-01-15T10:30:00Z",
		"2024-01-15T10:00:00 AT":               "2024-01-15T10:00:00Z",
	} {
		if got, ok := parseDate(in); !ok || got.Format(time.RFC3339) != want {
			t.Errorf("parseDate(%q) = %s, %v, want %s", in, got.Format(time.RFC3339), ok, want)
		}
	}
}

// The months of each language, in full and short, and the days: none of these
// is taken for a month by itself.
func TestMonthOf(t *testing.T) {
	for language, names := range map[string]string{
		"English":    "january february march april may june july august september october november december",
		"German":     "januar februar märz april mai juni juli august september oktober november dezember",
		"Austrian":   "jänner feber märz april mai juni juli august september oktober november dezember",
		"French":     "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
		"short":      "janv févr mars avr mai juin juil août sept oct nov déc",
		"Spanish":    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
		"Italian":    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
		"Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
		"Catalan":    "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
		"Romanian":   "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
		"Dutch":      "januari februari maart april mei juni juli augustus september oktober november december",
		"Danish":     "januar februar marts april maj juni juli august september oktober november december",
		"Icelandic":  "janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember",
		"Finnish":    "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
		"Estonian":   "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember",
		"Latvian":    "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris",
		"Lithuanian": "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio",
		"Polish":     "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
		"Czech":      "ledna února března dubna května června července srpna září října listopadu prosince",
		"Slovak":     "január február marec apríl máj jún júl august september október november december",
		"Croatian":   "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna x studenoga prosinca",
		"Hungarian":  "január február március április május június július augusztus szeptember október november december",
		"short Hu":   "jan febr márc ápr máj jún júl aug szept okt nov dec",
		"Turkish":    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
		"Greek":      "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου",
		"Russian":    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
		"Ukrainian":  "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
		"Bulgarian":  "януари февруари март април май юни юли август септември октомври ноември декември",
		"Serbian":    "јануар фебруар март април мај јун јул август септембар октобар новембар децембар",
		"Arabic":     "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
		"Hebrew":     "בינואר בפברואר במרץ באפריל במאי ביוני ביולי באוגוסט בספטמבר באוקטובר בנובמבר בדצמבר",
		"Indonesian": "januari februari maret april mei juni juli agustus september oktober november desember",
		"Malay":      "januari februari mac april mei jun julai ogos september oktober november disember",
	} {
		for i, name := range strings.Fields(names) {
			if got := monthOf(name); name != "x" && got != i+1 {
				t.Errorf("%s: monthOf(%q) = %d, want %d", language, name, got, i+1)
			}
		}
	}
	for name := range strings.FieldsSeq(`
		monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
		montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
		lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim
		lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom
		lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab
		segunda terça quarta quinta sexta feira seg ter qua qui sex
		dilluns dimarts dimecres dijous divendres dissabte diumenge
		luni marți marţi marti miercuri joi vineri sâmbătă duminică
		maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo din woe don vri zat zon
		mandag tirsdag onsdag torsdag fredag lørdag søndag måndag lördag söndag mán
		maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai
		esmaspäev teisipäev kolmapäev neljapäev reede laupäev pühapäev
		pirmdiena otrdiena trešdiena ceturtdiena piektdiena sestdiena svētdiena
		pirmadienis antradienis trečiadienis ketvirtadienis penktadienis šeštadienis sekmadienis
		poniedziałek wtorek środa czwartek piątek sobota niedziela pon wto śro czw pią sob nie
		pondělí úterý středa čtvrtek pátek sobota neděle pondelok utorok streda štvrtok piatok nedeľa
		ponedjeljak utorak srijeda četvrtak petak subota nedjelja ponedeljek torek sreda
		hétfő kedd szerda csütörtök péntek szombat vasárnap sze
		pazartesi salı çarşamba perşembe cuma cumartesi pazar
		δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή
		понедельник вторник среда четверг пятница суббота воскресенье
		понеділок вівторок середа четвер п'ятниця субота неділя серада
		понеделник вторник сряда четвъртък петък събота неделя
		السبت الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة سبت
		ראשון שני שלישי רביעי חמישי שישי שבת
		senin selasa rabu kamis jumat sabtu minggu isnin khamis jumaat ahad
		llun mercher iau gwener sadwrn sul luan máirt céadaoin déardaoin aoine satharn domhnach`) {
		if got := monthOf(name); got != 0 && !eitherName[name] {
			t.Errorf("monthOf(%q) = %d, want none", name, got)
		}
	}
}
