package assert

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/apicel/apicel/spec"
)

// whyNone says why no element was what a quantifier asked for: what the elements
// were compared with, and the one that was nearest.
func (e *explainer) whyNone(call ast.CallExpr, elements []element) {
	e.add(call.Target())
	if len(elements) == 1 {
		e.note("the one element does not fit")
	} else {
		e.note(fmt.Sprintf("none of the %d elements fits", len(elements)))
	}
	args := call.Args()
	predicate := args[len(args)-1]
	e.add(without(predicate, variablesOf(call))...)
	if x, ok := e.nearestElement(call, elements, predicate); ok {
		e.note("the nearest is " + e.text(e.at(call.Target(), x.key)))
		e.why(e.bind(call, x, predicate), false)
	}
}

// without are the largest parts of an expression that read none of the
// variables: they are the same for every element.
func without(x ast.Expr, variables []string) []ast.Expr {
	free := true
	ast.PostOrderVisit(x, ast.NewExprVisitor(func(part ast.Expr) {
		free = free && (part.Kind() != ast.IdentKind || !slices.Contains(variables, part.AsIdent()))
	}))
	if free {
		return []ast.Expr{x}
	}
	var parts []ast.Expr
	switch x.Kind() {
	case ast.SelectKind:
		return without(x.AsSelect().Operand(), variables)
	case ast.ListKind:
		for _, item := range x.AsList().Elements() {
			parts = append(parts, without(item, variables)...)
		}
	case ast.CallKind:
		call := x.AsCall()
		variables = append(slices.Clone(variables), variablesOf(call)...)
		for _, source := range sources(call) {
			parts = append(parts, without(source, variables)...)
		}
	}
	return parts
}

// variablesOf are the variables of a macro.
func variablesOf(call ast.CallExpr) []string {
	var names []string
	for _, arg := range call.Args()[:variables(call)] {
		names = append(names, arg.AsIdent())
	}
	return names
}

// maxNearest is the number of elements that are asked how near they are.
const maxNearest = 50

// nearestElement is the element for which most parts of a condition with &&
// hold. There is none where none holds for any, or where the keys are secret.
func (e *explainer) nearestElement(call ast.CallExpr, elements []element, condition ast.Expr) (element, bool) {
	if condition.Kind() != ast.CallKind || condition.AsCall().FunctionName() != operators.LogicalAnd {
		return element{}, false
	}
	var nearest element
	most := 0
	for _, x := range elements[:min(len(elements), maxNearest)] {
		if kindOf(x.key) == spec.Text && e.hides(call.Target()) {
			return element{}, false
		}
		holding := 0
		for _, part := range condition.AsCall().Args() {
			if v, ok := e.value(e.bind(call, x, part)); ok && isBool(v, true) {
				holding++
			}
		}
		if holding > most {
			nearest, most = x, holding
		}
	}
	return nearest, most > 0
}
