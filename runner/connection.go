package runner

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// connection is the part of a source that decides which client it has.
type connection struct {
	baseURL        *expr.Template
	ssl            *sslTemplates
	connectTimeout *duration
	maxSize        *byteSize
	http           string
	proxy          *expr.Template
	unixSocket     *expr.Template
	resolve        []field // where to connect instead, by host or host:port
	files          suiteFiles
}

// sslTemplates is a compiled ssl.
type sslTemplates struct {
	spec                              *spec.SSL
	ca, cert, key, password, hostname *expr.Template
	pins                              []*expr.Template
}

// byteSize is a number of bytes that may be a template.
type byteSize struct {
	value int64
	text  *expr.Template
}

func (b *builder) connection(src *spec.Source, refs *expr.Refs) connection {
	return connection{
		baseURL:        b.template(src.BaseURL, spec.ScopeSource, refs),
		ssl:            b.ssl(src.SSL, refs),
		connectTimeout: b.duration(src.ConnectTimeout, spec.ScopeSource, refs),
		maxSize:        b.byteSize(src.MaxResponseSize, spec.ScopeSource, refs),
		http:           src.HTTP.Value,
		proxy:          b.template(src.Proxy, spec.ScopeSource, refs),
		unixSocket:     b.template(src.UnixSocket, spec.ScopeSource, refs),
		resolve:        b.fields(src.Resolve, spec.ScopeSource, refs),
		files:          b.files,
	}
}

func (b *builder) ssl(s *spec.SSL, refs *expr.Refs) *sslTemplates {
	if s == nil {
		return nil
	}
	out := &sslTemplates{
		spec:     s,
		ca:       b.template(s.CACert, spec.ScopeSource, refs),
		cert:     b.template(s.ClientCert, spec.ScopeSource, refs),
		key:      b.template(s.ClientKey, spec.ScopeSource, refs),
		password: b.template(s.ClientKeyPassword, spec.ScopeSource, refs),
		hostname: b.template(s.ServerName, spec.ScopeSource, refs),
	}
	for _, t := range []*expr.Template{out.ca, out.cert, out.key} {
		b.checkPEM(t)
	}
	for _, p := range s.PinSHA256 {
		if t := b.template(p, spec.ScopeSource, refs); t != nil {
			out.pins = append(out.pins, t)
		}
	}
	if s.Verify != nil && !*s.Verify {
		b.suite.warnings = append(b.suite.warnings, fmt.Sprintf("%s: the server's certificate is not verified (ssl.verify: false)", s.VerifyPos))
	}
	return out
}

// checkPEM reads a file of certificates or keys that is named by a constant,
// whatever else is wrong with the source.
func (b *builder) checkPEM(t *expr.Template) {
	if t == nil {
		return
	}
	if _, constant := t.Constant(); !constant {
		return
	}
	if _, err := pem(background, t, &expr.Activation{}, b.files); err != nil {
		addEvalError(&b.suite.problems, t.Source().Pos, err)
	}
}

func (b *builder) byteSize(s spec.Size, scope spec.Scope, refs *expr.Refs) *byteSize {
	switch {
	case !s.IsSet():
		return nil
	case s.Value > 0:
		return &byteSize{value: s.Value}
	}
	return &byteSize{text: b.template(s.Text, scope, refs)}
}

// templates are the texts of the connection; some may be nil.
func (c *connection) templates() []*expr.Template {
	all := []*expr.Template{c.baseURL, c.proxy, c.unixSocket}
	for _, f := range c.resolve {
		all = append(all, f.values...)
	}
	if s := c.ssl; s != nil {
		all = append(all, s.ca, s.cert, s.key, s.password, s.hostname)
		all = append(all, s.pins...)
	}
	if c.connectTimeout != nil {
		all = append(all, c.connectTimeout.text)
	}
	if c.maxSize != nil {
		all = append(all, c.maxSize.text)
	}
	return all
}

