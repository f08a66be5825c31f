package spec

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// blocks returns the file with the entries of its block maps in order. Each
// entry is a run of whole lines, so that ordering is moving lines; only the mark
// of a list (- ) changes hands.
func (f *formatter) blocks() []byte {
	to := len(f.lines) - 1
	rest := to
	for leaf := f.lastLine(lastLeaf(f.root)); rest > leaf; rest-- {
		if strings.HasPrefix(f.lines[rest], "...") { // the end of the document
			to = rest - 1
		}
	}
	out := f.block(f.root, 1, to)
	return []byte(strings.Join(slices.Concat(out, f.lines[to+1:]), ""))
}

// block returns the lines from to to, of which n is the value that begins there.
func (f *formatter) block(n *yaml.Node, from, to int) []string {
	if n.Style&yaml.FlowStyle == 0 {
		switch n.Kind {
		case yaml.SequenceNode:
			return f.blockList(n, from, to)
		case yaml.MappingNode:
			return f.blockMap(n, from, to)
		}
	}
	return f.lines[from : to+1]
}

func (f *formatter) blockList(n *yaml.Node, from, to int) []string {
	var out []string
	begin := from
	for i, item := range n.Content {
		end := to
		if i+1 < len(n.Content) {
			end = f.dashLine(n, n.Content[i+1], begin) - 1
		}
		if end < begin {
			return f.lines[from : to+1] // no list that this can follow
		}
		out = append(out, f.block(item, begin, end)...)
		begin = end + 1
	}
	return append(out, f.lines[begin:to+1]...)
}

// dashLine is the line of the mark that an item stands after, or 0.
func (f *formatter) dashLine(list, item *yaml.Node, after int) int {
	for line := item.Line; line > after; line-- {
		text := f.lines[line]
		if len(text) >= list.Column && text[list.Column-1] == '-' && strings.Trim(text[:list.Column-1], " ") == "" {
			return line
		}
	}
	return 0
}

// entry is a key of a block map and its value as lines.
type entry struct {
	key    int      // the line of the key
	blanks []string // before it, and before head
	head   []string // comments that belong to it
	body   []string // its own lines and comments after it that are its own
	kept   bool     // ends with a scalar that would take empty lines after it
}

func (f *formatter) blockMap(n *yaml.Node, from, to int) []string {
	if !f.isPlainMap(n, from) {
		return f.lines[from : to+1]
	}
	prefix := f.lines[n.Content[0].Line][:n.Content[0].Column-1]
	stay, entries, tail := f.entries(n, from, to, prefix)
	order := f.ordered(n)
	if f.shapes[n] == nil || !f.mayMove(order, entries, to) {
		for i := range order {
			order[i] = i
		}
	}
	moves := !isInOrder(order)
	if first := order[0]; first != 0 { // what stands first has nothing to keep a distance from
		entries[0].blanks, entries[first].blanks = entries[first].blanks, nil
	}
	indent := strings.Repeat(" ", len(prefix))
	out := stay
	for at, i := range order {
		e, before := entries[i], indent
		if at == 0 {
			before = prefix
		}
		out = append(out, e.blanks...)
		for _, comment := range e.head {
			if moves {
				comment = indented(comment, before)
			}
			out = append(out, comment)
		}
		out = append(out, before+e.body[0][len(prefix):])
		out = append(out, e.body[1:]...)
	}
	return append(out, tail...)
}

// isPlainMap tells whether each key of the map begins a line of its own, all in
// one column, the first maybe after marks of a list.
func (f *formatter) isPlainMap(n *yaml.Node, from int) bool {
	if len(n.Content) == 0 {
		return false
	}
	col, before := n.Content[0].Column, from-1
	for i := 0; i < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Column != col || k.Line <= before || len(f.lines[k.Line]) < col {
			return false
		}
		prefix := strings.Trim(f.lines[k.Line][:col-1], " ")
		if i == 0 {
			prefix = strings.Trim(prefix, "- ")
		}
		if prefix != "" || strings.HasPrefix(f.lines[k.Line][col-1:], "? ") {
			return false
		}
		before = k.Line
	}
	return true
}

