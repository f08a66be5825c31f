package spec

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// matcher reads a matcher on a subject, or returns nil where it is none.
func (l *loader) matcher(p place, on Subject) *Matcher {
	m := &Matcher{Pos: l.at(p)}
	if p.node.Kind != yaml.MappingNode {
		v, ok := l.literal(p, on)
		if !ok {
			return nil
		}
		m.Literal = &v
		return m
	}
	if len(p.node.Content) == 0 {
		l.refuseEmpty(p)
		return nil
	}
	l.pairs(p, "", func(op String, v place) {
		if def := l.findOp(op, on); def != nil && !l.bad[v.node] {
			if o, ok := l.operation(v, def, on); ok {
				m.Ops = append(m.Ops, o)
			}
		}
	})
	if len(m.Ops) == 0 {
		return nil
	}
	return m
}

// literal reads what a subject is compared with.
func (l *loader) literal(p place, on Subject) (Value, bool) {
	switch {
	case on == SubjectLength:
		return l.number(p, true)
	case on == SubjectJSON:
		return l.value(p)
	case p.node.Kind == yaml.SequenceNode:
		l.expected(p, "text or a matcher").WithHint("write {one_of: […]} where several are right")
		return Value{}, false
	case isNull(p.node) && on&anyAbsent != 0:
		l.expected(p, "text or a matcher").WithHint("write {exists: false} where there must be no such %s", on.noun())
		return Value{}, false
	}
	return l.textValue(p, "text or a matcher")
}

// findOp returns the operation of the name, or reports why there is none.
func (l *loader) findOp(op String, on Subject) *MatcherDef {
	def := findMatcher(op.Value)
	switch {
	case def == nil:
		l.problems.Errorf(op.Pos, "unknown matcher %q", op.Value).Hint = suggestMatcher(op.Value, on)
		return nil
	case def.Subjects&on == 0:
		l.problems.Errorf(op.Pos, "the matcher %q does not look at %s", op.Value, subjectName(on)).
			WithHint("the matchers that do are %s", strings.Join(matcherNames(on), ", "))
		return nil
	}
	return def
}

// otherMatchers are names of matchers in other tools and what they are here.
var otherMatchers = map[string]string{
	"eq": "equals", "is": "equals", "==": "equals", "ne": "not", "neq": "not", "!=": "not",
	"greater": "gt", "greater_than": "gt", ">": "gt", "ge": "gte", "min": "gte", ">=": "gte",
	"less": "lt", "less_than": "lt", "<": "lt", "le": "lte", "max": "lte", "<=": "lte",
	"in": "one_of", "enum": "one_of", "regex": "matches", "regexp": "matches", "pattern": "matches",
	"size": "length", "len": "length", "count": "length", "prefix": "starts_with", "suffix": "ends_with",
	"present": "exists", "every": "each", "all": "each", "some": "any", "subset": "includes",
}

// suggestMatcher is the hint for the name of a matcher that there is not.
func suggestMatcher(name string, on Subject) string {
	names := matcherNames(on)
	if other := otherMatchers[strings.ToLower(name)]; slices.Contains(names, other) {
		return "did you mean " + strconv.Quote(other) + "?"
	}
	hint := didYouMean(name, names, "the matchers are")
	if on == SubjectJSON && Closest(name, names) == "" {
		hint = "a map is always a matcher: write {equals: {…}} to compare with an object; " + hint
	}
	return hint
}

func subjectName(s Subject) string {
	switch s {
	case SubjectHeader, SubjectCookie:
		return "a " + s.noun() + ", which is text"
	case SubjectXPath:
		return "what XPath picks, which is text"
	case SubjectText:
		return "the body as text"
	case SubjectLength:
		return "a length"
	}
	return "JSON"
}

// noun is what messages call one of those subjects that may be absent.
func (s Subject) noun() string {
	switch s {
	case SubjectHeader:
		return "header"
	case SubjectCookie:
		return "cookie"
	}
	return "node"
}

func (l *loader) operation(p place, def *MatcherDef, on Subject) (MatcherOp, bool) {
	op := MatcherOp{Name: p.key}
	switch def.Operand {
	case OperandMatcher:
		op.Sub = l.matcher(p, on)
		return op, op.Sub != nil
	case OperandLength:
		op.Sub = l.matcher(p, SubjectLength)
		return op, op.Sub != nil
	}
	var ok bool
	op.Value, ok = l.operand(p, def, on)
	return op, ok
}

// operand reads an operand that is not a matcher.
func (l *loader) operand(p place, def *MatcherDef, on Subject) (Value, bool) {
	if n := p.node; n.Kind == yaml.ScalarNode && !isNull(n) && holdsTemplate(n.Value) {
		return l.textValue(p, "")
	}
	switch def.Operand {
	case OperandBool:
		_, ok := l.boolean(p)
		return Value{Kind: Bool, Scalar: l.scalarOf(p), Pos: l.at(p)}, ok
	case OperandType:
		return l.oneOf(p, "a type", Types, typeNames)
	case OperandFormat:
		return l.oneOf(p, "a format", Formats, nil)
	case OperandText:
		s := l.nonEmpty(p, "text")
		return Value{Kind: Text, Scalar: s, Pos: s.Pos}, s.IsSet()
	case OperandRegex:
		return l.regex(p)
	case OperandNumber:
		return l.number(p, false)
	case OperandChoices, OperandList, OperandPart:
		return l.collection(p, def.Operand, on)
	}
	if on == SubjectJSON {
		return l.value(p)
	}
	return l.literal(p, on)
}

