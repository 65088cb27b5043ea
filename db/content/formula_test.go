package content_test

import (
	"testing"

	"courant/db/content"
)

// A formula is never nothing.
func TestFormula(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"signs", `<msup><mi>e</mi><mrow><mi>k</mi><mo>&#8290;</mo><mi>t</mi></mrow></msup>`, "e<sup>kt</sup>"},
		{"lowered and raised", `<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup><mo>=</mo><mn>4</mn>`, "x<sub>i</sub><sup>2</sup> = 4"},
		{"fraction", `<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>12</mn></mfrac>`, "(a + b)/12"},
		{"roots", `<msqrt><mn>2</mn></msqrt><mroot><mi>x</mi><mn>3</mn></mroot>`, "√2<sup>3</sup>√x"},
		{"root of more", `<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>`, "√(a + b)"},
		{"accent", `<mover><mi>x</mi><mo>¯</mo></mover>`, "x\u0304"},
		{"bar over two", `<mover><mrow><mi>x</mi><mi>y</mi></mrow><mo>¯</mo></mover>`, "xy<sup>¯</sup>"},
		{"nothing over nothing", `<mover></mover>a`, "a"},
		{"fenced", `<mi>f</mi><mfenced><mi>x</mi><mi>y</mi></mfenced>`, "f(x, y)"},
		{"fenced otherwise", `<mfenced open="[" close=")" separators=";"><mi>x</mi><mi>y</mi></mfenced>`, "[x;y)"},
		{"table", `<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr></mtable>`, "1 0"},
		{"text with markup", `<mtext>if <b>x</b></mtext>`, "if x"},
		{"annotation in TeX", `<semantics><mi>a</mi><annotation encoding="application/x-tex">a^2 &lt; b</annotation></semantics>`, "a^2 &lt; b"},
		{"annotation in another language", `<semantics><mi>a</mi><annotation encoding="StarMath 5.0">a bold</annotation></semantics>`, "a"},
		{"annotation in XML", `<semantics><mi>a</mi><annotation-xml encoding="MathML-Content"><ci>zz</ci></annotation-xml></semantics>`, "a"},
		{"unknown elements", `<mstuff><mi>q</mi></mstuff>`, "q"},
		{"script", `<mi>a</mi><script>x()</script><mtext><script>y()</script></mtext>`, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := content.Clean("<p>So <math>"+c.in+"</math> holds.</p>", base).String()
			if want := "<p>So " + c.want + " holds.</p>"; got != want {
				t.Errorf("%s is %s, want %s", c.in, got, want)
			}
		})
	}
	for in, want := range map[string]string{
		`<p>So <math alttext="a^2"><semantics><mi>a</mi><annotation encoding="application/x-tex">b</annotation></semantics></math> holds.</p>`:                                "<p>So a^2 holds.</p>",
		`<p><math display="block" xmlns="http://www.w3.org/1998/Math/MathML"><mi>a</mi></math></p>`:                                                                           "<p>a</p>",
		`<p>Let <span class="katex"><span class="katex-mathml"><math><mi>x</mi></math></span><span class="katex-html" aria-hidden="true"><span>x</span></span></span> be</p>`: "<p>Let x be</p>",
		`<p>Let <span class="katex"><span class="katex-html"><span>x</span></span></span> be</p>`:                                                                             "<p>Let x be</p>",
		`<p><math alttext="\\pi"><mi>p</mi></math><img src="https://a.example/pi.svg" alt="\\pi"></p>`:                                                                        `<p><img src="https://a.example/pi.svg" alt="\\pi" loading="lazy" referrerpolicy="no-referrer"></p>`,
		`<p>a <mi>b</mi> <mrow>c</mrow></p>`:                                                    "<p>a b c</p>",
		`<p><math><p>out</p></math></p>`:                                                        "<p>out</p>",
		`<math><mtext><table><mglyph><style><img src=x onerror=y></style>`:                      "",
		`<p><m:math><m:mi>x</m:mi></m:math></p>`:                                                "<p>x</p>",
		`<p><mml:math><mml:msup><mml:mi>a</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math></p>`: "<p>a<sup>2</sup></p>",
	} {
		if got := content.Clean(in, base).String(); got != want {
			t.Errorf("%s is\n%s\nwant\n%s", in, got, want)
		}
	}
}
