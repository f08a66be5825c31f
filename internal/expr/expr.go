package expr

import (
	"context"
	"errors"
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"github.com/apicel/apicel/spec"
)

// Expr is a compiled CEL expression. It is safe for concurrent use.
type Expr struct {
	unit *unit
	src  spec.String
	refs Refs
}

func newExpr(u *unit, src spec.String) *Expr {
	e := &Expr{unit: u, src: src, refs: u.refs}
	e.refs.Captures = make([]CaptureRef, len(u.refs.Captures))
	for i, c := range u.refs.Captures {
		c.Pos = src.At(u.at[i])
		e.refs.Captures[i] = c
	}
	if e.refs.Row || e.refs.RowIndex {
		e.refs.RowPos = src.At(u.rowAt)
	}
	return e
}

// Source returns the text of the expression.
func (e *Expr) Source() spec.String { return e.src }

// Type returns the type of the result as far as it is known, else dyn.
func (e *Expr) Type() *cel.Type { return e.unit.typ }

// Refs returns what the expression reads.
func (e *Expr) Refs() Refs { return e.refs }

// AST returns the checked expression, for those who explain a result from its
// parts. It must not be changed.
func (e *Expr) AST() *ast.AST { return e.unit.ast }

// Env returns the environment that the expression was compiled in.
func (e *Expr) Env() *cel.Env { return e.unit.env }

// Eval evaluates the expression. A number that nothing is computed with keeps
// its JSON spelling (see [Native]). Errors are *[EvalError]; they wrap the cause of
// ctx where that ended the evaluation.
func (e *Expr) Eval(ctx context.Context, a *Activation) (ref.Val, error) {
	f := (*frame)(a)
	if e.unit.path != nil {
		if v, ok := e.unit.path.lookUp(f); ok {
			return v, nil
		}
	}
	if e.unit.loops {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, MaxTime, errTooLong)
		defer cancel()
	}
	v, _, err := e.unit.prog.ContextEval(ctx, e.unit.activation(f))
	if err != nil {
		return nil, e.explain(ctx, a, err)
	}
	return asSpelled(v), nil
}

// EvalBool evaluates an expression that must give a bool.
func (e *Expr) EvalBool(ctx context.Context, a *Activation) (bool, error) {
	v, err := e.Eval(ctx, a)
	if err != nil {
		return false, err
	}
	b, ok := v.(types.Bool)
	if !ok {
		return false, &EvalError{Pos: e.src.At(0), Message: fmt.Sprintf("the expression gives %s, expected bool", valueType(v))}
	}
	return bool(b), nil
}

// EvalError is what went wrong in an evaluation and what to do about it.
type EvalError struct {
	Pos spec.Pos
	// Message says what was found and what was expected. It may quote values,
	// so it must pass the redactor before it is shown.
	Message string
	// Hint is one next step, or "".
	Hint string
	// Missing tells that something was read that is not there: a key, an element,
	// a header, the value of an optional, or what a gjson path leads to.
	Missing bool

	cause error
}

// Error returns the message alone.
func (e *EvalError) Error() string { return e.Message }

// Unwrap returns what caused the error, or nil.
func (e *EvalError) Unwrap() error { return e.cause }

// MissingEnvError is the cause of an EvalError where an environment variable
// that is read without a default is not set.
type MissingEnvError struct{ Name string }

// Error names the variable.
func (e *MissingEnvError) Error() string {
	return fmt.Sprintf("the environment variable %s is not set", e.Name)
}

var errTooLong = errors.New("the evaluation takes too long")

// stopped says what ended an evaluation before its result, or nil.
func (e *Expr) stopped(ctx context.Context, err error) *EvalError {
	out := &EvalError{Pos: e.src.At(0)}
	var cancelled interpreter.EvalCancelledError
	switch {
	case errors.As(err, &cancelled):
		out.Message = fmt.Sprintf("the expression does too much work: it was stopped after %d million steps", e.unit.steps/1_000_000)
		out.Hint = "loop over fewer elements, or not over one list inside another"
	case !errors.Is(err, interpreter.InterruptError{}):
		return nil
	case errors.Is(context.Cause(ctx), errTooLong):
		out.Message = fmt.Sprintf("the expression takes longer than %v", MaxTime)
		out.Hint = "loop over fewer elements, or not over one list inside another"
	default:
		out.cause = context.Cause(ctx)
		out.Message = fmt.Sprintf("the evaluation was stopped: %v", out.cause)
	}
	return out
}
