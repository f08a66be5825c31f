package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// probe watches one evaluation to find where an error came from and on which
// values. It keeps the first appearance of each error: in a loop CEL goes on
// after an error, so that what was seen last need not be what failed.
type probe struct {
	nodes map[int64]ast.Expr
	last  map[int64]ref.Val // of each node that was watched
	found map[string]origin // by the message of the error
}

// origin is where an error came from: a call and its operands, or a look-up and
// what it looked into.
type origin struct {
	id       int64
	operands []ref.Val
	in       ref.Val
	key      ref.Val
	element  string // the element of a sorted list that it came up at, or ""
}

func newProbe(a *ast.AST) *probe {
	return &probe{nodes: index(a), last: map[int64]ref.Val{}, found: map[string]origin{}}
}

func (p *probe) note(id int64, v ref.Val) {
	p.last[id] = v
	err, ok := v.(*types.Err)
	if !ok {
		return
	}
	if _, seen := p.found[err.String()]; seen {
		return
	}
	o := origin{id: id}
	switch n := p.nodes[id]; {
	case n == nil:
	case n.Kind() == ast.CallKind:
		for _, operand := range operands(n.AsCall()) {
			o.operands = append(o.operands, p.value(operand))
		}
	case n.Kind() == ast.ComprehensionKind:
		o.operands = []ref.Val{p.value(n.AsComprehension().IterRange())}
	}
	p.found[err.String()] = o
}

// value returns what a node gave last, or nil.
func (p *probe) value(e ast.Expr) ref.Val {
	if e.Kind() == ast.LiteralKind {
		return e.AsLiteral()
	}
	return p.last[e.ID()]
}

// watch is the decorator that puts the probe around calls, loops and look-ups.
func (p *probe) watch(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	switch v := i.(type) {
	case interpreter.InterpretableConst:
		return i, nil
	case interpreter.InterpretableAttribute:
		return &watchedAttribute{v, p}, nil
	}
	if n := p.nodes[i.ID()]; n != nil && (n.Kind() == ast.CallKind || n.Kind() == ast.ComprehensionKind) {
		return &watched{i, p}, nil
	}
	return i, nil
}

// watched is a call or a loop whose result the probe notes.
type watched struct {
	interpreter.InterpretableV2
	probe *probe
}

func (w *watched) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	v := w.InterpretableV2.Exec(frame)
	w.probe.note(w.ID(), v)
	return v
}

func (w *watched) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, w.Exec)
}

// watchedAttribute is a variable and the look-ups behind it.
type watchedAttribute struct {
	interpreter.InterpretableAttribute
	probe *probe
}

func (w *watchedAttribute) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	v := w.InterpretableAttribute.Exec(frame)
	w.probe.note(w.ID(), v)
	return v
}

func (w *watchedAttribute) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, w.Exec)
}

func (w *watchedAttribute) AddQualifier(q interpreter.Qualifier) (interpreter.Attribute, error) {
	l := &lookUp{Qualifier: q, probe: w.probe, watched: w}
	if c, ok := q.(interpreter.ConstantQualifier); ok {
		return w.InterpretableAttribute.AddQualifier(&constantLookUp{l, c})
	}
	return w.InterpretableAttribute.AddQualifier(l)
}

// lookUp is one look-up of a field, key or index.
type lookUp struct {
	interpreter.Qualifier
	probe   *probe
	watched *watchedAttribute
}

// constantLookUp is a lookUp whose key the planner may ask for.
type constantLookUp struct {
	*lookUp
	constant interpreter.ConstantQualifier
}

func (l *constantLookUp) Value() ref.Val { return l.constant.Value() }

func (l *lookUp) Qualify(vars interpreter.Activation, obj any) (any, error) {
	out, err := l.Qualifier.Qualify(vars, obj)
	l.note(vars, obj, err)
	return out, err
}

func (l *lookUp) QualifyIfPresent(vars interpreter.Activation, obj any, presenceOnly bool) (any, bool, error) {
	out, present, err := l.Qualifier.QualifyIfPresent(vars, obj, presenceOnly)
	l.note(vars, obj, err)
	return out, present, err
}

func (l *lookUp) note(vars interpreter.Activation, obj any, err error) {
	if err == nil {
		return
	}
	if _, seen := l.probe.found[err.Error()]; seen {
		return
	}
	adapter := l.watched.Adapter()
	o := origin{id: l.ID(), in: adapter.NativeToValue(obj)}
	switch q := l.Qualifier.(type) {
	case interpreter.ConstantQualifier:
		o.key = q.Value()
	case interpreter.Attribute:
		if v, err := q.Resolve(vars); err == nil {
			o.key = adapter.NativeToValue(v)
		}
	}
	l.probe.found[err.Error()] = o
}

// lookedInto returns the expression that a look-up looks into.
func lookedInto(e ast.Expr) ast.Expr {
	switch {
	case e == nil:
	case e.Kind() == ast.SelectKind:
		return e.AsSelect().Operand()
	case e.Kind() == ast.CallKind && len(e.AsCall().Args()) == 2:
		switch e.AsCall().FunctionName() {
		case operators.Index, operators.OptIndex, operators.OptSelect:
			return e.AsCall().Args()[0]
		}
	}
	return nil
}
