package reporters

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf16"

	"github.com/apicel/apicel/runner"
)

// WriteProblemsJSON writes the problems as a JSON array, for editors and other
// programs: one object a problem, with the fields of [runner.Problem], and []
// where there are none. A problem that has no place in a file has the file "" and
// line and column 0. Characters that could steer a terminal or reorder text are
// written as escapes, so that the array can be looked at too. It returns the
// first error of w.
func WriteProblemsJSON(w io.Writer, ps []runner.Problem) error {
	if ps == nil {
		ps = []runner.Problem{}
	}
	j := &jsonWriter{}
	text := j.encode(0, ps)
	if j.err != nil {
		return j.err
	}
	_, err := w.Write(append(text, '\n'))
	return err
}

// escaped returns JSON with hostile characters as \u escapes. They can only
// stand in strings, where an escape means the same.
func escaped(text []byte) []byte {
	if bytes.IndexFunc(text, hostile) < 0 {
		return text
	}
	var out bytes.Buffer
	for _, r := range string(text) {
		switch {
		case !hostile(r):
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		}
	}
	return out.Bytes()
}

// WriteProblemsGitHub writes the problems as commands of a GitHub workflow, one
// a line, which GitHub shows at their lines of a change:
//
//	::error file=orders.apicel.yaml,line=3,col=1,title=apicel::unknown key "querys"%0Ahelp: did you mean "queries"?
//
// What is neither an error nor a warning is a notice. It returns the first error of w.
func WriteProblemsGitHub(w io.Writer, ps []runner.Problem) error {
	var out bytes.Buffer
	for _, p := range ps {
		out.WriteString(problemAnnotation(p).command())
	}
	_, err := w.Write(out.Bytes())
	return err
}
