package keypoints

import (
	"iter"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"

	"courant/db/content"
)

// labels are what publishers write over their key points, by language, as fold
// has them. The ten most used languages of the web, and some more.
var labels = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for _, line := range []string{
		// English
		`key points|key point|key takeaways|key takeaway|takeaways|main takeaways|top takeaways|the takeaways|at a glance|highlights|key highlights|
		 article highlights|story highlights|in brief|in short|tl;dr|tldr|tl dr|summary|quick summary|the short version|what you need to know|what to know|
		 things to know|need to know|key facts|key findings|key insights|main points|the main points|bullet points|the gist|quick take|quick read|the essentials|
		 points to remember|article summary|executive summary|key developments`,
		// Spanish
		`puntos clave|los puntos clave|puntos principales|claves|las claves|lo más destacado|lo esencial|en resumen|de un vistazo|en un vistazo|resumen|destacados|ideas clave|
		 en breve|lo más importante|datos clave|lo que debes saber|lo que hay que saber|aspectos destacados|puntos destacados`,
		// German
		`das wichtigste in kürze|das wichtigste|das wichtigste auf einen blick|auf einen blick|kurz gefasst|kernpunkte|wichtigste punkte|die wichtigsten punkte|
		 wichtige punkte|zusammenfassung|in kürze|kurz und knapp|das wichtigste im überblick|im überblick|schlüsselpunkte|darum geht's|darum geht es|kurz zusammengefasst|
		 das wichtigste zum thema|die wichtigsten erkenntnisse|die wichtigsten fakten`,
		// Japanese
		`要点|ポイント|この記事のポイント|記事のポイント|主なポイント|重要ポイント|重要なポイント|まとめ|概要|ハイライト|3行まとめ|要約|サマリー`,
		// French
		`points clés|les points clés|points clefs|à retenir|ce qu'il faut retenir|ce qu'il faut savoir|l'essentiel|en bref|en résumé|résumé|faits saillants|points essentiels|les points essentiels|
		 points forts|points principaux|les points principaux|en un coup d'œil|en un coup d'oeil|l'essentiel à retenir`,
		// Portuguese
		`pontos-chave|pontos chave|pontos principais|principais pontos|destaques|em resumo|resumo|o essencial|em síntese|pontos essenciais|em poucas palavras|
		 o que precisa de saber|o que você precisa saber|principais destaques|pontos importantes`,
		// Russian
		`главное|кратко|коротко|основные моменты|ключевые моменты|основное|вкратце|самое главное|тезисы|коротко о главном|главные тезисы|ключевые тезисы|краткое содержание|ключевые выводы`,
		// Italian
		`punti chiave|i punti chiave|in breve|in sintesi|punti principali|i punti principali|punti salienti|i punti salienti|in evidenza|riassunto|sintesi|da sapere|cosa sapere|punti essenziali`,
		// Dutch
		`kernpunten|belangrijkste punten|de belangrijkste punten|samenvatting|in het kort|hoogtepunten|in één oogopslag|kort samengevat|het belangrijkste`,
		// Polish
		`najważniejsze informacje|najważniejsze punkty|kluczowe informacje|w skrócie|podsumowanie|kluczowe punkty|najważniejsze|w pigułce|kluczowe wnioski`,
		// Turkish
		`önemli noktalar|öne çıkanlar|özet|kısaca|ana noktalar|özetle|başlıca noktalar|anahtar noktalar`,
		// Chinese
		`要點|重点|重點|摘要|核心要点|核心提示|关键点|关键要点|關鍵要點|本文要点|文章要点|划重点|导读|核心观点|重點摘要|亮点|內容摘要|内容提要|要点总结`,
		// Persian, Arabic
		`نکات کلیدی|نکات مهم|خلاصه|النقاط الرئيسية|أهم النقاط|أبرز النقاط|ملخص|باختصار`,
		// Korean, Indonesian, Vietnamese, Hindi, Ukrainian, Czech, Swedish
		`핵심 요약|요약|주요 내용|요점|핵심 포인트|poin penting|ringkasan|poin-poin penting|điểm chính|tóm tắt|những điểm chính|मुख्य बिंदु|मुख्य बातें|
		 головне|коротко про головне|hlavní body|v kostce|shrnutí|sammanfattning|i korthet`,
	} {
		for label := range strings.SplitSeq(line, "|") {
			known[fold(label)] = true
		}
	}
	return known
})

// isLabel reports whether a text says that key points follow.
func isLabel(text string) bool { return len(text) < 120 && labels()[fold(text)] }

// fold makes texts comparable that mean the same: case, apostrophes, white
// space, and what stands around the words.
func fold(s string) string {
	s = strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
	s = plainer.Replace(s)
	return strings.TrimFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

var plainer = strings.NewReplacer("’", "'", "ʼ", "'", "\u200c", "", "\u200b", "")

// bullets are what begins a point that is no list item.
const bullets = "•‣▪▫■□●○◦·∙►▶▸➤➔➜→✓✔✅*–—-"

// bulletLines returns the lines of a paragraph each of which begins with a
// bullet. labelled says that a label came before them.
func bulletLines(p *html.Node) (lines []string, labelled bool) {
	if !hasBreak(p) {
		return nil, false
	}
	for line := range linesOf(p) {
		switch {
		case line == "":
		case isBullet(line):
			lines = append(lines, line)
		case len(lines) == 0 && !labelled && isLabel(line):
			labelled = true
		default:
			return nil, false
		}
	}
	if len(lines) < 2 {
		return nil, false
	}
	return lines, labelled
}

// isBullet reports whether a line is a point behind a bullet.
func isBullet(line string) bool {
	r, n := utf8.DecodeRuneInString(line)
	return n > 0 && strings.ContainsRune(bullets, r) && len(line) > n+1
}

// firstRune is the first character of the text inside n, 0 where there is none.
func firstRune(n *html.Node) rune {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r := firstRune(c)
		if c.Type == html.TextNode {
			text := strings.TrimLeftFunc(c.Data, func(r rune) bool { return r <= ' ' || unicode.IsSpace(r) })
			if text != "" {
				r, _ = utf8.DecodeRuneInString(text)
			}
		}
		if r != 0 {
			return r
		}
	}
	return 0
}

func hasBreak(p *html.Node) bool {
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Br {
			return true
		}
	}
	return false
}

// linesOf is the text of a paragraph, cut at its line breaks, each line once it is asked
// for: the first tells of most paragraphs that they are none of bullets.
func linesOf(p *html.Node) iter.Seq[string] {
	return func(yield func(string) bool) {
		var b strings.Builder
		for c := p.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.DataAtom == atom.Br:
				if !yield(strings.Join(strings.Fields(b.String()), " ")) {
					return
				}
				b.Reset()
			case c.Type == html.TextNode:
				b.WriteString(c.Data)
			default:
				b.WriteString(" " + content.NodeText(c) + " ")
			}
		}
		yield(strings.Join(strings.Fields(b.String()), " "))
	}
}

func trimBullet(s string) string {
	return strings.TrimSpace(strings.TrimLeft(s, bullets+" "))
}
