package assert

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// Compile merges a suite's expect with a query's and compiles what they say.
// Either may be nil; the suite's is for queries only, not for setup and
// teardown. Where neither a status nor the query's own cel names the status, a
// check is added that expects it below 400. Checks are returned even with problems, for what could be compiled.
//
// Problems of the suite's part are reported by every Compile that it takes
// part in.
func Compile(c *expr.Compiler, suite, query *spec.Expect, opts ...Option) (*Checks, spec.Problems) {
	p := &compiler{expr: c, options: optionsOf(opts)}
	merged := merge(suite, query, &p.problems)
	p.list = make([]check, 0, 3+len(merged.Headers)+len(merged.Cookies)+len(merged.GJSON)+len(merged.CEL)+len(merged.XPath))
	p.status(merged.Status)
	p.headers(merged.Headers)
	p.cookies(merged.Cookies)
	p.gjson(merged.GJSON)
	p.wholeBody(merged.JSON, merged.Text)
	// The suite's come first. They are about every query, so that one of them
	// that reads the status does not say which this query expects.
	common := len(merged.CEL) - own(query)
	p.cel(merged.CEL[:common])
	namesStatus := p.cel(merged.CEL[common:]) || len(merged.Status) > 0
	p.xpath(merged.XPath)
	p.schema(merged.Schema)
	p.snapshot(merged.Snapshot)
	p.maxDuration(merged.MaxDuration)
	p.maxSize(merged.MaxSize)
	slices.SortStableFunc(p.list, func(a, b check) int {
		x, y := a.pos(), b.pos()
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Col, y.Col))
	})
	if !namesStatus {
		p.list = slices.Insert(p.list, 0, check(defaultStatus(query)))
	}
	return &Checks{list: p.list, refs: p.refs, options: p.options}, p.problems
}

// own is the number of a query's own expressions.
func own(query *spec.Expect) int {
	if query == nil {
		return 0
	}
	return len(query.CEL)
}

// compiler collects what Compile makes and finds.
type compiler struct {
	expr     *expr.Compiler
	options  options
	list     []check
	refs     expr.Refs
	problems spec.Problems
	// expressions are the places of the cel checks so far.
	expressions map[string]spec.Pos
}

func (p *compiler) add(c check) { p.list = append(p.list, c) }

// note keeps what compiling a part of a check gave beside the part itself.
func (p *compiler) note(refs expr.Refs, problems spec.Problems) {
	p.refs.Add(refs)
	p.problems = append(p.problems, problems...)
}

func (p *compiler) headers(list []spec.Expectation) {
	for _, e := range list {
		if !isNull(e.Matcher) {
			p.add(&headerCheck{name: "header " + e.Subject.Value, header: e.Subject.Value, at: e.Subject.Pos, want: p.matcher(e.Matcher, true)})
		}
	}
}

func (p *compiler) cookies(list []spec.Expectation) {
	for _, e := range list {
		if !isNull(e.Matcher) {
			p.add(&cookieCheck{name: "cookie " + printable(e.Subject.Value), cookie: e.Subject.Value, at: e.Subject.Pos, want: p.matcher(e.Matcher, true)})
		}
	}
}

func (p *compiler) gjson(list []spec.Expectation) {
	for _, e := range list {
		if !p.checkPath(e.Subject) {
			continue
		}
		name, at := "gjson "+printable(e.Subject.Value), newPath(e.Subject.Value)
		p.add(&gjsonCheck{name: name, path: at, at: e.Subject.Pos, want: p.matcherIn(e.Matcher, at.domain())})
	}
}

// checkPath reports a gjson path that can never match. A check that expects
// nothing there would always hold.
func (p *compiler) checkPath(path spec.String) bool {
	if strings.TrimSpace(path.Value) == "" || path.HoldsTemplate() {
		return false // reported by the loader
	}
	if f := expr.CheckPath(path.Value); f != nil {
		p.problems.Errorf(path.At(f.At), "%s", f.Message).Hint = f.Hint
		return false
	}
	return true
}

func (p *compiler) wholeBody(json *spec.Value, text *spec.Matcher) {
	if json != nil {
		p.add(&jsonCheck{at: json.Pos, want: p.matcher(spec.Matcher{Pos: json.Pos, Literal: json}, false)})
	}
	if text != nil {
		p.add(&textCheck{at: text.Pos, want: p.matcher(*text, true)})
	}
}

// matcher compiles a matcher on JSON, or on text from outside it.
func (p *compiler) matcher(m spec.Matcher, text bool) *matcher { return p.matcherIn(m, domainOf(text)) }

// matcherIn compiles a matcher on what is of a domain, and reports what makes no
// sense there.
func (p *compiler) matcherIn(m spec.Matcher, d domain) *matcher {
	before := len(p.problems)
	compiled := p.operations(m, d.text)
	if !p.problems[before:].HasErrors() {
		p.sense(compiled, d)
	}
	return compiled
}

// operations compiles the operations of a matcher. Operands without templates
// get their value here, once and for all.
func (p *compiler) operations(m spec.Matcher, text bool) *matcher {
	compiled := &matcher{ops: make([]*op, 0, max(1, len(m.Ops)))}
	if len(m.Ops) == 0 {
		equals := spec.MatcherOp{Name: spec.String{Value: "equals", Pos: m.Pos}}
		if m.Literal != nil {
			equals.Value = *m.Literal
		}
		compiled.add(p.op(equals, text))
	}
	for _, o := range m.Ops {
		compiled.add(p.op(o, text))
	}
	return compiled
}

// add adds an operation, nil for one that could not be compiled.
func (m *matcher) add(o *op) {
	if o == nil {
		return
	}
	m.ops = append(m.ops, o)
	m.dynamic = m.dynamic || o.operand != nil || o.sub != nil && o.sub.dynamic
}

func (p *compiler) op(o spec.MatcherOp, text bool) *op {
	compiled := &op{name: o.Name.Value, pos: o.Value.Pos, text: text}
	switch {
	case operations[o.Name.Value] == nil:
		p.problems.Errorf(o.Name.Pos, "there is no matcher %q", o.Name.Value)
		return nil
	case o.Sub != nil:
		compiled.pos = o.Sub.Pos
		// Elements and lengths are JSON's; of headers and text there are none.
		compiled.sub = p.operations(*o.Sub, text && o.Name.Value == "not")
		return compiled
	}
	if plain, ok := plainOperand(o.Value); ok {
		return p.prepared(compiled, plain)
	}
	value, problems := p.expr.JSON(o.Value, spec.ScopeCheck)
	if problems.HasErrors() {
		p.problems = append(p.problems, problems...)
		return nil
	}
	p.note(value.Refs(), problems)
	constant, ok := value.Constant()
	if !ok {
		compiled.operand, compiled.inserts = value, insertedSecrets(o.Value)
		return compiled
	}
	return p.prepared(compiled, parseOperand(constant))
}

// plainOperand is an operand that is JSON as it stands in the file.
func plainOperand(v spec.Value) (gjson.Result, bool) {
	switch v.Kind {
	case spec.Null:
		return gjson.Parse("null"), true
	case spec.Bool, spec.Number:
		return gjson.Parse(v.Scalar.Value), true
	}
	return gjson.Result{}, false
}

// prepared gives an operation its operand, or reports that it cannot work with it.
func (p *compiler) prepared(o *op, want gjson.Result) *op {
	if err := o.prepare(want); err != nil {
		p.refuseOperand(o.pos, err)
		return nil
	}
	return o
}
