package spec

import (
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// token is RFC 9110, section 5.6.2: what names of headers and methods consist of.
var token = lazyregexp.New("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// fieldRules is what is particular to a kind of Field.
type fieldRules struct {
	of         string // what messages call one
	removable  bool   // null removes an inherited one
	ignoreCase bool
	checkName  func(name string) string  // what is wrong with the name, or ""
	checkValue func(value string) string // what is wrong with a value without expressions, or ""
}

func (l *loader) headers(p place, removable bool) []Field {
	return l.fields(p, fieldRules{"header", removable, true, tokenProblem, headerProblem})
}

func (l *loader) params(p place, removable bool) []Field {
	return l.fields(p, fieldRules{of: "parameter", removable: removable})
}

func (l *loader) cookies(p place, removable bool) []Field {
	return l.fields(p, fieldRules{"cookie", removable, false, tokenProblem, cookieProblem})
}

func (l *loader) form(p place) []Field { return l.fields(p, fieldRules{of: "form field"}) }

func tokenProblem(name string) string {
	if token.MatchString(name) {
		return ""
	}
	return "holds a character that no such name has"
}

func headerProblem(value string) string {
	if strings.ContainsFunc(value, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) {
		return "holds a line break or another control character"
	}
	return ""
}

func cookieProblem(value string) string {
	if strings.ContainsFunc(value, func(r rune) bool { return r == ';' || unicode.IsControl(r) }) {
		return "holds a semicolon or a control character"
	}
	return ""
}

// fields reads a map of names and texts.
func (l *loader) fields(p place, rules fieldRules) []Field {
	var all []Field
	seen := map[string]Pos{}
	l.entries(p, "a map of names and texts", func(name String, v place) {
		l.checkFieldName(name, rules, seen)
		f := Field{Name: name}
		if rules.removable && v.node.Value == "null" && isNull(v.node) {
			f.Remove = true
		} else {
			f.Values = l.fieldValues(v, rules)
		}
		all = append(all, f)
	})
	return all
}

func (l *loader) checkFieldName(name String, rules fieldRules, seen map[string]Pos) {
	if name.Value == "" {
		l.problems.Errorf(name.Pos, "a %s has an empty name", rules.of)
	} else if rules.checkName != nil && !holdsTemplate(name.Value) {
		if wrong := rules.checkName(name.Value); wrong != "" {
			l.problems.Errorf(name.Pos, "the %s name %q %s", rules.of, name.Value, wrong)
		}
	}
	if !rules.ignoreCase {
		return
	}
	key := strings.ToLower(name.Value)
	if first, ok := seen[key]; ok {
		p := l.problems.Errorf(name.Pos, "duplicate %s %q, first given at %s", rules.of, name.Value, first)
		if rules.checkValue != nil {
			p.WithHint("write a list to send it several times")
		}
	} else {
		seen[key] = name.Pos
	}
}

// fieldValues reads a text, or a list of them.
func (l *loader) fieldValues(p place, rules fieldRules) []String {
	var values []String
	add := func(v place) {
		s, ok := l.textOf(v, "text")
		if !ok {
			return
		}
		if rules.checkValue != nil && !holdsTemplate(s.Value) {
			if wrong := rules.checkValue(s.Value); wrong != "" {
				l.problems.Errorf(s.Pos, "the value of the %s %s", rules.of, wrong)
			}
		}
		values = append(values, s)
	}
	switch {
	case p.node.Kind == yaml.SequenceNode && len(p.node.Content) == 0:
		l.problems.Errorf(l.at(p), "%s is an empty list, expected at least one text", p.label())
	case p.node.Kind == yaml.SequenceNode:
		l.items(p, "", add)
	case p.node.Kind == yaml.MappingNode:
		l.expected(p, "text or a list of texts")
	case isNull(p.node) && p.node.Value == "null":
		l.expected(p, "text").WithHint(`null removes what is inherited, and nothing is inherited here; for the text, write "null"`)
	default:
		add(p)
	}
	return values
}
