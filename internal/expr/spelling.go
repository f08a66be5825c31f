package expr

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/containers"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// Numbers keep their spelling on their way through an expression: look-ups,
// literals, conditions, optionals, map() and filter() hand values on as they are.
// CEL's functions know only CEL's own numbers, and get those: each operand of a
// call passes through native, unless the function is one of keeping.

// keeping are the functions that hand values on, or compare and write them as
// they are spelled. The number is that of the operands that count: an index and
// a key are CEL's own in any case.
var keeping = map[string]int{
	operators.Conditional: 3, operators.Index: 1, operators.OptIndex: 1, operators.OptSelect: 1, operators.NotStrictlyFalse: 1,
	operators.LogicalAnd: 2, operators.LogicalOr: 2, operators.LogicalNot: 1, operators.Add: 2, "dyn": 1, "size": 1, "string": 1,
	operators.In: 2, operators.Equals: 2, operators.NotEquals: 2, operators.Less: 2, operators.LessEquals: 2, operators.Greater: 2, operators.GreaterEquals: 2,
	"optional.of": 1, "optional.ofNonZeroValue": 1, "or": 2, "orValue": 2, "value": 1, "optional.unwrap": 1, "unwrapOpt": 1,
	"first": 1, "last": 1, "slice": 1, "reverse": 1, "flatten": 1,
	"gjson": 1, "merge": 2, "json.encode": 1,
}

// mapInsert is what transformMap() builds maps with: a map, a key where there is
// one, and a value.
const mapInsert = "cel.@mapInsert"

// nativeOperands are the nodes whose values CEL must know.
func nativeOperands(a *ast.AST) map[int64]bool {
	out := map[int64]bool{}
	mark := func(es ...ast.Expr) {
		for _, e := range es {
			if mayHoldNumbers(a.GetType(e.ID())) && e.Kind() != ast.LiteralKind {
				out[e.ID()] = true
			}
		}
	}
	ast.PostOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.CallKind:
			mark(computedWith(e.AsCall())...)
		case ast.MapKind:
			for _, entry := range e.AsMap().Entries() {
				mark(entry.AsMapEntry().Key())
			}
		case ast.StructKind:
			for _, field := range e.AsStruct().Fields() {
				mark(field.AsStructField().Value())
			}
		}
	}))
	return out
}

// computedWith are the operands that a call does more with than hand them on.
func computedWith(call ast.CallExpr) []ast.Expr {
	given := operands(call)
	switch n, keeps := keeping[call.FunctionName()]; {
	case call.FunctionName() == mapInsert:
		return given[1 : len(given)-1]
	case keeps:
		return given[min(n, len(given)):]
	}
	return given
}

// mayHoldNumbers tells whether a value of the type may be or hold a number.
func mayHoldNumbers(t *types.Type) bool {
	kinds := []types.Kind{types.StringKind, types.BoolKind, types.BytesKind, types.TimestampKind, types.DurationKind, types.TypeKind}
	return t == nil || !slices.Contains(kinds, t.Kind())
}

// nativeArguments is the decorator that puts native around what must pass it.
func nativeArguments(a *ast.AST) cel.ProgramOption {
	marked := nativeOperands(a)
	return cel.CustomDecoratorV2(func(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
		if _, constant := i.(interpreter.InterpretableConst); constant || !marked[i.ID()] {
			return i, nil
		}
		argument := &nativeArgument{i}
		if attribute, ok := i.(interpreter.InterpretableAttribute); ok {
			return newNativeAttribute(attribute, argument), nil
		}
		return argument, nil
	})
}

// nativeArgument is an operand as CEL's own types have it.
type nativeArgument struct{ interpreter.InterpretableV2 }

// Exec evaluates the operand.
func (n *nativeArgument) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	return native(n.InterpretableV2.Exec(frame))
}

// Eval evaluates the operand.
func (n *nativeArgument) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, n.Exec)
}

// nativeAttribute is an operand that is a look-up. As an index it is asked to
// look itself up in what it indexes, for which CEL looks past the operand, so
// that the attribute of a computed value stands in for it.
type nativeAttribute struct {
	interpreter.InterpretableAttribute
	argument *nativeArgument
	computed interpreter.Attribute
}

