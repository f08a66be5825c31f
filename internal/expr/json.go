package expr

import (
	"context"

	"cel.dev/cel-go/cel"

	"github.com/apicel/apicel/spec"
)

// JSON is a JSON value whose strings may be templates. It is safe for
// concurrent use.
type JSON struct {
	parts []jsonPart
	refs  *Refs // nil where nothing is read
}

// jsonPart is JSON text, or a template that gives a value.
type jsonPart struct {
	text     []byte
	template *Template
}

// JSON compiles a value. Strings are templates: one that is one whole ${ … }
// becomes the value with its type, any other a string. Keys are text. Where
// there are errors, the JSON is nil.
func (c *Compiler) JSON(v spec.Value, scope spec.Scope) (*JSON, spec.Problems) {
	b := &jsonBuilder{compiler: c, scope: scope, out: &JSON{}}
	b.value(v)
	b.flush()
	if b.problems.HasErrors() {
		return nil, b.problems
	}
	return b.out, b.problems
}

// jsonBuilder writes a value as JSON text with gaps.
type jsonBuilder struct {
	compiler *Compiler
	scope    spec.Scope
	out      *JSON
	text     []byte
	problems spec.Problems
}

func (b *jsonBuilder) flush() {
	if len(b.text) > 0 {
		b.out.parts = append(b.out.parts, jsonPart{text: b.text})
		b.text = nil
	}
}

func (b *jsonBuilder) value(v spec.Value) {
	switch v.Kind {
	case spec.Null:
		b.text = append(b.text, "null"...)
	case spec.Bool, spec.Number:
		b.text = append(b.text, v.Scalar.Value...)
	case spec.Text:
		b.template(v.Scalar)
	case spec.List:
		b.text = append(b.text, '[')
		for i, item := range v.Items {
			b.comma(i)
			b.value(item)
		}
		b.text = append(b.text, ']')
	case spec.Map:
		b.text = append(b.text, '{')
		for i, m := range v.Members {
			b.comma(i)
			b.text = append(appendString(b.text, m.Key.Value), ':')
			b.value(m.Value)
		}
		b.text = append(b.text, '}')
	}
}

func (b *jsonBuilder) comma(i int) {
	if i > 0 {
		b.text = append(b.text, ',')
	}
}

func (b *jsonBuilder) template(src spec.String) {
	t, problems := b.compiler.Template(src, b.scope, EscapeNone)
	b.problems = append(b.problems, problems...)
	if t == nil {
		return
	}
	if e := t.Whole(); e != nil && e.Type().IsExactType(cel.BytesType) {
		bytesFault(&b.problems, e.src.Pos, "JSON")
		return
	}
	if s, ok := t.Constant(); ok {
		b.text = appendString(b.text, s)
		return
	}
	b.flush()
	b.out.parts = append(b.out.parts, jsonPart{template: t})
	b.out.refs = b.out.refs.with(t.Refs())
}

// Refs returns what the value reads.
func (j *JSON) Refs() Refs { return j.refs.value() }

// Constant returns the JSON of a value without expressions.
func (j *JSON) Constant() ([]byte, bool) {
	if len(j.parts) == 1 && j.parts[0].template == nil {
		return j.parts[0].text, true
	}
	return nil, false
}

// Bytes returns the value as compact JSON: keys in the order of the file,
// numbers as they are spelled there or in the JSON they come from. Errors are
// *[EvalError].
func (j *JSON) Bytes(ctx context.Context, a *Activation) ([]byte, error) {
	out, _, err := j.Masked(ctx, a, func(Refs) bool { return false }, "")
	return out, err
}

// Masked is Bytes, and beside it the same value with mask, which is JSON, in
// place of each template for which hides holds. Templates are evaluated once.
// Where nothing is hidden, masked is nil.
func (j *JSON) Masked(ctx context.Context, a *Activation, hides func(Refs) bool, mask string) (out, masked []byte, err error) {
	hidden := false
	behind := 0 // what of out follows the last mask
	for _, p := range j.parts {
		if p.template == nil {
			out = append(out, p.text...)
			continue
		}
		start := len(out)
		if out, err = p.template.appendJSON(ctx, a, out); err != nil {
			return nil, nil, err
		}
		if hides(p.template.Refs()) {
			masked = append(append(masked, out[behind:start]...), mask...)
			hidden, behind = true, len(out)
		}
	}
	if hidden {
		masked = append(masked, out[behind:]...)
	}
	return out, masked, nil
}

// appendJSON appends the value of the template as JSON.
func (t *Template) appendJSON(ctx context.Context, a *Activation, out []byte) ([]byte, error) {
	e := t.Whole()
	if e == nil {
		s, err := t.Text(ctx, a)
		if err != nil {
			return nil, err
		}
		return appendString(out, s), nil
	}
	v, err := e.Eval(ctx, a)
	if err != nil {
		return nil, err
	}
	raw, err := ToJSON(v)
	if err == nil && len(out)+len(raw) > MaxJSON {
		err = errTooBig
	}
	if err != nil {
		return nil, e.fail(err)
	}
	return append(out, compact(raw)...), nil
}
