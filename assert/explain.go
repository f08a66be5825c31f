package assert

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/parser"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// explainer says why an expression is false by the values of what it looks at:
// "body.total = 5". It finds the part that decided by evaluating parts of the
// expression once more, so that a check that passes pays nothing.
type explainer struct {
	*judging
	compiler *expr.Compiler
	source   spec.String
	info     *ast.SourceInfo
	lines    []string
}

// maxValues is the number of values that an explanation shows.
const maxValues = 6

// shapes parses expressions for their shape alone: it expands no macro, so that
// what is shown reads as it was written, and keeps chains of && and || flat.
var shapes = sync.OnceValues(func() (*parser.Parser, error) {
	return parser.NewParser(parser.EnableOptionalSyntax(true), parser.EnableIdentEscapeSyntax(true), parser.EnableVariadicOperatorASTs(true))
})

// explainFalse gives the values that made an expression false, "" where there
// is nothing to show.
func (j *judging) explainFalse(source spec.String, c *expr.Compiler) string {
	p, err := shapes()
	if err != nil {
		return ""
	}
	tree, errs := p.Parse(common.NewTextSource(source.Value))
	if len(errs.GetErrors()) > 0 {
		return ""
	}
	e := explainer{judging: j, compiler: c, source: source, info: tree.SourceInfo()}
	e.why(tree.Expr(), false)
	return strings.Join(e.lines, ", ")
}

// why shows what decided that x is got.
func (e *explainer) why(x ast.Expr, got bool) {
	if x.Kind() != ast.CallKind {
		e.add(x)
		return
	}
	call := x.AsCall()
	args := call.Args()
	switch name := call.FunctionName(); {
	case name == operators.LogicalAnd:
		e.whyAmong(args, got, !got)
	case name == operators.LogicalOr:
		e.whyAmong(args, got, got)
	case name == operators.LogicalNot:
		e.why(args[0], !got)
	case name == operators.Conditional:
		e.whyChosen(args, got)
	case slices.Contains(comparisons, name):
		e.compare(args[0], args[1])
	case name == operators.Index, name == operators.OptIndex, name == operators.OptSelect:
		e.add(x)
	case call.IsMemberFunction():
		e.whyMethod(call, got)
	case name == "has" && !got:
		e.note("there is no " + e.text(args[0]))
	default:
		e.add(args...)
	}
}

var comparisons = []string{
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals,
	operators.Greater, operators.GreaterEquals, operators.In,
}

// whyAmong goes on with the operands that are what the whole is: the first of
// them where one is enough to decide.
func (e *explainer) whyAmong(args []ast.Expr, got, oneDecides bool) {
	for _, arg := range args {
		if v, ok := e.value(arg); ok && isBool(v, got) {
			e.why(arg, got)
			if oneDecides {
				return
			}
		}
	}
}

func (e *explainer) whyChosen(args []ast.Expr, got bool) {
	condition, ok := e.value(args[0])
	switch {
	case ok && isBool(condition, true):
		e.why(args[1], got)
	case ok && isBool(condition, false):
		e.why(args[2], got)
	}
}

func isBool(v gjson.Result, want bool) bool { return kindOf(v) == spec.Bool && v.Bool() == want }

// compare shows both sides, with their kinds where it is these that differ.
func (e *explainer) compare(left, right ast.Expr) {
	a, okA := e.value(left)
	b, okB := e.value(right)
	if okA && okB && isScalar(a) && isScalar(b) && kindOf(a) != kindOf(b) {
		e.line(left, e.typedPart(left, a))
		e.line(right, e.typedPart(right, b))
		return
	}
	e.add(left, right)
}

func (e *explainer) typedPart(x ast.Expr, v gjson.Result) string {
	if e.isSecret(e.text(x)) {
		return hidden + " (" + kindOf(v).String() + ")"
	}
	return e.typed(v)
}

func isScalar(v gjson.Result) bool { return kindOf(v) != spec.List && kindOf(v) != spec.Map }

// whyMethod shows what a method was called on and its arguments, and of all and
// exists the element that decided.
func (e *explainer) whyMethod(call ast.CallExpr, got bool) {
	name, args := call.FunctionName(), call.Args()
	if name == "hasValue" && !got {
		e.note(e.text(call.Target()) + " has no value")
		return
	}
	if len(args) == 2 && (name == "all" && !got || name == "exists" && got) && e.whyElement(call, got) {
		return
	}
	e.add(call.Target())
	if !slices.Contains(macros, name) {
		e.add(args...)
	}
}

