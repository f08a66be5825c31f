package expr

import (
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// equal is CEL's ==, but for numbers that a double does not hold, which it compares
// digit by digit (see compareExact): as doubles, different ones would be equal.
func equal(a, b ref.Val) ref.Val { return equalWithin(a, b, maxWork) }

// equalWithin is equal with another limit than maxWork.
func equalWithin(a, b ref.Val, work int) ref.Val {
	c := comparison{left: work}
	same := c.equal(a, b)
	switch {
	case c.left <= 0:
		return tooMuch(operators.Equals)
	case c.fault != nil:
		return c.fault
	}
	return types.Bool(same)
}

// comparison counts down what it compares, because values that hold the same
// value many times are larger than the memory they take.
type comparison struct {
	left int
	// fault is the error that a value is, such as that of a key which stands twice.
	fault ref.Val
}

func (c *comparison) equal(a, b ref.Val) bool {
	if c.left--; c.left <= 0 {
		return false
	}
	a, b = asSpelled(a), asSpelled(b)
	for _, v := range [2]ref.Val{a, b} {
		if types.IsError(v) {
			c.fault = v
			return false
		}
	}
	switch x := a.(type) {
	case *jsonMap:
		if y, ok := b.(*jsonMap); ok && x.raw == y.raw {
			return true
		}
	case *jsonList:
		if y, ok := b.(*jsonList); ok && x.raw == y.raw {
			return true
		}
	case *types.Optional:
		y, ok := b.(*types.Optional)
		if ok && x.HasValue() && y.HasValue() {
			return c.equal(x.GetValue(), y.GetValue())
		}
	}
	if order, ok := compareExact(a, b); ok {
		return order == 0
	}
	if x, ok := a.(traits.Lister); ok {
		y, ok := b.(traits.Lister)
		return ok && c.lists(x, y)
	}
	if x, ok := a.(traits.Mapper); ok {
		y, ok := b.(traits.Mapper)
		return ok && c.maps(x, y)
	}
	return types.Equal(unspelled(a), unspelled(b)) == types.True
}

func (c *comparison) lists(a, b traits.Lister) bool {
	if a.Size() != b.Size() {
		return false
	}
	as, bs := a.Iterator(), b.Iterator()
	for as.HasNext() == types.True {
		if !c.equal(as.Next(), bs.Next()) {
			return false
		}
	}
	return true
}

func (c *comparison) maps(a, b traits.Mapper) bool {
	if a.Size() != b.Size() {
		return false
	}
	for keys := a.Iterator(); keys.HasNext() == types.True; {
		key := keys.Next()
		x, _ := a.Find(key)
		y, found := b.Find(key)
		if !found || !c.equal(x, y) {
			return false
		}
	}
	return true
}

// contains tells whether a list holds a value.
func contains(l traits.Lister, v ref.Val) ref.Val {
	c := comparison{left: maxWork}
	for it := l.Iterator(); it.HasNext() == types.True; {
		if c.equal(v, it.Next()) {
			return types.True
		}
		if c.left <= 0 {
			return tooMuch(operators.In)
		}
	}
	if c.fault != nil {
		return c.fault
	}
	return types.False
}

// ordered are the operators that hold for an order of their operands.
var ordered = map[string]func(order int) bool{
	operators.Less:          func(o int) bool { return o < 0 },
	operators.LessEquals:    func(o int) bool { return o <= 0 },
	operators.Greater:       func(o int) bool { return o > 0 },
	operators.GreaterEquals: func(o int) bool { return o >= 0 },
}

// operator is what a call of an operator does with two operands as they are
// spelled; otherwise is CEL's own implementation.
func operator(function string, otherwise func(a, b ref.Val) ref.Val) func(a, b ref.Val) ref.Val {
	switch function {
	case operators.Equals:
		return equal
	case operators.NotEquals:
		return func(a, b ref.Val) ref.Val {
			same := equal(a, b)
			if b, ok := same.(types.Bool); ok {
				return !b
			}
			return same
		}
	case operators.In:
		return func(a, b ref.Val) ref.Val {
			if l, ok := asSpelled(b).(traits.Lister); ok {
				return contains(l, a)
			}
			return otherwise(a, b)
		}
	}
	holds := ordered[function]
	if holds == nil {
		return nil
	}
	return func(a, b ref.Val) ref.Val {
		if order, ok := compareExact(a, b); ok {
			return types.Bool(holds(order))
		}
		return otherwise(a, b)
	}
}

// operation is a call of an operator with two operands.
type operation struct {
	interpreter.InterpretableCall
	left, right interpreter.InterpretableV2
	overload    string
	do          func(a, b ref.Val) ref.Val
}

// OverloadID is what the cost of the call goes by.
func (o *operation) OverloadID() string { return o.overload }

// Exec evaluates the operands and then the operator.
func (o *operation) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	left := o.left.Exec(frame)
	if types.IsUnknownOrError(left) {
		return left
	}
	right := o.right.Exec(frame)
	if types.IsUnknownOrError(right) {
		return right
	}
	result := types.LabelErrNode(o.ID(), o.do(left, right))
	if costs := frame.CostTracker(); costs != nil {
		costs.EvalBinary(frame, o.ID(), o, left, right, result)
	}
	return result
}

// Eval evaluates the operands and then the operator.
func (o *operation) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, o.Exec)
}
