package reporters

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/apicel/apicel/runner"
)

// maxAnnotations is the number of errors, and of warnings, that GitHub shows of one step.
const maxAnnotations = 10

// WriteGitHub writes what went wrong as commands of a GitHub workflow, one a line,
// which GitHub shows at their lines of a change: errors for what failed, warnings
// for flaky queries. Where there are more than GitHub shows, the last one tells
// how many are left. It returns the first error of w.
//
// Place turns the name of a file into the one that GitHub knows it by, below the
// checkout; nil leaves names as they are.
func WriteGitHub(w io.Writer, r *runner.Report, place func(file string) string) error {
	if place == nil {
		place = func(file string) string { return file }
	}
	var failures, flaky []annotation
	for _, s := range r.Suites {
		for _, p := range errorsOf(s) {
			failures = append(failures, problemAnnotation(p))
		}
		for _, q := range s.Queries {
			switch {
			case unsuccessful(q):
				failures = append(failures, failureAnnotation(q))
			case q.Flaky:
				flaky = append(flaky, flakyAnnotation(q))
			}
		}
	}
	var out bytes.Buffer
	for _, list := range [][]annotation{capped(failures, "error", "failures"), capped(flaky, "warning", "flaky queries")} {
		for _, a := range list {
			a.file = place(a.file)
			out.WriteString(a.command())
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// annotation is a remark at a place of a file.
type annotation struct {
	severity     string // error, warning or notice
	file         string // "" for no place
	line, column int
	title        string
	message      string
}

// command is the annotation as a command of a GitHub workflow. Only what is known
// of its place is written: GitHub would take 0 for a line. The format is that of
// "Workflow commands for GitHub Actions" in GitHub's documentation, the escapes
// those of actions/toolkit.
func (a annotation) command() string {
	var s strings.Builder
	s.WriteString("::" + a.severity + " ")
	if a.file != "" {
		s.WriteString("file=" + githubProperty.Replace(visible(a.file)) + ",")
		if a.line > 0 {
			fmt.Fprintf(&s, "line=%d,", a.line)
		}
		if a.line > 0 && a.column > 0 {
			fmt.Fprintf(&s, "col=%d,", a.column)
		}
	}
	s.WriteString("title=" + githubProperty.Replace(inline(a.title)) + "::" + githubData.Replace(visible(a.message)) + "\n")
	return s.String()
}

var (
	// githubData defuses the commands of the log itself too, such as ##[group]:
	// GitHub writes a message to the log as it is.
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", "##[", `#\#[`, "##vso[", `#\#vso[`)
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C", "##[", `#\#[`, "##vso[", `#\#vso[`)
)

// capped returns as many annotations as GitHub shows.
func capped(all []annotation, severity, what string) []annotation {
	if len(all) <= maxAnnotations {
		return all
	}
	left := len(all) - (maxAnnotations - 1)
	return append(all[:maxAnnotations-1:maxAnnotations-1], annotation{
		severity: severity, title: "apicel",
		message: fmt.Sprintf("%d more %s, which GitHub would not show: see the summary of the job or the log", left, what),
	})
}

func failureAnnotation(q *runner.QueryReport) annotation {
	a := annotation{severity: "error", title: "apicel: " + shorten(inline(q.Name), maxBrief)}
	a.file, a.line, a.column = placeOf(q)
	p := &printer{limits: limits{lines: 20, columns: 400, command: 4 << 10}}
	p.attempts(0, q)
	p.findings(0, q)
	a.message = shorten(strings.TrimSpace(p.out.String()), 4<<10)
	return a
}

func flakyAnnotation(q *runner.QueryReport) annotation {
	var s strings.Builder
	fmt.Fprintf(&s, "flaky: passed on attempt %d", q.AttemptCount)
	for i := range q.Attempts {
		if a := &q.Attempts[i]; a.Error != nil || len(a.Failures) > 0 {
			fmt.Fprintf(&s, "\nattempt %d: %s", a.Number, brief(attemptOf(q, a)))
		}
	}
	return annotation{severity: "warning", file: q.File, line: q.Line, title: "apicel: " + shorten(inline(q.Name), maxBrief), message: shorten(s.String(), 4<<10)}
}

// problemAnnotation is a problem of a file. What is neither an error nor a
// warning is a notice.
func problemAnnotation(p runner.Problem) annotation {
	a := annotation{severity: "notice", file: p.File, line: p.Line, column: p.Column, title: "apicel", message: strings.TrimSpace(p.Message)}
	if p.Severity == "error" || p.Severity == "warning" {
		a.severity = p.Severity
	}
	if p.Hint != "" {
		a.message += "\nhelp: " + p.Hint
	}
	return a
}