// scalarOf returns the scalar at p, or no scalar where p is a map or a list.
func (l *loader) scalarOf(p place) String {
	if p.node.Kind != yaml.ScalarNode || l.bad[p.node] {
		return String{}
	}
	return l.scalar(p.node)
}

// typeNames are names of types in other languages and what they are in JSON.
var typeNames = map[string]string{
	"bool": "boolean", "int": "number", "integer": "number", "float": "number", "double": "number",
	"text": "string", "str": "string", "list": "array", "map": "object", "dict": "object", "none": "null",
}

// oneOf reads one of a few words. The type null may be written without quotes.
func (l *loader) oneOf(p place, what string, names []string, others map[string]string) (Value, bool) {
	if isNull(p.node) && slices.Contains(names, p.node.Value) && !l.bad[p.node] {
		s := l.scalar(p.node)
		return Value{Kind: Text, Scalar: s, Pos: s.Pos}, true
	}
	s := l.nonEmpty(p, what)
	if !s.IsSet() {
		return Value{}, false
	}
	if !slices.Contains(names, s.Value) {
		problem := l.problems.Errorf(s.Pos, "%q is not %s", s.Value, what)
		if other := others[strings.ToLower(s.Value)]; other != "" {
			problem.WithHint("did you mean %q?", other)
		} else {
			problem.Hint = didYouMean(s.Value, names, "expected one of")
		}
		return Value{}, false
	}
	return Value{Kind: Text, Scalar: s, Pos: s.Pos}, true
}

func (l *loader) regex(p place) (Value, bool) {
	s := l.nonEmpty(p, "a regular expression")
	if !s.IsSet() {
		return Value{}, false
	}
	if _, err := regexp.Compile(s.Value); err != nil {
		l.refuseRegex(s, err)
		return Value{}, false
	}
	return Value{Kind: Text, Scalar: s, Pos: s.Pos}, true
}

// refuseRegex reports what is wrong with a regular expression, and with which
// part of it where that is not the whole.
func (l *loader) refuseRegex(s String, err error) {
	why, part := err.Error(), ""
	var bad *syntax.Error
	if errors.As(err, &bad) {
		why, part = bad.Code.String(), bad.Expr
	}
	problem := l.problems.Errorf(s.Pos, "%q is not a regular expression (RE2): %s", shorten(s.Value), why)
	if part != "" && part != s.Value {
		problem.Message += fmt.Sprintf(" in %q", shorten(part))
	}
	if strings.Contains(part, "(?<") || strings.Contains(part, "(?=") || strings.Contains(part, "(?!") {
		problem.WithHint("RE2 knows no look-ahead and look-behind")
	}
}

// number reads a number, or a text that holds an expression. A length is a
// whole number and not negative.
func (l *loader) number(p place, length bool) (Value, bool) {
	n := p.node
	if n.Kind == yaml.ScalarNode && !isNull(n) && holdsTemplate(n.Value) {
		return l.textValue(p, "")
	}
	if n.Kind != yaml.ScalarNode || !isPlain(n) || isNull(n) {
		problem := l.expected(p, "a number")
		if n.Kind == yaml.ScalarNode && jsonNumber.MatchString(n.Value) {
			problem.WithHint("write %s, without quotes", n.Value)
		}
		return Value{}, false
	}
	s := l.scalar(n)
	if !jsonNumber.MatchString(s.Value) {
		l.problems.Errorf(s.Pos, "%q is not a number in JSON's syntax", s.Value).
			WithHint("write a number like 42, -1 or 0.5")
		return Value{}, false
	}
	if _, err := strconv.ParseUint(s.Value, 10, 63); length && err != nil {
		l.problems.Errorf(s.Pos, "%s is not a length, expected a whole number from 0", s.Value)
		return Value{}, false
	}
	return Value{Kind: Number, Scalar: s, Pos: s.Pos}, true
}

// collection reads an operand that holds several values.
func (l *loader) collection(p place, want Operand, on Subject) (Value, bool) {
	isMap := p.node.Kind == yaml.MappingNode
	if p.node.Kind != yaml.SequenceNode && (!isMap || want != OperandPart) {
		words := map[Operand]string{OperandChoices: "a list of values", OperandList: "a list", OperandPart: "a map or a list"}
		l.expected(p, words[want])
		return Value{}, false
	}
	if len(p.node.Content) == 0 && want != OperandList {
		l.problems.Errorf(l.at(p), "%s is empty, so it checks nothing", p.label())
		return Value{}, false
	}
	if want != OperandChoices || on == SubjectJSON {
		return l.value(p)
	}
	v := Value{Kind: List, Pos: l.at(p)}
	complete := true
	l.items(p, "", func(item place) {
		choice, ok := l.choice(item, on)
		complete = complete && ok
		v.Items = append(v.Items, choice)
	})
	return v, complete
}

// choice reads an item of one_of on something other than JSON.
func (l *loader) choice(item place, on Subject) (Value, bool) {
	if on == SubjectLength {
		return l.number(item, true)
	}
	return l.textValue(item, "text")
}
