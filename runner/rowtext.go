package runner

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// textError is what is wrong with the text of a file, which it names.
type textError struct{ error }

// newTextReader reads a file of rows as text. It takes off the byte order mark
// that some spreadsheets write and refuses what is not UTF-8 with the line ends
// of Unix or Windows: read as such, its cells would be other ones than those
// that were written. Its errors, io.EOF apart, are a textError.
func newTextReader(name string, r io.Reader) io.Reader {
	return transform.NewReader(r, &textCheck{name: name, line: 1})
}

// textCheck passes text on that is right.
type textCheck struct {
	transform.NopResetter
	name  string
	line  int // of the character that is next
	begun bool
	// feed tells that there was a line feed, bare that something follows a
	// carriage return that is not one; after that the last was a carriage return.
	feed, bare, after bool
}

// Transform implements transform.Transformer.
func (t *textCheck) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	if !t.begun {
		if len(src) < len("\ufeff") && !atEOF {
			return 0, 0, transform.ErrShortSrc
		}
		if nSrc, err = t.begin(src); err != nil {
			return 0, 0, err
		}
	}
	for nSrc < len(src) {
		size := 1
		if c := src[nSrc]; c >= utf8.RuneSelf {
			if !atEOF && !utf8.FullRune(src[nSrc:]) {
				return nDst, nSrc, transform.ErrShortSrc
			}
			var r rune
			if r, size = utf8.DecodeRune(src[nSrc:]); r == utf8.RuneError && size == 1 {
				return nDst, nSrc, textError{fmt.Errorf("%s:%d: the byte 0x%02X is not UTF-8", t.name, t.line, c)}
			}
		}
		if nDst+size > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		t.note(src[nSrc])
		copy(dst[nDst:], src[nSrc:nSrc+size])
		nDst, nSrc = nDst+size, nSrc+size
	}
	if atEOF && t.bare && !t.feed {
		err = textError{fmt.Errorf("the lines of %s end in a carriage return alone, expected the line ends of Unix or Windows", t.name)}
	}
	return nDst, nSrc, err
}

// begin returns how many bytes at the beginning are no text.
func (t *textCheck) begin(head []byte) (int, error) {
	t.begun = true
	switch {
	case bytes.HasPrefix(head, []byte("\ufeff")):
		return len("\ufeff"), nil
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return 0, textError{fmt.Errorf("%s is in UTF-16, expected UTF-8", t.name)}
	}
	return 0, nil
}

func (t *textCheck) note(c byte) {
	if c == '\n' {
		t.feed = true
		t.line++
	}
	t.bare = t.bare || t.after && c != '\r'
	t.after = c == '\r'
}
