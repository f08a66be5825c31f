package spec

import "go.yaml.in/yaml/v3"

var captureFields = fields[Capture]{
	"gjson":  func(l *loader, c *Capture, p place) { c.GJSON = l.nonEmpty(p, "a gjson path") },
	"header": func(l *loader, c *Capture, p place) { c.Header = l.captureHeader(p) },
	"cel":    func(l *loader, c *Capture, p place) { c.CEL = l.cel(p) },
	"default": func(l *loader, c *Capture, p place) {
		if v, ok := l.value(p); ok {
			c.Default = &v
		}
	},
	"secret": func(l *loader, c *Capture, p place) { c.Secret, _ = l.boolean(p) },
}

func (l *loader) captures(p place) []Capture {
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
		t := Table{"a capture", CaptureKeys}
		one := l.exactlyOne(p, t, "gjson", "header", "cel")
		return read(l, p, t, captureFields, c) && one && (c.GJSON.IsSet() || c.Header.IsSet() || c.CEL.IsSet())
	}
	l.expected(p, "a gjson path or a map")
	return false
}

func (l *loader) captureHeader(p place) String {
	s := l.nonEmpty(p, "the name of a header")
	if s.IsSet() && !holdsTemplate(s.Value) && !token.MatchString(s.Value) {
		l.problems.Errorf(s.Pos, "the header name %q holds a character that no such name has", s.Value)
	}
	return s
}
