package spec

import (
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// captureKinds are the keys of a capture of which at most one is given.
var captureKinds = []string{"gjson", "header", "cookie", "xpath", "cel"}

var captureFields = fields[Capture]{
	"gjson":   func(l *loader, c *Capture, p place) { c.GJSON = l.nonEmpty(p, "a gjson path") },
	"header":  func(l *loader, c *Capture, p place) { c.Header = l.tokenName(p, "header") },
	"cookie":  func(l *loader, c *Capture, p place) { c.Cookie = l.tokenName(p, "cookie") },
	"xpath":   func(l *loader, c *Capture, p place) { c.XPath = l.nonEmpty(p, "an XPath expression") },
	"cel":     func(l *loader, c *Capture, p place) { c.CEL = l.cel(p) },
	"regex":   func(l *loader, c *Capture, p place) { c.Regex = l.captureRegex(p) },
	"default": func(l *loader, c *Capture, p place) { c.Default = l.valueAt(p) },
	"secret":  func(l *loader, c *Capture, p place) { c.Secret, _ = l.boolean(p) },
}

func (l *loader) captures(p place) []Capture {
	if p.node.Kind == yaml.MappingNode && len(p.node.Content) == 0 {
		l.problems.Errorf(l.at(p), "%s is empty, so it captures nothing", p.label())
	}
	var all []Capture
	l.pairs(p, "a map of names and gjson paths", func(name String, v place) {
		c := Capture{Name: name}
		named := l.checkName(name, "a capture")
		switch ok := l.capture(v, &c); {
		case named && ok:
			all = append(all, c)
		case named:
			l.unread.Captures = append(l.unread.Captures, name.Value)
		}
	})
	return all
}

func (l *loader) capture(p place, c *Capture) bool {
	switch p.node.Kind {
	case yaml.ScalarNode:
		c.GJSON = l.nonEmpty(p, "a gjson path")
		return c.GJSON.IsSet()
	case yaml.MappingNode:
		return l.captureMap(p, c)
	}
	l.expected(p, "a gjson path or a map")
	return false
}

// captureMap reads a capture that says what it takes; ok is false where that
// could not be read.
func (l *loader) captureMap(p place, c *Capture) (ok bool) {
	t := Table{"a capture", CaptureKeys}
	orRegex := append(slices.Clone(captureKinds), "regex")
	one := true
	switch l.given(p, captureKinds) {
	case 0:
		one = l.exactlyOne(p, t, orRegex...)
	case 1:
	default:
		one = l.exactlyOne(p, t, captureKinds...)
	}
	if !read(l, p, t, captureFields, c) || !one {
		return false
	}
	set := 0
	for _, s := range []String{c.GJSON, c.Header, c.Cookie, c.XPath, c.CEL, c.Regex} {
		if s.IsSet() {
			set++
		}
	}
	return set > 0 && set == l.given(p, orRegex)
}

// tokenName reads the name of a header or a cookie.
func (l *loader) tokenName(p place, of string) String {
	s := l.nonEmpty(p, "the name of a "+of)
	if s.IsSet() && !holdsTemplate(s.Value) && !token.MatchString(s.Value) {
		l.problems.Errorf(s.Pos, "the %s name %q holds a character that no such name has", of, s.Value)
	}
	return s
}

// captureRegex reads a regular expression of which one group is taken.
func (l *loader) captureRegex(p place) String {
	if p.node.Kind == yaml.ScalarNode && holdsTemplate(p.node.Value) {
		return l.text(p)
	}
	v, ok := l.regex(p)
	if !ok {
		return String{}
	}
	if n := regexp.MustCompile(v.Scalar.Value).NumSubexp(); n > 1 {
		l.problems.Warnf(v.Pos, "the expression has %d groups, of which only the first is captured", n).
			WithHint("write (?:…) for a group that is not to be captured")
	}
	return v.Scalar
}
