package spec

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// scalar returns the scalar n with its place. Every scalar that is read passes
// here, so what is wrong with scalars wherever they stand is reported here.
func (l *loader) scalar(n *yaml.Node) String {
	s := l.scalarAt(n)
	l.checkOdd(s)
	return s
}

func (l *loader) scalarAt(n *yaml.Node) String {
	c := l.start(n)
	s := String{Value: n.Value, Pos: l.pos(c.line, c.col), Quoted: !isPlain(n)}
	if end, ok := verbatim(c, n); ok {
		if table := longLine(s); table != nil {
			s.layout = &layout{offsets: table}
		}
		if !s.Quoted {
			l.checkGlued(s, c.data[end:])
		}
		return s
	}
	table, _ := trace(c, n.Style, n.Value)
	last := table[len(table)-1]
	s.layout = &layout{n.Style&yaml.LiteralStyle == 0 && last.Line > c.line, table}
	if !s.Quoted {
		end := l.index.cursor(last.Line, last.Col)
		l.checkGlued(s, end.data[end.at:])
	}
	if s.isFolded() && holdsTemplate(s.Value) {
		for i := strings.Index(s.Value, "${"); i >= 0; i = nextTemplate(s.Value, i) {
			_, comment := scanCEL(s.Value, i+len("${"), true)
			l.checkComment(s, comment)
		}
	}
	return s
}

