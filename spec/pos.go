package spec

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// File is one file that was read, kept so that messages can show its lines.
type File struct {
	// Name is the path as messages show it: relative to the working
	// directory where possible, with forward slashes.
	Name string
	// Data is the file's content.
	Data []byte

	lines []int // offsets at which lines begin, made by NewFile
}

// byteOrderMark may begin a file in UTF-8; it is no part of the first line.
const byteOrderMark = "\ufeff"

// NewFile returns a File for data under the given display name.
func NewFile(name string, data []byte) *File {
	f := &File{Name: name, Data: data, lines: make([]int, 1, 1+bytes.Count(data, []byte("\n")))}
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		f.lines[0] = len(byteOrderMark)
	}
	for at := 0; ; {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			return f
		}
		at += i + 1
		f.lines = append(f.lines, at)
	}
}

// Line returns the text of line n, counted from 1, without its line ending,
// or "" where there is no such line.
func (f *File) Line(n int) string {
	if f == nil || n < 1 || n > len(f.lines) {
		return ""
	}
	end := len(f.Data)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	line := f.Data[f.lines[n-1]:end]
	if len(line) == 0 {
		return ""
	}
	// Not copied: nothing changes Data.
	return strings.TrimSuffix(unsafe.String(&line[0], len(line)), "\r")
}

// LastLine returns the number of the last line that holds something, 0 where
// none does.
func (f *File) LastLine() int {
	n := len(f.lines)
	for n > 0 && strings.TrimSpace(f.Line(n)) == "" {
		n--
	}
	return n
}

// Pos is a place in a file. Line and Col count from 1, Col in characters. The
// zero Pos is nowhere.
type Pos struct {
	File *File
	Line int
	Col  int
}

// IsZero tells whether p is nowhere.
func (p Pos) IsZero() bool { return p.File == nil }

// String returns file:line:column, or "-" for the zero Pos.
func (p Pos) String() string {
	if p.File == nil {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.File.Name, p.Line, p.Col)
}

// String is a scalar of a file: its decoded text and where it stands. The zero
// String stands for a key that was not given.
type String struct {
	// Value is the text as YAML decodes it: quotes, escapes and folding undone.
	Value string
	// Pos is where the scalar begins in the file, its quote included.
	Pos Pos
	// Quoted tells that the scalar was written in quotes or as a block, so
	// that it is text whatever it looks like.
	Quoted bool

	layout *layout
}

// layout is how a text stands in the file that does not stand there as it is, on
// one line; most have none.
type layout struct {
	// folded tells that the line breaks of the file are not those of the text: a
	// comment in an expression would swallow the lines after it.
	folded bool
	// offsets translates offsets in the text to places in the file where they
	// cannot be computed from its beginning: escapes, folding, block scalars.
	offsets []offset
}

func (s String) isFolded() bool { return s.layout != nil && s.layout.folded }

func (s String) offsets() []offset {
	if s.layout == nil {
		return nil
	}
	return s.layout.offsets
}

// offset says that from byte Value of the decoded text on, characters stand
// at Line and Col and the columns after it.
type offset struct{ Value, Line, Col int }

// IsSet tells whether the key that s belongs to was given.
func (s String) IsSet() bool { return s.Pos.File != nil }

// At returns the place in the file of the byte at offset i of s.Value. An i
// past the end gives the place after the last character.
func (s String) At(i int) Pos {
	if s.Pos.File == nil {
		return s.Pos
	}
	i = min(max(i, 0), len(s.Value))
	from := offset{0, s.Pos.Line, s.Pos.Col}
	if n := s.entry(i); n >= 0 {
		from = s.layout.offsets[n]
	} else if s.Quoted {
		from.Col++
	}
	col := from.Col + utf8.RuneCountInString(s.Value[from.Value:i])
	return Pos{s.Pos.File, from.Line, col}
}

// entry returns the index of the last entry of the table that begins at or
// before offset i of the decoded text, or -1.
func (s String) entry(i int) int {
	offsets := s.offsets()
	return sort.Search(len(offsets), func(n int) bool { return offsets[n].Value > i }) - 1
}

// Slice returns the part of s between the byte offsets from and to, which
// keeps its place in the file.
func (s String) Slice(from, to int) String {
	part := String{Value: s.Value[from:to], Pos: s.At(from)}
	table := []offset{{0, part.Pos.Line, part.Pos.Col}}
	offsets := s.offsets()
	for n := s.entry(from) + 1; n < len(offsets) && offsets[n].Value <= to; n++ {
		if o := offsets[n]; o.Value > from {
			table = append(table, offset{o.Value - from, o.Line, o.Col})
		}
	}
	part.layout = &layout{s.isFolded(), table}
	return part
}
