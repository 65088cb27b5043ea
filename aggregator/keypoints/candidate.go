package keypoints

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// stands reports whether a sentence says something when it stands alone, and
// says it of the subject: not of what was said before, of the text itself, or
// of what its publisher would like his reader to do.
func stands(s string) bool {
	n := utf8.RuneCountInString(s)
	if isUnspaced(s) {
		n *= 2
	}
	if n < minSentence || n > maxSentence || strings.ContainsAny(s, "?¿“”„\"«»‹›{}<>|=\\→↩©®™•…[]#@") || strings.Contains(s, "://") {
		return false // asked, said by somebody, code, or cut off
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if !unicode.IsLetter(first) && !unicode.IsDigit(first) || unicode.IsLower(first) || !strings.ContainsRune(".!。！।", last) || last == '!' {
		return false // a heading, a caption, an item, a shout
	}
	if strings.Count(s, "(") != strings.Count(s, ")") || strings.Contains(s, "‘") || strings.Contains(s, " '") || shouts(s) {
		return false
	}
	return !hangs(s) && !calls(s)
}

// shouts reports whether most letters are capitals.
func shouts(s string) bool {
	upper, lower := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	return upper > lower
}

// hangs reports whether a sentence needs the one before it: it begins with a
// word that points back or goes on, or with a word and a colon.
func hangs(s string) bool {
	lower := strings.ToLower(strings.ReplaceAll(s, "’", "'"))
	for _, p := range backUnspaced {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	words := strings.Fields(lower)
	for i, w := range words[:min(len(words), 4)] {
		bare := strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
		stem, _, _ := strings.Cut(bare, "'")
		switch {
		case i < 3 && strings.HasSuffix(w, ":"):
			return true
		case i == 0 && (back()[bare] || back()[stem] || len(words) > 1 && strings.HasSuffix(w, ",") && goesOn()[bare]):
			return true
		case i < 3 && points()[bare], i > 0 && (pronouns()[bare] || pronouns()[stem]):
			return true
		}
	}
	if leadsIn()[words[0]] {
		for _, p := range []string{", it ", ", he ", ", she ", ", they ", ", it's ", ", he's ", ", she's ", ", they're "} {
			if strings.Contains(lower, p) {
				return true // whom or what it is about was said before
			}
		}
	}
	for i, w := range words {
		bare := strings.TrimRight(w, ".,;!")
		if near()[bare] && (i+1 == len(words) || !times()[strings.TrimRight(words[i+1], ".,;!")]) {
			return true
		}
	}
	if n := len(words); n > 0 && lastBack()[strings.TrimRight(words[n-1], ".!")] {
		return true
	}
	for _, p := range backPhrases {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	for _, p := range backInside {
		if strings.Contains(lower, p) {
			return true
		}
	}
	return false
}

// set is the words of lines, which are taken apart when they are first asked for.
func set(words ...string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		m := map[string]bool{}
		for _, line := range words {
			for _, w := range strings.Fields(line) {
				m[w] = true
			}
		}
		return m
	})
}

// back are words that, first in a sentence, point to one before or go on from
// it, in the languages most of the web is written in.
var back = set(
	"this that these those it its they them their theirs he him his she her hers such here then thus hence therefore however moreover furthermore",
	"nevertheless nonetheless meanwhile otherwise instead still yet also too but and or nor so because besides additionally consequently accordingly similarly likewise",
	"conversely indeed rather afterwards afterward later next finally lastly secondly thirdly another both neither either others now again surely some even just",
	"which who whose what why how let lets please yes well ok okay sure sorry thanks thank hi hello welcome dear note oh wow ah perhaps maybe anyway",
	"dies diese dieser dieses diesen diesem es er sie ihr ihre sein seine aber und oder doch dann dabei damit dafür dagegen danach darauf deshalb daher deswegen auch außerdem jedoch denn also hier da dort zudem allerdings trotzdem solche könnt",
	"ce c cela ceci cette cet ces il elle ils elles leur sa ses mais et ou donc puis alors ensuite ainsi cependant toutefois pourtant aussi enfin ici là",
	"este esta esto estos estas ese esa eso esos esas aquel él ella ellos ellas su sus pero y entonces luego así además también aquí allí aunque",
	"questo questa questi queste quello quella lui lei loro essi suo sua ma e poi quindi inoltre però anche allora così qui infatti",
	"isso isto esse essa esses essas ele ela eles elas seu mas então depois portanto também assim aqui porém",
	"dit dat deze hij zij ze hun zijn haar maar en dus toen daarna daarom ook echter",
	"det detta denna dessa han hon hans hennes deras men och eller så också även därför dock sedan dette denne disse hun deres og også derfor",
	"это этот эта эти он она оно они его её их но и а или тогда потом поэтому также однако здесь там такой такие затем",
	"oni jego jej ich ale lub więc potem dlatego także jednak tutaj",
	"bu şu onlar ama ve veya sonra ancak ayrıca böylece burada",
	"هذا هذه هؤلاء ذلك تلك هو هي هم لكن ثم كما وهو وهي",
)

// goesOn are words that hang only where a comma follows.
var goesOn = set("first second third fourth again today tomorrow yesterday overall generally basically essentially actually obviously clearly importantly interestingly unfortunately fortunately luckily sadly surprisingly ultimately eventually initially previously hopefully")

// points are words that, early in a sentence, mean one before it.
var points = set("this these those dieser diesem diesen dieses cette ces cet este esta estos estas questo questa queste questi deze dit этот эта эти этом этой этого")

// pronouns are words that, early in a sentence, stand for what one before it
// named.
var pronouns = set("he she it they him them hers theirs")

// leadsIn are words that begin what leads in to a sentence.
var leadsIn = set("when if while once after before because since although though like unlike with without despite as by in at for from given taken based built made deployed written designed founded born released launched known called named")

// near are words that mean what stands beside them, but for the times that they
// name.
var (
	near  = set("this these")
	times = set("year month week weekend morning afternoon evening summer autumn fall winter spring century decade season days")
)

// lastBack are words that, last in a sentence, mean one before it.
var lastBack = set("this that these those it them so too there here either")

// persons are words for who writes and who reads: what they did and may do is
// seldom what an article says.
var persons = set("i i'm i've i'd i'll me my mine myself we we're we've we'd we'll us our ours you you're you've you'll you'd your yours ich mich mir mein meine wir uns unser unsere euch je j'ai nous vous notre votre nuestro nuestra ik jag mig vår вы мы вас нас я")

// speaksOfPersons reports whether a sentence has one of them.
func speaksOfPersons(s string) bool {
	for w := range strings.FieldsSeq(strings.ToLower(strings.ReplaceAll(s, "’", "'"))) {
		if persons()[strings.Trim(w, ".,;:!()")] {
			return true
		}
	}
	return false
}

// backPhrases are beginnings that go on from a sentence before.
var backPhrases = []string{
	"as a result", "as such", "as well", "as you", "as we", "as i ", "as mentioned", "as noted", "as discussed", "in addition", "in fact", "in short", "in other words", "in contrast", "in particular", "in turn", "in that", "in both",
	"in conclusion", "in summary", "for example", "for instance", "for that", "for more", "for now", "on the other hand", "on top of", "on that", "of course", "at that", "at the same time", "after that", "after all", "because of that", "because of it", "by now", "the next ", "the previous ", "the first of ", "the second ", "the third ",
	"even so", "even then", "even though", "even if", "even more", "more than that", "not only", "not surprisingly", "no wonder", "to do so", "to that", "to be clear", "to be fair", "to be honest", "to make matters", "by contrast", "by then", "with that", "with it", "from there", "that is", "until then",
	"if so", "if not", "if you", "when you", "once you", "unlike it", "among them", "among others", "one of them", "some of them", "most of them", "many of them", "all of them", "the latter", "the former", "the above", "the following", "the same", "the other", "the answer", "the result is", "the reason", "the two ", "the three ", "the pair ", "the problem is", "the point is", "the idea is", "the goal is",
	"zum beispiel", "darüber hinaus", "im gegensatz", "par exemple", "en effet", "en outre", "de plus", "por ejemplo", "sin embargo", "de hecho", "per esempio", "por exemplo", "no entanto", "например", "кроме того", "al contrario",
}

// backInside are parts of sentences that say something of the text around them.
var backInside = []string{
	"see below", "described earlier", "mentioned earlier", "as described", "shown below", "listed below", "described below", "as above", "mentioned above", "described above", "shown above", "this post", "this article", "this blog", "this essay", "this guide", "this tutorial", "this video", "this episode", "this series", "this week's", "this newsletter", "this page", "this piece", "this review",
	"previous post", "last post", "next post", "earlier post", "part one", "part two", "part 1", "part 2", "figure 1", "figure 2", "figure 3", "fig. ", "table 1", "table 2", "siehe unten", "ci-dessous", "ci-dessus", "a continuación", "in diesem artikel", "dans cet article", "en este artículo",
}

// backUnspaced are such beginnings in scripts that part no words.
var backUnspaced = []string{
	"这", "那", "他", "她", "它", "但", "因此", "所以", "然而", "同时", "此外", "另外", "而且", "其", "该", "此", "我", "我们", "你", "也", "并", "如果", "這", "個", "但是", "並", "這些",
	"これ", "それ", "その", "この", "あの", "そこ", "ここ", "しかし", "また", "そして", "だから", "ただ", "でも", "なお", "さらに", "私", "僕", "彼", "つまり", "一方", "同", "こう", "そう", "そんな", "ちなみに", "まず", "次に",
}

// calls reports whether a sentence asks its reader to do something, or names
// who wrote, took or paid for what is there.
func calls(s string) bool {
	lower := strings.ToLower(strings.ReplaceAll(s, "’", "'"))
	for _, p := range callBeginnings {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	for _, p := range callParts {
		if strings.Contains(lower, p) {
			return true
		}
	}
	return false
}

var callBeginnings = []string{
	"photo:", "photos:", "photo by", "image:", "images:", "image by", "picture:", "credit:", "credits:", "source:", "sources:", "written by", "posted by", "posted on", "posted in", "published by", "published on", "updated on", "updated:", "edited by", "translated by", "illustration:", "illustration by", "copyright ", "via ",
	"view ", "read ", "watch ", "listen ", "check out", "click ", "see ", "visit ", "join ", "buy ", "get ", "download ", "share this", "share your", "follow ", "try ", "learn ", "find out", "discover ", "subscribe", "sign up", "support us", "support our", "donate", "register ", "apply ", "contact ", "send ", "email ", "e-mail ", "submit ", "stay ", "enjoy ", "tune in",
	"related:", "tags:", "filed under", "advertisement", "sponsored", "editor's note", "disclosure:", "disclaimer:", "correction:", "update:", "warning:", "tip:", "remember", "imagine", "consider ", "consider,", "take a ", "look ", "use the ", "use this", "use your", "make sure", "keep ", "think ", "suppose ", "assume ", "open ",
	"foto:", "foto von", "bild:", "quelle:", "texte :", "crédit", "lesen sie", "mehr zum", "leggi ", "lire ", "lisez", "leia ", "фото:", "источник:", "автор:", "читайте", "подпис", "文/", "图/", "来源", "写真", "撮影",
}

var callParts = []string{
	"subscribe", "newsletter", "sign up", "sign-up", "mailing list", "patreon", "ko-fi", "please donate", "donate to", "make a donation", "sponsored by", "our sponsor", "'s sponsor", "advertise with", "advertisement", "affiliate link", "promo code", "discount code", "coupon code", "% off", "free trial", "free shipping", "follow us", "follow me", "whatsapp",
	"click here", "click on", "read more", "learn more", "find out more", "leave a comment", "in the comments", "comments section", "comment below", "let me know", "let us know", "thanks for reading", "thank you for", "thanks to our", "share this", "appeared first on", "originally appeared", "originally published", "republished",
	"rss feed", "all rights reserved", "creative commons", "terms of service", "privacy policy", "uses cookies", "your inbox", "your browser", "enable javascript", "podcast app", "apple podcasts", "wherever you get", "support our", "support my", "support the show", "become a member", "available here", "available now", "buy now", "pre-order", "order now", "tickets are", "register here",
	"is a freelance", "is a staff writer", "is a senior editor", "is a senior writer", "is a reporter", "is a contributor", "contributed to this", "is the author of", "getty images", "photo by", "image credit", "photo credit", "for more information", "for more details", "stay tuned", "the views expressed",
	"abonnier", "jetzt anmelden", "jetzt kaufen", "abonnez", "inscrivez-vous", "s'abonner", "suscríb", "regístr", "iscriviti", "abbonati", "assine ", "inscreva", "abonneer", "schrijf je in", "подпишитесь", "подписывайтесь", "подписаться", "рассылк", "zapisz się", "subskryb", "abone ol",
	"订阅", "关注我们", "点击", "扫码", "公众号", "購読する", "ご登録", "フォローして", "クリック", "구독", "اشترك",
}
