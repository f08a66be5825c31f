package spec

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

var suiteFields = fields[Suite]{
	"name":        func(l *loader, s *Suite, p place) { s.Name = l.constant(p, "text") },
	"description": func(l *loader, s *Suite, p place) { s.Description = l.constant(p, "text") },
	"tags":        func(l *loader, s *Suite, p place) { s.Tags = l.tags(p) },
	"vars":        func(l *loader, s *Suite, p place) { s.Vars = l.vars(p) },
	"secrets":     func(l *loader, s *Suite, p place) { s.Secrets = l.secrets(p) },
	"source":      func(l *loader, s *Suite, p place) { s.Source = l.sourceOrFile(p) },
	"order":       func(l *loader, s *Suite, p place) { s.Order = l.order(p) },
	"expect":      func(l *loader, s *Suite, p place) { s.Expect = l.expect(p, "") },
	"setup":       func(l *loader, s *Suite, p place) { s.Setup = l.queries(p, PhaseSetup) },
	"queries":     func(l *loader, s *Suite, p place) { s.Queries = l.queries(p, PhaseQueries) },
	"teardown":    func(l *loader, s *Suite, p place) { s.Teardown = l.queries(p, PhaseTeardown) },
}

// fileHints say what each kind of file holds.
var fileHints = map[string]string{
	"a suite":       "a suite has at least `source` and `queries`",
	"a source file": "a source file has at least `source`",
}

func (l *loader) suite(s *Suite, p place) {
	if p.node.Kind != yaml.MappingNode {
		l.expected(p, "a map").Hint = fileHints[l.of]
		return
	}
	read(l, p, Table{"a suite", SuiteKeys}, suiteFields, s)
	if l.sourceFile != nil {
		l.merge(s, l.sourceFile)
	}
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

// tags reads words that --tag can name.
func (l *loader) tags(p place) []String {
	tags := l.list(p, "a list of words", "a word")
	for _, t := range tags {
		switch {
		case t.Value == "" || strings.TrimSpace(t.Value) != t.Value:
			l.problems.Errorf(t.Pos, "found the tag %q, expected a word without spaces around it", t.Value)
		case strings.Contains(t.Value, ","):
			l.problems.Errorf(t.Pos, "the tag %q holds a comma, which separates tags in --tag", t.Value).
				WithHint("write two tags, each an item of the list")
		case strings.HasPrefix(t.Value, "!"):
			l.problems.Errorf(t.Pos, "the tag %q begins with !, which excludes a tag in --tag", t.Value).
				WithHint("write a word for what it is, and leave it out with --tag '%s'", t.Value)
		}
	}
	return tags
}

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

var identifier = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

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

// given counts which of the names are keys of the map at p.
func (l *loader) given(p place, names []string) int {
	n := 0
	for _, name := range names {
		if p.node.Kind == yaml.MappingNode && gives(p.node, name) {
			n++
		}
	}
	return n
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
