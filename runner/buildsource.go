package runner

import (
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

func (b *builder) source() {
	src := b.suite.spec.Source
	if src == nil {
		return
	}
	var refs expr.Refs // counted for each query that inherits, see inheritedRefs
	b.suite.source = &sourceTemplates{
		pos:     src.Pos,
		baseURL: b.template(src.BaseURL, spec.ScopeSource, &refs),
		headers: b.fields(src.Headers, spec.ScopeHeaders, &refs),
		params:  b.fields(src.Params, spec.ScopeSource, &refs),
		cookies: b.fields(src.Cookies, spec.ScopeSource, &refs),
		timeout: b.duration(src.Timeout, spec.ScopeSource, &refs),
		auth:    b.auth(src.Auth, spec.ScopeSource, &refs),
	}
	b.refuseRows()
	b.checkBaseURL()
}

// refuseRows refuses what only makes sense in one query.
func (b *builder) refuseRows() {
	for _, t := range b.suite.source.templates() {
		if refs := t.Refs(); refs.Row || refs.RowIndex {
			b.suite.problems.Errorf(refs.RowPos, "the source reads row, which only queries with each have").
				WithHint("move the value to the queries that need it")
		}
	}
}

// checkBaseURL judges the base URL now where it does not depend on captures.
func (b *builder) checkBaseURL() {
	t := b.suite.source.baseURL
	if t == nil || len(t.Refs().Captures) > 0 || len(b.suite.missing) > 0 || b.suite.problems.HasErrors() {
		return
	}
	base, err := t.Text(background, b.suite.activation())
	if err == nil {
		err = source.CheckBaseURL(base)
	}
	if err != nil {
		addEvalError(&b.suite.problems, t.Source().Pos, err)
	}
}

// inheritedRefs adds what the parts of the source read that c is sent with. A
// query that carries its own auth does not need what the source's auth reads,
// which is how a login can feed the source.
func (b *builder) inheritedRefs(c *query) {
	src := b.suite.source
	if src == nil {
		return
	}
	from := []*expr.Template{src.baseURL}
	for _, part := range []struct {
		source, own []field
		same        func(a, b string) bool
	}{
		{src.headers, c.headers, strings.EqualFold},
		{src.params, c.params, equal},
		{src.cookies, c.cookies, equal},
	} {
		for _, f := range inherited(part.source, part.own, part.same) {
			from = append(from, f.values...)
		}
	}
	if src.auth != nil && c.auth == nil {
		from = append(from, src.auth.templates()...)
	}
	if src.timeout != nil && c.timeout == nil {
		from = append(from, src.timeout.text)
	}
	for _, t := range from {
		if t != nil {
			c.refs.Add(t.Refs())
		}
	}
}

// refuseLateCaptures refuses captures in the source that setup does not make.
func (b *builder) refuseLateCaptures() {
	if b.suite.source == nil {
		return
	}
	for _, t := range b.suite.source.templates() {
		for _, r := range t.Refs().Captures {
			if q := b.suite.captures[r.Name]; q != nil && q.phase() != spec.PhaseSetup {
				b.suite.problems.Errorf(r.Pos, "the source reads captures.%s, which %q makes in %s; a source reads captures of setup", r.Name, q.spec.Name.Value, q.phase()).
					WithHint("move %q to setup", q.spec.Name.Value)
			}
		}
	}
}