// connect resolves the connection before anything is sent, so that what is
// wrong with it is an error of the file. Queries of setup are sent over it as
// well, which is why it cannot read what they capture.
func (b *builder) connect() {
	s := b.suite
	c := &s.source.connection
	b.refuseCaptures(c)
	if c.baseURL == nil || len(s.missing) > 0 || s.problems.HasErrors() {
		return
	}
	config, err := c.config(background, s.activation(), func(name, value string) { b.redactor.Add(name, value) })
	if err != nil {
		addEvalError(&s.problems, c.baseURL.Source().Pos, err)
		return
	}
	if err := source.CheckBaseURL(config.BaseURL); err != nil {
		addEvalError(&s.problems, c.baseURL.Source().Pos, err)
		return
	}
	if err := source.CheckHTTP(config.BaseURL, config.HTTP); err != nil {
		addEvalError(&s.problems, s.spec.Source.HTTP.Pos, at(c.baseURL, err))
		return
	}
	b.checkRoute(c, config)
	s.limits = b.limits()
	if c.ssl != nil && strings.HasPrefix(strings.ToLower(config.BaseURL), "http:") && c.ssl.ownsOrigin() {
		s.problems.Warnf(c.ssl.spec.Pos, "base_url is an http URL, so that no certificate is shown, pinned or left unverified").
			WithHint("write https:// in base_url, or leave out what ssl says of its server")
	}
	for _, e := range config.TLS.Check() {
		s.problems.Errorf(c.ssl.pos(e.Key), "%s", e.Message).Hint = e.Hint
	}
	s.config = &config
	s.route = routeOf(c, s.config, s.activation(), b.redactor.Redact)
}

// checkRoute judges where requests are sent instead, each part at its place.
func (b *builder) checkRoute(c *connection, config source.Config) {
	before := len(b.suite.problems)
	if c.proxy != nil {
		b.judge(c.proxy, source.CheckProxy(config.Proxy))
	}
	i := 0
	for _, f := range c.resolve {
		for _, t := range f.values {
			if i < len(config.Resolve) {
				b.judge(t, source.CheckResolve(config.Resolve[i].From, config.Resolve[i].To))
			}
			i++
		}
	}
	if len(b.suite.problems) > before {
		return
	}
	pos := b.suite.spec.Source.Pos
	if err := source.CheckNetwork(config.Proxy, config.UnixSocket, config.Resolve); err != nil {
		addEvalError(&b.suite.problems, pos, atPos(pos, err))
	}
}

// limits are those of the source, which hold back its own queries only.
func (b *builder) limits() limits {
	src := b.suite.spec.Source
	var out limits
	if src.MaxConcurrency != nil {
		out.max = *src.MaxConcurrency
	}
	out.count, out.per = b.rate(src.RateLimit)
	return out
}

func (b *builder) rate(r spec.Rate) (count int, per time.Duration) {
	if !r.IsSet() || r.Count > 0 {
		return r.Count, r.Per
	}
	var refs expr.Refs
	t := b.template(r.Text, spec.ScopeSource, &refs)
	if t == nil {
		return 0, 0
	}
	if len(refs.Captures) > 0 {
		b.suite.problems.Errorf(r.Text.Pos, "the rate limit reads a capture, but it holds for the queries of setup too").WithHint("give it as a var")
		return 0, 0
	}
	text, err := t.Text(background, b.suite.activation())
	if err == nil {
		count, per, err = spec.ParseRate(text)
	}
	if err != nil {
		addEvalError(&b.suite.problems, r.Text.Pos, err)
	}
	return count, per
}

// refuseCaptures refuses what the connection reads of captures.
func (b *builder) refuseCaptures(c *connection) {
	for _, t := range c.templates() {
		if t == nil {
			continue
		}
		for _, r := range t.Refs().Captures {
			b.suite.problems.Errorf(r.Pos, "this decides which connection all queries are sent over, that which captures %s too", r.Name).
				WithHint("give it as a var, or begin the paths of the queries with ${captures.%s}", r.Name)
		}
	}
}

// ownsOrigin tells whether ssl says something that holds for the source's origin only.
func (s *sslTemplates) ownsOrigin() bool {
	return s.cert != nil || s.hostname != nil || len(s.pins) > 0 || (s.spec.Verify != nil && !*s.spec.Verify)
}

