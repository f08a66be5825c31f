package spec

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// This file finds what YAML takes for a key and nobody meant as one.

// refuseKey reports a key that is not text.
func (l *loader) refuseKey(k *yaml.Node) {
	if isNothing(k) {
		l.problems.Errorf(l.nodePos(k), "a key is empty, expected text").WithHint(`write the key before the colon, or "" where it is meant`)
		return
	}
	l.problems.Errorf(l.nodePos(k), "a key is %s, expected text", found(k)).WithHint("put a key that begins with { or [ into quotes")
}

// gluedKey reports a key in braces that has swallowed its value, as in {status:200}.
func (l *loader) gluedKey(n *yaml.Node, i int) bool {
	k, v := n.Content[i], n.Content[i+1]
	if n.Style&yaml.FlowStyle == 0 || !isPlain(k) || !isNothing(v) {
		return false
	}
	m := gluedColon.FindStringSubmatchIndex(k.Value)
	if m == nil {
		return false
	}
	key := l.scalarAt(k)
	if c, _ := utf8.DecodeRuneInString(k.Value[m[6]:]); oddCharacters[c] != "" {
		l.problems.Errorf(key.At(m[6]), "%s", oddSpaceMessage(oddName(c))).Hint = oddSpaceHint(oddName(c))
		return true
	}
	l.problems.Errorf(key.At(m[4]), "found a colon without a space after it, which is part of the key %q", shorten(k.Value)).
		WithHint("write %s", spacedColon(k.Value))
	return true
}

// checkCut reports where a comma within the i-th value of a map in braces has
// made a key of what follows it, as in {max_duration: 1,5s}.
func (l *loader) checkCut(n *yaml.Node, i int) {
	value := n.Content[i+1]
	if n.Style&yaml.FlowStyle == 0 || value.Kind != yaml.ScalarNode || !isPlain(value) || value.Value == "" {
		return
	}
	cut, digits := false, false
	for i += 2; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || !isPlain(k) || !isNothing(v) {
			break
		}
		c := l.start(k)
		after := c.at + len(k.Value)
		if c.at == 0 || c.data[c.at-1] != ',' || after < len(c.data) && c.data[after] == ':' {
			break
		}
		cut = true
		digits = digits || isDigit(value.Value[len(value.Value)-1]) && isDigit(k.Value[0])
		l.bad[k], l.bad[v] = true, true
	}
	if !cut || l.bad[value] {
		return
	}
	l.bad[value] = true
	p := l.problems.Errorf(l.nodePos(value), "a comma ends this text, because it stands inside { }").
		WithHint("put the text into quotes")
	if digits {
		p.WithHint("write a point for a decimal comma, or put the text into quotes")
	}
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
