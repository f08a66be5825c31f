package assert

import (
	"errors"
	"fmt"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// operandError is an operand whose value the matcher cannot work with. What
// the file says outright is refused when it is compiled; this is about what a
// template gave.
type operandError struct {
	pos spec.Pos
	err error
}

func (e *operandError) Error() string { return e.err.Error() }

// bind gives the operands of m their values for one answer. It returns m
// itself where they are constant.
func (m *matcher) bind(j *judging) (*matcher, error) {
	if !m.dynamic {
		return m, nil
	}
	bound := &matcher{ops: make([]*op, len(m.ops))}
	for i, o := range m.ops {
		b, err := o.bind(j)
		if err != nil {
			return nil, err
		}
		bound.ops[i] = b
	}
	return bound, nil
}

func (o *op) bind(j *judging) (*op, error) {
	bound := *o
	var err error
	if o.sub != nil {
		bound.sub, err = o.sub.bind(j)
		return &bound, err
	}
	if o.operand == nil {
		return o, nil
	}
	bound.masked = j.secret(o.operand.Refs())
	value, shown, err := bound.values(j)
	if err != nil {
		return nil, err
	}
	bound.shown = &shown
	if err := bound.prepare(value); err != nil {
		if bound.masked {
			err = fmt.Errorf("%s cannot work with this value, which is not shown because it is computed from a secret", o.name)
		}
		return nil, &operandError{o.pos, err}
	}
	return &bound, nil
}

// values are the operand as it is and as it is shown.
func (o *op) values(j *judging) (value, shown gjson.Result, err error) {
	if !o.masked {
		raw, err := o.operand.Bytes(j.ctx, j.activation)
		return parseOperand(raw), gjson.Result{}, err
	}
	raw, masked, err := o.operand.Masked(j.ctx, j.activation, j.secret, hiddenJSON)
	if err != nil {
		return gjson.Result{}, gjson.Result{}, err
	}
	if text, ok := o.maskedText(j, parseOperand(raw)); ok {
		return parseOperand(raw), text, nil
	}
	if string(masked) == hiddenJSON {
		return parseOperand(raw), gjson.Result{Type: gjson.JSON, Raw: hidden}, nil
	}
	return parseOperand(raw), parseOperand(masked), nil
}

// hiddenJSON is hidden inside a larger value.
const hiddenJSON = `"` + hidden + `"`

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
