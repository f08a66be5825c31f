package spec

import (
	"bytes"
	"unicode/utf8"
)

// cursor is a place in the bytes of a file. Line and col count from 1, col in
// characters. Files with other line breaks than LF and CRLF are refused before
// a cursor walks through them.
type cursor struct {
	data      []byte
	at        int
	line, col int
}

// peek returns the byte at c, 0 at the end of the file.
func (c *cursor) peek() byte {
	if c.at < len(c.data) {
		return c.data[c.at]
	}
	return 0
}

// advance moves by n characters.
func (c *cursor) advance(n int) {
	for ; n > 0 && c.at < len(c.data); n-- {
		_, size := utf8.DecodeRune(c.data[c.at:])
		c.at += size
		c.col++
	}
}

// nextLine moves to the beginning of the next line, or to the end of the file.
func (c *cursor) nextLine() {
	i := bytes.IndexByte(c.data[c.at:], '\n')
	if i < 0 {
		c.advance(utf8.RuneCount(c.data[c.at:]))
		return
	}
	c.at += i + 1
	c.line++
	c.col = 1
}

// skipBlanks moves over spaces and tabs.
func (c *cursor) skipBlanks() {
	for isBlank(c.peek()) {
		c.at++
		c.col++
	}
}

// skipSpaces moves over at most n spaces.
func (c *cursor) skipSpaces(n int) {
	for ; n > 0 && c.peek() == ' '; n-- {
		c.at++
		c.col++
	}
}

// afterBlanks returns the byte that follows the spaces and tabs at c.
func (c *cursor) afterBlanks() byte {
	d := *c
	d.skipBlanks()
	return d.peek()
}

func isASCII(text []byte) bool {
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

func isBreak(b byte) bool { return b == '\n' || b == '\r' }

// columnStep is how far apart the places that an index notes in a line are.
const columnStep = 128

// index finds the byte at which a line and column stand. In lines of ASCII that
// is arithmetic; of other lines it notes every so many columns once, so that a
// file written as one long line does not cost the square of its length.
type index struct {
	file  *File
	ascii bool // the whole file is ASCII
	// columns holds, for each line asked for, the offset of every
	// columnStep-th character; nil where the line is ASCII.
	columns map[int][]int
}

// cursor returns the place of line and col, or the nearest before it that exists.
func (x *index) cursor(line, col int) cursor {
	line = min(max(line, 1), len(x.file.lines))
	start, end := x.file.lines[line-1], len(x.file.Data)
	if line < len(x.file.lines) {
		end = x.file.lines[line]
	}
	col = max(col, 1)
	noted := x.noted(line, start, end)
	if noted == nil {
		at := min(start+col-1, end)
		return cursor{x.file.Data, at, line, at - start + 1}
	}
	n := min((col-1)/columnStep, len(noted)-1)
	c := cursor{x.file.Data[:end], start + noted[n], line, n*columnStep + 1}
	c.advance(col - c.col)
	c.data = x.file.Data
	return c
}

func newIndex(f *File) *index {
	return &index{file: f, ascii: isASCII(f.Data[f.lines[0]:]), columns: map[int][]int{}}
}

// noted returns the offsets of the line between start and end, noted on first use.
func (x *index) noted(line, start, end int) []int {
	if x.ascii {
		return nil
	}
	noted, ok := x.columns[line]
	if !ok {
		noted = noteColumns(x.file.Data[start:end])
		x.columns[line] = noted
	}
	return noted
}

// noteColumns returns the offset of every columnStep-th character of a line, or
// nil where characters are bytes.
func noteColumns(line []byte) []int {
	if isASCII(line) {
		return nil
	}
	var noted []int
	for at, col := 0, 0; at < len(line); col++ {
		if col%columnStep == 0 {
			noted = append(noted, at)
		}
		_, size := utf8.DecodeRune(line[at:])
		at += size
	}
	return noted
}
