package assert

import (
	"context"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/parser"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// senseCEL warns of an expression, or of a part of one, that says nothing: one
// that stands there twice, compares something with itself, reads nothing, or
// holds for every status.
func (p *compiler) senseCEL(e *expr.Expr) {
	that := e.Source()
	text := strings.TrimSpace(that.Value)
	if first, ok := p.expressions[text]; ok {
		p.problems.Warnf(that.Pos, "the same expression stands at %s already", first).WithHint("leave one of them out")
		return
	}
	if p.expressions == nil {
		p.expressions = map[string]spec.Pos{}
	}
	p.expressions[text] = that.Pos
	checked := e.AST()
	if saysSomething(checked.Expr()) && !e.Refs().Status {
		return
	}
	if !isFlat(checked) {
		checked = shapeOf(that.Value)
	}
	if checked != nil {
		p.senseParts(that, checked.Expr(), checked.SourceInfo())
	}
}

// saysSomething tells the most frequent expressions, which compare something with
// a literal.
func saysSomething(x ast.Expr) bool {
	if x.Kind() != ast.CallKind || !isComparison(x.AsCall().FunctionName()) {
		return false
	}
	args := x.AsCall().Args()
	return (args[0].Kind() == ast.LiteralKind) != (args[1].Kind() == ast.LiteralKind)
}

// isFlat tells whether a tree has the shape that was written: no macro is expanded
// in it, and no chain of && or || was made a tree of its own.
func isFlat(checked *ast.AST) bool {
	return len(checked.SourceInfo().MacroCalls()) == 0 && !calls(checked.Expr(), func(function string) bool {
		return function == operators.LogicalAnd || function == operators.LogicalOr
	})
}

func isComparison(function string) bool {
	switch function {
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return true
	}
	return false
}

// senseParts looks at an expression and at what its && and || join. What is
// wrong with a part is said of that, and not of the whole as well.
func (p *compiler) senseParts(that spec.String, x ast.Expr, info *ast.SourceInfo) {
	before := len(p.problems)
	p.senseCall(that, x, info)
	if len(p.problems) == before {
		p.senseStatusOf(that, x, info)
	}
}

// shapeOf parses an expression for its shape, nil where it is none.
func shapeOf(text string) *ast.AST {
	shape, err := shapes()
	if err != nil {
		return nil
	}
	tree, errs := shape.Parse(common.NewTextSource(text))
	if len(errs.GetErrors()) > 0 {
		return nil
	}
	return tree
}

func (p *compiler) senseCall(that spec.String, x ast.Expr, info *ast.SourceInfo) {
	if x.Kind() != ast.CallKind {
		return
	}
	call := x.AsCall()
	switch name := call.FunctionName(); {
	case name == operators.LogicalAnd || name == operators.LogicalOr:
		for _, part := range call.Args() {
			if isFixed(part) {
				p.problems.Warnf(that.Pos, "%s reads no variable, so it is the same for every answer", written(part, info)).
					WithHint("leave it out, or compare something of the answer with it")
				continue
			}
			p.senseParts(that, part, info)
		}
	case name == operators.LogicalNot:
		p.senseParts(that, call.Args()[0], info)
	case isComparison(name):
		left := written(call.Args()[0], info)
		if left != "" && !isCalled(call.Args()[0]) && left == written(call.Args()[1], info) {
			p.problems.Warnf(that.Pos, "%s is compared with itself", left)
		}
	}
}

// senseStatusOf warns of a part that looks at the status alone and holds for each.
func (p *compiler) senseStatusOf(that spec.String, x ast.Expr, info *ast.SourceInfo) {
	if !looksAtStatusOnly(x) {
		return
	}
	text, err := parser.Unparse(x, info)
	if err != nil {
		return
	}
	e, problems := p.expr.Expr(spec.String{Value: text, Pos: that.Pos}, spec.ScopeCheck, cel.BoolType)
	if problems.HasErrors() {
		return
	}
	holds := func(status int) bool {
		ok, err := e.EvalBool(context.Background(), &expr.Activation{Response: &exchange.Response{Status: status}})
		return ok && err == nil
	}
	for status := minStatus; status <= maxStatus; status++ {
		if !holds(status) {
			return
		}
	}
	p.problems.Warnf(that.Pos, "%s holds for every status from %d to %d, so it checks nothing", oneLine(text), minStatus, maxStatus).
		WithHint("say which are right, as in status < 400, which is what is expected where nothing reads the status")
}

// The statuses that HTTP has (RFC 9110, section 15).
const (
	minStatus = 100
	maxStatus = 599
)

// looksAtStatusOnly tells whether what x says depends on the status and on
// nothing else.
func looksAtStatusOnly(x ast.Expr) bool {
	status, others := false, false
	ast.PostOrderVisit(x, ast.NewExprVisitor(func(part ast.Expr) {
		switch part.Kind() {
		case ast.IdentKind:
			name, _, _ := strings.Cut(part.AsIdent(), ".") // vars.x is one name once it is checked
			status = status || name == "status"
			others = others || name != "status" && isVariable(name)
		case ast.CallKind:
			others = others || isImpure(part.AsCall().FunctionName())
		}
	}))
	return status && !others
}

func isVariable(name string) bool {
	return slices.ContainsFunc(spec.Variables, func(v spec.Variable) bool {
		root, _, _ := strings.Cut(v.Name, ".")
		return root == name
	})
}

// isFixed tells whether an expression gives the same at all times.
func isFixed(x ast.Expr) bool { return isConstant(x) && !calls(x, isImpure) }

// isImpure tells whether a function gives other values than its arguments
// decide: those that read something, and those that make something up.
func isImpure(function string) bool {
	return isReader(function) || function == "uuid" || function == "now" || function == "random_int"
}

func isReader(function string) bool { return function == "header_values" || function == "file" }

func calls(x ast.Expr, which func(function string) bool) bool {
	called := false
	ast.PostOrderVisit(x, ast.NewExprVisitor(func(part ast.Expr) {
		called = called || part.Kind() == ast.CallKind && which(part.AsCall().FunctionName())
	}))
	return called
}

// isCalled tells whether a function is called in x: one such as uuid() gives
// something else each time.
func isCalled(x ast.Expr) bool {
	return calls(x, func(function string) bool { return !strings.HasPrefix(function, "_") })
}

// written is a part of an expression on one line.
func written(x ast.Expr, info *ast.SourceInfo) string {
	text, err := parser.Unparse(x, info)
	if err != nil {
		return ""
	}
	return oneLine(text)
}