func newNativeAttribute(of interpreter.InterpretableAttribute, argument *nativeArgument) *nativeAttribute {
	factory := interpreter.NewAttributeFactory(containers.DefaultContainer, of.Adapter(), nil)
	return &nativeAttribute{of, argument, factory.RelativeAttribute(of.ID(), argument)}
}

// Exec evaluates the operand.
func (n *nativeAttribute) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	return n.argument.Exec(frame)
}

// Eval evaluates the operand.
func (n *nativeAttribute) Eval(vars interpreter.Activation) ref.Val { return n.argument.Eval(vars) }

// Attr is the attribute that CEL resolves instead of evaluating the operand.
func (n *nativeAttribute) Attr() interpreter.Attribute { return n.computed }

// AddQualifier adds a look-up behind the operand.
func (n *nativeAttribute) AddQualifier(q interpreter.Qualifier) (interpreter.Attribute, error) {
	return n.computed.AddQualifier(q)
}

// Resolve evaluates the operand.
func (n *nativeAttribute) Resolve(vars interpreter.Activation) (any, error) {
	return n.computed.Resolve(vars)
}

// Qualify looks the value of the operand up in obj.
func (n *nativeAttribute) Qualify(vars interpreter.Activation, obj any) (any, error) {
	return n.computed.Qualify(vars, obj)
}

// QualifyIfPresent looks the value of the operand up in obj, where it may be missing.
func (n *nativeAttribute) QualifyIfPresent(vars interpreter.Activation, obj any, presenceOnly bool) (any, bool, error) {
	return n.computed.QualifyIfPresent(vars, obj, presenceOnly)
}

// native returns a value in which CEL finds only its own numbers, however deep it
// looks. Lists and maps are not copied.
func native(v ref.Val) ref.Val {
	switch v := v.(type) {
	case *number:
		return v.Val
	case *nativeList, *nativeMap, *foldedMap, cookieMap:
		return v
	case traits.Lister:
		return &nativeList{v}
	case traits.Mapper:
		return &nativeMap{v}
	case *types.Optional:
		if v.HasValue() {
			return types.OptionalOf(native(v.GetValue()))
		}
	}
	return v
}

// asSpelled undoes native.
func asSpelled(v ref.Val) ref.Val {
	switch v := v.(type) {
	case *nativeList:
		return v.Lister
	case *nativeMap:
		return v.Mapper
	}
	return v
}

// nativeList is a list whose elements are native.
type nativeList struct{ traits.Lister }

// nativeMap is a map whose values are native.
type nativeMap struct{ traits.Mapper }

var (
	_ traits.Zeroer = (*nativeList)(nil)
	_ traits.Zeroer = (*nativeMap)(nil)
)

// Get returns an element, or an error.
func (l *nativeList) Get(index ref.Val) ref.Val { return native(l.Lister.Get(index)) }

// Contains tells whether an element equals v.
func (l *nativeList) Contains(v ref.Val) ref.Val { return contains(l.Lister, v) }

// Equal compares with any CEL list.
func (l *nativeList) Equal(other ref.Val) ref.Val { return equal(l, other) }

// IsZeroValue tells whether there are no elements.
func (l *nativeList) IsZeroValue() bool { return l.Size() == types.IntZero }

// Iterator walks the elements.
func (l *nativeList) Iterator() traits.Iterator { return &nativeIterator{l.Lister.Iterator()} }

// nativeIterator walks elements as CEL's own types have them.
type nativeIterator struct{ traits.Iterator }

// Next returns the next element.
func (it *nativeIterator) Next() ref.Val { return native(it.Iterator.Next()) }

// Find returns the value of a key, or false where there is none.
func (m *nativeMap) Find(key ref.Val) (ref.Val, bool) {
	v, found := m.Mapper.Find(key)
	return native(v), found
}

// Get returns the value of a key, or an error.
func (m *nativeMap) Get(key ref.Val) ref.Val { return native(m.Mapper.Get(key)) }

// Equal compares with any CEL map.
func (m *nativeMap) Equal(other ref.Val) ref.Val { return equal(m, other) }

// IsZeroValue tells whether there are no members.
func (m *nativeMap) IsZeroValue() bool { return m.Size() == types.IntZero }
