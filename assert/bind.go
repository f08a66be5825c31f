package assert

import (
	"context"
	"errors"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// operand makes the JSON text of an operand that is not the same for every
// answer.
type operand interface {
	Bytes(ctx context.Context, a *expr.Activation) ([]byte, error)
}

// operandError is an operand whose value the matcher cannot work with. What
// the file says outright is refused when it is compiled; this is about what a
// template gave.
type operandError struct {
	pos spec.Pos
	err error
}

func (e *operandError) Error() string { return e.err.Error() }

// bind gives the operands of m their values for one activation. It returns m
// itself where they are constant.
func (m *matcher) bind(ctx context.Context, a *expr.Activation) (*matcher, error) {
	if !m.dynamic {
		return m, nil
	}
	bound := &matcher{ops: make([]*op, len(m.ops))}
	for i, o := range m.ops {
		b, err := o.bind(ctx, a)
		if err != nil {
			return nil, err
		}
		bound.ops[i] = b
	}
	return bound, nil
}

func (o *op) bind(ctx context.Context, a *expr.Activation) (*op, error) {
	bound := *o
	var err error
	if o.sub != nil {
		bound.sub, err = o.sub.bind(ctx, a)
		return &bound, err
	}
	if o.operand == nil {
		return o, nil
	}
	value, err := o.operand.Bytes(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := bound.prepare(parseOperand(value)); err != nil {
		return nil, &operandError{o.pos, err}
	}
	return &bound, nil
}

func parseOperand(raw []byte) gjson.Result { return gjson.ParseBytes(raw) }

// explainError is the failure of a check that could not be evaluated. The
// place is that of the expression, which may stand deep in the check's value.
func (j *judging) explainError(check string, at spec.Pos, err error) *Failure {
	f := &Failure{Check: check, Pos: at, Message: j.cut(err.Error(), 0, maxMessage)}
	var bad *expr.EvalError
	var operand *operandError
	switch {
	case errors.As(err, &bad):
		f.Message = j.cut(addHint(bad.Message, bad.Hint), 0, maxMessage)
		if !bad.Pos.IsZero() {
			f.Pos = bad.Pos
		}
	case errors.As(err, &operand) && !operand.pos.IsZero():
		f.Pos = operand.pos
	}
	return f
}
