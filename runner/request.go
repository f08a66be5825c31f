package runner

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// requestBuilder resolves the templates of one attempt, always in the same
// order, since the random functions draw from one stream: base URL, path,
// params, body, headers, cookies, auth.
type requestBuilder struct {
	ctx        context.Context
	run        *run
	row        *row
	activation *expr.Activation

	base   string
	client *source.Client
	req    source.Request
	// home tells that the request goes to the source's origin.
	home bool
}

// build returns the request and the client to send it with.
func (b *requestBuilder) build() (*source.Client, *source.Request, error) {
	for _, step := range []func() error{b.connect, b.target, b.body, b.headers, b.cookies, b.auth, b.timeout, b.redirects} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	return b.client, &b.req, nil
}

func (b *requestBuilder) query() *query            { return b.row.node.q }
func (b *requestBuilder) source() *sourceTemplates { return b.row.node.q.suite.source }

// connect finds the client of the suite.
func (b *requestBuilder) connect() error {
	su := b.row.node.suite
	b.base = su.suite.config.BaseURL
	if b.client = su.client.Load(); b.client != nil {
		return nil
	}
	var err error
	if b.client, err = b.run.pool.Client(*su.suite.config); err != nil {
		return at(b.source().baseURL, err)
	}
	su.client.Store(b.client)
	return nil
}

// target resolves method and URL. The source's params go to its origin only.
func (b *requestBuilder) target() error {
	q := b.query()
	b.req.Method = q.spec.Method.Value
	b.req.Index = q.index<<24 | b.row.index
	path, err := q.path.Text(b.ctx, b.activation)
	if err != nil {
		return err
	}
	b.home = b.client.SameOrigin(path)
	params, err := b.resolve(b.source().params, slices.Concat(q.params, queryNames(path)), equal)
	if err != nil {
		return err
	}
	own, err := resolve(b.ctx, q.params, b.activation)
	if err != nil {
		return err
	}
	b.req.URL, err = b.client.URL(path, append(params, own...))
	return at(q.path, err)
}

// queryNames are the names of the parameters that stand in a path, which are
// the query's own as those under params are.
func queryNames(path string) []field {
	_, query, ok := strings.Cut(path, "?")
	if !ok {
		return nil
	}
	values, _ := url.ParseQuery(query) // what it cannot read, Client.URL refuses or encodes
	names := make([]field, 0, len(values))
	for name := range values {
		names = append(names, field{name: name})
	}
	return names
}

// root is the base URL as the client writes it.
func (b *requestBuilder) root() string {
	root, err := b.client.URL("", nil)
	if err != nil {
		return b.base
	}
	return root
}

// resolve evaluates what the query inherits from the source, which is nothing
// where it goes to another origin.
func (b *requestBuilder) resolve(from, own []field, same func(a, b string) bool) ([]source.Field, error) {
	if !b.home {
		return nil, nil
	}
	return resolve(b.ctx, inherited(from, own, same), b.activation)
}

func (b *requestBuilder) body() error {
	if body := b.query().body; body != nil {
		var err error
		if b.req.Body, b.req.ContentType, err = body.encode(b); err != nil {
			return err
		}
	}
	return b.announce()
}

// encodeForm writes fields in their order, as HTML forms are sent (URL Standard,
// application/x-www-form-urlencoded).
func encodeForm(fields []source.Field) []byte {
	var b []byte
	for _, f := range fields {
		for _, v := range f.Values {
			if len(b) > 0 {
				b = append(b, '&')
			}
			b = append(b, url.QueryEscape(f.Name)...)
			b = append(b, '=')
			b = append(b, url.QueryEscape(v)...)
		}
	}
	return b
}

// announce lets headers read the request, which is known but for them.
func (b *requestBuilder) announce() error {
	b.activation.Request = &exchange.Request{Method: b.req.Method, URL: b.req.URL, Body: b.req.Body}
	return nil
}

func (b *requestBuilder) headers() error {
	var err error
	q := b.query()
	own := q.headers
	if q.body != nil && q.body.sealed {
		// A form is no other media type, whatever the source says of its bodies.
		own = append([]field{{name: "Content-Type", remove: true}}, own...)
	}
	if b.req.SourceHeader, err = b.resolve(b.source().headers, own, strings.EqualFold); err != nil {
		return err
	}
	b.req.Header, err = resolve(b.ctx, q.headers, b.activation)
	return err
}

func (b *requestBuilder) cookies() error {
	var err error
	q := b.query()
	if b.req.SourceCookies, err = b.resolve(b.source().cookies, q.cookies, equal); err != nil {
		return err
	}
	b.req.Cookies, err = resolve(b.ctx, q.cookies, b.activation)
	return err
}

// auth resolves the auth in force. The source's stays at its origin, so that
// where the query goes elsewhere it is not even resolved.
func (b *requestBuilder) auth() error {
	a := b.query().auth
	b.req.OwnAuth = a != nil
	if a == nil && b.home {
		a = b.source().auth
	}
	if a == nil {
		b.req.Auth = source.Auth{Type: "none"}
		return nil
	}
	var err error
	b.req.Auth, err = a.resolve(b.ctx, b.activation, b.run.plan.redactor)
	return err
}

func (b *requestBuilder) timeout() error {
	d := b.query().timeout
	if d == nil {
		d = b.source().timeout
	}
	b.req.Timeout = source.DefaultTimeout
	if d != nil {
		var err error
		if b.req.Timeout, err = d.resolve(b.ctx, b.activation); err != nil {
			return err
		}
	}
	if b.query().phase() == spec.PhaseTeardown {
		// One that hangs must leave time for the others to clean up.
		b.req.Timeout = min(b.req.Timeout, b.run.o.TeardownTimeout/teardownShare)
	}
	return nil
}

// redirects are those of the query, else those of the source.
func (b *requestBuilder) redirects() error {
	r := b.query().redirects
	if r == nil {
		r = b.source().redirects
	}
	if r != nil {
		b.req.NoRedirects, b.req.MaxRedirects = !r.follow, r.max
	}
	return nil
}

// teardownShare is which part of teardown's time one attempt may take.
const teardownShare = 3

// at gives an error of the client the place of the text that caused it.
func at(t *expr.Template, err error) error { return atPos(t.Source().Pos, err) }

// atPos gives an error of the client a place; one of an expression keeps its own.
func atPos(pos spec.Pos, err error) error {
	var own *expr.EvalError
	if err == nil || errors.As(err, &own) {
		return err
	}
	out := &expr.EvalError{Pos: pos, Message: err.Error()}
	var e *source.Error
	if errors.As(err, &e) {
		out.Message, out.Hint = e.Message, e.Hint
	}
	return out
}