// pos is where the value of a key of ssl stands.
func (s *sslTemplates) pos(key string) spec.Pos {
	for _, k := range []struct {
		name string
		text spec.String
	}{
		{"ca_cert", s.spec.CACert}, {"client_cert", s.spec.ClientCert}, {"client_key", s.spec.ClientKey},
		{"client_key_password", s.spec.ClientKeyPassword}, {"server_name", s.spec.ServerName}, {"min_version", s.spec.MinVersion},
	} {
		if k.name == key && k.text.IsSet() {
			return k.text.Pos
		}
	}
	if key == "pin_sha256" && len(s.spec.PinSHA256) > 0 {
		return s.spec.PinSHA256[0].Pos
	}
	return s.spec.Pos
}

// resolve returns the client's configuration. learn is told what must be kept
// from every output.
func (c *connection) config(ctx context.Context, a *expr.Activation, learn func(name, value string)) (source.Config, error) {
	config := source.Config{HTTP: c.http}
	for _, part := range []struct {
		from *expr.Template
		to   *string
	}{{c.baseURL, &config.BaseURL}, {c.proxy, &config.Proxy}, {c.unixSocket, &config.UnixSocket}} {
		if part.from == nil {
			continue
		}
		var err error
		if *part.to, err = part.from.Text(ctx, a); err != nil {
			return config, err
		}
	}
	if config.UnixSocket != "" {
		config.UnixSocket = beside(c.unixSocket.Source().Pos.File, config.UnixSocket)
	}
	if u, err := url.Parse(config.Proxy); err == nil && u.User != nil {
		if password, ok := u.User.Password(); ok {
			learn("proxy password", password)
		}
	}
	resolved, err := resolve(ctx, c.resolve, a)
	if err != nil {
		return config, err
	}
	for _, f := range resolved {
		for _, to := range f.Values {
			config.Resolve = append(config.Resolve, source.Resolution{From: f.Name, To: to})
		}
	}
	if c.connectTimeout != nil {
		if config.ConnectTimeout, err = c.connectTimeout.resolve(ctx, a); err != nil {
			return config, err
		}
	}
	if c.maxSize != nil {
		if config.MaxResponseSize, err = c.maxSize.resolve(ctx, a); err != nil {
			return config, err
		}
	}
	if c.ssl != nil {
		config.TLS, err = c.tls(ctx, a, learn)
	}
	return config, err
}

func (c *connection) tls(ctx context.Context, a *expr.Activation, learn func(name, value string)) (source.TLS, error) {
	s := c.ssl
	out := source.TLS{
		NoSystemRoots: s.spec.SystemRoots != nil && !*s.spec.SystemRoots,
		SkipVerify:    s.spec.Verify != nil && !*s.spec.Verify,
		MinVersion:    s.spec.MinVersion.Value,
	}
	var unread []error
	for _, part := range []struct {
		from *expr.Template
		to   *[]byte
	}{{s.ca, &out.CACert}, {s.cert, &out.ClientCert}, {s.key, &out.ClientKey}} {
		var err error
		*part.to, err = pem(ctx, part.from, a, c.files)
		unread = append(unread, err)
	}
	if err := errors.Join(unread...); err != nil {
		return out, err
	}
	for _, text := range []struct {
		from *expr.Template
		to   *string
	}{{s.password, &out.ClientKeyPassword}, {s.hostname, &out.ServerName}} {
		if text.from == nil {
			continue
		}
		var err error
		if *text.to, err = text.from.Text(ctx, a); err != nil {
			return out, err
		}
	}
	if out.ClientKeyPassword != "" {
		learn("ssl client_key_password", out.ClientKeyPassword)
	}
	for _, t := range s.pins {
		pins, err := texts(ctx, t, a)
		if err != nil {
			return out, err
		}
		out.PinSHA256 = append(out.PinSHA256, pins...)
	}
	return out, nil
}

// beside is a path that stands in a file, relative to its folder.
func beside(file *spec.File, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file.Name), path)
}

// resolve returns the number of bytes, which is positive.
func (s *byteSize) resolve(ctx context.Context, a *expr.Activation) (int64, error) {
	if s.text == nil {
		return s.value, nil
	}
	text, err := s.text.Text(ctx, a)
	if err != nil {
		return 0, err
	}
	v, err := spec.ParseSize(text)
	if err == nil && v > spec.MaxResponseSize {
		err = fmt.Errorf("%s is more than %s", text, files.Size(spec.MaxResponseSize))
	}
	if err != nil {
		return 0, &expr.EvalError{Pos: s.text.Source().Pos, Message: err.Error()}
	}
	return v, nil
}
