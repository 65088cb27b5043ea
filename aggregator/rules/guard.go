package rules

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// A guard says quickly that a condition cannot hold over an article; true: it may,
// and has to be run. nil says nothing. Most rules hold over few articles, and to
// find that out by their programs would cost more than all else about them.
type guard func(j *judge) bool

// guardOf is the guard of a condition, as it was written, with its patterns.
func (r *rule) guardOf(n ast.Node, patterns map[string]*pattern) guard {
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return nil
	}
	switch b.Operator {
	case "and", "&&":
		left, right := r.guardOf(b.Left, patterns), r.guardOf(b.Right, patterns)
		if left == nil || right == nil {
			if left == nil {
				return right
			}
			return left
		}
		return func(j *judge) bool { return left(j) && right(j) }
	case "or", "||":
		left, right := r.guardOf(b.Left, patterns), r.guardOf(b.Right, patterns)
		if left == nil || right == nil {
			return nil
		}
		return func(j *judge) bool { return left(j) || right(j) }
	case "==":
		return equalGuard(b)
	case "in":
		return inGuard(b)
	case "contains", "matches":
		return r.searchGuard(b, patterns)
	}
	return nil
}

// lines are the fields of one short text each.
var lines = map[string]func(f *Facts) string{
	"source.id": func(f *Facts) string { return f.SourceID }, "source.section": func(f *Facts) string { return f.SourceSection },
	"host": func(f *Facts) string { return f.Host }, "language": func(f *Facts) string { return f.Language },
	"section": func(f *Facts) string { return f.Section }, "author": func(f *Facts) string { return f.Author },
}

// line is the field of one short text that a node names, or nil.
func line(n ast.Node) func(f *Facts) string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return lines[n.Value]
	case *ast.MemberNode:
		of, isName := n.Node.(*ast.IdentifierNode)
		property, isText := n.Property.(*ast.StringNode)
		if isName && isText && of.Value == "source" {
			return lines[ofASource+property.Value]
		}
	}
	return nil
}

// equalGuard is of a field == "text".
func equalGuard(b *ast.BinaryNode) guard {
	field := line(b.Left)
	text, ok := b.Right.(*ast.StringNode)
	if field == nil || !ok {
		return nil
	}
	return func(j *judge) bool { return field(&j.facts) == text.Value }
}

// inGuard is of "text" in tags, and of a field in ["one", "two"].
func inGuard(b *ast.BinaryNode) guard {
	if text, ok := b.Left.(*ast.StringNode); ok {
		if name, ok := b.Right.(*ast.IdentifierNode); ok && name.Value == "tags" {
			return func(j *judge) bool { return slices.Contains(j.facts.Tags, text.Value) }
		}
		return nil
	}
	field := line(b.Left)
	array, ok := b.Right.(*ast.ArrayNode)
	if field == nil || !ok {
		return nil
	}
	var list []string
	for _, n := range array.Nodes {
		text, ok := n.(*ast.StringNode)
		if !ok {
			return nil
		}
		list = append(list, text.Value)
	}
	return func(j *judge) bool { return slices.Contains(list, field(&j.facts)) }
}

// searchGuard is of a long text that holds what is looked for in it.
func (r *rule) searchGuard(b *ast.BinaryNode, patterns map[string]*pattern) guard {
	name, isName := b.Left.(*ast.IdentifierNode)
	text, isText := b.Right.(*ast.StringNode)
	if !isName || !isText || !slices.Contains(texts, name.Value) {
		return nil
	}
	p := patterns[text.Value]
	if b.Operator == "contains" {
		p = &pattern{any: []*needle{newNeedle(text.Value)}}
	}
	field := r.looks(name, p.any...)
	return func(j *judge) bool { return p.may(&j.texts[field]) }
}
