package assert

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/apicel/apicel/internal/expr"
)

// hides tells whether the value of a part must not be shown: it is computed
// from a secret of the suite, or from a value that contains one. A part that
// cannot be told is hidden.
//
// What is only looked up, as body.token, is shown: it has the secret as a whole,
// which the redactor finds. What is made of it, as body.token.substring(0, 20),
// is a text that no redactor knows.
func (e *explainer) hides(x ast.Expr) bool {
	part := e.part(e.text(x))
	return part == nil || e.secret(part.Refs()) || e.derived(x)
}

// derived tells whether a part is text, bytes, a list or a map that is made of
// a value with a secret. A number or a boolean says too little of it.
func (e *explainer) derived(x ast.Expr) bool {
	switch x.Kind() {
	case ast.SelectKind:
		return e.derived(x.AsSelect().Operand())
	case ast.ListKind:
		return slices.ContainsFunc(x.AsList().Elements(), e.derived)
	case ast.MapKind:
		return slices.ContainsFunc(x.AsMap().Entries(), func(entry ast.EntryExpr) bool {
			return e.derived(entry.AsMapEntry().Key()) || e.derived(entry.AsMapEntry().Value())
		})
	case ast.CallKind:
		return e.madeOfSecret(x)
	}
	return false
}

func (e *explainer) madeOfSecret(x ast.Expr) bool {
	call := x.AsCall()
	switch {
	case picks(call):
		return slices.ContainsFunc(sources(call), e.derived)
	case call.FunctionName() == operators.Conditional:
		return slices.ContainsFunc(call.Args()[1:], e.derived)
	}
	if v, ok := e.result(e.text(x)); ok && saysLittle(v) {
		return false
	}
	return slices.ContainsFunc(sources(call), e.tainted)
}

// picking are the calls that give a value, or elements, as they are.
var picking = []string{
	operators.Index, operators.OptIndex, operators.OptSelect, "filter", "first", "last", "value", "or", "orValue", "dyn",
}

// picks tells whether a call only looks something up. gjson does where its path
// is made of keys; its modifiers compute.
func picks(call ast.CallExpr) bool {
	if call.FunctionName() != "gjson" {
		return slices.Contains(picking, call.FunctionName())
	}
	args := call.Args()
	text, ok := args[len(args)-1].AsLiteral().(types.String)
	return ok && newPath(string(text)).keys != nil
}

// sources are the parts that the value of a call comes from.
func sources(call ast.CallExpr) []ast.Expr {
	args := call.Args()
	args = args[variables(call):]
	if call.IsMemberFunction() {
		return append([]ast.Expr{call.Target()}, args...)
	}
	return args
}

// tainted tells whether the value of a part contains a secret or is made of one.
// Of a part that has no value by itself, as inside a macro, those inside it are
// asked.
func (e *explainer) tainted(x ast.Expr) bool {
	if isConstant(x) { // the key of a map may have been put into it
		text := e.text(x)
		return e.hide(text) != text
	}
	if v, ok := e.result(e.text(x)); ok {
		return e.containsSecret(e.text(x), v) || e.derived(x)
	}
	if e.limit.Err() != nil {
		return true
	}
	switch x.Kind() {
	case ast.SelectKind:
		return e.tainted(x.AsSelect().Operand())
	case ast.ListKind:
		return slices.ContainsFunc(x.AsList().Elements(), e.tainted)
	case ast.MapKind:
		return slices.ContainsFunc(x.AsMap().Entries(), func(entry ast.EntryExpr) bool {
			return e.tainted(entry.AsMapEntry().Key()) || e.tainted(entry.AsMapEntry().Value())
		})
	case ast.CallKind:
		return slices.ContainsFunc(sources(x.AsCall()), e.tainted)
	}
	return false
}

// containsSecret tells whether the redactor finds something in a value. One
// that cannot be looked at may have anything.
func (e *explainer) containsSecret(text string, v ref.Val) bool {
	if e.redact == nil || saysLittle(v) {
		return false
	}
	if leaky, known := e.leaky[text]; known {
		return leaky
	}
	plain, err := plainText(v)
	e.leaky[text] = err != nil || e.redact(plain) != plain
	return e.leaky[text]
}

func plainText(v ref.Val) (string, error) {
	switch v := v.(type) {
	case types.String:
		return string(v), nil
	case types.Bytes:
		return string(v), nil
	}
	raw, err := expr.ToJSON(v)
	return string(raw), err
}

// saysLittle holds of numbers, booleans, times and null.
func saysLittle(v ref.Val) bool {
	switch v.(type) {
	case types.String, types.Bytes, traits.Lister, traits.Mapper, *types.Optional:
		return false
	}
	return true
}
