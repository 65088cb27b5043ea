package rules

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"

	"courant/db/setting"
)

// compiler compiles rules, one at a time: what all of them are checked by is half of
// what one takes.
type compiler struct{ written, inner conf.Config }

// compilers are those that nobody uses.
var compilers = sync.Pool{New: func() any { return newCompiler() }}

func newCompiler() *compiler {
	c := &compiler{*conf.CreateNew(), *conf.CreateNew()}
	for _, option := range language(fields()) {
		option(&c.written)
	}
	for _, option := range append(language(inner()),
		expr.Function(spending, spend, new(func(*meter, int) bool)),
		expr.Function(matching, matches, new(func(*meter, any, *pattern) bool)),
		expr.Function(holding, contains, new(func(*meter, any, any) bool)),
	) {
		option(&c.inner)
	}
	for _, config := range []*conf.Config{&c.written, &c.inner} {
		for name := range config.Disabled {
			delete(config.Builtins, name)
		}
	}
	return c
}

// compile compiles a rule. The error says all that is wrong with it, each as
// "key: why".
func compile(c Config) (*rule, error) {
	by := compilers.Get().(*compiler)
	defer compilers.Put(by)
	var errs []error
	switch {
	case strings.TrimSpace(c.Name) == "":
		errs = append(errs, errors.New("name: must not be empty: it says in lists and logs who decided"))
	case utf8.RuneCountInString(c.Name) > maxName || strings.ContainsFunc(c.Name, func(r rune) bool { return r < ' ' }):
		errs = append(errs, fmt.Errorf("name: must be one line of at most %d characters", maxName))
	}
	if utf8.RuneCountInString(c.Reason) > maxReason {
		errs = append(errs, fmt.Errorf("reason: of rule %q is longer than %d characters", c.Name, maxReason))
	}
	r := &rule{Config: c, uses: map[string]bool{}}
	if err := r.condition(by); err != nil {
		errs = append(errs, fmt.Errorf("when: rule %q: %w", c.Name, err))
	}
	does, err := parseThen(c.Name, c.Then)
	r.does = does
	return r, errors.Join(append(errs, err)...)
}

// maxNodes bounds what a condition is made of.
const maxNodes = 2000

// functions are those of the language that rules have. The others make long texts
// or lists out of short ones, read the clock, or are of no use here.
var functions = []string{
	"all", "any", "none", "one", "filter", "map", "find", "findIndex", "findLast", "findLastIndex", "count", "sum", "reduce",
	"len", "abs", "ceil", "floor", "round", "int", "float", "string", "trim", "trimPrefix", "trimSuffix", "upper", "lower",
	"split", "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix", "max", "min", "first", "last", "take", "date",
}

// The names that a condition cannot spell, by which it reaches the meter, the
// fields that patterns look through, and what is ours.
const (
	theMeter  = "·meter"
	spending  = "·spend"
	matching  = "·matches"
	holding   = "·contains"
	searched  = "·" // before a field's name
	ofASource = "source."
)

// sourceFields are what is known of the source.
type sourceFields struct {
	ID      string `expr:"id"`
	Title   string `expr:"title"`
	Section string `expr:"section"`
}

// fields are those of spec/desk.md, each with a value of its type, and what stands
// for them in a run.
func fields() map[string]any {
	return map[string]any{
		"source": sourceFields{}, "title": "", "text": "", "summary": "", "author": "", "link": "", "host": "", "language": "",
		"tags": []string(nil), "section": "", "published": time.Time{}, "age": time.Duration(0), "words": 0, "has_image": false,
		"has_enclosure": false, "similar": 0,
	}
}

// inner is fields with the names that only we can spell.
func inner() map[string]any {
	env := fields()
	delete(env, "source")
	for _, f := range []string{"id", "title", "section"} {
		env[ofASource+f] = ""
	}
	for _, f := range texts {
		env[searched+f] = (*subject)(nil)
	}
	env[theMeter] = (*meter)(nil)
	return env
}

// texts are the fields that are looked through by patterns.
var texts = []string{"title", "text", "summary"}

