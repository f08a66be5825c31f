package expr

import (
	"cmp"
	"fmt"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	celfunctions "cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// The limits of one evaluation. The number of steps is the one that counts: it
// gives the same result on every machine. The deadline catches what steps do
// not measure, since looking a field up counts as one however far it must look.
const (
	// MaxSteps is CEL's cost, roughly the number of operations.
	MaxSteps = 20_000_000
	// MaxTime is for how long one evaluation may run.
	MaxTime = 5 * time.Second
	// MaxRange is the length of what lists.range gives.
	MaxRange = 1_000_000
	// maxWork bounds functions that do their work in one step: pairs of
	// elements compared by distinct and sets, bytes that replace and join make,
	// elements that flatten makes.
	maxWork = 100_000_000
	// interruptEvery is how many turns of a loop pass between looks at the clock.
	interruptEvery = 100
)

func programOptions(checked *ast.AST, steps uint64) []cel.ProgramOption {
	return []cel.ProgramOption{
		cel.EvalOptions(cel.OptOptimize),
		cel.CostLimit(steps),
		cel.InterruptCheckFrequency(interruptEvery),
		cel.CostTracking(operatorCosts{}),
		nativeArguments(checked),
		cel.CustomDecoratorV2(ownCalls),
	}
}

// operatorCosts counts what in looks at whatever the types are, which CEL does
// only where it knows them before, and what counted calls are charged.
type operatorCosts struct{}

// CallCost returns the steps of a charge or of in, and nil for any other.
func (operatorCosts) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	var n uint64
	switch {
	case function == chargeFunction:
		steps, _ := args[0].(types.Int)
		n = uint64(1 + max(steps, 0))
	case function == operators.In && len(args) == 2:
		n = uint64(1 + size(args[1]))
	default:
		return nil
	}
	return &n
}

// bytesPerStep is how many bytes CEL takes for one step of its own functions.
const bytesPerStep = 10

// ownCalls makes calls of the functions in workOf refuse what would be too much
// work, and compares integers beyond 64 bits. It takes the place of the call and
// not a place before it, so that the arguments are evaluated once: chains of such
// calls would else take time that doubles with each, and uuid() in an argument
// would give two values.
func ownCalls(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok || !isOwn(call.Function()) {
		return i, nil
	}
	all, err := implementations()
	if err != nil {
		return nil, err
	}
	function := call.Function()
	do := cmp.Or(all[call.OverloadID()], all[function])
	if o := newOperation(call, do); o != nil {
		return o, nil
	}
	if do == nil {
		return nil, fmt.Errorf("%s has no implementation", function)
	}
	if constantFolds[function] && len(call.Args()) == 1 {
		if _, constant := call.Args()[0].(interpreter.InterpretableConst); constant {
			return i, nil
		}
	}
	return newCounted(call, do), nil
}

// newOperation returns what takes the place of an operator that compares, or nil
// for other calls.
func newOperation(call interpreter.InterpretableCall, do *celfunctions.Overload) *operation {
	args := call.Args()
	native := func(a, b ref.Val) ref.Val {
		a, b = unspelled(a), unspelled(b)
		if do == nil || do.Binary == nil || do.OperandTrait != 0 && !a.Type().HasTrait(do.OperandTrait) {
			return types.NoSuchOverloadErr()
		}
		return do.Binary(a, b)
	}
	act := operator(call.Function(), native)
	if act == nil || len(args) != 2 {
		return nil
	}
	o := &operation{call, args[0], args[1], call.OverloadID(), act}
	if call.Function() == operators.In {
		o.overload = "" // among constants CEL would look for the very type
	}
	return o
}

// isOwn tells whether ownCalls takes the place of the calls of a function.
func isOwn(function string) bool {
	switch function {
	case operators.Equals, operators.NotEquals, operators.In:
		return true
	}
	return workOf[function] != nil || ordered[function] != nil
}

func tooMuch(function string) ref.Val {
	name := function + "()"
	if op, ok := operators.FindReverse(function); ok {
		name = op
	}
	return types.WrapErr(&EvalError{
		Message: name + " would be too much work for values of this size",
		Hint:    "make them smaller first, for example with filter() or slice()",
	})
}

// apply calls a function by the form that it has for so many arguments.
func apply(do *celfunctions.Overload, args []ref.Val) ref.Val {
	switch {
	case do.OperandTrait != 0 && !args[0].Type().HasTrait(do.OperandTrait):
	case len(args) == 1 && do.Unary != nil:
		return do.Unary(args[0])
	case len(args) == 2 && do.Binary != nil:
		return do.Binary(args[0], args[1])
	case do.Function != nil:
		return do.Function(args...)
	}
	return types.NoSuchOverloadErr()
}

// implementations are the functions of ownCalls, by the names of their overloads
// and, for calls whose types are known only then, by their own.
var implementations = sync.OnceValues(func() (map[string]*celfunctions.Overload, error) {
	env, err := base()
	if err != nil {
		return nil, err
	}
	all := map[string]*celfunctions.Overload{}
	for name, declared := range env.Functions() {
		if !isOwn(name) {
			continue
		}
		bindings, err := declared.Bindings()
		if err != nil {
			return nil, err
		}
		for _, b := range bindings {
			all[b.Operator] = b
		}
	}
	return all, nil
})

// size is the number of elements of a list or bytes of text or bytes, 0 of others.
func size(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v)
	case types.Bytes:
		return len(v)
	case traits.Lister:
		n, _ := v.Size().(types.Int)
		return int(n)
	}
	return 0
}

// times multiplies without overflow.
func times(a, b int) int {
	if a != 0 && b > maxWork/a+1 {
		return maxWork + 1
	}
	return a * b
}
