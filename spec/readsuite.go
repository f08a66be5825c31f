package spec

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var suiteFields = fields[Suite]{
	"name":        func(l *loader, s *Suite, p place) { s.Name = l.constant(p, "text") },
	"description": func(l *loader, s *Suite, p place) { s.Description = l.constant(p, "text") },
	"tags":        func(l *loader, s *Suite, p place) { s.Tags = l.tags(p) },
	"vars":        func(l *loader, s *Suite, p place) { s.Vars = l.vars(p) },
	"secrets":     func(l *loader, s *Suite, p place) { s.Secrets = l.secrets(p) },
	"source":      func(l *loader, s *Suite, p place) { s.Source = l.source(p) },
	"order":       func(l *loader, s *Suite, p place) { s.Order = l.order(p) },
	"expect":      func(l *loader, s *Suite, p place) { s.Expect = l.expect(p, "") },
	"setup":       func(l *loader, s *Suite, p place) { s.Setup = l.queries(p, PhaseSetup) },
	"queries":     func(l *loader, s *Suite, p place) { s.Queries = l.queries(p, PhaseQueries) },
	"teardown":    func(l *loader, s *Suite, p place) { s.Teardown = l.queries(p, PhaseTeardown) },
}

const suiteHint = "a suite has at least `source` and `queries`"

func (l *loader) suite(s *Suite, p place) {
	if p.node.Kind != yaml.MappingNode {
		l.expected(p, "a map").WithHint("%s", suiteHint)
		return
	}
	read(l, p, Table{"a suite", SuiteKeys}, suiteFields, s)
}

// list reads a list of texts without expressions.
func (l *loader) list(p place, want, item string) []String {
	var all []String
	l.items(p, want, func(i place) {
		s := l.constant(i, item)
		if !s.IsSet() {
			return
		}
		if n := slices.IndexFunc(all, func(o String) bool { return o.Value == s.Value }); n >= 0 {
			l.problems.Errorf(s.Pos, "%q is listed twice, first at %s", s.Value, all[n].Pos)
			return
		}
		all = append(all, s)
	})
	return all
}

func (l *loader) tags(p place) []String { return l.list(p, "a list of words", "a word") }

func (l *loader) order(p place) Order {
	s := l.constant(p, "safe, file or free")
	if s.IsSet() && !slices.Contains(Orders, Order(s.Value)) {
		l.problems.Errorf(s.Pos, "found the order %q, expected safe, file or free", s.Value)
		return OrderSafe
	}
	return Order(s.Value)
}

func (l *loader) vars(p place) []Var {
	var vars []Var
	l.pairs(p, "a map of names and values", func(name String, v place) {
		value, ok := l.value(v)
		switch named := l.checkName(name, "a variable"); {
		case named && ok:
			vars = append(vars, Var{name, value})
		case named:
			l.unread.Vars = append(l.unread.Vars, name.Value)
		}
	})
	return vars
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// celWords are the words that CEL keeps for itself.
var celWords = []string{
	"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if",
	"import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
}

// checkName tells whether an expression can read something of this name.
func (l *loader) checkName(name String, what string) bool {
	switch {
	case !identifier.MatchString(name.Value):
		l.problems.Errorf(name.Pos, "%q cannot name %s", name.Value, what).
			WithHint("use letters, digits and underscores, and no digit at the beginning")
	case slices.Contains(celWords, name.Value):
		l.problems.Errorf(name.Pos, "%q cannot name %s, because CEL keeps the word for itself", name.Value, what)
	default:
		return true
	}
	return false
}

var secretFields = fields[Secret]{
	"env":  func(l *loader, s *Secret, p place) { s.Env = l.constant(p, "the name of an environment variable") },
	"file": func(l *loader, s *Secret, p place) { s.FilePath = l.constant(p, "a path") },
}

func (l *loader) secrets(p place) []Secret {
	var secrets []Secret
	l.pairs(p, "a map of names and secrets", func(name String, v place) {
		s := Secret{Name: name}
		named := l.checkName(name, "a secret")
		switch ok := l.secret(v, &s); {
		case named && ok:
			secrets = append(secrets, s)
		case named:
			l.unread.Secrets = append(l.unread.Secrets, name.Value)
		}
	})
	return secrets
}

// secret reads where a secret is; ok is false where that is not said exactly once.
func (l *loader) secret(p place, s *Secret) (ok bool) {
	if p.node.Kind != yaml.MappingNode {
		l.expected(p, "a map that says where the secret is").
			WithHint("write {env: NAME} or {file: PATH}; a secret never stands in a suite")
		return false
	}
	t := Table{"a secret", SecretKeys}
	return l.exactlyOne(p, t, "env", "file") && read(l, p, t, secretFields, s) && s.Env.IsSet() != s.FilePath.IsSet()
}

// exactlyOne reports where not exactly one of the names is a key of the map at p.
// A key that is unknown may be meant to be one of them, so it is not reported twice.
func (l *loader) exactlyOne(p place, t Table, names ...string) bool {
	if p.node.Kind != yaml.MappingNode {
		return true // reading it reports that
	}
	var given []*yaml.Node
	unknown := false
	for i := 0; i < len(p.node.Content); i += 2 {
		k := follow(p.node.Content[i])
		unknown = unknown || !hasKey(t.Keys, k.Value)
		if slices.Contains(names, k.Value) {
			given = append(given, k)
		}
	}
	switch {
	case len(given) > 1:
		l.problems.Errorf(l.nodePos(given[1]), "%s has both %q and %q, expected one of them", t.Of, given[0].Value, given[1].Value)
	case len(given) == 0 && !unknown:
		l.problems.Errorf(l.mapPos(p), "%s has none of %s, expected one of them", t.Of, strings.Join(names, ", "))
	}
	return len(given) < 2
}

var sourceFields = fields[Source]{
	"base_url": func(l *loader, s *Source, p place) { s.BaseURL = l.baseURL(p) },
	"headers":  func(l *loader, s *Source, p place) { s.Headers = l.headers(p, false) },
	"params":   func(l *loader, s *Source, p place) { s.Params = l.params(p, false) },
	"cookies":  func(l *loader, s *Source, p place) { s.Cookies = l.cookies(p, false) },
	"timeout":  func(l *loader, s *Source, p place) { s.Timeout = l.duration(p) },
	"auth":     func(l *loader, s *Source, p place) { s.Auth = l.auth(p) },
}

func (l *loader) source(p place) *Source {
	if p.node.Kind == yaml.ScalarNode && !isNull(p.node) {
		l.expected(p, "a map").WithHint("a source stands in its suite: source: {base_url: …}")
		return nil
	}
	s := &Source{Pos: p.key.Pos}
	if !read(l, p, Table{"a source", SourceKeys}, sourceFields, s) {
		return nil
	}
	return s
}

func (l *loader) baseURL(p place) String {
	s := l.nonEmpty(p, "a URL")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return s
	}
	u, err := url.Parse(s.Value)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		l.problems.Errorf(s.Pos, "this is not a URL that requests can be sent to").
			WithHint("write one that begins with http:// or https:// and names a host")
	case u.User != nil:
		l.problems.Errorf(s.Pos, "the URL holds a user and password").WithHint("write them as auth: {type: basic, …}")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		l.problems.Errorf(s.Pos, "the base URL has a query or a fragment, expected none").
			WithHint("write query parameters as params")
	}
	return s
}