// language is what a condition may say.
func language(env map[string]any) []expr.Option {
	options := []expr.Option{expr.Env(env), expr.AsBool(), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins()}
	for _, f := range functions {
		options = append(options, expr.EnableBuiltin(f))
	}
	return append(options, expr.Function("duration", duration, new(func(string) time.Duration)))
}

// duration is a length of time as the configuration writes it.
func duration(args ...any) (any, error) {
	var d setting.Duration
	err := d.UnmarshalText([]byte(args[0].(string)))
	return d.Duration, err
}

// condition compiles the rule's when: it is checked as it is written, for what is
// wrong with it, and then compiled with all that it spends charged to the meter.
func (r *rule) condition(by *compiler) error {
	if strings.TrimSpace(r.When) == "" {
		return errors.New("there is no condition; \"true\" holds always")
	}
	tree, err := checker.ParseCheck(r.When, &by.written)
	if err != nil {
		return explained(r.When, err)
	}
	look := &reader{uses: r.uses, bare: map[string]int{}, patterns: map[string]*pattern{}}
	ast.Walk(&tree.Node, look)
	if look.err != nil {
		return explained(r.When, look.err)
	}
	r.guard = r.guardOf(tree.Node, look.patterns)
	for field := range r.uses {
		if look.bare[field] > 0 || textOf(&ast.IdentifierNode{Value: field}) < 0 {
			r.reads = append(r.reads, field)
		}
	}
	r.program, err = expr.Compile(r.When, func(c *conf.Config) {
		*c = by.inner
		c.Visitors = []ast.Visitor{&patcher{r, look.patterns}}
	})
	if err != nil {
		return explained(r.When, err)
	}
	return nil
}

// reader reads which fields a condition uses, and finds what is right by its types
// and wrong all the same.
type reader struct {
	uses     map[string]bool
	bare     map[string]int // how often besides in front of contains and matches
	patterns map[string]*pattern
	err      error
}

// Visit implements ast.Visitor.
func (l *reader) Visit(node *ast.Node) {
	wrong := func(format string, args ...any) {
		if l.err == nil {
			l.err = &file.Error{Location: (*node).Location(), Message: fmt.Sprintf(format, args...)}
		}
	}
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		l.bare[n.Value]++
		if l.uses[n.Value] = true; n.Value == "$env" {
			wrong("unknown name $env")
		}
	case *ast.BinaryNode:
		if name, is := n.Left.(*ast.IdentifierNode); is && (n.Operator == "matches" || n.Operator == "contains") {
			l.bare[name.Value]--
		}
		if n.Operator != "matches" {
			return
		}
		if text, constant := n.Right.(*ast.StringNode); !constant {
			wrong("matches wants its pattern in quotes")
		} else if p, err := newPattern(text.Value); err != nil {
			wrong("%s", err)
		} else {
			l.patterns[text.Value] = p
		}
	case *ast.CallNode, *ast.BuiltinNode:
		if _, err := constant(n); err != nil {
			wrong("%s", err)
		}
	}
}

// constant is the value of a call that is always the same: a length of time, or a
// date. nil: it is none.
func constant(n ast.Node) (any, error) {
	name, args := called(n)
	if len(args) == 0 || name != "duration" && name != "date" {
		return nil, nil
	}
	values := make([]any, len(args))
	for i, a := range args {
		text, ok := a.(*ast.StringNode)
		if !ok {
			return nil, nil
		}
		values[i] = text.Value
	}
	if name == "duration" {
		return duration(values...)
	}
	return builtin.Builtins[builtin.Index["date"]].Func(values...)
}

// called is the name and the arguments of a call, "" where it is none of a name.
func called(n ast.Node) (string, []ast.Node) {
	switch n := n.(type) {
	case *ast.BuiltinNode:
		return n.Name, n.Arguments
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); ok {
			return name.Value, n.Arguments
		}
	}
	return "", nil
}

// patcher charges what a condition spends to the meter, and has patterns look
// through each text once for all rules.
type patcher struct {
	rule     *rule
	patterns map[string]*pattern // as reader found them
}

