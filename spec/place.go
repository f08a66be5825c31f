package spec

import (
	"slices"
	"strconv"

	"strings"

	"go.yaml.in/yaml/v3"
)

// place is a node that is to be read and what messages call it.
type place struct {
	node *yaml.Node
	// key is the key that the node is the value of, or, for an item of a list,
	// the key that the list is the value of.
	key  String
	item bool
	name string // for what has no key
	// alias is where the node is repeated by an alias, else nowhere.
	alias Pos
}

// label is what messages call the place.
func (p place) label() string {
	switch {
	case p.name != "":
		return p.name
	case p.item && !p.key.IsSet():
		return "an item of a list"
	case p.item:
		return "an item of " + strconv.Quote(p.key.Value)
	}
	return strconv.Quote(p.key.Value)
}

// pos is where the value stands, or, where there is none, its key.
func (l *loader) at(p place) Pos {
	if p.key.IsSet() && !p.item && isNothing(p.node) {
		return p.key.Pos
	}
	return l.nodePos(p.node)
}

// nodePos is where a node begins, its anchor not counted.
func (l *loader) nodePos(n *yaml.Node) Pos {
	c := l.start(n)
	return l.pos(c.line, c.col)
}

// start is the place in the file where a node begins, anchors and tags not counted.
func (l *loader) start(n *yaml.Node) cursor {
	c := l.index.cursor(n.Line, n.Column)
	for (c.peek() == '&' && n.Anchor != "") || c.peek() == '!' {
		c = l.skipProperty(c)
	}
	return c
}

// follow returns the node that an alias stands for, and other nodes as they are.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// isNothing tells whether n is the empty space after a key or a list mark.
func isNothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && isPlain(n)
}

// isNull tells whether n is null, in any of YAML's spellings.
func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && isPlain(n) && n.Tag == "!!null"
}

func isPlain(n *yaml.Node) bool {
	return n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// found says what kind of thing n is, never what it says: it may be a secret.
func found(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case !isPlain(n):
		return "text"
	}
	switch n.Tag {
	case "!!null":
		return "null"
	case "!!bool":
		return "a boolean"
	case "!!int", "!!float":
		return "a number"
	}
	return "text"
}

// expected reports that p is not what it should be.
func (l *loader) expected(p place, want string) *Problem {
	if l.bad[p.node] || l.refuseBraces(p, want) || l.oddLine(l.at(p)) {
		return &Problem{} // has been reported
	}
	problem := &Problem{}
	if isNothing(p.node) {
		problem = l.problems.Errorf(l.at(p), "%s has no value, expected %s", p.label(), want)
	} else {
		problem = l.problems.Errorf(l.at(p), "%s is %s, expected %s", p.label(), found(p.node), want)
	}
	if problem.Hint = l.missingSpace(p, want); problem.Hint != "" {
		return &Problem{} // surer than what callers could add
	}
	return problem
}

// missingSpace is the hint for what is no list, no map or nothing because a
// space is missing.
func (l *loader) missingSpace(p place, want string) string {
	n := p.node
	c := l.start(n)
	first := n
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 {
		first = n.Content[0]
	}
	plain := first.Kind == yaml.ScalarNode && isPlain(first)
	switch {
	case isNothing(n) && isGlued(c.data[c.at:]):
		return commentHint
	case strings.HasPrefix(want, "a list") && plain && gluedDash.MatchString(first.Value):
		return dashHint
	case strings.HasPrefix(want, "a map") && plain && n.Kind == yaml.ScalarNode && gluedColon.MatchString(n.Value):
		return "put a space after the colon" // what follows it may be a secret
	}
	return ""
}

// pairs calls read for the keys of the map at p, in file order, each name once.
// It reports and leaves out keys that are no text, and duplicates.
func (l *loader) pairs(p place, want string, read func(key String, v place)) bool {
	if p.node.Kind != yaml.MappingNode || l.bad[p.node] {
		l.expected(p, want)
		return false
	}
	if l.refuseBraces(p, want) {
		return false
	}
	first := firstKeys(p.node.Content)
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		k, v := follow(p.node.Content[i]), follow(p.node.Content[i+1])
		if l.bad[k] {
			continue
		}
		if k.Kind != yaml.ScalarNode || isNothing(k) {
			l.refuseKey(k)
			continue
		}
		if l.checkCut(p.node, i); l.gluedKey(p.node, i) {
			continue
		}
		key := l.scalar(k)
		if j := first(i, key.Value); j >= 0 {
			l.problems.Errorf(key.Pos, "duplicate key %q, first given at %s", key.Value,
				l.nodePos(follow(p.node.Content[j])))
			continue
		}
		read(key, place{node: v, key: key, alias: l.aliasPos(p.node.Content[i+1])})
	}
	return true
}

