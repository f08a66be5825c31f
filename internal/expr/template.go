package expr

import (
	"context"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/spec"
)

// Template is text in which ${ … } stands for the value of an expression. It is
// safe for concurrent use.
type Template struct {
	src    spec.String
	escape Escape
	parts  []piece // nil where src is the text as it is
	refs   *Refs   // nil where nothing is read
}

// piece is literal text, or an expression where that is not nil.
type piece struct {
	literal string
	expr    *Expr
}

// Template compiles text. Where there are errors, the Template is nil.
func (c *Compiler) Template(src spec.String, scope spec.Scope, esc Escape) (*Template, spec.Problems) {
	if !strings.Contains(src.Value, "${") {
		return &Template{src: src, escape: esc}, nil
	}
	parts, problems := split(src)
	t := &Template{src: src, escape: esc}
	place := xmlContent
	for _, p := range parts {
		if !p.isExpr {
			t.parts = append(t.parts, piece{literal: p.literal})
			place = place.after(p.literal)
			continue
		}
		if esc == EscapeXML && !place.takesInsertion() {
			f := misplaced[place]
			problems.Errorf(p.expr.Pos, "%s", f.message).Hint = f.hint
		}
		e, ps := c.insertion(p.expr, scope, len(parts) == 1)
		problems = append(problems, ps...)
		if e == nil {
			continue
		}
		t.parts = append(t.parts, piece{expr: e})
		t.refs = t.refs.with(e.Refs())
	}
	if problems.HasErrors() {
		return nil, problems
	}
	return t, problems
}

// insertion compiles the expression of one ${ … }. What cannot become text or
// JSON whatever its value is a problem.
func (c *Compiler) insertion(src spec.String, scope spec.Scope, whole bool) (*Expr, spec.Problems) {
	if isBlank(src.Value) {
		var ps spec.Problems
		ps.Errorf(src.Pos, "there is no expression in ${ }").Hint = "write one, or $${ for the two characters"
		return nil, ps
	}
	e, ps := c.expr(src, scope, cel.DynType, (*spec.Problems).Warnf)
	if e == nil {
		return nil, ps
	}
	switch t := e.Type(); {
	case isOptional(t):
		ps.Errorf(src.Pos, "the expression gives %s, which may be empty", typeName(t)).Hint = "add .orValue(…)"
	case t.Kind() == types.TypeKind:
		ps.Errorf(src.Pos, "the expression gives the type %s, expected a value", typeName(t))
	case t.IsExactType(cookieType):
		ps.Errorf(src.Pos, "the expression gives a cookie, expected one of its fields").Hint = "write .value behind it"
	case !whole && t.IsExactType(cel.BytesType):
		bytesFault(&ps, src.Pos, "text")
	}
	if ps.HasErrors() {
		return nil, ps
	}
	return e, ps
}

// bytesFault reports bytes where text or JSON is made.
func bytesFault(ps *spec.Problems, at spec.Pos, in string) {
	ps.Errorf(at, "the expression gives bytes, which cannot stand in %s", in).Hint = "write hex(…) or base64.encode(…) around it"
}

// Source returns the text of the template.
func (t *Template) Source() spec.String { return t.src }

// Refs returns what the template reads.
func (t *Template) Refs() Refs { return t.refs.value() }

// Constant returns the text of a template without expressions.
func (t *Template) Constant() (string, bool) {
	switch {
	case len(t.parts) == 0:
		return t.src.Value, true
	case len(t.parts) == 1 && t.parts[0].expr == nil:
		return t.parts[0].literal, true
	}
	return "", false
}

// Whole returns the expression of a template that is one ${ … } and nothing
// else, or nil.
func (t *Template) Whole() *Expr {
	if len(t.parts) == 1 {
		return t.parts[0].expr
	}
	return nil
}

// Value returns the value of a template that is one whole ${ … }, with its
// type (see [Expr.Eval]), and the text of any other.
func (t *Template) Value(ctx context.Context, a *Activation) (ref.Val, error) {
	if e := t.Whole(); e != nil {
		return e.Eval(ctx, a)
	}
	s, err := t.Text(ctx, a)
	return types.String(s), err
}

// Text returns the template as text, with inserted values escaped as its
// Escape says. Errors are *[EvalError].
func (t *Template) Text(ctx context.Context, a *Activation) (string, error) {
	if s, ok := t.Constant(); ok {
		return s, nil
	}
	if t.escape == EscapePath {
		return t.path(ctx, a)
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			b.WriteString(p.literal)
			continue
		}
		s, err := t.insert(ctx, a, p.expr)
		if err != nil {
			return "", err
		}
		b.WriteString(s)
		if b.Len() > MaxJSON {
			return "", &EvalError{Pos: p.expr.src.At(0), Message: "the text becomes too long: " + errTooBig.Error()}
		}
	}
	return b.String(), nil
}

// insert returns the value of an insertion as it stands in the text.
func (t *Template) insert(ctx context.Context, a *Activation, e *Expr) (string, error) {
	v, err := e.Eval(ctx, a)
	if err != nil {
		return "", err
	}
	s, err := e.toText(v)
	if err == nil && t.escape == EscapeXML {
		return e.xmlText(s)
	}
	return s, err
}

// toText is ToText with the place of the expression.
func (e *Expr) toText(v ref.Val) (string, error) {
	s, err := ToText(v)
	if err != nil {
		return "", e.fail(err)
	}
	return s, nil
}

// fail gives an error that says what and why with a semicolon a place and a hint.
func (e *Expr) fail(err error) error {
	message, hint, _ := strings.Cut(err.Error(), "; ")
	return &EvalError{Pos: e.src.At(0), Message: message, Hint: hint}
}
