package assert

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// Captures are the compiled captures of a query.
type Captures struct {
	list    []capture
	refs    expr.Refs
	options options
}

// capture is one value that is taken of an answer.
type capture struct {
	name   string
	at     spec.Pos
	take   taker      // nil where it could not be compiled
	preset *expr.JSON // the default, nil where there is none
	secret bool
}

// taker takes a value of an answer.
type taker func(j *judging) (taken, error)

// taken is what a capture found, or that it found nothing.
type taken struct {
	value   ref.Val
	where   string // such as "at id"
	missing bool
	hint    string // on what is missing
	because error  // what an expression says of it
	// expected and found are what a regex searched for, and in what.
	expected, found string
}

// nothing says what found nothing.
func (t *taken) nothing() string {
	if t.expected != "" {
		return "the regular expression finds nothing"
	}
	return "found nothing"
}

// CompileCaptures compiles the captures of a query. What could be compiled is
// returned even with problems.
func CompileCaptures(c *expr.Compiler, list []spec.Capture, opts ...Option) (*Captures, spec.Problems) {
	if len(list) == 0 {
		return noCaptures, nil
	}
	p := &compiler{expr: c}
	compiled := &Captures{options: optionsOf(opts)}
	for _, one := range list {
		secret := one.Secret || compiled.options.secretCapture != nil && compiled.options.secretCapture(one.Name.Value)
		take := p.taker(one)
		if one.Regex.IsSet() {
			take = p.searching(one.Regex, secret, take)
		}
		compiled.list = append(compiled.list, capture{
			name: one.Name.Value, at: one.Name.Pos, take: take, preset: p.preset(one.Default), secret: secret,
		})
	}
	compiled.refs = p.refs
	return compiled, p.problems
}

// noCaptures are those of most queries.
var noCaptures = &Captures{}

// Refs are the names that the captures read.
func (c *Captures) Refs() expr.Refs { return c.refs }

// Len is the number of captures.
func (c *Captures) Len() int { return len(c.list) }

// Names are the names of what is captured, in the order of the file.
func (c *Captures) Names() []string {
	names := make([]string, len(c.list))
	for i, one := range c.list {
		names[i] = one.name
	}
	return names
}

// Take takes the captures of the response of a. It returns the values found,
// and a failure for each capture that found nothing and has no default.
func (c *Captures) Take(ctx context.Context, a *expr.Activation) (map[string]ref.Val, []Failure) {
	if len(c.list) == 0 {
		return nil, nil
	}
	j := newJudging(ctx, a, c.options)
	values := make(map[string]ref.Val, len(c.list))
	var failures []Failure
	for _, one := range c.list {
		value, f := one.value(j)
		if f != nil {
			failures = append(failures, *f)
			continue
		}
		values[one.name] = value
	}
	return values, failures
}

func (c *capture) value(j *judging) (ref.Val, *Failure) {
	check := "capture " + c.name
	if c.take == nil {
		return nil, &Failure{Check: check, Pos: c.at, Message: "it could not be compiled"}
	}
	found, err := c.take(j)
	switch {
	case err != nil:
		return nil, c.withoutQuotes(j.explainError(check, c.at, err), err)
	case !found.missing:
		return found.value, nil
	case c.preset == nil:
		return nil, c.withoutQuotes(&Failure{Check: check, Pos: c.at, Expected: found.expected, Found: found.found,
			Message: addHint(found.nothing()+" "+found.where, found.hint)}, found.because)
	}
	raw, err := c.preset.Bytes(j.ctx, j.activation)
	if err != nil {
		return nil, j.explainError(check, c.at, err)
	}
	return expr.FromJSON(raw), nil
}

// withoutQuotes hides an error of an expression that may quote the value that
// is to be kept secret, and of which no redactor knows as yet.
func (c *capture) withoutQuotes(f *Failure, err error) *Failure {
	var bad *expr.EvalError
	if c.secret && errors.As(err, &bad) && strings.Contains(bad.Message, `"`) {
		f.Message = "the expression found nothing or went wrong; what it says is not shown because the capture is secret"
	}
	return f
}

func addHint(message, hint string) string {
	if hint == "" {
		return message
	}
	return message + "; " + hint
}

func (p *compiler) preset(v *spec.Value) *expr.JSON {
	if v == nil {
		return nil
	}
	preset, problems := p.expr.JSON(*v, spec.ScopeCheck)
	if problems.HasErrors() {
		p.problems = append(p.problems, problems...)
		return nil
	}
	p.note(preset.Refs(), problems)
	return preset
}

// taker compiles how a value is taken, its regex aside. It is nil where there is
// a problem.
func (p *compiler) taker(c spec.Capture) taker {
	switch {
	case c.Header.IsSet():
		return p.takeText(c.Header, takeHeader)
	case c.Cookie.IsSet():
		return p.takeText(c.Cookie, takeCookie)
	case c.XPath.IsSet():
		if !strings.Contains(c.XPath.Value, "${") {
			if !p.checkXPath(c.XPath) {
				return nil
			}
			if looksAtNothing(c.XPath.Value) {
				p.warnConstant(c.XPath)
			}
		}
		return p.takeText(c.XPath, takeXPath)
	case c.CEL.IsSet():
		return p.takeCEL(c.CEL)
	case !c.GJSON.IsSet():
		return takeBody
	}
	if !strings.Contains(c.GJSON.Value, "${") && !p.checkPath(c.GJSON) {
		return nil
	}
	return p.takeText(c.GJSON, takePath(c.GJSON.Pos))
}

