package runner

import (
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// sourceTemplates is a compiled source. Its values are resolved for each
// attempt, since headers may read the request and everything may read captures.
type sourceTemplates struct {
	connection
	headers   []field
	params    []field
	cookies   []field
	timeout   *duration
	auth      *auth
	redirects *redirects
	retry     *retry
}

// redirects says whether and how many redirects are followed.
type redirects struct {
	follow bool
	max    int // 0 is the client's default
}

func redirectsOf(s *spec.Redirects) *redirects {
	if s == nil {
		return nil
	}
	out := &redirects{follow: s.Follow == nil || *s.Follow}
	if s.Max != nil {
		out.max = *s.Max
		out.follow = out.follow && out.max > 0
	}
	return out
}

// templates are all texts of the source.
func (s *sourceTemplates) templates() []*expr.Template {
	return slices.DeleteFunc(append(s.connection.templates(), s.late()...), func(t *expr.Template) bool { return t == nil })
}

// late are the texts that are evaluated for each attempt.
func (s *sourceTemplates) late() []*expr.Template {
	var all []*expr.Template
	for _, f := range slices.Concat(s.headers, s.params, s.cookies) {
		all = append(all, f.values...)
	}
	if s.auth != nil {
		all = append(all, s.auth.templates()...)
	}
	if s.timeout != nil {
		all = append(all, s.timeout.text)
	}
	if s.retry != nil {
		all = append(all, s.retry.interval.text)
	}
	return slices.DeleteFunc(all, func(t *expr.Template) bool { return t == nil })
}

func (b *builder) source() {
	src := b.suite.spec.Source
	if src == nil {
		return
	}
	var refs expr.Refs // counted for each query that inherits, see inheritedRefs
	b.suite.source = &sourceTemplates{
		connection: b.connection(src, &refs),
		headers:    b.fields(src.Headers, spec.ScopeHeaders, &refs),
		params:     b.fields(src.Params, spec.ScopeSource, &refs),
		cookies:    b.fields(src.Cookies, spec.ScopeSource, &refs),
		timeout:    b.duration(src.Timeout, spec.ScopeSource, &refs),
		auth:       b.auth(src.Auth, spec.ScopeSource, &refs),
		redirects:  redirectsOf(src.Redirects),
		retry:      b.retry(src.Retry, spec.ScopeSource, &refs),
	}
	b.literalHeaders(b.suite.source.headers, false)
	b.literalAuth(b.suite.source.auth, false)
	b.refuseRows()
	b.connect()
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

// inheritedRefs adds what the parts of the source read that c is sent with. A
// query that carries its own auth does not need what the source's auth reads,
// which is how a login can feed the source.
func (b *builder) inheritedRefs(c *query) {
	src := b.suite.source
	if src == nil {
		return
	}
	var from []*expr.Template
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
	if src.retry != nil && c.retry == src.retry {
		from = append(from, src.retry.interval.text)
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
	for _, t := range b.suite.source.late() {
		for _, r := range t.Refs().Captures {
			if q := b.suite.captures[r.Name]; q != nil && q.phase() != spec.PhaseSetup {
				b.suite.problems.Errorf(r.Pos, "the source reads captures.%s, which %q makes in %s; a source reads captures of setup", r.Name, q.spec.Name.Value, q.phase()).
					WithHint("move %q to setup", q.spec.Name.Value)
			}
		}
	}
}
