package assert

import (
	"context"
	"slices"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
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
	// limit ends the explanation, which evaluates parts of what may have taken
	// long as a whole.
	limit context.Context
	// leaky keeps, by the text of a part, whether its value contains a secret.
	leaky map[string]bool
}

// maxExplainTime is for how long an explanation may evaluate.
const maxExplainTime = time.Second

// maxValues is the number of values that an explanation shows.
const maxValues = 8

// shapes parses expressions for their shape alone: it expands no macro, so that
// what is shown reads as it was written, and keeps chains of && and || flat.
var shapes = sync.OnceValues(func() (*parser.Parser, error) {
	return parser.NewParser(parser.EnableOptionalSyntax(true), parser.EnableIdentEscapeSyntax(true), parser.EnableVariadicOperatorASTs(true))
})

// explainFalse gives the values that made an expression false, one a line; none
// where there is nothing to show.
func (j *judging) explainFalse(source spec.String, c *expr.Compiler) []string {
	return j.explainBy(source, c, func(e *explainer, x ast.Expr) { e.why(x, false) })
}

// explainWrong gives the values on which an expression went wrong.
func (j *judging) explainWrong(source spec.String, c *expr.Compiler) []string {
	return j.explainBy(source, c, func(e *explainer, x ast.Expr) {
		if _, ok := e.value(x); ok { // it is no boolean
			e.add(x)
			return
		}
		e.whyWrong(x)
	})
}

func (j *judging) explainBy(source spec.String, c *expr.Compiler, why func(*explainer, ast.Expr)) []string {
	tree := shapeOf(source.Value)
	if tree == nil {
		return nil
	}
	limit, cancel := context.WithTimeout(j.ctx, maxExplainTime)
	defer cancel()
	e := explainer{judging: j, compiler: c, source: source, info: tree.SourceInfo(), limit: limit, leaky: map[string]bool{}}
	why(&e, tree.Expr())
	return e.lines
}

// whyWrong shows the operands of the innermost part that has no value.
func (e *explainer) whyWrong(x ast.Expr) {
	if x.Kind() == ast.SelectKind {
		e.whyWrong(x.AsSelect().Operand())
		return
	}
	if x.Kind() != ast.CallKind {
		return
	}
	operands := e.given(x)
	for _, operand := range operands {
		if _, ok := e.value(operand); !ok {
			e.whyWrong(operand)
			return
		}
	}
	if call := x.AsCall(); variables(call) > 0 {
		e.whyWrongElement(call)
		return
	}
	e.add(operands...)
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
		e.compare(name, args[0], args[1])
	case name == operators.Index, name == operators.OptIndex, name == operators.OptSelect:
		e.add(x)
	case call.IsMemberFunction():
		e.whyMethod(call, got)
	case name == "has" && !got:
		e.whyMissing(args[0])
	default:
		e.add(args...)
	}
}

// whyMissing says that a field is not there, and which one there is.
func (e *explainer) whyMissing(field ast.Expr) {
	line := "there is no " + e.text(field)
	if field.Kind() == ast.SelectKind {
		line += e.nearest(field.AsSelect().Operand(), field.AsSelect().FieldName())
	}
	e.note(line)
}

// nearest names the key of a value that was probably meant, or those there are.
func (e *explainer) nearest(in ast.Expr, key string) string {
	v, ok := e.value(in)
	if !ok || kindOf(v) != spec.Map || e.hides(in) {
		return ""
	}
	keys := keysOf(v)
	switch near := spec.Closest(key, keys); {
	case near != "":
		return " (did you mean " + printable(e.hide(near)) + "?)"
	case len(keys) == 0:
		return " (there are no keys)"
	}
	return " (keys: " + e.list(keys) + ")"
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
		e.why(args[0], true)
		e.why(args[1], got)
	case ok && isBool(condition, false):
		e.why(args[0], false)
		e.why(args[2], got)
	}
}

func isBool(v gjson.Result, want bool) bool { return kindOf(v) == spec.Bool && v.Bool() == want }

// add shows the values of what is not written out in the expression: of what a
// call gives, and of what it is given.
func (e *explainer) add(parts ...ast.Expr) {
	for _, x := range parts {
		if isConstant(x) {
			continue
		}
		if text, ok := e.shown(x); ok {
			e.line(x, text)
		}
		e.add(e.given(x)...)
	}
}

// given are the operands of a call that have values by themselves and that its
// value comes from. Those of a look-up have no more to say than what was found.
func (e *explainer) given(x ast.Expr) []ast.Expr {
	if x.Kind() != ast.CallKind {
		return nil
	}
	call := x.AsCall()
	switch call.FunctionName() {
	case operators.Index, operators.OptIndex, operators.OptSelect, "has":
		return nil
	case operators.Conditional:
		condition, ok := e.value(call.Args()[0])
		if ok && isBool(condition, true) {
			return call.Args()[:2]
		}
		return []ast.Expr{call.Args()[0], call.Args()[2]}
	}
	var list []ast.Expr
	if call.IsMemberFunction() {
		list = append(list, call.Target())
	}
	if !slices.Contains(macros, call.FunctionName()) {
		list = append(list, call.Args()...)
	}
	return list
}

// shown is the value of a part as a failure shows it: a duration as Go writes it,
// anything else as JSON, and what is computed from a secret not at all.
func (e *explainer) shown(x ast.Expr) (string, bool) {
	v, ok := e.result(e.text(x))
	if !ok {
		return "", false
	}
	if e.hides(x) {
		return hidden, true
	}
	switch v := v.(type) {
	case types.Duration:
		return v.String(), true
	case types.Bytes:
		return e.showBytes(v, 0), true
	}
	raw, err := expr.ToJSON(v)
	if err != nil {
		return "", false
	}
	return e.show(gjson.ParseBytes(raw)), true
}

// isConstant tells whether an expression reads neither a variable nor by a
// function. Its value is there to be seen, or made up anew each time.
func isConstant(x ast.Expr) bool {
	nothing := true
	ast.PostOrderVisit(x, ast.NewExprVisitor(func(part ast.Expr) {
		nothing = nothing && part.Kind() != ast.IdentKind
	}))
	return nothing && !calls(x, isReader)
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
	v, err := part.Eval(e.limit, e.activation)
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