// aliasPos is where n stands if it is an alias, else nowhere.
func (l *loader) aliasPos(n *yaml.Node) Pos {
	if n.Kind != yaml.AliasNode {
		return Pos{}
	}
	return l.pos(n.Line, n.Column)
}

// fewKeys is up to how many keys of a map are compared with each other; most
// maps have a handful, for which that is quicker than a table.
const fewKeys = 16

// firstKeys returns what finds, for the i-th node of a map's content, the place
// of the same key before it, or -1.
func firstKeys(content []*yaml.Node) func(i int, key string) int {
	if len(content) <= 2*fewKeys {
		return func(i int, key string) int {
			for j := 0; j < i; j += 2 {
				if k := follow(content[j]); k.Value == key && k.Kind == yaml.ScalarNode && !isNothing(k) {
					return j
				}
			}
			return -1
		}
	}
	seen := make(map[string]int, len(content)/2)
	return func(i int, key string) int {
		if j, ok := seen[key]; ok {
			return j
		}
		seen[key] = i
		return -1
	}
}

// entries is pairs for maps whose keys the user chooses. Expressions are not
// evaluated in keys, so a key that holds one is reported.
func (l *loader) entries(p place, want string, read func(key String, v place)) bool {
	return l.pairs(p, want, func(key String, v place) {
		if holdsTemplate(key.Value) {
			l.problems.Errorf(key.Pos, "the key %q holds ${ … }, but expressions are not evaluated in keys", key.Value)
		}
		read(key, v)
	})
}

// items calls read for the items of the list at p.
func (l *loader) items(p place, want string, read func(item place)) bool {
	if p.node.Kind != yaml.SequenceNode || l.bad[p.node] {
		l.expected(p, want)
		return false
	}
	for _, n := range p.node.Content {
		read(place{node: follow(n), key: p.key, item: true, alias: l.aliasPos(n)})
	}
	return true
}

// fields says how the value of each key of a map is read into a T.
type fields[T any] map[string]func(l *loader, into *T, v place)

// read reads a map with the keys of the table: it reports unknown keys and
// missing ones, and hands each other value to its entry in how.
func read[T any](l *loader, p place, t Table, how fields[T], into *T) bool {
	ok := l.pairs(p, "a map", func(key String, v place) {
		if !hasKey(t.Keys, key.Value) {
			l.unknownKey(key, t)
			return
		}
		if !l.bad[v.node] {
			how[key.Value](l, into, v)
		}
	})
	if !ok {
		return false
	}
	l.noteShape(p.node, t.Keys)
	for _, k := range t.Keys {
		if k.Required && !gives(p.node, k.Name) && !slices.Contains(meant(p, t), k.Name) {
			l.problems.Errorf(l.mapPos(p), "missing key %q in %s", k.Name, t.Of).Hint = missingHint(k.Name, p.node)
		}
	}
	return true
}

// mapPos is where to say that something is missing in a map.
func (l *loader) mapPos(p place) Pos {
	if p.key.IsSet() && !p.item {
		return p.key.Pos
	}
	return l.nodePos(p.node)
}

// gives tells whether the map n has the key.
func gives(n *yaml.Node, key string) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if follow(n.Content[i]).Value == key {
			return true
		}
	}
	return false
}

// missingHints show the required keys that hold more than a word.
var missingHints = map[string]string{
	"source":   "write source: {base_url: …}, with the URL of the API",
	"queries":  "write queries: and below it a list, such as - {name: …, get: /path}",
	"base_url": "write base_url: and the URL of the API",

	"grant_type": "write how the token is got, such as grant_type: client_credentials",
}

// missingHint is the hint for a key that the map n lacks.
func missingHint(key string, n *yaml.Node) string {
	if key == "queries" && gives(n, "source") && onlyKeys(n, SourceFileKeys) {
		return "a source file is not run by itself: name it in a suite, as source: PATH, and let its name not end in .apicel.yaml"
	}
	return missingHints[key]
}

// onlyKeys tells whether the map n has no key that is not among keys.
func onlyKeys(n *yaml.Node, keys []Key) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if !hasKey(keys, follow(n.Content[i]).Value) {
			return false
		}
	}
	return true
}

// valuePos is where the value of a key of the map at p stands.
func (l *loader) valuePos(p place, key string) Pos {
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		if follow(p.node.Content[i]).Value == key {
			return l.nodePos(follow(p.node.Content[i+1]))
		}
	}
	return l.mapPos(p)
}

// keyPos is where a key of the map at p stands.
func (l *loader) keyPos(p place, key string) Pos {
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		if k := follow(p.node.Content[i]); k.Value == key {
			return l.nodePos(k)
		}
	}
	return l.mapPos(p)
}

func hasKey(keys []Key, name string) bool {
	for i := range keys {
		if keys[i].Name == name {
			return true
		}
	}
	return false
}
