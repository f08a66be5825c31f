package runner

import (
	"net/http"
	"slices"

	"cel.dev/cel-go/cel"

	"github.com/apicel/apicel/assert"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/spec"
)

// builder compiles the templates, checks and captures of one suite. Problems
// gather in the suite; nothing stops at the first.
type builder struct {
	compiler *expr.Compiler
	suite    *suite
	// options say what checks may read and must not show.
	options []assert.Option
	files   suiteFiles
	// redactor learns what must be kept from every output.
	redactor *secret.Redactor
	// own and refs are those of the query that is being built, columns those of its
	// rows where they are CSV.
	own, refs expr.Refs
	columns   []string
}

func (b *builder) build() {
	s := b.suite
	b.source()
	all := slices.Concat(s.spec.Setup, s.spec.Queries, s.spec.Teardown)
	checks := b.checksOf(all)
	for i, q := range all {
		s.queries = append(s.queries, b.query(q, checks[i]))
	}
	b.captureOwners()
	b.refuseLateCaptures()
	g := &graph{suite: s}
	g.build()
	b.unreachable()
	b.shown()
	b.constants()
}

func (b *builder) judge(t *expr.Template, err error) {
	if err != nil {
		addEvalError(&b.suite.problems, t.Source().Pos, at(t, err))
	}
}

// shown evaluates the texts that depend on vars only, before anything is sent.
func (b *builder) shown() {
	s := b.suite
	for _, q := range s.queries {
		q.shownName, q.skipReason = q.spec.Name.Value, q.spec.Skip.Value
		if !q.each() {
			q.shownName = b.text(q.name, q.shownName)
		}
		q.skipReason = b.text(q.skip, q.skipReason)
	}
	switch {
	case s.config != nil:
		s.baseURL = s.config.BaseURL
	case s.source != nil && s.source.baseURL != nil:
		s.baseURL = s.source.baseURL.Source().Value
	}
}

// text evaluates a template, or gives it as written where it cannot be
// evaluated, which is then a problem of the file or a missing input.
func (b *builder) text(t *expr.Template, written string) string {
	if t == nil || len(b.suite.missing) > 0 || b.suite.problems.HasErrors() {
		return written
	}
	if text, ok := t.Constant(); ok {
		return text
	}
	text, err := t.Text(background, b.suite.activation())
	if err != nil {
		addEvalError(&b.suite.problems, t.Source().Pos, err)
		return written
	}
	return text
}

func (b *builder) add(problems spec.Problems) {
	b.suite.problems = append(b.suite.problems, problems...)
}

// template compiles text, or returns nil where the key was not given.
func (b *builder) template(s spec.String, scope spec.Scope, refs *expr.Refs) *expr.Template {
	return b.escaped(s, scope, expr.EscapeNone, refs)
}

func (b *builder) escaped(s spec.String, scope spec.Scope, esc expr.Escape, refs *expr.Refs) *expr.Template {
	if !s.IsSet() {
		return nil
	}
	t, problems := b.compiler.Template(s, scope, esc)
	b.add(problems)
	if t != nil && refs != nil {
		refs.Add(t.Refs())
		b.textRow(t.Exprs()...)
	}
	return t
}

// textRow says what expressions of a query whose rows are CSV get wrong about them.
func (b *builder) textRow(es ...*expr.Expr) {
	if b.columns == nil {
		return
	}
	for _, e := range es {
		b.add(e.CheckTextRow(b.columns))
	}
}

func (b *builder) expr(s spec.String, scope spec.Scope, want *cel.Type, refs *expr.Refs) *expr.Expr {
	if !s.IsSet() {
		return nil
	}
	e, problems := b.compiler.Expr(s, scope, want)
	b.add(problems)
	if e != nil {
		refs.Add(e.Refs())
		b.textRow(e)
	}
	return e
}

func (b *builder) json(v spec.Value, scope spec.Scope, refs *expr.Refs) *expr.JSON {
	j, problems := b.compiler.JSON(v, scope)
	b.add(problems)
	if j != nil {
		refs.Add(j.Refs())
		b.textRow(j.Exprs()...)
	}
	return j
}

func (b *builder) fields(fs []spec.Field, scope spec.Scope, refs *expr.Refs) []field {
	var out []field
	for _, f := range fs {
		c := field{name: f.Name.Value, remove: f.Remove}
		for _, v := range f.Values {
			if t := b.template(v, scope, refs); t != nil {
				c.values = append(c.values, t)
			}
		}
		out = append(out, c)
	}
	return out
}

func (b *builder) duration(d spec.Duration, scope spec.Scope, refs *expr.Refs) *duration {
	if !d.IsSet() {
		return nil
	}
	if d.Value > 0 {
		return &duration{value: d.Value}
	}
	out := &duration{text: b.template(d.Text, scope, refs)}
	b.checkDuration(out.text)
	return out
}

// checkDuration judges a template now where it reads nothing but vars.
func (b *builder) checkDuration(t *expr.Template) {
	if t == nil || len(b.suite.missing) > 0 || b.suite.problems.HasErrors() {
		return
	}
	if r := t.Refs(); len(r.Captures) > 0 || r.Row || r.RowIndex || r.Attempt {
		return
	}
	if _, err := (&duration{text: t}).resolve(background, b.suite.activation()); err != nil {
		addEvalError(&b.suite.problems, t.Source().Pos, err)
	}
}

