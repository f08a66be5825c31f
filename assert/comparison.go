package assert

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// compare shows both sides of a comparison: with their kinds where it is these
// that differ, and of long ones what stands around the first difference. A side
// that is written out in the expression stands behind the other.
func (e *explainer) compare(operator string, left, right ast.Expr) {
	if isConstant(left) && !isConstant(right) && operator != operators.In {
		left, right = right, left
	}
	a, okA := e.value(left)
	b, okB := e.value(right)
	switch {
	case operator == operators.Equals && e.compareBytes(left, right):
	case !okA || !okB || e.hides(left) || e.hides(right):
		e.compareHidden(left, right, a, b, okA && okB)
	case isScalar(a) && isScalar(b) && kindOf(a) != kindOf(b):
		e.sides(left, right, e.typed(a), e.typed(b), true)
	case operator == operators.In:
		e.add(left, right)
		e.whyNotIn(left, right, b)
		return
	case operator == operators.Equals && kindOf(a) == kindOf(b):
		found, want := e.near(a, b, maxShown)
		e.sides(left, right, found, want, want != e.show(b))
		if note := e.lookalike(b, a); note != "" {
			e.note(note)
		}
	default:
		e.add(left, right)
		return
	}
	e.add(e.given(left)...)
	e.add(e.given(right)...)
}

func isScalar(v gjson.Result) bool { return kindOf(v) != spec.List && kindOf(v) != spec.Map }

// compareHidden is compare where a side has no value or one that is not shown.
func (e *explainer) compareHidden(left, right ast.Expr, a, b gjson.Result, known bool) {
	if !known || !isScalar(a) || !isScalar(b) || kindOf(a) == kindOf(b) {
		e.add(left, right)
		return
	}
	e.sides(left, right, e.typedPart(left, a), e.typedPart(right, b), true)
}

func (e *explainer) typedPart(x ast.Expr, v gjson.Result) string {
	if e.hides(x) {
		return hidden + " (" + kindOf(v).String() + ")"
	}
	return e.typed(v)
}

// sides adds the values of both sides. That of a constant is there to be seen,
// unless always is true.
func (e *explainer) sides(left, right ast.Expr, a, b string, always bool) {
	if isConstant(left) && !always { // the key of an element, which is shown
		return
	}
	e.line(left, a)
	switch {
	case !isConstant(right):
		e.line(right, b)
	case always:
		e.note("compared with " + b)
	}
}

// whyNotIn names the key of a map that was probably meant.
func (e *explainer) whyNotIn(left, right ast.Expr, in gjson.Result) {
	v, ok := e.value(left)
	if ok && kindOf(v) == spec.Text && kindOf(in) == spec.Map && !e.hides(left) && !e.hides(right) {
		if near := spec.Closest(v.Str, keysOf(in)); near != "" {
			e.note("did you mean " + e.quoteIn(near, maxShownInDiff) + "?")
		}
	}
}