// Visit implements ast.Visitor.
func (p *patcher) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.MemberNode:
		if of, ok := n.Node.(*ast.IdentifierNode); ok && of.Value == "source" {
			if name, ok := n.Property.(*ast.StringNode); ok {
				ast.Patch(node, &ast.IdentifierNode{Value: ofASource + name.Value})
			}
		}
	case *ast.PredicateNode:
		charge(&n.Node, turnCost)
	case *ast.SliceNode:
		charge(node, lookEvery)
	case *ast.CallNode, *ast.BuiltinNode:
		if v, _ := constant(n); v != nil {
			made := &ast.ConstantNode{Value: v}
			ast.Patch(node, made)
			made.SetType(reflect.TypeOf(v))
			return
		}
		if !looping(n) {
			charge(node, lookEvery)
		}
	case *ast.BinaryNode:
		p.binary(node, n)
	}
}

// looping reports whether a node is a loop, whose every turn is charged.
func looping(n ast.Node) bool {
	b, ok := n.(*ast.BuiltinNode)
	if !ok {
		return false
	}
	for _, a := range b.Arguments {
		if _, ok := a.(*ast.PredicateNode); ok {
			return true
		}
	}
	return false
}

// binary is Visit of an operator.
func (p *patcher) binary(node *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "matches":
		wanted := p.patterns[n.Right.(*ast.StringNode).Value]
		p.rule.looks(n.Left, wanted.any...)
		ast.Patch(node, call(matching, subjectOf(n.Left), &ast.ConstantNode{Value: wanted}))
	case "contains":
		right := n.Right
		if text, ok := right.(*ast.StringNode); ok {
			what := newNeedle(text.Value)
			p.rule.looks(n.Left, what)
			right = &ast.ConstantNode{Value: what}
		}
		ast.Patch(node, call(holding, subjectOf(n.Left), right))
	case "startsWith", "endsWith", "and", "or", "&&", "||", "-", "*", "/", "%", "**", "^", "<", ">", "<=", ">=", "??", "..":
		// None costs more than what it is made of; ranges are bounded.
	case "in", "not in":
		switch n.Right.(type) {
		case *ast.ArrayNode, *ast.IdentifierNode: // what is written out, or tags
			charge(node, turnCost)
		default:
			charge(node, lookEvery)
		}
	default: // == != +
		if !simple(n.Left) || !simple(n.Right) || n.Operator == "+" {
			charge(node, lookEvery)
		}
	}
}

// simple reports whether a node's value is compared at once.
func simple(n ast.Node) bool {
	switch n.Type().Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64, reflect.String:
		return true
	}
	return n.Type() == reflect.TypeFor[time.Time]()
}

// subjectOf is what is looked through where a field is.
func subjectOf(n ast.Node) ast.Node {
	if field := textOf(n); field >= 0 {
		return &ast.IdentifierNode{Value: searched + texts[field]}
	}
	return n
}

// textOf is the number of a node among texts, -1 where it is none of them.
func textOf(n ast.Node) int {
	name, ok := n.(*ast.IdentifierNode)
	if !ok {
		return -1
	}
	return slices.Index(texts, name.Value)
}

// looks notes what the rule looks for, for the finder of the field that it looks
// through, whose number among texts it returns.
func (r *rule) looks(through ast.Node, list ...*needle) (field int) {
	if field = textOf(through); field >= 0 {
		r.needles[field] = append(r.needles[field], list...)
	}
	return field
}

// call is a call of a function of ours.
func call(name string, args ...ast.Node) ast.Node {
	return &ast.CallNode{
		Callee: &ast.IdentifierNode{Value: name}, Arguments: append([]ast.Node{&ast.IdentifierNode{Value: theMeter}}, args...),
	}
}

// charge has n units spent before a node is run.
func charge(node *ast.Node, n int) {
	was := *node
	ast.Patch(node, &ast.SequenceNode{Nodes: []ast.Node{call(spending, &ast.IntegerNode{Value: n}), was}})
}

// spend is the function that charge calls.
func spend(args ...any) (any, error) {
	if !args[0].(*meter).spend(args[1].(int)) {
		return nil, ErrSlow
	}
	return true, nil
}
