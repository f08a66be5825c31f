package runner

import (
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/runner/source"
)

// constants judges what is known before the run as it would be judged in the
// run, so that `apicel check` finds it.
func (b *builder) constants() {
	s := b.suite
	if s.source == nil {
		return
	}
	b.constantHeaders(s.source.headers)
	b.early(slices.Concat(s.source.headers, s.source.params, s.source.cookies))
	b.checkAuth(s.source.auth)
	for _, q := range s.queries {
		b.constantHeaders(q.headers)
		if q.path == nil {
			continue
		}
		if path, ok := q.path.Constant(); ok {
			b.judge(q.path, source.CheckPath("", path))
		}
		b.early(slices.Concat(q.params, q.headers, q.cookies))
		b.checkAuth(q.auth)
		if q.body != nil {
			if form, ok := q.body.content.(formBody); ok {
				b.early(form)
			}
		}
		b.earlyRows(q)
		b.constantCondition(q)
	}
}

func (b *builder) constantHeaders(headers []field) {
	for _, h := range headers {
		var values []string
		for _, t := range h.values {
			if value, ok := t.Constant(); ok {
				values = append(values, value)
			}
		}
		if len(values) == len(h.values) && len(values) > 0 {
			b.judge(h.values[0], source.CheckHeader(h.name, values))
		}
	}
}

// early evaluates the values of fields that read nothing but vars and may give
// something else than a text.
func (b *builder) early(fields []field) {
	if len(fields) == 0 || !b.inputsKnown() {
		return
	}
	a := b.earlyActivation()
	for _, f := range fields {
		for _, t := range f.values {
			if t.Whole() == nil || !readsVarsOnly(t.Refs()) {
				continue
			}
			if _, err := texts(background, t, a); err != nil {
				addEvalError(&b.suite.problems, t.Source().Pos, err)
			}
		}
	}
}

// earlyRows evaluates an each that reads nothing but vars.
func (b *builder) earlyRows(q *query) {
	if q.eachExpr == nil || !b.inputsKnown() || !readsVarsOnly(q.eachExpr.Refs()) {
		return
	}
	if _, err := q.eachExpr.Eval(background, b.earlyActivation()); err != nil {
		addEvalError(&b.suite.problems, q.eachExpr.Source().Pos, err)
	}
}

// constantCondition warns of an if that no input can change.
func (b *builder) constantCondition(q *query) {
	if q.cond == nil || !q.cond.Refs().IsZero() || varies(q.spec.If.Value) {
		return
	}
	ok, err := q.cond.EvalBool(background, b.earlyActivation())
	switch {
	case err != nil:
		addEvalError(&b.suite.problems, q.spec.If.Pos, err)
	case ok:
		b.suite.problems.Warnf(q.spec.If.Pos, "this if is always true").WithHint("leave it out")
	default:
		b.suite.problems.Warnf(q.spec.If.Pos, "this if is always false, so that the query is never sent").
			WithHint("leave it out, or write skip with the reason")
	}
}

// varies tells whether an expression may call what gives another value each time.
func varies(text string) bool {
	return slices.ContainsFunc([]string{"now", "uuid", "random_int", "file"}, func(f string) bool { return strings.Contains(text, f) })
}

// inputsKnown tells whether all vars and secrets have a value.
func (b *builder) inputsKnown() bool {
	s := b.suite
	return len(s.missing)+len(s.spec.Unread.Vars)+len(s.spec.Unread.Secrets) == 0 &&
		len(s.vars) == len(s.spec.Vars) && len(s.secrets) == len(s.spec.Secrets)
}

func (b *builder) earlyActivation() *expr.Activation {
	a := b.suite.activation()
	a.Rand = expr.Stream(0, "check", "", 0)
	return a
}

// readsVarsOnly tells whether an expression is known before anything is sent.
func readsVarsOnly(r expr.Refs) bool {
	return len(r.Captures) == 0 && !r.Row && !r.RowIndex && !r.Attempt && !r.Request && !r.Response
}
