package spec

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// foreignTemplates are how other tools write in a path that a value is inserted:
// the whole is the first group, the name of the value the second. OData has
// $filter and the like, so after a $ alone only a variable of expressions counts.
var foreignTemplates = []struct {
	pattern *lazyregexp.Regexp
	segment bool // looked for in the path only, not in its query part
}{
	{lazyregexp.New(`(\{\{\s*[$#]?([\w.-]+)\s*\}\})`), false},
	{lazyregexp.New(`(\{([A-Za-z_][\w.-]*)\})`), false},
	{lazyregexp.New(`(\$\(([A-Za-z_][\w.]*)\))`), false},
	{lazyregexp.New(`(\$((?:vars|captures|secrets|row|env)\.\w+))`), false},
	{lazyregexp.New(`/(<(?:[a-z]+:)?([A-Za-z_]\w*)>)(?:/|$)`), true},
	{lazyregexp.New(`/(:([A-Za-z_]\w*))(?:/|$)`), true},
}

// foreignTemplate finds in text, in which no ${ … } stands, the first part that
// other tools replace, and the name that it has; from is -1 where there is none.
func foreignTemplate(text string) (from, to int, name string) {
	from = -1
	if !strings.ContainsAny(text, "{<$:") {
		return from, 0, ""
	}
	path, _, _ := strings.Cut(text, "?")
	for _, t := range foreignTemplates {
		in := text
		if t.segment {
			in = path
		}
		m := t.pattern.FindStringSubmatchIndex(in)
		if m == nil || from >= 0 && m[2] >= from || m[2] > 0 && text[m[2]-1] == '$' {
			continue
		}
		from, to, name = m[2], m[3], text[m[4]:m[5]]
	}
	return from, to, name
}

// foreignValues are what other tools make up themselves, and what does so here.
var foreignValues = map[string]string{"guid": "uuid()", "randomUUID": "uuid()", "uuid": "uuid()", "randomInt": "random_int(0, 1000)"}

// insertHint says how a value of the name is inserted here.
func insertHint(name string) string {
	root, _, _ := strings.Cut(name, ".")
	switch {
	case foreignValues[name] != "":
		return "write ${" + foreignValues[name] + "}"
	case root != name && isVariable(root):
		return "write ${" + name + "}"
	case identifier.MatchString(name):
		return "write ${vars." + name + "}, or ${captures." + name + "} where an answer gives it"
	}
	return "write ${ … } with an expression, such as ${vars.name}"
}

func isVariable(root string) bool {
	for _, v := range Variables {
		if v.Name == root || v.Name == root+".*" {
			return true
		}
	}
	return false
}

// checkForeign warns of the first part of a text, its expressions excepted, that
// looks like the template of another tool.
func (l *loader) checkForeign(s String) {
	text := withoutTemplates(s.Value)
	if from, to, name := foreignTemplate(text); from >= 0 {
		l.problems.Warnf(s.At(from), "%s is sent as it stands, because only ${ … } inserts a value", shorten(text[from:to])).
			Hint = insertHint(name)
	}
}

// withoutTemplates blanks out the expressions of a text, their length kept.
func withoutTemplates(text string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	b := []byte(text)
	for i := nextTemplate(text, -1); i >= 0; {
		end, _ := scanCEL(text, i+len("${"), true)
		if end < 0 {
			end = len(text)
		}
		for n := i; n < end; n++ {
			b[n] = 0
		}
		if end == len(text) {
			break
		}
		i = nextTemplate(text, end-1)
	}
	return string(b)
}

var (
	// slashesMissing is an absolute URL with less than its two slashes.
	slashesMissing = lazyregexp.New(`^(?i:(https?):/?)([^/].*|$)`)
	// schemeMissing is a URL that begins with a host and a port.
	schemeMissing = lazyregexp.New(`^(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\]):[0-9]{2,5}(?:/|$)`)
)

// checkURLPath warns of a path that was probably meant as a URL.
func (l *loader) checkURLPath(s String) {
	text := withoutTemplates(s.Value)
	const below = "this is a path below the base URL, because "
	switch m := slashesMissing.FindStringSubmatch(text); {
	case m != nil:
		l.problems.Warnf(s.Pos, below+"// is missing after %s:", m[1]).WithHint("begin it with %s://", strings.ToLower(m[1]))
	case strings.HasPrefix(text, "//"):
		l.problems.Warnf(s.Pos, below+"a URL begins with http:// or https://").
			WithHint("write one of them before the //, or only one slash")
	case schemeMissing.MatchString(text):
		l.problems.Warnf(s.Pos, below+"a URL begins with http:// or https://").
			WithHint("write one of them before the host, or a slash before a path")
	}
}

// doubleBraces returns the text of {{ name }} where n is what YAML makes of it:
// a map whose only key is a map.
func (l *loader) doubleBraces(n *yaml.Node) (text, name string, ok bool) {
	if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle == 0 || len(n.Content) != 2 || !isNothing(n.Content[1]) {
		return "", "", false
	}
	inner := n.Content[0]
	if inner.Kind != yaml.MappingNode || len(inner.Content) != 2 || inner.Content[0].Kind != yaml.ScalarNode || !isNothing(inner.Content[1]) {
		return "", "", false
	}
	name = strings.TrimSpace(inner.Content[0].Value)
	return "{{" + shorten(name) + "}}", strings.TrimPrefix(name, "$"), true
}

// refuseBraces reports {{ name }} and tells whether p is that.
func (l *loader) refuseBraces(p place, want string) bool {
	text, name, ok := l.doubleBraces(p.node)
	if !ok {
		return false
	}
	problem := l.problems.Errorf(l.at(p), "%s inserts no value here", text)
	switch kind, _, _ := strings.Cut(strings.TrimPrefix(want, "a "), " "); {
	case kind == "map", kind == "list" && !strings.Contains(want, "expression"):
		problem.WithHint("write the %s out; ${ … } stands in the texts within it", kind)
	default:
		problem.Hint = quotedInsertHint(name)
	}
	return true
}

// quotedInsertHint is insertHint for a value without quotes.
func quotedInsertHint(name string) string {
	return strings.NewReplacer("${", `"${`, "}", `}"`).Replace(insertHint(name))
}

// bracesCause finds {{ name }} that more text follows, which YAML takes for a map.
func bracesCause(l *loader, e *syntaxProblem) bool {
	line := l.file.Line(e.at.line)
	m := foreignTemplates[0].pattern.FindStringSubmatchIndex(line)
	if m == nil || !e.is(noKey, noItem, noEnd, noKeyHere, noCommaMap, noCommaList) || utf8.RuneCountInString(line[:m[0]]) >= e.at.col {
		return false
	}
	e.at.col = utf8.RuneCountInString(line[:m[0]]) + 1
	e.message = shorten(line[m[0]:m[1]]) + " inserts no value here"
	e.hint = quotedInsertHint(line[m[4]:m[5]]) + ", with the whole value in the quotes"
	return true
}
