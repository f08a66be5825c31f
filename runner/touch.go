package runner

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/spec"
)

// Touched is all that a suite takes from outside and where it would go: what
// one wants to know of a suite before running it. It holds no values of inputs,
// and what it shows of URLs has no credentials.
type Touched struct {
	Name string `json:"name"`
	File string `json:"file"`
	// Incomplete tells that the suite has errors, so that there may be more.
	Incomplete  bool           `json:"incomplete,omitempty"`
	Vars        []TouchedInput `json:"vars"`
	Secrets     []TouchedInput `json:"secrets"`
	Environment []TouchedInput `json:"environment"`
	Files       []TouchedPlace `json:"files"`
	Origins     []TouchedPlace `json:"origins"`
}

// TouchedInput is a var, a secret or an environment variable.
type TouchedInput struct {
	Name string `json:"name"`
	// From is where its value comes from: "default", "--var api", "environment
	// variable TOKEN", "file /run/secrets/key". "" is a missing one, or, of the
	// environment, one that is read.
	From    string `json:"from,omitempty"`
	Missing bool   `json:"missing,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// TouchedPlace is a file or an origin, and the place that names it.
type TouchedPlace struct {
	// Name is the path as it is opened from the working folder, or the origin
	// (scheme, host and port); as written where only a run decides it.
	Name string `json:"name"`
	// Use is the key that names it, such as "body.file" or "auth.access_token_url".
	Use string `json:"use"`
	// Undecided tells that it depends on answers, rows, time, chance or inputs.
	Undecided bool `json:"undecided,omitempty"`
	// Written tells that the file may be written, by --update-snapshots.
	Written bool `json:"written,omitempty"`
	// File and Line are the place; Line is 0 where another file names it, such as
	// a schema.
	File string `json:"file"`
	Line int    `json:"line"`
}

// Touches returns for each suite what it would touch.
func (p *Plan) Touches() []Touched {
	out := make([]Touched, len(p.suites))
	for i, s := range p.suites {
		t := &toucher{suite: s, in: p.inputs, redact: p.redactor.Redact}
		out[i] = t.touched()
	}
	return out
}

// toucher gathers what one suite touches.
type toucher struct {
	suite  *suite
	in     Inputs
	redact func(string) string
	out    Touched
	seen   map[string]bool // files by path, whatever names them
}

func (t *toucher) touched() Touched {
	s := t.suite.spec
	t.seen = map[string]bool{}
	t.out = Touched{
		Name: t.redact(s.Name.Value), File: t.suite.fileName(), Incomplete: t.suite.bad(),
		Vars: []TouchedInput{}, Secrets: []TouchedInput{}, Environment: []TouchedInput{}, Files: []TouchedPlace{}, Origins: []TouchedPlace{},
	}
	t.vars()
	t.secrets()
	t.source(s.Source)
	for _, q := range s.AllQueries() {
		t.query(q)
	}
	if s.Expect != nil {
		t.expect(s.Expect, "expect")
	}
	t.fileCalls()
	t.opened()
	return t.out
}

func (t *toucher) vars() {
	for _, v := range t.suite.spec.Vars {
		in := TouchedInput{Name: v.Name.Value, From: "default", Line: v.Name.Pos.Line}
		if o, ok := t.in.override(v.Name.Value); ok {
			in.From = o.from
		} else if v.Value.Kind == spec.Null {
			in.From, in.Missing = "", true
		}
		t.out.Vars = append(t.out.Vars, in)
		eachString(v.Value, func(text spec.String) { t.environment(text) })
	}
}

var (
	envName = lazyregexp.New(`\benv\s*(?:\.\s*\??\s*([A-Za-z_]\w*)|\[\s*\??\s*(?:"(\w+)"|'(\w+)')\s*\])`)
	envWord = lazyregexp.New(`\benv\b`)
)

// environment notes the environment variables that the default of a var reads.
func (t *toucher) environment(text spec.String) {
	if !strings.Contains(text.Value, "${") {
		return
	}
	found := envName.FindAllStringSubmatch(text.Value, -1)
	for _, m := range found {
		name := m[1] + m[2] + m[3]
		_, set := t.in.Env[name]
		t.addEnv(TouchedInput{Name: name, Missing: !set, Line: text.Pos.Line})
	}
	if len(envWord.FindAllString(text.Value, -1)) > len(found) {
		t.addEnv(TouchedInput{Name: "computed: " + t.redact(text.Value), Line: text.Pos.Line})
	}
}

func (t *toucher) addEnv(in TouchedInput) {
	if !slices.ContainsFunc(t.out.Environment, func(o TouchedInput) bool { return o.Name == in.Name }) {
		t.out.Environment = append(t.out.Environment, in)
	}
}

func (t *toucher) secrets() {
	for _, sec := range t.suite.spec.Secrets {
		_, given := t.suite.secrets[sec.Name.Value]
		in := TouchedInput{Name: sec.Name.Value, From: "environment variable " + sec.Env.Value, Missing: !given, Line: sec.Name.Pos.Line}
		if sec.FilePath.IsSet() {
			path := beside(sec.FilePath.Pos.File, sec.FilePath.Value)
			in.From = "file " + path
			t.file(sec.FilePath, "secrets."+sec.Name.Value+".file")
		}
		t.out.Secrets = append(t.out.Secrets, in)
	}
}

func (t *toucher) source(src *spec.Source) {
	if src == nil {
		return
	}
	if src.Pos.File != nil && src.Pos.File != t.suite.spec.File && src.Pos.File.Name != t.suite.fileName() {
		t.addFile(TouchedPlace{Name: src.Pos.File.Name, Use: "source", File: t.suite.fileName(), Line: 1})
	}
	t.origin(src.BaseURL, "base_url")
	if src.Proxy.Value != "none" {
		t.origin(src.Proxy, "proxy")
	}
	t.file(src.UnixSocket, "unix_socket")
	for _, r := range src.Resolve {
		for _, v := range r.Values {
			t.address(v, "resolve."+r.Name.Value)
		}
	}
	if ssl := src.SSL; ssl != nil {
		t.pem(ssl.CACert, "ssl.ca_cert")
		t.pem(ssl.ClientCert, "ssl.client_cert")
		t.pem(ssl.ClientKey, "ssl.client_key")
	}
	t.auth(src.Auth)
}

func (t *toucher) auth(a *spec.Auth) {
	if a == nil || a.OAuth2 == nil {
		return
	}
	o := a.OAuth2
	t.origin(o.Issuer, "auth.issuer")
	t.origin(o.AccessTokenURL, "auth.access_token_url")
	t.origin(o.AuthURL, "auth.auth_url")
	t.origin(o.DeviceAuthorizationURL, "auth.device_authorization_url")
	t.pem(o.PrivateKey, "auth.private_key")
}

func (t *toucher) query(q *spec.Query) {
	t.path(q.Path)
	t.auth(q.Auth)
	if q.Each != nil && q.Each.Path.IsSet() {
		t.file(q.Each.Path, "each."+q.Each.Format)
	}
	if b := q.Body; b != nil {
		t.file(b.File, "body.file")
		for _, part := range b.Multipart {
			t.file(part.File, "body.multipart.file")
		}
	}
	if q.Expect != nil {
		t.expect(q.Expect, "expect")
	}
}

func (t *toucher) expect(e *spec.Expect, key string) {
	if e.Schema != nil {
		t.file(e.Schema.Path, key+".schema")
	}
	if e.Snapshot != nil {
		before := len(t.out.Files)
		t.file(e.Snapshot.Path, key+".snapshot")
		for i := before; i < len(t.out.Files); i++ {
			t.out.Files[i].Written = true
		}
	}
}

// resolve evaluates a text where vars and secrets decide it.
func (t *toucher) resolve(text spec.String) (value string, decided bool) {
	if !strings.Contains(text.Value, "${") {
		return strings.ReplaceAll(text.Value, "$${", "${"), true
	}
	if t.suite.compiler == nil {
		return text.Value, false
	}
	for _, scope := range []spec.Scope{spec.ScopeSource, spec.ScopeQuery} {
		template, problems := t.suite.compiler.Template(text, scope, expr.EscapeNone)
		if problems.HasErrors() || template == nil {
			continue
		}
		refs := template.Refs()
		isChanging := func(name string) bool { return t.suite.changing[name] }
		if len(refs.Captures) > 0 || refs.Row || refs.RowIndex || refs.Attempt || refs.Changing || slices.ContainsFunc(refs.Vars, isChanging) {
			return text.Value, false
		}
		if value, err := template.Text(background, t.suite.activation()); err == nil {
			return value, true
		}
	}
	return text.Value, false
}

func (t *toucher) file(text spec.String, use string) {
	if !text.IsSet() {
		return
	}
	value, decided := t.resolve(text)
	name := value
	if decided {
		name = beside(text.Pos.File, filepath.FromSlash(value))
	}
	t.addFile(TouchedPlace{Name: t.redact(name), Use: use, Undecided: !decided, File: text.Pos.File.Name, Line: text.Pos.Line})
}

// pem notes a file unless the text is PEM itself.
func (t *toucher) pem(text spec.String, use string) {
	if value, _ := t.resolve(text); !isPEM(value) {
		t.file(text, use)
	}
}

func (t *toucher) addFile(p TouchedPlace) {
	if abs, err := filepath.Abs(p.Name); err == nil && !p.Undecided {
		t.seen[abs] = true
	}
	if !slices.Contains(t.out.Files, p) {
		t.out.Files = append(t.out.Files, p)
	}
}

func (t *toucher) origin(text spec.String, use string) {
	if text.IsSet() {
		value, decided := t.resolve(text)
		t.addOrigin(text, value, use, decided)
	}
}

func (t *toucher) addOrigin(text spec.String, value, use string, decided bool) {
	name, ok := originOf(value)
	if !decided || !ok {
		name, decided = text.Value, false
	}
	p := TouchedPlace{Name: t.redact(name), Use: use, Undecided: !decided, File: text.Pos.File.Name, Line: text.Pos.Line}
	if !slices.ContainsFunc(t.out.Origins, func(o TouchedPlace) bool { return o.Name == p.Name && o.Use == p.Use && (use == "path" || o == p) }) {
		t.out.Origins = append(t.out.Origins, p)
	}
}

// address notes where resolve connects to, which is no URL.
func (t *toucher) address(text spec.String, use string) {
	value, decided := t.resolve(text)
	t.out.Origins = append(t.out.Origins, TouchedPlace{
		Name: t.redact(value), Use: use, Undecided: !decided, File: text.Pos.File.Name, Line: text.Pos.Line,
	})
}

var absoluteURL = lazyregexp.New(`^\s*[A-Za-z][A-Za-z0-9+.-]*://|^\s*//`)

// path notes a query's path where it is a URL, or may become one: what is
// inserted at its beginning stands as it is. With other inputs it may be a URL
// where it is none now, so that all such paths are noted.
func (t *toucher) path(text spec.String) {
	if !text.IsSet() {
		return
	}
	value, decided := t.resolve(text)
	isURL := absoluteURL.MatchString(value)
	if isURL || strings.HasPrefix(strings.TrimSpace(text.Value), "${") {
		t.addOrigin(text, value, "path", decided && isURL)
	}
}

// originOf returns scheme, host and port of a URL, without credentials.
func originOf(text string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" {
		return "", false
	}
	if u.Scheme == "" {
		return "//" + strings.ToLower(u.Host), true
	}
	return strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Host), true
}

// opened notes what was read while the suite was compiled and nothing else
// names, such as what a schema refers to.
func (t *toucher) opened() {
	for _, use := range t.suite.spec.Files.Uses() {
		name := filepath.FromSlash(use.Path)
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(use.From), name)
		}
		if abs, err := filepath.Abs(name); err == nil && t.seen[abs] {
			continue
		}
		t.addFile(TouchedPlace{Name: t.redact(files.Shown(use.From, use.Path)), Use: "through what it names", File: t.redact(use.From)})
	}
}
