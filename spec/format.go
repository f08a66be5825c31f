package spec

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Format returns the file, a suite or a source file, with the keys of its maps
// in the order of the Tables. What a file with errors means is not known, so of
// such a file it returns the problems and no text.
//
// Formatting moves text and rewrites none: every scalar stays as it is spelled,
// every comment and blank line goes with the key that it belongs to. Beyond that
// it removes blanks at the ends of lines and empty lines at the end of the file,
// and gives the last line its end. Maps whose keys the user chooses keep their
// order. No other file is read.
func Format(file *File) ([]byte, Problems) {
	mark, text := cutMark(file.Data)
	for _, pass := range []func(*formatter) []byte{(*formatter).blocks, (*formatter).flows, (*formatter).tidy} {
		before := newFormatter(file.Name, text)
		if before.problems.HasErrors() {
			return nil, before.problems
		}
		next := pass(before)
		if bytes.Equal(next, text) {
			continue
		}
		if after := newFormatter(file.Name, next); after.problems.HasErrors() || !before.same(before.root, after.root) {
			var ps Problems
			ps.Errorf(Pos{file, 1, 1}, "the keys of this file cannot be put in order without changing what it says").
				WithHint("this is a fault of apicel; please report it with the file")
			return nil, ps
		}
		text = next
	}
	return slices.Concat(mark, text), nil
}

// cutMark cuts the byte order mark off, with which no line begins.
func cutMark(data []byte) (mark, text []byte) {
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		return data[:len(byteOrderMark)], data[len(byteOrderMark):]
	}
	return nil, data
}

// formatter is one file while it is formatted.
type formatter struct {
	*loader
	root *yaml.Node
	// lines are those of the file with their ends, from index 1.
	lines []string
	// open tells that the last line has no end and belongs to a block scalar, in
	// which an end would count: it has to stay the last.
	open bool
	// anchors tells that the file may have some.
	anchors bool
}

func newFormatter(name string, text []byte) *formatter {
	f := &formatter{loader: newLoader(NewFile(name, text))}
	f.shapes = map[*yaml.Node][]Key{}
	if f.root = f.decode(); f.root == nil {
		return f
	}
	s := &Suite{File: f.file, Order: OrderSafe}
	if f.isSourceFile() {
		f.of = "a source file"
		read(f.loader, place{node: f.root, name: f.of}, Table{f.of, SourceFileKeys}, sourceFileFields, s)
	} else {
		f.suite(s, place{node: f.root, name: "a suite"})
		f.check(s)
	}
	f.problems = f.sorted()
	f.anchors = bytes.IndexByte(text, '&') >= 0
	f.split(string(text))
	return f
}

// isSourceFile tells source files, which hold nothing to send, from suites. A
// suite that only lacks its queries is a source file as well.
func (f *formatter) isSourceFile() bool {
	return f.root.Kind == yaml.MappingNode && gives(f.root, "source") && onlyKeys(f.root, SourceFileKeys)
}

// split fills lines.
func (f *formatter) split(text string) {
	f.lines = append([]string{""}, strings.SplitAfter(text, "\n")...)
	last := len(f.lines) - 1
	if f.lines[last] == "" {
		f.lines = f.lines[:last]
		return
	}
	leaf := lastLeaf(f.root)
	if f.open = isBlock(leaf) && f.lastLine(leaf) == last; !f.open {
		f.lines[last] += f.lineEnd()
	}
}

