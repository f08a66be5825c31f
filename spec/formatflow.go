package spec

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v3"
)

// flows returns the file with the entries of its flow maps in order. Entries
// change places; what stands between them, commas, blanks and line breaks, stays.
func (f *formatter) flows() []byte {
	var out []byte
	done := 0
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		if n.Kind == yaml.AliasNode {
			return
		}
		if isFlow(n) {
			s := f.flow(n)
			out = append(append(out, f.file.Data[done:s.from]...), s.text...)
			done = s.to
			return
		}
		for _, c := range n.Content {
			visit(c)
		}
	}
	visit(f.root)
	return append(out, f.file.Data[done:]...)
}

func isFlow(n *yaml.Node) bool {
	return (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) && n.Style&yaml.FlowStyle != 0
}

// span is a part of the file and its text once it is formatted.
type span struct {
	from, to int
	text     []byte
}

// flow formats a flow map or list.
func (f *formatter) flow(n *yaml.Node) span {
	from := f.start(n).at
	if b := f.file.Data[from]; b != '{' && b != '[' {
		return f.pair(n, from)
	}
	w := flowWalk{f: f, children: map[int]span{}}
	for _, c := range n.Content {
		w.noteChild(c)
	}
	if !w.walk(from) {
		return span{from, from, nil}
	}
	whole := span{from, w.end, nil}
	if f.shapes[n] != nil && len(w.parts) == len(n.Content)/2 && !w.comments {
		if order := f.ordered(n); !isInOrder(order) && w.starts(n) {
			whole.text = w.inOrder(order, from)
			return whole
		}
	}
	whole.text = w.render(from, w.end)
	return whole
}

// pair formats what stands in the only entry of a map without braces ([a: b]).
func (f *formatter) pair(n *yaml.Node, from int) span {
	s := span{from, from, nil}
	for _, c := range n.Content {
		if isFlow(c) {
			child := f.flow(c)
			s.text = append(append(s.text, f.file.Data[s.to:child.from]...), child.text...)
			s.to = child.to
		}
	}
	return s
}

// flowWalk walks through a flow map or list, which yaml.v3 says the beginning of
// but not the end.
type flowWalk struct {
	f *formatter
	// children are what is skipped as a whole, by where it begins: flow maps and
	// lists, and quoted scalars.
	children map[int]span
	// parts are the entries, between the commas, without the blanks around them.
	parts    []span
	comments bool
	end      int
}

func (w *flowWalk) noteChild(c *yaml.Node) {
	switch {
	case isFlow(c):
		s := w.f.flow(c)
		w.children[s.from] = s
	case isQuoted(c):
		from := w.f.start(c).at
		to := w.f.scalarEnd(c).at + 1
		w.children[from] = span{from, to, w.f.file.Data[from:min(to, len(w.f.file.Data))]}
	}
}

// walk finds the parts and the end; false means that there is none.
func (w *flowWalk) walk(from int) bool {
	data := w.f.file.Data
	part := span{from: -1}
	for at := from + 1; at < len(data); {
		if child, ok := w.children[at]; ok && child.to > at {
			if part.from < 0 {
				part.from = at
			}
			at, part.to = child.to, child.to
			continue
		}
		switch b := data[at]; {
		case b == '}' || b == ']' || b == ',':
			if part.from >= 0 {
				w.parts = append(w.parts, part)
			}
			part = span{from: -1}
			if b != ',' {
				w.end = at + 1
				return true
			}
		case b == '#' && (isBlank(data[at-1]) || isBreak(data[at-1])):
			w.comments = true
			if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
				at += i
			}
		case isBlank(b) || isBreak(b):
		default:
			if part.from < 0 {
				part.from = at
			}
			part.to = at + 1
		}
		at++
	}
	return false
}

// starts tells whether each part begins with its key.
func (w *flowWalk) starts(n *yaml.Node) bool {
	for i, p := range w.parts {
		k := n.Content[2*i]
		if w.f.index.cursor(k.Line, k.Column).at != p.from {
			return false
		}
	}
	return true
}

func (w *flowWalk) inOrder(order []int, from int) []byte {
	var out []byte
	at := from
	for slot, i := range order {
		out = append(out, w.f.file.Data[at:w.parts[slot].from]...)
		out = append(out, w.render(w.parts[i].from, w.parts[i].to)...)
		at = w.parts[slot].to
	}
	return append(out, w.f.file.Data[at:w.end]...)
}

// render returns a part of the file with its children formatted.
func (w *flowWalk) render(from, to int) []byte {
	var inside []span
	for _, c := range w.children {
		if c.from >= from && c.to <= to {
			inside = append(inside, c)
		}
	}
	slices.SortFunc(inside, func(a, b span) int { return a.from - b.from })
	var out []byte
	for _, c := range inside {
		out = append(append(out, w.f.file.Data[from:c.from]...), c.text...)
		from = c.to
	}
	return append(out, w.f.file.Data[from:to]...)
}
