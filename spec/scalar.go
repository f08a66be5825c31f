package spec

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// tableStep is how many bytes of decoded text an entry of a String's table may
// stand for, so that translating a place in a long scalar stays cheap.
const tableStep = 1 << 10

// tracer walks through a scalar as it stands in the file, in step with its
// decoded text, and notes where each part of that text comes from.
//
// yaml.v3 says where a scalar begins and what it decodes to, but not what came
// from where. The walk follows the rules of YAML 1.2.2, chapters 7.3 and 8.1,
// for folding, escapes and block indentation; it never decides what the text
// is, and every step is compared with it.
type tracer struct {
	cursor
	value   string
	out     int // how much of value has been accounted for
	offsets []offset
	last    cursor // where the last character accounted for stands
	next    offset // what an entry at out would be if nothing was skipped
}

// trace returns the table for the scalar of the given style that begins at c,
// and whether the whole of value was found in the file.
func trace(c cursor, style yaml.Style, value string) ([]offset, bool) {
	t := &tracer{cursor: c, value: value}
	ok := false
	switch {
	case style&yaml.DoubleQuotedStyle != 0:
		t.advance(1)
		ok = t.flow('"')
	case style&yaml.SingleQuotedStyle != 0:
		t.advance(1)
		ok = t.flow('\'')
	case style&yaml.LiteralStyle != 0:
		ok = t.block(false)
	case style&yaml.FoldedStyle != 0:
		ok = t.block(true)
	default:
		ok = t.flow(0)
	}
	end := t.cursor
	if strings.HasSuffix(value, "\n") && end.line > t.last.line {
		end = t.last // the end of the last line, not the line below the scalar
	}
	t.mark(end)
	return t.offsets, ok
}

// mark notes that the decoded text from here on comes from c.
func (t *tracer) mark(c cursor) {
	here := offset{t.out, c.line, c.col}
	last := len(t.offsets) - 1
	if last >= 0 && here == t.next && t.out-t.offsets[last].Value < tableStep {
		return
	}
	if last >= 0 && t.offsets[last].Value == t.out {
		t.offsets[last] = here
		return
	}
	t.offsets = append(t.offsets, here)
}

// emit accounts for the next character of the decoded text, which stands at c
// in the file, and tells whether that character is the one expected. Any
// character will do where want is 0.
func (t *tracer) emit(c cursor, want rune) bool {
	r, size := utf8.DecodeRuneInString(t.value[t.out:])
	if size == 0 || want != 0 && r != want {
		return false
	}
	t.mark(c)
	t.out += size
	t.last = c
	t.next = offset{t.out, c.line, c.col + 1}
	return true
}

// copyRune accounts for a character that stands for itself.
func (t *tracer) copyRune() bool {
	r, _ := utf8.DecodeRune(t.data[t.at:])
	ok := t.emit(t.cursor, r)
	t.advance(1)
	return ok
}

// flow walks through a plain scalar (quote 0) or the inside of a quoted one.
func (t *tracer) flow(quote byte) bool {
	for t.out < len(t.value) || quote != 0 && t.peek() != quote {
		ok := false
		switch b := t.peek(); {
		case t.at >= len(t.data):
			return false
		case isBreak(b) || isBlank(b) && isBreak(t.afterBlanks()):
			t.skipBlanks()
			ok = t.fold(t.cursor)
		case quote == '\'' && b == '\'':
			ok = t.emit(t.cursor, '\'')
			t.advance(2)
		case quote == '"' && b == '\\':
			ok = t.escape()
		default:
			ok = t.copyRune()
		}
		if !ok {
			return false
		}
	}
	return true
}

// fold walks over one or more line breaks and the blanks around them: a single
// break is a space, of several all but the first are line breaks. The first
// begins at from.
func (t *tracer) fold(from cursor) bool {
	if !t.moreBreaks() {
		return t.emit(from, ' ')
	}
	return t.keepBreaks()
}

// moreBreaks walks over a line break and the blanks after it and tells whether
// another follows.
func (t *tracer) moreBreaks() bool {
	t.nextLine()
	t.skipBlanks()
	return isBreak(t.peek())
}

// keepBreaks accounts for line breaks that stand for themselves.
func (t *tracer) keepBreaks() bool {
	for isBreak(t.peek()) {
		if !t.emit(t.cursor, '\n') {
			return false
		}
		t.nextLine()
		t.skipBlanks()
	}
	return true
}

// escape walks over a backslash and what it escapes.
func (t *tracer) escape() bool {
	from := t.cursor
	t.advance(1)
	if isBreak(t.peek()) { // an escaped break leaves nothing but the empty lines after it
		t.nextLine()
		t.skipBlanks()
		return t.keepBreaks()
	}
	length := 1
	switch t.peek() {
	case 'x':
		length = 3
	case 'u':
		length = 5
	case 'U':
		length = 9
	}
	t.advance(length)
	return t.emit(from, 0)
}

// block walks through a block scalar; the tracer stands at its | or >.
//
// The breaks between two lines are held back until the next line shows whether
// they fold: in a folded scalar they do where neither line is indented further.
func (t *tracer) block(folded bool) bool {
	t.nextLine()
	indent := t.blockIndent()
	var held []cursor
	first, indented := true, false
	tail := len(strings.TrimRight(t.value, "\n"))
	for t.at < len(t.data) && (t.out < tail || t.out+len(held) < len(t.value)) {
		t.skipSpaces(indent)
		if !isBreak(t.peek()) {
			if t.col <= indent {
				break
			}
			was := indented
			indented = isBlank(t.peek())
			if !t.release(held, folded && !first && !was && !indented) || !t.copyLine() {
				return false
			}
			held, first = held[:0], false
			if t.at >= len(t.data) {
				break
			}
		}
		held = append(held, t.cursor)
		t.nextLine()
	}
	return t.release(held[:min(len(held), len(t.value)-t.out)], false) && t.out == len(t.value)
}

// release accounts for the breaks held back, folded or as they are.
func (t *tracer) release(held []cursor, folded bool) bool {
	if folded && len(held) == 1 {
		return t.emit(held[0], ' ')
	}
	if folded && len(held) > 0 {
		held = held[1:]
	}
	for _, c := range held {
		if !t.emit(c, '\n') {
			return false
		}
	}
	return true
}

// copyLine accounts for the rest of the line.
func (t *tracer) copyLine() bool {
	for t.at < len(t.data) && !isBreak(t.peek()) {
		if !t.copyRune() {
			return false
		}
	}
	return true
}

// blockIndent finds the indentation of a block scalar whose first line the
// tracer stands at: what its first line that is not empty has more than the text.
func (t *tracer) blockIndent() int {
	empty := len(t.value) - len(strings.TrimLeft(t.value, "\n"))
	c := t.cursor
	for range empty {
		c.nextLine()
	}
	rest := bytes.TrimLeft(t.data[c.at:], " ")
	inFile := len(t.data) - c.at - len(rest)
	text := t.value[empty:]
	return max(inFile-(len(text)-len(strings.TrimLeft(text, " "))), 0)
}
