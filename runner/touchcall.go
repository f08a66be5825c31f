package runner

import (
	"path/filepath"
	"strings"

	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/spec"
)

// fileCall is a call of the function file, with its path where that is a literal.
var fileCall = lazyregexp.New(`\bfile\s*(?://[^\n]*\n\s*)*\(\s*(?:"([^"\\]*)"\s*\)|'([^'\\]*)'\s*\))?`)

// fileCalls notes what expressions anywhere in the suite read by file().
func (t *toucher) fileCalls() {
	eachString(t.suite.spec, func(text spec.String) {
		for _, m := range fileCall.FindAllStringSubmatchIndex(text.Value, -1) {
			at := text.At(m[0])
			p := TouchedPlace{Use: "file()", File: text.Pos.File.Name, Line: at.Line}
			switch {
			case m[2] >= 0:
				p.Name = beside(text.Pos.File, text.Value[m[2]:m[3]])
			case m[4] >= 0:
				p.Name = beside(text.Pos.File, text.Value[m[4]:m[5]])
			default:
				p.Name, p.Undecided = t.computed(text, m[0])
			}
			p.Name = t.redact(p.Name)
			t.addFile(p)
		}
	})
}

// computed is the path of a call of file() at an offset, which is made of something,
// or the call itself where only a run decides the path.
func (t *toucher) computed(text spec.String, at int) (name string, undecided bool) {
	call := text.Value[at:]
	open := strings.IndexByte(call, '(')
	if open < 0 {
		return call[:min(len(call), maxShownCall)], true
	}
	argument := call[open+1:]
	if end := closing(argument); end >= 0 {
		argument, call = argument[:end], call[:open+end+2]
	}
	value, decided := t.resolve(spec.String{Value: "${" + argument + "}", Pos: text.Pos})
	if !decided || strings.Contains(argument, "}") {
		return strings.ToValidUTF8(call[:min(len(call), maxShownCall)], ""), true
	}
	return beside(text.Pos.File, filepath.FromSlash(value)), false
}

// maxShownCall is the number of bytes of a call that are shown.
const maxShownCall = 80

// closing is the offset of the bracket that closes what text begins in, or -1. What
// stands in a string is not told apart, so that it may be a later one.
func closing(text string) int {
	depth := 1
	for i, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
