package spec

import "go.yaml.in/yaml/v3"

// schema reads a JSON Schema: the path of a file, or the schema itself, which is
// data through and through.
func (l *loader) schema(p place) *Schema {
	const want = "the path of a file, or the schema as a map"
	s := &Schema{Pos: l.at(p)}
	n := p.node
	switch {
	case n.Kind == yaml.MappingNode && len(n.Content) == 0:
		l.refuseEmpty(p)
		return nil
	case n.Kind == yaml.MappingNode:
		l.data = true
		s.Inline = l.valueAt(p)
		l.data = false
		if s.Inline == nil {
			return nil
		}
		return s
	case n.Kind == yaml.ScalarNode && isPlain(n) && (n.Tag == "!!bool" || n.Tag == "!!int" || n.Tag == "!!float"),
		n.Kind == yaml.SequenceNode:
		l.expected(p, want)
		return nil
	}
	if s.Path = l.filePath(p); !s.Path.IsSet() {
		return nil
	}
	return s
}

var snapshotFields = fields[Snapshot]{
	"path":   func(l *loader, s *Snapshot, p place) { s.Path = l.snapshotPath(p) },
	"ignore": func(l *loader, s *Snapshot, p place) { s.Ignore = l.ignored(p) },
}

// snapshot reads the snapshot of a query. In the expect of a suite it would be
// one file for the answers of all queries.
func snapshot(l *loader, e *expectForm, p place) {
	if e.phase == "" && !isNull(p.node) {
		l.problems.Errorf(p.key.Pos, "a snapshot in the suite's expect would be one file for the answers of all queries").
			WithHint("write snapshot into the expect of each query, each with a path of its own")
		return
	}
	lifting(func(l *loader, e *Expect, p place) { e.Snapshot = l.snapshot(p) })(l, e, p)
}

func (l *loader) snapshot(p place) *Snapshot {
	s := &Snapshot{Pos: l.at(p)}
	switch p.node.Kind {
	case yaml.MappingNode:
		read(l, p, Table{"a snapshot", SnapshotKeys}, snapshotFields, s)
	case yaml.ScalarNode:
		s.Path = l.snapshotPath(p)
	default:
		l.expected(p, "the path of a file, or a map")
	}
	if !s.Path.IsSet() {
		return nil
	}
	return s
}

// snapshotPath reads a path that may read the row, so that rows do not share a
// file; what is read and written there is never sent.
func (l *loader) snapshotPath(p place) String {
	s := l.nonEmpty(p, "the path of a file")
	if !s.IsSet() || !l.checkPath(p, s) {
		return String{}
	}
	return s
}

// ignored reads the gjson paths of what a snapshot does not compare.
func (l *loader) ignored(p place) []String {
	const want = "a list of gjson paths"
	switch n := p.node; {
	case n.Kind == yaml.ScalarNode && !isNull(n):
		l.expected(p, want).WithHint("write ignore: [%q]", n.Value)
		return nil
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		l.problems.Errorf(l.at(p), "%s is an empty list, expected at least one gjson path", p.label())
		return nil
	}
	return l.list(p, want, "a gjson path")
}
