package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxFileSize is the largest file that is read, in bytes.
const MaxFileSize = 16 << 20

// The other limits of a file. None is near what a person writes.
const (
	maxScalarSize = 1 << 20 // bytes, of one text
	maxDepth      = 100     // maps and lists inside each other
	maxNodes      = 1000000 // maps, lists, keys and values
	maxMarks      = 1000000 // lines and the characters that begin maps, lists, keys and values
	maxAliasNodes = 100000  // those that aliases stand for
)

// depthMessage reports that maxDepth is passed.
const depthMessage = "the file has more than %d maps and lists inside each other"

// decode parses the file and returns its root, or nil where it cannot be read
// any further; the problems then say why.
func (l *loader) decode() *yaml.Node {
	if !l.checkBytes() {
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(l.file.Data))
	var doc, second yaml.Node
	err := decodeNext(dec, &doc)
	if errors.Is(err, io.EOF) || err == nil && isEmptyDocument(&doc) {
		l.problems.Errorf(l.pos(1, 1), "the file is empty, expected %s", l.of).Hint = fileHints[l.of]
		return nil
	}
	if err != nil {
		l.syntaxError(dec, err)
		return nil
	}
	switch err := decodeNext(dec, &second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		l.syntaxError(dec, err)
		return nil
	default:
		l.problems.Errorf(l.pos(second.Line, second.Column), "found a second YAML document, expected %s and nothing else", l.of).
			WithHint("put each document into a file of its own")
		return nil
	}
	if !l.guard(doc.Content[0]) {
		return nil
	}
	l.checkComments(doc.Content[0])
	return doc.Content[0]
}

// decodeNext reads the next document. A panic of the parser, which should not
// happen on any input, is an error like others.
func decodeNext(dec *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	return dec.Decode(into)
}

// isEmptyDocument tells whether the document holds nothing but comments.
func isEmptyDocument(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || isNothing(doc.Content[0])
}

// parserMarks returns where the parser stood when it failed and where what it
// was reading began. yaml.v3 keeps both but puts at best a line into its error,
// so they are read, never written, by reflection; ok is false where a version
// of it no longer has them.
func parserMarks(dec *yaml.Decoder) (problem, context mark, ok bool) {
	p := reflect.ValueOf(dec).Elem().FieldByName("parser")
	if p.Kind() != reflect.Pointer || p.IsNil() || p.Elem().Kind() != reflect.Struct {
		return mark{}, mark{}, false
	}
	p = p.Elem().FieldByName("parser")
	if p.Kind() != reflect.Struct {
		return mark{}, mark{}, false
	}
	problem, ok = parserMark(p.FieldByName("problem_mark"))
	if !ok {
		return mark{}, mark{}, false
	}
	context, ok = parserMark(p.FieldByName("context_mark"))
	return problem, context, ok
}

// mark is a place in the file, counted from 1.
type mark struct{ line, col int }

func parserMark(v reflect.Value) (mark, bool) {
	if v.Kind() != reflect.Struct {
		return mark{}, false
	}
	line, col := v.FieldByName("line"), v.FieldByName("column")
	if line.Kind() != reflect.Int || col.Kind() != reflect.Int {
		return mark{}, false
	}
	return mark{int(line.Int()) + 1, int(col.Int()) + 1}, true
}

// checkBytes refuses files that are not text, and line breaks that YAML's
// parser counts and editors do not: with those, no position could be trusted.
func (l *loader) checkBytes() bool {
	data := l.file.Data
	if len(data) > MaxFileSize {
		l.problems.Errorf(l.pos(1, 1), "the file is larger than %d MiB", MaxFileSize>>20)
		return false
	}
	if what, hint := notText(data); what != "" {
		l.problems.Errorf(l.pos(1, 1), "%s", what).Hint = hint
		return false
	}
	c := cursor{data, l.file.lines[0], 1, 1}
	marks := 0
	for c.at < len(data) {
		if isMark(data[c.at]) {
			if marks++; marks > maxMarks {
				l.problems.Errorf(l.pos(c.line, c.col), "the file has more than %d lines, commas, colons, hyphens and brackets", maxMarks).
					WithHint("put data into files of its own: body: {file: PATH}, each: {csv: PATH}")
				return false
			}
		}
		if b := data[c.at]; b >= ' ' && b < 0x7f || b == '\t' {
			c.at++
			c.col++
			continue
		}
		if data[c.at] == '\n' || data[c.at] == '\r' && c.at+1 < len(data) && data[c.at+1] == '\n' {
			c.nextLine()
			continue
		}
		if what, hint := badCharacter(data[c.at:]); what != "" {
			l.problems.Errorf(l.pos(c.line, c.col), "found %s", what).Hint = hint
			return false
		}
		c.advance(1)
	}
	return true
}

// packed are how compressed files begin, and what they are.
var packed = []struct{ begin, what string }{
	{"\x1f\x8b", "compressed with gzip"},
	{"PK\x03\x04", "a zip archive"},
	{"\x28\xb5\x2f\xfd", "compressed with zstd"},
	{"\xfd7zXZ\x00", "compressed with xz"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
}

// notText says what a file is that no editor shows as text, or returns nothing.
func notText(data []byte) (what, hint string) {
	if isUTF16(data) {
		return "the file is in UTF-16, expected UTF-8", "save it as UTF-8"
	}
	for _, p := range packed {
		if bytes.HasPrefix(data, []byte(p.begin)) {
			return "this is not a text file: it is " + p.what, "unpack it first"
		}
	}
	const sample, share = 1024, 20 // of text, less than one character in so many is a control character
	begin := data[:min(len(data), sample)]
	controls := 0
	for _, b := range begin {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' || b == 0x7f {
			controls++
		}
	}
	if controls > 1 && controls*share > len(begin) {
		return "this is not a text file, expected YAML", "name the file that was meant"
	}
	return "", ""
}

// isUTF16 tells whether data begins with UTF-16's byte order mark, or with two
// ASCII characters as UTF-16 has them.
func isUTF16(data []byte) bool {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return true
	}
	if len(data) < 4 {
		return false
	}
	return data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0 || data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0
}

// isMark tells whether a map, list, key or value may begin with b, or behind it.
// There are at most two of those for each mark, which bounds the tree that
// yaml.v3 builds before its nodes can be counted: about 450 MB.
func isMark(b byte) bool {
	switch b {
	case '\n', ',', ':', '-', '?', '[', '{':
		return true
	}
	return false
}

// badCharacter names the character that text begins with and says what to do
// about it, or returns nothing where a suite may hold it.
func badCharacter(text []byte) (what, hint string) {
	r, size := utf8.DecodeRune(text)
	hint = fmt.Sprintf(`in double quotes it can be written as the escape \u%04x`, r)
	switch {
	case r == utf8.RuneError && size <= 1:
		return fmt.Sprintf("the byte 0x%02X, which is not UTF-8", text[0]), "save the file as UTF-8"
	case r == '\r':
		return "a carriage return without a line feed", "save the file with the line ends of Unix or Windows"
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return fmt.Sprintf("the control character U+%04X", r), hint
	case r == 0x2028 || r == 0x2029:
		return fmt.Sprintf("the line separator U+%04X", r), hint
	case r == 0xfeff:
		return "a byte order mark (U+FEFF) that does not begin the file", "remove it"
	case r >= 0xfffe && r <= 0xffff:
		return fmt.Sprintf("U+%04X, which is no character", r), hint
	}
	return "", ""
}