// macros are the methods whose arguments name variables and have no value.
var macros = []string{
	"all", "exists", "exists_one", "existsOne", "map", "filter", "sortBy",
	"transformList", "transformMap", "transformMapEntry", "optMap", "optFlatMap",
}

// whyElement shows the first element of which the predicate of a macro is got.
func (e *explainer) whyElement(call ast.CallExpr, got bool) bool {
	args := call.Args()
	target := e.text(call.Target())
	list, ok := e.eval(target)
	results, okAll := e.eval(fmt.Sprintf("(%s).map(%s, %s)", target, e.text(args[0]), e.text(args[1])))
	if !ok || !okAll {
		return false
	}
	elements := items(list)
	for i, result := range items(results) {
		if isBool(result, got) && i < len(elements) {
			shown := hidden
			if !e.isSecret(target) {
				shown = e.show(elements[i])
			}
			e.note(fmt.Sprintf("%s[%d] = %s", e.cut(target, 0, maxShownInDiff), i, shown))
			return true
		}
	}
	return false
}

// add shows the values of what is not written out in the expression.
func (e *explainer) add(parts ...ast.Expr) {
	for _, x := range parts {
		if isConstant(x) {
			continue
		}
		if text, ok := e.shown(x); ok {
			e.line(x, text)
		}
	}
}

// shown is the value of a part as a failure shows it: a duration as Go writes it,
// anything else as JSON, and what is computed from a secret not at all.
func (e *explainer) shown(x ast.Expr) (string, bool) {
	v, ok := e.result(e.text(x))
	if !ok {
		return "", false
	}
	if e.isSecret(e.text(x)) {
		return hidden, true
	}
	if d, ok := v.(types.Duration); ok {
		return d.String(), true
	}
	raw, err := expr.ToJSON(v)
	if err != nil {
		return "", false
	}
	return e.show(gjson.ParseBytes(raw)), true
}

// isConstant tells whether an expression reads no variable, so that its value
// is there to be seen.
func isConstant(x ast.Expr) bool {
	constant := true
	ast.PostOrderVisit(x, ast.NewExprVisitor(func(part ast.Expr) {
		constant = constant && part.Kind() != ast.IdentKind
	}))
	return constant
}

func (e *explainer) line(x ast.Expr, value string) {
	if isConstant(x) {
		e.note(value)
		return
	}
	e.note(e.cut(e.text(x), 0, maxShownInDiff) + " = " + value)
}

func (e *explainer) note(line string) {
	if len(e.lines) < maxValues {
		e.lines = addNew(e.lines, line)
	}
}

func (e *explainer) text(x ast.Expr) string {
	text, err := parser.Unparse(x, e.info)
	if err != nil {
		return ""
	}
	return text
}

func (e *explainer) value(x ast.Expr) (gjson.Result, bool) { return e.eval(e.text(x)) }

// eval gives the value of a part of the expression, where it has one that can
// be shown.
func (e *explainer) eval(text string) (gjson.Result, bool) {
	v, ok := e.result(text)
	if !ok {
		return gjson.Result{}, false
	}
	raw, err := expr.ToJSON(v)
	if err != nil {
		return gjson.Result{}, false
	}
	return gjson.ParseBytes(raw), true
}

// result is what a part of the expression gives, where it gives something.
func (e *explainer) result(text string) (ref.Val, bool) {
	part := e.part(text)
	if part == nil {
		return nil, false
	}
	v, err := part.Eval(e.ctx, e.activation)
	return v, err == nil
}

// part is a part of the expression by itself, nil where it cannot stand so.
func (e *explainer) part(text string) *expr.Expr {
	if text == "" {
		return nil
	}
	part, problems := e.compiler.Expr(spec.String{Value: text, Pos: e.source.Pos}, spec.ScopeCheck, cel.DynType)
	if problems.HasErrors() {
		return nil
	}
	return part
}

// isSecret tells whether a part is computed from a secret. One that cannot be
// told is.
func (e *explainer) isSecret(text string) bool {
	part := e.part(text)
	return part == nil || e.secret(part.Refs())
}