// lineEnd is how the lines of the file end.
func (f *formatter) lineEnd() string {
	if strings.HasSuffix(f.lines[1], "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// noteShape remembers the keys of a map for Format. A map that aliases make two
// different things has no one order.
func (l *loader) noteShape(n *yaml.Node, keys []Key) {
	if l.shapes == nil {
		return
	}
	if known, ok := l.shapes[n]; ok && !slices.Equal(known, keys) {
		keys = nil
	}
	l.shapes[n] = keys
}

// same tells whether two trees say the same: maps whose keys the language fixes
// in any order, everything else as it stands.
func (f *formatter) same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Style != b.Style || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode || f.shapes[a] == nil {
		return slices.EqualFunc(a.Content, b.Content, f.same)
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		j := 0
		for j < len(b.Content) && !f.same(a.Content[i], b.Content[j]) {
			j += 2
		}
		if j >= len(b.Content) || !f.same(a.Content[i+1], b.Content[j+1]) {
			return false
		}
	}
	return true
}

// ordered returns the places of a map's entries in the order in which they
// shall stand: that of the table, but an anchor stays before its aliases.
func (f *formatter) ordered(n *yaml.Node) []int {
	count := len(n.Content) / 2
	rank := make([]int, count)
	for i := range rank {
		rank[i] = slices.IndexFunc(f.shapes[n], func(k Key) bool { return k.Name == follow(n.Content[2*i]).Value })
	}
	bound := f.bound(n)
	var order []int
	left := make([]int, count)
	for i := range left {
		left[i] = i
	}
	for len(left) > 0 {
		best := -1
		for at, i := range left {
			free := !slices.ContainsFunc(left[:at], func(j int) bool { return bound(j, i) })
			if free && (best < 0 || rank[i] < rank[left[best]]) {
				best = at
			}
		}
		order = append(order, left[best])
		left = slices.Delete(left, best, best+1)
	}
	return order
}

// bound returns what tells whether two entries of a map have to keep their
// order, because one has an anchor whose name the other has too.
func (f *formatter) bound(n *yaml.Node) func(i, j int) bool {
	if !f.anchors {
		return func(int, int) bool { return false }
	}
	type names struct{ anchors, aliases map[string]bool }
	entries := make([]names, len(n.Content)/2)
	for i := range entries {
		entries[i] = names{map[string]bool{}, map[string]bool{}}
		noteAnchors(n.Content[2*i], entries[i].anchors, entries[i].aliases)
		noteAnchors(n.Content[2*i+1], entries[i].anchors, entries[i].aliases)
	}
	meets := func(a, b names) bool {
		for name := range a.anchors {
			if b.anchors[name] || b.aliases[name] {
				return true
			}
		}
		return false
	}
	return func(i, j int) bool { return meets(entries[i], entries[j]) || meets(entries[j], entries[i]) }
}

// noteAnchors notes the names below n, which an alias ends.
func noteAnchors(n *yaml.Node, anchors, aliases map[string]bool) {
	if n.Anchor != "" {
		anchors[n.Anchor] = true
	}
	if n.Kind == yaml.AliasNode {
		aliases[n.Value] = true
		return
	}
	for _, c := range n.Content {
		noteAnchors(c, anchors, aliases)
	}
}

// isInOrder tells whether nothing would move.
func isInOrder(order []int) bool { return slices.IsSorted(order) }

// lastLeaf is the last thing that is written of n.
func lastLeaf(n *yaml.Node) *yaml.Node {
	for n.Kind != yaml.AliasNode && len(n.Content) > 0 {
		last := n.Content[len(n.Content)-1]
		if isNothing(last) && n.Kind == yaml.MappingNode {
			last = n.Content[len(n.Content)-2]
		}
		n = last
	}
	return n
}

func isBlock(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

func isQuoted(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
}

// scalarEnd returns the tracer at the end of a scalar.
func (f *formatter) scalarEnd(n *yaml.Node) *tracer {
	t := &tracer{cursor: f.start(n), value: n.Value}
	switch {
	case isBlock(n):
		t.last = t.cursor
		t.block(n.Style&yaml.FoldedStyle != 0)
	case n.Style&yaml.DoubleQuotedStyle != 0:
		t.advance(1)
		t.flow('"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		t.advance(1)
		t.flow('\'')
	default:
		t.flow(0)
	}
	return t
}

// lastLine is the line that a leaf ends on, of an empty one 0.
func (f *formatter) lastLine(n *yaml.Node) int {
	switch {
	case isNothing(n):
		return 0
	case isBlock(n):
		return f.scalarEnd(n).last.line
	case isQuoted(n):
		return f.scalarEnd(n).line
	}
	return n.Line
}

// tidy removes what nobody sees: blanks at the ends of lines and empty lines at
// the end of the file.
func (f *formatter) tidy() []byte {
	inside := make([]bool, len(f.lines)+1) // of a scalar that goes on in the next line
	var note func(n *yaml.Node)
	note = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && !isNothing(n) {
			end := f.scalarEnd(n)
			last := end.line
			if isBlock(n) {
				last = end.last.line
				inside[last] = true // its blanks count
			}
			for line := n.Line; line < last; line++ {
				inside[line] = true
			}
		}
		for _, c := range n.Content {
			note(c)
		}
	}
	note(f.root)
	last := len(f.lines) - 1
	for last > 1 && !inside[last] && strings.TrimSpace(f.lines[last]) == "" {
		last--
	}
	var b strings.Builder
	for i, line := range f.lines[1 : last+1] {
		if !inside[i+1] {
			text := strings.TrimRight(line, "\r\n")
			line = strings.TrimRight(text, " \t") + line[len(text):]
		}
		b.WriteString(line)
	}
	return []byte(b.String())
}