// takeText takes by a path or a name, which may be a template.
func (p *compiler) takeText(source spec.String, take func(j *judging, by string) (taken, error)) taker {
	t, problems := p.expr.Template(source, spec.ScopeCheck, expr.EscapeNone)
	if problems.HasErrors() {
		p.problems = append(p.problems, problems...)
		return nil
	}
	p.note(t.Refs(), problems)
	return func(j *judging) (taken, error) {
		by, err := t.Text(j.ctx, j.activation)
		if err != nil {
			return taken{}, err
		}
		found, err := take(j, by)
		if !j.secret(t.Refs()) {
			return found, err
		}
		if err != nil {
			err = &operandError{source.Pos, errors.New("nothing can be taken by this text, which is not shown because it is computed from a secret")}
		}
		found.where, found.hint = "by "+hidden, ""
		return found, err
	}
}

// takePath takes by the path that stands at pos, where a template may have made
// one that can never match.
func takePath(pos spec.Pos) func(j *judging, by string) (taken, error) {
	return func(j *judging, by string) (taken, error) {
		if f := expr.CheckPath(by); f != nil {
			return taken{}, &operandError{pos, errors.New(addHint(f.Message, f.Hint))}
		}
		return j.takeAt(by)
	}
}

// takeAt takes the JSON that a path picks as it is spelled. A # that leaves out
// elements is no obstacle: what is there is what was asked for.
func (j *judging) takeAt(by string) (taken, error) {
	at := newPath(by)
	found := taken{where: "at " + printable(j.hide(by))}
	body, err := j.json()
	switch {
	case errors.Is(err, errEmpty):
		found.missing, found.hint = true, err.Error()
		return found, nil
	case err != nil:
		return taken{}, err
	}
	if fault := expr.CheckLookup(body, by); fault != nil {
		return taken{}, errors.New(addHint(fault.Message, fault.Hint))
	}
	value, missing, lack := at.findIn(j.activation, body)
	if d := j.dispute(value, by, at.value); d != nil {
		return taken{}, errors.New(d.message)
	}
	if missing {
		found.missing, found.hint = true, j.hide(cmp.Or(lack, j.hint(at, body)))
		return found, nil
	}
	found.value = expr.FromJSON([]byte(rawOf(value)))
	return found, nil
}

// rawOf is the JSON text of a value.
func rawOf(v gjson.Result) string { return strings.TrimSpace(v.Raw) }

func takeHeader(j *judging, name string) (taken, error) {
	found := taken{where: "in header " + printable(j.hide(name))}
	values := j.activation.Response.Header.Values(name)
	if len(values) == 0 {
		found.missing, found.hint = true, j.headerHint(name)
		return found, nil
	}
	found.value = types.String(strings.Join(values, ", "))
	return found, nil
}

func takeCookie(j *judging, name string) (taken, error) {
	found := taken{where: "in cookie " + printable(j.hide(name))}
	cookie, ok := j.activation.Cookie(name)
	if !ok {
		found.missing, found.hint = true, j.cookieHint(name)
		return found, nil
	}
	found.value = types.String(cookie.Value)
	return found, nil
}

// takeCEL takes what an expression gives. It finds nothing where that is an
// optional without a value or something is read that the answer does not have.
// An expression that goes wrong otherwise is a failure, default or not, because
// the default would hide what is wrong with it.
func (p *compiler) takeCEL(src spec.String) taker {
	e, problems := p.expr.Expr(src, spec.ScopeCheck, cel.DynType)
	if problems.HasErrors() {
		p.problems = append(p.problems, problems...)
		return nil
	}
	p.note(e.Refs(), problems)
	if tree := shapeOf(src.Value); tree != nil && isFixed(tree.Expr()) {
		p.warnConstant(src)
	}
	return func(j *judging) (taken, error) {
		found := taken{where: "in " + oneLine(src.Value)}
		value, err := e.Eval(j.ctx, j.activation)
		switch {
		case isMissing(err):
			found.missing, found.hint, found.because = true, j.hide(err.Error()), err
			return found, nil
		case err != nil:
			return taken{}, err
		}
		if o, ok := value.(*types.Optional); ok {
			if found.missing = !o.HasValue(); found.missing {
				return found, nil
			}
			value = o.GetValue()
		}
		raw, err := expr.ToJSON(value)
		if err != nil {
			return taken{}, &operandError{src.Pos, err}
		}
		found.value = expr.FromJSON(raw)
		return found, nil
	}
}

// warnConstant warns of a capture that no answer has a part in.
func (p *compiler) warnConstant(src spec.String) {
	p.problems.Warnf(src.Pos, "this capture looks at nothing, so it is the same for every answer").
		WithHint("take something of the answer, or write the value into vars")
}

// isMissing tells whether an evaluation failed because a key, an element or a
// header is not there, as opposed to one looked for in a value that has none
// of its kind.
func isMissing(err error) bool {
	var bad *expr.EvalError
	return errors.As(err, &bad) && bad.Missing
}