func (b *builder) query(q *spec.Query, checks compiledChecks) *query {
	c := &query{suite: b.suite, spec: q, index: len(b.suite.queries), tags: tagsOf(b.suite.spec.Tags, q.Tags)}
	b.own, b.refs = expr.Refs{}, expr.Refs{}
	c.own, c.refs = &b.own, &b.refs
	r := c.own
	b.columns = nil
	b.each(c)
	c.name = b.template(q.Name, spec.ScopeName, r)
	c.skip = b.skip(q)
	c.cond = b.expr(q.If, spec.ScopeQuery, cel.BoolType, r)
	c.path = b.escaped(q.Path, spec.ScopeQuery, expr.EscapePath, r)
	c.params = b.fields(q.Params, spec.ScopeQuery, r)
	c.headers = b.fields(q.Headers, spec.ScopeHeaders, r)
	c.cookies = b.fields(q.Cookies, spec.ScopeQuery, r)
	c.auth = b.auth(q.Auth, spec.ScopeQuery, r)
	b.literalHeaders(c.headers, expectsRefusal(q.Expect))
	b.literalAuth(c.auth, expectsRefusal(q.Expect))
	c.body = b.body(q, r)
	c.redirects = redirectsOf(q.Redirects)
	c.timeout = b.duration(q.Timeout, spec.ScopeQuery, r)
	b.poll(c)
	b.addChecks(c, checks)
	c.retry = b.retryOf(c)
	c.safe = isSafe(q)
	c.refs.Add(*c.own)
	b.inheritedRefs(c)
	b.checkRowRefs(c)
	c.own, c.refs = capturesOf(c.own), capturesOf(c.refs)
	return c
}

// capturesOf is what of r is needed when the query is built.
func capturesOf(r *expr.Refs) *expr.Refs {
	if len(r.Captures) == 0 {
		return noCaptures
	}
	return &expr.Refs{Captures: r.Captures}
}

var noCaptures = &expr.Refs{}

// skip compiles the reason of a skip, which holds for all rows.
func (b *builder) skip(q *spec.Query) *expr.Template {
	var refs expr.Refs
	t := b.template(q.Skip, spec.ScopeName, &refs)
	if refs.Row || refs.RowIndex {
		b.suite.problems.Errorf(q.Skip.Pos, "skip reads row, but it skips all rows of the query").
			WithHint("use if to leave out some of them")
	}
	return t
}

func (b *builder) poll(c *query) {
	p := c.spec.Poll
	if p == nil {
		return
	}
	c.poll = &poll{giveUp: b.expr(p.GiveUp, spec.ScopeCheck, cel.BoolType, c.own)}
	for _, d := range []struct {
		from spec.Duration
		to   *duration
	}{{p.Interval, &c.poll.interval}, {p.Timeout, &c.poll.timeout}} {
		if v := b.duration(d.from, spec.ScopeQuery, c.own); v != nil {
			*d.to = *v
		}
	}
	if i, t := c.poll.interval.value, c.poll.timeout.value; t > 0 && i >= t {
		b.suite.problems.Warnf(p.Interval.Text.Pos, "the poll asks once: its interval of %v is not below its timeout of %v", i, t).
			WithHint("make the interval shorter")
	}
}

// compiledChecks are the checks and captures of a query, and what is wrong with them.
type compiledChecks struct {
	checks   *assert.Checks
	captures *assert.Captures
	problems spec.Problems
}

// checksOf compiles the checks of all queries side by side: of a large suite that
// takes longer than all else.
func (b *builder) checksOf(all []*spec.Query) []compiledChecks {
	out := make([]compiledChecks, len(all))
	sideBySide(len(all), func(i int) { out[i] = b.checks(all[i]) })
	return out
}

func (b *builder) checks(q *spec.Query) compiledChecks {
	var common *spec.Expect
	if q.Phase == spec.PhaseQueries {
		common = b.suite.spec.Expect
	}
	checks, problems := assert.Compile(b.compiler, common, q.Expect, b.options...)
	captures, more := assert.CompileCaptures(b.compiler, q.Capture, b.options...)
	return compiledChecks{checks, captures, append(problems, more...)}
}

func (b *builder) addChecks(c *query, compiled compiledChecks) {
	c.checks, c.captures = compiled.checks, compiled.captures
	b.add(compiled.problems)
	if c.checks != nil {
		c.own.Add(c.checks.Refs())
		b.textRow(c.checks.Exprs()...)
	}
	if c.captures != nil {
		c.own.Add(c.captures.Refs())
	}
}

func (b *builder) checkRowRefs(c *query) {
	if c.own.RowFile && c.eachExpr != nil && len(c.eachExpr.Refs().Captures) > 0 {
		b.suite.problems.Errorf(c.own.RowPos, "the row says which file is read, and the rows are what an answer said").
			WithHint("name the file, or take the rows from the suite or a file")
	}
	if c.spec.Each != nil || (!c.own.Row && !c.own.RowIndex) {
		return
	}
	b.suite.problems.Errorf(c.own.RowPos, "query %q reads row but has no each", c.spec.Name.Value).
		WithHint("add each: with the rows")
}

// captureOwners notes which query makes each capture. One name has one query.
func (b *builder) captureOwners() {
	for _, q := range b.suite.queries {
		for _, c := range q.spec.Capture {
			name := c.Name.Value
			if b.suite.captures[name] == nil { // the loader reports a second one
				b.suite.captures[name] = q
			}
		}
	}
}

// isSafe tells whether the query changes nothing (RFC 9110, 9.2.1, or as the
// suite says); of GraphQL the operation says it. A query that polls asks for a change to be seen, so it is never safe.
func isSafe(q *spec.Query) bool {
	if q.Poll != nil {
		return false
	}
	if q.Safe != nil {
		return *q.Safe
	}
	if q.Body != nil && q.Body.GraphQL != nil {
		return !changes(q.Body.GraphQL)
	}
	switch q.Method.Value {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

func equal(a, b string) bool { return a == b }
