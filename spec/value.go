package spec

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// jsonNumber is the syntax of a number (RFC 8259, section 6).
var jsonNumber = lazyregexp.New(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// value reads a JSON value; ok is false where it is not one.
func (l *loader) value(p place) (v Value, ok bool) {
	v.Pos = l.at(p)
	switch {
	case l.bad[p.node]:
		return v, false
	case p.node.Kind == yaml.MappingNode:
		v.Kind = Map
		keys := l.entries
		if l.data {
			keys = l.pairs
		}
		ok = keys(p, "", func(key String, m place) {
			member, _ := l.value(m)
			v.Members = append(v.Members, Member{key, member})
		})
		return v, ok
	case p.node.Kind == yaml.SequenceNode:
		v.Kind = List
		v.Items = make([]Value, 0, len(p.node.Content))
		ok = l.items(p, "", func(item place) {
			element, _ := l.value(item)
			v.Items = append(v.Items, element)
		})
		return v, ok
	case isNothing(p.node):
		l.expected(p, "a value").WithHint(`write null, or "" for an empty text`)
		return v, false
	}
	v.Scalar = l.scalar(p.node)
	v.Kind, ok = l.kind(p.node, v.Scalar)
	return v, ok
}

// kind tells what a scalar means where JSON stands. JSON's own spellings mean
// what they mean in JSON; a text that YAML or its older versions would take for
// something else is refused, because one of the two readers is wrong.
func (l *loader) kind(n *yaml.Node, s String) (Kind, bool) {
	switch {
	case s.Quoted:
		return Text, true
	case s.Value == "null":
		return Null, true
	case s.Value == "true" || s.Value == "false":
		return Bool, true
	case jsonNumber.MatchString(s.Value):
		return Number, true
	}
	var is, write string
	switch n.Tag {
	case "!!null":
		is, write = "null", "null"
	case "!!bool":
		is, write = "a boolean", strings.ToLower(s.Value)
	case "!!int", "!!float":
		is = "a number"
	case "!!timestamp":
		is = "a date"
	default:
		l.checkYesNo(s)
		return Text, true
	}
	p := l.problems.Errorf(s.Pos, "%s is %s in YAML but not in JSON, expected a JSON value", s.Value, is)
	if write != "" {
		p.WithHint("write %s, or %q for the text", write, s.Value)
	} else {
		p.WithHint("write %q for the text, or a number in JSON's syntax", s.Value)
		if is == "a date" {
			p.WithHint("put it into quotes: %q", s.Value)
		}
	}
	return Text, false
}

// checkYesNo warns of the words that were booleans in YAML 1.1.
func (l *loader) checkYesNo(s String) {
	switch strings.ToLower(s.Value) {
	case "yes", "no", "on", "off":
		l.problems.Warnf(s.Pos, "%s is a text here, not a boolean", s.Value).
			WithHint("write true or false, or put the text into quotes: %q", s.Value)
	}
}

// textValue reads a scalar as text whatever it looks like.
func (l *loader) textValue(p place, want string) (Value, bool) {
	s, ok := l.textOf(p, want)
	return Value{Kind: Text, Scalar: s, Pos: s.Pos}, ok
}
