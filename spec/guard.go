package spec

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// guard looks through the whole tree before it is read: for what the limits
// forbid, and for YAML that the suite language does without because it changes
// what a text says, such as tags. Nodes with the latter are left out of the
// reading; where a limit is passed, guard returns false and nothing is read.
//
// Decoding into nodes skips yaml.v3's own protection against aliases that
// multiply, so what they stand for is counted here.
func (l *loader) guard(root *yaml.Node) bool {
	g := &guard{l: l, path: map[*yaml.Node]bool{}}
	return g.visit(root, 0, false)
}

type guard struct {
	l       *loader
	nodes   int
	aliased int
	path    map[*yaml.Node]bool // the anchored nodes that the walk is inside of
	alias   *yaml.Node          // the outermost alias that the walk is inside of
}

// visit returns false where a limit is passed.
func (g *guard) visit(n *yaml.Node, depth int, aliased bool) bool {
	if !g.count(n, depth, aliased) {
		return false
	}
	if n.Kind == yaml.AliasNode {
		if g.path[n.Alias] {
			g.l.problems.Errorf(g.l.pos(n.Line, n.Column), "the alias *%s stands inside of what it repeats", n.Value)
			return false
		}
		if !aliased {
			g.alias = n
		}
		return g.visit(n.Alias, depth, true)
	}
	g.l.checkNode(n)
	if n.Anchor != "" {
		g.path[n] = true
		defer delete(g.path, n)
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && g.merge(child, n.Content[i+1]) {
			continue
		}
		if !g.visit(child, depth+1, aliased) {
			return false
		}
	}
	return true
}

// count holds the tree against the limits.
func (g *guard) count(n *yaml.Node, depth int, aliased bool) bool {
	g.nodes++
	if aliased {
		g.aliased++
	}
	if n.Kind == yaml.AliasNode && !aliased {
		return true // counted is what it stands for
	}
	pos := g.l.pos(n.Line, n.Column)
	if aliased {
		pos = g.l.pos(g.alias.Line, g.alias.Column)
	}
	switch {
	case depth > maxDepth:
		g.l.problems.Errorf(pos, depthMessage, maxDepth)
	case g.aliased > maxAliasNodes:
		g.l.problems.Errorf(pos, "the aliases of this file stand for more than %d values", maxAliasNodes)
	case g.nodes > maxNodes:
		g.l.problems.Errorf(pos, "the file has more than %d values", maxNodes)
	case len(n.Value) > maxScalarSize:
		g.l.problems.Errorf(pos, "a text is longer than %d MiB", maxScalarSize>>20)
	default:
		return true
	}
	return false
}

// merge tells whether key is YAML's merge key, and reports it.
func (g *guard) merge(key, value *yaml.Node) bool {
	if !isMerge(key) {
		return false
	}
	if !g.l.bad[key] {
		g.l.bad[key], g.l.bad[value] = true, true
		g.l.problems.Errorf(g.l.pos(key.Line, key.Column), "the merge key << is not part of the language").
			WithHint("write the keys out, or put what queries share into `source` or `expect`")
	}
	return true
}

// isMerge tells whether a key is YAML's merge key.
func isMerge(key *yaml.Node) bool { return key.Kind == yaml.ScalarNode && key.Tag == "!!merge" }

// checkNode reports a tag. A tag that was not meant as one has swallowed text:
// of `- !body.deleted` nothing would be left, of `- ! body.deleted` the opposite.
func (l *loader) checkNode(n *yaml.Node) {
	c := l.index.cursor(n.Line, n.Column)
	if c.peek() == '&' {
		c = l.skipProperty(c)
	}
	if c.peek() != '!' || l.bad[n] {
		return
	}
	l.bad[n] = true
	end := bytesUntil(c.data[c.at:], " \t\r\n,[]{}")
	tag := string(c.data[c.at : c.at+end])
	p := l.problems.Errorf(l.pos(c.line, c.col), "found the YAML tag %s, which the language does without", tag)
	if strings.HasPrefix(tag, "!!") {
		p.WithHint("leave the tag out; put a text that looks like a number into quotes")
	} else {
		p.WithHint("put a text that begins with ! into quotes")
	}
}

// anchorMark is an anchor. Its name is narrower than YAML's: what yaml.v3 takes.
var anchorMark = lazyregexp.New(`^&[0-9A-Za-z_-]*`)

// skipProperty returns the place after the anchor or tag at c and the space
// that follows it.
func (l *loader) skipProperty(c cursor) cursor {
	if c.peek() == '&' {
		c.advance(len(anchorMark.Find(c.data[c.at:])))
	} else {
		c.advance(bytesUntil(c.data[c.at:], " \t\r\n,[]{}"))
	}
	for c.at < len(c.data) {
		switch b := c.peek(); {
		case isBlank(b):
			c.skipBlanks()
		case isBreak(b) || b == '#':
			c.nextLine()
		default:
			return c
		}
	}
	return c
}

// commentKey is a comment that was meant as a key: a gjson path that begins with #.
var commentKey = lazyregexp.New(`^(#(?:\.[^\s:]*|\([^)\n]*\)[^\s:]*)?):(?:\s|$)`)

// checkComments reports keys that vanished as comments.
func (l *loader) checkComments(root *yaml.Node) {
	var texts map[int]bool // the lines that are inside of a text
	for n, start := range l.file.lines {
		c := cursor{l.file.Data, start, n + 1, 1}
		if c.skipBlanks(); c.peek() != '#' {
			continue
		}
		key := commentKey.FindStringSubmatch(l.file.Line(c.line)[c.at-start:])
		if key == nil {
			continue
		}
		if texts == nil {
			texts = map[int]bool{}
			l.noteTexts(root, texts)
		}
		if !texts[c.line] {
			l.problems.Errorf(l.pos(c.line, c.col), "this line is a comment, because it begins with #").
				WithHint("put a gjson path that begins with # into quotes: %q", key[1])
		}
	}
}

// noteTexts notes the lines, the first excepted, of the scalars below n.
func (l *loader) noteTexts(n *yaml.Node, lines map[int]bool) {
	if n.Kind == yaml.ScalarNode {
		c := l.start(n)
		if _, ok := verbatim(c, n); ok {
			return
		}
		table, _ := trace(c, n.Style, n.Value)
		for line := c.line + 1; line <= table[len(table)-1].Line; line++ {
			lines[line] = true
		}
	}
	for _, child := range n.Content {
		l.noteTexts(child, lines)
	}
}

// bytesUntil returns how many bytes of text come before the first of stops.
func bytesUntil(text []byte, stops string) int {
	for i, b := range text {
		if strings.IndexByte(stops, b) >= 0 {
			return i
		}
	}
	return len(text)
}
