package assert

import (
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/parser"

	"github.com/apicel/apicel/spec"
)

// senseCEL warns of an expression, or of a part of one, that says nothing: one
// that stands there twice, compares something with itself, or reads nothing.
func (p *compiler) senseCEL(that spec.String) {
	text := strings.TrimSpace(that.Value)
	if first, ok := p.expressions[text]; ok {
		p.problems.Warnf(that.Pos, "the same expression stands at %s already", first).WithHint("leave one of them out")
		return
	}
	if p.expressions == nil {
		p.expressions = map[string]spec.Pos{}
	}
	p.expressions[text] = that.Pos
	shape, err := shapes()
	if err != nil {
		return
	}
	tree, errs := shape.Parse(common.NewTextSource(that.Value))
	if len(errs.GetErrors()) == 0 {
		p.senseParts(that, tree.Expr(), tree.SourceInfo())
	}
}

// senseParts looks at what && and || join.
func (p *compiler) senseParts(that spec.String, x ast.Expr, info *ast.SourceInfo) {
	if x.Kind() != ast.CallKind {
		return
	}
	call := x.AsCall()
	switch call.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr:
		for _, part := range call.Args() {
			if isConstant(part) {
				p.problems.Warnf(that.Pos, "%s reads no variable, so it is the same for every answer", written(part, info)).
					WithHint("leave it out, or compare something of the answer with it")
				continue
			}
			p.senseParts(that, part, info)
		}
	case operators.LogicalNot:
		p.senseParts(that, call.Args()[0], info)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		left := written(call.Args()[0], info)
		if left != "" && !isCalled(call.Args()[0]) && left == written(call.Args()[1], info) {
			p.problems.Warnf(that.Pos, "%s is compared with itself", left)
		}
	}
}

// isCalled tells whether a function is called in x: one such as uuid() gives
// something else each time.
func isCalled(x ast.Expr) bool {
	called := false
	ast.PostOrderVisit(x, ast.NewExprVisitor(func(part ast.Expr) {
		called = called || part.Kind() == ast.CallKind && !strings.HasPrefix(part.AsCall().FunctionName(), "_")
	}))
	return called
}

// written is a part of an expression on one line.
func written(x ast.Expr, info *ast.SourceInfo) string {
	text, err := parser.Unparse(x, info)
	if err != nil {
		return ""
	}
	return oneLine(text)
}