// mayMove tells whether the entries can be moved without a scalar taking more
// lines, or fewer, than it had.
func (f *formatter) mayMove(order []int, entries []entry, to int) bool {
	if f.open && to == len(f.lines)-1 && order[len(order)-1] != len(order)-1 {
		return false
	}
	for _, e := range entries {
		if e.kept {
			return false
		}
	}
	return true
}

// entries cuts the lines of a map: those that stay before it, its entries, and
// the comments that stay at its end.
func (f *formatter) entries(n *yaml.Node, from, to int, prefix string) (stay []string, all []entry, tail []string) {
	indent := len(prefix)
	first := n.Content[0].Line
	begin := first
	if strings.Trim(prefix, " ") == "" { // else they belong to the item of the list
		for begin > from && f.isComment(begin-1) && !isModeline(f.lines[begin-1]) {
			begin--
		}
		if f.beginsFile(begin) {
			begin = first // what the file begins with is about the file
		}
	}
	stay = append(stay, f.lines[from:begin]...)
	next := entry{key: first, head: f.lines[begin:first]}
	for i := 0; i < len(n.Content); i += 2 {
		limit := to
		if i+2 < len(n.Content) {
			limit = n.Content[i+2].Line - 1
		}
		e := next
		leaf := lastLeaf(&yaml.Node{Kind: yaml.MappingNode, Content: n.Content[i : i+2]})
		e.kept = isBlock(leaf) && f.keepsLines(leaf)
		end := f.bodyEnd(max(e.key, f.lastLine(leaf)), limit, indent, i+2 < len(n.Content))
		e.body = f.block(n.Content[i+1], e.key, end)
		all = append(all, e)
		if limit == to && i+2 >= len(n.Content) {
			tail = f.lines[end+1 : to+1]
			break
		}
		head := end + 1
		for head <= limit && f.isEmpty(head) {
			head++
		}
		next = entry{key: limit + 1, blanks: f.lines[end+1 : head], head: f.lines[head : limit+1]}
	}
	return stay, all, tail
}

// beginsFile tells whether nothing but comments for programs and the mark of a
// document stands before a line.
func (f *formatter) beginsFile(line int) bool {
	for line--; line > 0; line-- {
		if !isModeline(f.lines[line]) && !strings.HasPrefix(f.lines[line], "---") && !strings.HasPrefix(f.lines[line], "%") {
			return false
		}
	}
	return true
}

// bodyEnd is the last line of an entry that ends on line last or later and has
// nothing but comments and empty lines from there to limit: of the comments,
// those that are indented further than the entry are its own, and those that
// stand right below it where an empty line separates them from what follows.
func (f *formatter) bodyEnd(last, limit, indent int, more bool) int {
	end := limit
	for end > last && (f.isEmpty(end) || f.isComment(end)) {
		end--
	}
	for line := end + 1; line <= limit; line++ {
		if f.isEmpty(line) {
			continue
		}
		if indentOf(f.lines[line]) <= indent {
			break
		}
		end = line
	}
	if !more || end >= limit || f.isEmpty(end+1) {
		return end
	}
	for line := end + 1; line <= limit; line++ {
		if f.isEmpty(line) {
			return line - 1
		}
	}
	return end
}

// keepsLines tells whether a block scalar keeps the empty lines after it (|+).
func (f *formatter) keepsLines(n *yaml.Node) bool {
	c := f.start(n)
	head, _, _ := strings.Cut(f.lines[c.line][c.at-f.file.lines[c.line-1]:], "#")
	return strings.Contains(head, "+")
}

func (f *formatter) isEmpty(line int) bool { return strings.TrimSpace(f.lines[line]) == "" }

func (f *formatter) isComment(line int) bool {
	return strings.HasPrefix(strings.TrimLeft(f.lines[line], " \t"), "#")
}

// isModeline tells comments that are for programs and stand first in a file.
func isModeline(line string) bool {
	return strings.HasPrefix(line, "#!") || strings.Contains(line, "yaml-language-server:") || strings.Contains(line, "vim:")
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// indented returns a comment that stands no further right than what it belongs to,
// where it could become a line of a block scalar.
func indented(comment, before string) string {
	indent := indentOf(before + "x")
	text := strings.TrimLeft(comment, " \t")
	if strings.TrimSpace(text) == "" || len(comment)-len(text) <= indent {
		return comment
	}
	return strings.Repeat(" ", indent) + text
}