// verbatim tells whether n stands in the file as it is, on one line, and where
// it ends.
func verbatim(c cursor, n *yaml.Node) (end int, ok bool) {
	rest := c.data[c.at:]
	var quote string
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		quote = `"`
		ok = !strings.ContainsAny(n.Value, `"\`)
	case n.Style&yaml.SingleQuotedStyle != 0:
		quote = "'"
		ok = !strings.Contains(n.Value, quote)
	default:
		ok = isPlain(n)
	}
	if !ok || !bytes.HasPrefix(rest, []byte(quote)) {
		return 0, false
	}
	rest = rest[len(quote):]
	if len(rest) < len(n.Value) || string(rest[:len(n.Value)]) != n.Value {
		return 0, false
	}
	return c.at + len(quote) + len(n.Value), bytes.HasPrefix(rest[len(n.Value):], []byte(quote))
}

// longLine returns a table for a text that stands in the file as it is, where
// it is so long that counting its characters each time would be slow.
func longLine(s String) []offset {
	if len(s.Value) <= tableStep {
		return nil
	}
	o := offset{0, s.Pos.Line, s.Pos.Col}
	if s.Quoted {
		o.Col++
	}
	table := []offset{o}
	for {
		next := o.Value + tableStep
		for next < len(s.Value) && !utf8.RuneStart(s.Value[next]) {
			next++
		}
		if next >= len(s.Value) {
			return table
		}
		o.Col += utf8.RuneCountInString(s.Value[o.Value:next])
		o.Value = next
		table = append(table, o)
	}
}

// checkGlued reports a comment that reads like a part of the plain scalar
// before it, which ends where rest begins: one whose # is not followed by a
// space, as in `Order #17`.
func (l *loader) checkGlued(s String, rest []byte) {
	if !isGlued(rest) {
		return
	}
	line := string(rest[:bytesUntil(rest, "\r\n")])
	if i := strings.Index(line, " # "); i > 0 {
		line = line[:i]
	}
	hash := s.At(len(s.Value))
	hash.Col += strings.IndexByte(line, '#')
	l.problems.Errorf(hash, "what follows # is cut off as a comment").
		WithHint("put the whole into quotes: %q; or put a space after the # of a comment", s.Value+line)
}

// isGlued tells whether rest begins with a space and a comment whose # is not
// followed by one.
func isGlued(rest []byte) bool {
	c := cursor{data: rest}
	c.skipBlanks()
	if c.at == 0 || c.peek() != '#' {
		return false
	}
	word := bytes.TrimLeft(rest[c.at:], "#")
	return len(word) > 0 && !isBlank(word[0]) && !isBreak(word[0])
}

// checkComment reports a comment in an expression whose lines are joined.
func (l *loader) checkComment(s String, comment int) {
	if comment >= 0 && s.isFolded() {
		l.problems.Errorf(s.At(comment), "this comment (//) swallows the lines after it, because YAML joins them into one").
			WithHint("write the expression as a block that keeps its lines (|), or leave the comment out")
	}
}

// text reads a text that may be empty.
func (l *loader) text(p place) String {
	s, _ := l.textOf(p, "text")
	return s
}

func (l *loader) textOf(p place, want string) (String, bool) {
	if p.node.Kind != yaml.ScalarNode || isNull(p.node) || l.bad[p.node] {
		problem := l.expected(p, want)
		if isNull(p.node) && p.node.Value != "" && want == "text" {
			problem.WithHint("put the text into quotes: %q", p.node.Value)
		}
		return String{}, false
	}
	return l.scalar(p.node), true
}

// openTemplate reports a ${ that nothing closes, and tells whether p is a text
// with one.
func (l *loader) openTemplate(p place) bool {
	if p.node.Kind != yaml.ScalarNode || isNull(p.node) || l.bad[p.node] {
		return false
	}
	for i := nextTemplate(p.node.Value, -1); i >= 0; {
		end, _ := scanCEL(p.node.Value, i+len("${"), true)
		if end < 0 {
			l.problems.Errorf(l.scalar(p.node).At(i), "${ has no closing }").
				WithHint("close it with }, or write $${ for the two characters")
			return true
		}
		i = nextTemplate(p.node.Value, end-1)
	}
	return false
}

// nonEmpty reads a text of at least one character.
func (l *loader) nonEmpty(p place, want string) String {
	s, ok := l.textOf(p, want)
	if ok && strings.TrimSpace(s.Value) == "" {
		l.problems.Errorf(s.Pos, "%s is empty, expected %s", p.label(), want)
		return String{}
	}
	return s
}

// constant reads a text that cannot hold an expression.
func (l *loader) constant(p place, want string) String {
	s := l.nonEmpty(p, want)
	if i := strings.Index(s.Value, "${"); i >= 0 {
		l.problems.Errorf(s.At(i), "%s holds ${ … }, but no expression is evaluated here", p.label())
		return String{}
	}
	return s
}

// cel reads an expression.
func (l *loader) cel(p place) String {
	s := l.nonEmpty(p, "a CEL expression")
	if wholeTemplate(s.Value) {
		inside := strings.TrimSpace(s.Value[len("${") : len(s.Value)-1])
		l.problems.Errorf(s.Pos, "%s is CEL already, expected no ${ } around it", p.label()).
			WithHint("write %s", inside)
		return String{}
	}
	_, comment := scanCEL(s.Value, 0, false)
	l.checkComment(s, comment)
	return s
}

// booleans are the spellings of booleans in YAML 1.1 and elsewhere.
var booleans = map[string]string{"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}

// boolean reads true or false; ok is false where it is neither.
func (l *loader) boolean(p place) (value, ok bool) {
	if n := p.node; n.Kind == yaml.ScalarNode && isPlain(n) && (n.Value == "true" || n.Value == "false") {
		return l.scalar(n).Value == "true", true
	}
	problem := l.expected(p, "true or false")
	if n := p.node; n.Kind == yaml.ScalarNode {
		if word := booleans[strings.ToLower(n.Value)]; word != "" {
			problem.WithHint("write %s", word)
			if !isPlain(n) {
				problem.WithHint("write %s, without quotes", word)
			}
		}
	}
	return false, false
}

// flag reads true or false, or returns nil where it is neither.
func (l *loader) flag(p place) *bool {
	value, ok := l.boolean(p)
	if !ok {
		return nil
	}
	return &value
}

// wholeNumber reads a number from least to most, or returns nil where it is none.
func (l *loader) wholeNumber(p place, least, most int) *int {
	if i := strings.Index(p.node.Value, "${"); i >= 0 && p.node.Kind == yaml.ScalarNode && !l.bad[p.node] {
		l.problems.Errorf(l.scalar(p.node).At(i), "%s holds ${ … }, but no expression is evaluated here", p.label())
		return nil
	}
	v, ok := l.number(p, false)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(v.Scalar.Value)
	if err != nil || n < least || n > most {
		l.problems.Errorf(v.Pos, "%s is %s, expected a whole number from %d to %d", p.label(), shorten(v.Scalar.Value), least, most)
		return nil
	}
	return &n
}

// chosen reads one of the Choices that a type of keys has.
func (l *loader) chosen(p place, kind string) String {
	s := l.constant(p, kind)
	names := Choices[kind]
	if !s.IsSet() || slices.Contains(names, s.Value) {
		return s
	}
	problem := l.problems.Errorf(s.Pos, "%s is %q, expected %s", p.label(), shorten(s.Value), kind)
	if plain := plainVersion(s.Value); slices.Contains(names, plain) {
		problem.WithHint("write %s", plain)
	}
	return String{}
}

// plainVersion takes from a version what others write around its number: of
// HTTP/1.1, TLSv1.2 and h2 it leaves 1.1, 1.2 and 2.
func plainVersion(text string) string {
	text = strings.TrimLeft(strings.ToLower(text), "htpslv/ _.")
	text = strings.ReplaceAll(text, "_", ".")
	return strings.Replace(text, "2.0", "2", 1)
}

// duration reads a duration, or a template that gives one.
func (l *loader) duration(p place) Duration {
	s := l.nonEmpty(p, "a duration")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return Duration{Text: s}
	}
	d, err := ParseDuration(s.Value)
	if err != nil {
		l.problems.Errorf(s.Pos, "%v", err)
	}
	return Duration{Text: s, Value: d}
}
