package reporters

import (
	"bytes"
	"fmt"
	"io"
	"strings"
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

// annotations are the commands of GitHub's workflows by severity.
var annotations = map[string]string{"error": "error", "warning": "warning"}

// WriteProblemsGitHub writes the problems as commands of a GitHub workflow, one
// a line, which GitHub shows at their lines of a change:
//
//	::error file=orders.apicel.yaml,line=3,col=1,title=apicel::unknown key "querys"%0Ahelp: did you mean "queries"?
//
// What is neither an error nor a warning is a notice. The format is that of
// "Workflow commands for GitHub Actions" in GitHub's documentation, the escapes
// those of actions/toolkit. It returns the first error of w.
func WriteProblemsGitHub(w io.Writer, ps []runner.Problem) error {
	var out bytes.Buffer
	for _, p := range ps {
		command := annotations[p.Severity]
		if command == "" {
			command = "notice"
		}
		message := strings.TrimSpace(p.Message)
		if p.Hint != "" {
			message += "\nhelp: " + p.Hint
		}
		fmt.Fprintf(&out, "::%s %stitle=apicel::%s\n", command, githubPlace(p), githubData.Replace(visible(message)))
	}
	_, err := w.Write(out.Bytes())
	return err
}

// githubPlace are the properties that say where a problem is. Only what is known
// is written: GitHub would take 0 for a line.
func githubPlace(p runner.Problem) string {
	if p.File == "" {
		return ""
	}
	place := "file=" + githubProperty.Replace(visible(p.File)) + ","
	if p.Line > 0 {
		place += fmt.Sprintf("line=%d,", p.Line)
	}
	if p.Line > 0 && p.Column > 0 {
		place += fmt.Sprintf("col=%d,", p.Column)
	}
	return place
}

var (
	// githubData defuses the commands of the log itself too, such as ##[group]:
	// GitHub writes a message to the log as it is.
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", "##[", `#\#[`)
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
