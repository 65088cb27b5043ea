package content

import "golang.org/x/net/html/atom"

// nature is how an element of a body behaves.
type nature uint8

const (
	absent   nature = iota // never there
	block                  // begins a line; closes an open p
	inline                 // stands in a line
	void                   // has no content
	cell                   // part of a table or list: empty, it still says something
	medium                 // audio, video
	replaced               // becomes something else: never comes out
)

// elements are the elements that are looked at. All others vanish, most with
// their content left in place.
var elements = map[atom.Atom]nature{
	atom.P: block, atom.Div: block, atom.Blockquote: block, atom.Pre: block, atom.Figure: block, atom.Figcaption: block,
	atom.H1: block, atom.H2: block, atom.H3: block, atom.H4: block, atom.H5: block, atom.H6: block,
	atom.Ul: block, atom.Ol: block, atom.Li: block, atom.Dl: block, atom.Dt: block, atom.Dd: block,
	atom.Details: block, atom.Summary: block, atom.Table: block, atom.Hr: void,

	atom.Caption: cell, atom.Colgroup: cell, atom.Col: void, atom.Thead: cell, atom.Tbody: cell, atom.Tfoot: cell,
	atom.Tr: cell, atom.Td: cell, atom.Th: cell,

	atom.A: inline, atom.Em: inline, atom.Strong: inline, atom.B: inline, atom.I: inline, atom.U: inline, atom.S: inline,
	atom.Del: inline, atom.Ins: inline, atom.Mark: inline, atom.Small: inline, atom.Sub: inline, atom.Sup: inline,
	atom.Code: inline, atom.Kbd: inline, atom.Samp: inline, atom.Var: inline, atom.Cite: inline, atom.Q: inline,
	atom.Abbr: inline, atom.Dfn: inline, atom.Time: inline, atom.Bdi: inline, atom.Bdo: inline,
	atom.Ruby: inline, atom.Rt: inline, atom.Rp: inline, atom.Br: void, atom.Wbr: void, atom.Img: void,

	atom.Audio: medium, atom.Video: medium, atom.Source: void,

	atom.Iframe: replaced, atom.Embed: replaced, atom.Object: replaced, atom.Picture: replaced,
	atom.Section: replaced, atom.Article: replaced, atom.Center: replaced, atom.Strike: replaced, atom.Tt: replaced,
	atom.Header: replaced, atom.Footer: replaced, atom.Aside: replaced, atom.Main: replaced, atom.Address: replaced, atom.Acronym: replaced,
	atom.Fieldset: replaced, atom.Nav: replaced, atom.Dir: replaced, atom.Menu: replaced,
}

// renamed are elements that come out under another name of the same nature.
var renamed = map[atom.Atom]atom.Atom{
	atom.H1:      atom.H2, // the headline is the page's h1
	atom.Section: atom.Div, atom.Article: atom.Div, atom.Center: atom.Div, atom.Header: atom.Div, atom.Footer: atom.Div,
	atom.Aside: atom.Div, atom.Main: atom.Div, atom.Address: atom.Div, atom.Fieldset: atom.Div, atom.Nav: atom.Div,
	atom.Dir: atom.Ul, atom.Menu: atom.Ul, atom.Strike: atom.S, atom.Tt: atom.Code, atom.Acronym: atom.Abbr,
}
