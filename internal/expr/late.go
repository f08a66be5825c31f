package expr

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// functionActivation adds the functions that draw from the activation. It is
// made only for programs, so that Activation itself has no methods of CEL's.
type functionActivation struct{ *frame }

// fileActivation adds file() to them, which depends on where the expression
// stands. It is apart because a struct of one pointer costs no allocation.
type fileActivation struct {
	functionActivation
	unit *unit
}

var (
	_ cel.FunctionActivation = functionActivation{}
	_ cel.FunctionActivation = fileActivation{}
)

// activation is what the program of the unit is evaluated with.
func (u *unit) activation(f *frame) cel.Activation {
	if u.readsFiles {
		return fileActivation{functionActivation{f}, u}
	}
	return functionActivation{f}
}

// ResolveFunction returns the implementation of a function bound late.
func (f fileActivation) ResolveFunction(name string) (cel.LateBoundFunction, bool) {
	if name != fileFunction {
		return f.functionActivation.ResolveFunction(name)
	}
	return func(_ string, args ...ref.Val) ref.Val {
		path, _ := args[0].(types.String)
		return f.unit.readFile(string(path))
	}, true
}

// ResolveFunction returns the implementation of a function bound late.
func (f functionActivation) ResolveFunction(name string) (cel.LateBoundFunction, bool) {
	switch name {
	case "now":
		return func(string, ...ref.Val) ref.Val { return types.Timestamp{Time: f.now()} }, true
	case "header_values":
		return func(_ string, args ...ref.Val) ref.Val {
			name, _ := args[0].(types.String)
			return f.headerValues(string(name))
		}, true
	case "uuid":
		return func(string, ...ref.Val) ref.Val {
			if f.Rand == nil {
				return noRandom(name)
			}
			return types.String(newUUID(f.Rand))
		}, true
	case "random_int":
		return func(_ string, args ...ref.Val) ref.Val {
			if f.Rand == nil {
				return noRandom(name)
			}
			lo, _ := args[0].(types.Int)
			hi, _ := args[1].(types.Int)
			return randomInt(f.Rand, lo, hi)
		}, true
	}
	return nil, false
}

func noRandom(name string) ref.Val {
	return types.WrapErr(&EvalError{
		Message: fmt.Sprintf("%s() cannot be used here: there is no query whose random numbers it could draw", name),
		Hint:    "use it in a var, a query or a check",
	})
}

func (f *frame) headerValues(name string) ref.Val {
	if f.Response == nil {
		return types.WrapErr(&EvalError{Message: "header_values() cannot be used here: there is no answer"})
	}
	return types.NewStringList(types.DefaultTypeAdapter, headerValues(f.Response.Header, name))
}
