package expr

import (
	"regexp"

	celfunctions "cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// counted is a call of a function in workOf. Its work is counted before it is
// done: too much for one call is an error, and what the calls of an evaluation
// add up to ends it, as any other steps do.
type counted struct {
	call    interpreter.InterpretableCall
	args    []interpreter.InterpretableV2
	do      *celfunctions.Overload
	work    func(args []ref.Val) int
	pattern *regexp.Regexp // of a search whose regular expression is constant
}

func newCounted(call interpreter.InterpretableCall, do *celfunctions.Overload) *counted {
	c := &counted{call: call, args: call.Args(), do: do, work: workOf[call.Function()]}
	if searches[call.Function()] && len(c.args) > 1 {
		if v, ok := c.args[1].(interpreter.InterpretableConst); ok {
			s, _ := v.Value().(types.String)
			c.pattern, _ = regexp.Compile(string(s)) // what is no pattern is the function's to say
		}
	}
	return c
}

// ID is that of the call.
func (c *counted) ID() int64 { return c.call.ID() }

// Eval evaluates the arguments and then the call.
func (c *counted) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, c.Exec)
}

// Exec evaluates the arguments and then the call.
func (c *counted) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	args := make([]ref.Val, len(c.args))
	for i, arg := range c.args {
		v := arg.Exec(frame)
		if types.IsUnknownOrError(v) {
			return v
		}
		if args[i] = v; c.call.Function() != "string" { // which keeps the spelling
			args[i] = unspelled(v)
		}
	}
	return types.LabelErrNode(c.ID(), c.exec(frame, args))
}

func (c *counted) exec(frame *interpreter.ExecutionFrame, args []ref.Val) ref.Val {
	if searches[c.call.Function()] {
		return c.search(frame, args)
	}
	work := c.work(args)
	if work > maxWork && !unlimited[c.call.Function()] {
		return tooMuch(c.call.Function())
	}
	if stop := c.charge(frame, work/bytesPerStep); stop != nil {
		return stop
	}
	return apply(c.do, args)
}

// search counts a search by a regular expression.
func (c *counted) search(frame *interpreter.ExecutionFrame, args []ref.Val) ref.Val {
	text, isText := args[0].(types.String)
	pattern, isPattern := args[1].(types.String)
	if !isText || !isPattern {
		return apply(c.do, args)
	}
	re := c.pattern
	if re == nil {
		var err error
		if re, err = regexp.Compile(string(pattern)); err != nil {
			return apply(c.do, args)
		}
	}
	steps := SearchSteps(re)
	if err := CheckSearch(steps, len(text)); err != nil {
		return types.WrapErr(err)
	}
	work := c.work(args)
	if work > maxWork {
		return tooMuch(c.call.Function())
	}
	if stop := c.charge(frame, steps*len(text)/searchPerStep+work/bytesPerStep); stop != nil {
		return stop
	}
	if c.call.Function() == "matches" {
		return types.Bool(re.MatchString(string(text)))
	}
	return apply(c.do, args)
}

// charge counts steps, and looks at the clock where they are many: CEL does so
// only at the turns of loops, and a few of these may take seconds.
func (c *counted) charge(frame *interpreter.ExecutionFrame, steps int) ref.Val {
	if costs := frame.CostTracker(); costs != nil {
		costs.EvalUnary(frame, c.ID(), charge{}, types.Int(steps), nil)
	}
	for range min(interruptEvery, steps/interruptEvery) {
		if frame.CheckInterrupt() {
			return types.WrapErr(interpreter.InterruptError{})
		}
	}
	return nil
}

// charge stands for a call whose only argument is what it costs (see
// operatorCosts), so that it is counted before it is made.
type charge struct{}

// Function is a name that no expression can call.
func (charge) Function() string { return chargeFunction }

// OverloadID is none.
func (charge) OverloadID() string { return "" }

const chargeFunction = "@charge"
