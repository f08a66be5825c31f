package reporters

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/runner"
)

// WriteTAP writes the report in version 14 of the Test Anything Protocol
// (testanything.org): a test point and a subtest for each suite, in which each
// query or row is a test point, with a YAML block that says what was found. A run
// that was interrupted or whose time was up ends with "Bail out!". It returns the
// first error of w.
func WriteTAP(w io.Writer, r *runner.Report) error {
	t := &tap{w: bufio.NewWriterSize(w, 64<<10)}
	t.line("", "TAP version 14")
	t.line("", "# "+tapText(headline(r)))
	t.line("", plan(len(r.Suites), "no suites"))
	for i, s := range r.Suites {
		t.suite(i+1, s)
	}
	if r.Stopped == runner.StopInterrupted || r.Stopped == runner.StopTimeout {
		t.line("", "Bail out! "+stops[r.Stopped])
	}
	if t.err != nil {
		return fmt.Errorf("write TAP: %w", t.err)
	}
	return t.w.Flush()
}

// headline says which run a report is of.
func headline(r *runner.Report) string {
	parts := []string{"apicel " + r.Apicel, fmt.Sprintf("seed %d", r.Seed)}
	if r.Shard != nil {
		parts = append(parts, fmt.Sprintf("shard %d of %d", r.Shard.Index, r.Shard.Total))
	}
	return strings.Join(parts, ", ")
}

// subtest is the indentation of what belongs to the test point after it.
const subtest = "    "

type tap struct {
	w   *bufio.Writer
	err error
}

func (t *tap) line(indent, text string) {
	if t.err == nil {
		_, t.err = t.w.WriteString(indent + text + "\n")
	}
}

func plan(n int, why string) string {
	if n == 0 {
		return "1..0 # SKIP " + why
	}
	return fmt.Sprintf("1..%d", n)
}

func (t *tap) suite(number int, s *runner.SuiteReport) {
	bad := errorsOf(s)
	points := len(s.Queries) + min(len(bad), 1)
	name := suiteName(s)
	t.line("", "# Subtest: "+tapText(name))
	t.line(subtest, plan(points, "no queries"))
	next, failed, ran := 1, len(bad) > 0, len(bad) > 0
	if len(bad) > 0 {
		t.point(subtest, next, false, badSuiteName, "", tapProblems(s))
		next++
	}
	for _, q := range s.Queries {
		t.query(next, q)
		next++
		failed = failed || unsuccessful(q)
		ran = ran || q.Status != runner.StatusSkipped
	}
	directive := ""
	switch {
	case points == 0:
		directive = "SKIP no queries"
	case !ran:
		directive = "SKIP every query was skipped"
	}
	t.point("", number, !failed, name, directive, &tapDiagnostic{Duration: millis(s.Duration), File: inline(s.File)})
}

func (t *tap) query(number int, q *runner.QueryReport) {
	if q.Status == runner.StatusSkipped {
		t.point(subtest, number, true, q.Name, "SKIP "+tapEscape(oneLine(q.Reason)), nil)
		return
	}
	t.point(subtest, number, !unsuccessful(q), q.Name, "", tapQuery(q))
}

// point writes a test point, its directive escaped already.
func (t *tap) point(indent string, number int, ok bool, name, directive string, d *tapDiagnostic) {
	verdict := "ok"
	if !ok {
		verdict = "not ok"
	}
	line := fmt.Sprintf("%s %d - %s", verdict, number, tapText(name))
	if directive != "" {
		line += " # " + strings.TrimRight(directive, " ")
	}
	if before, ok := strings.CutSuffix(line, "{"); ok {
		line = before + tapEscape(`\x7b`) // a brace here begins a subtest for node-tap and those who read like it
	}
	t.line(indent, line)
	if d != nil {
		t.diagnostic(indent+"  ", d)
	}
}

// diagnostic writes a YAML block.
func (t *tap) diagnostic(indent string, d *tapDiagnostic) {
	var text bytes.Buffer
	e := yaml.NewEncoder(&text)
	e.SetIndent(2)
	if err := e.Encode(d); err != nil && t.err == nil {
		t.err = err
	}
	t.line(indent, "---")
	for l := range strings.SplitSeq(strings.TrimSuffix(string(defuse(text.Bytes())), "\n"), "\n") {
		if l == "" {
			l = "  " // of a text of several lines: prove takes an empty line for the end of the block
		}
		t.line(indent, l)
	}
	t.line(indent, "...")
}

// tapEscape spells what begins a directive, as TAP 14 says.
func tapEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `#`, `\#`).Replace(s)
}

// tapText is text from outside as it stands within a line.
func tapText(s string) string { return tapEscape(strings.TrimSpace(inline(s))) }

// The fields of a YAML block. message, severity and at are those that the
// specification uses in its examples; what follows is ours.
type (
	tapDiagnostic struct {
		Message  string       `yaml:"message,omitempty"`
		Severity string       `yaml:"severity,omitempty"` // fail or error
		File     string       `yaml:"file,omitempty"`
		At       *tapPlace    `yaml:"at,omitempty"`
		Duration float64      `yaml:"duration_ms"`
		Status   int          `yaml:"status_code,omitempty"`
		Phase    string       `yaml:"phase,omitempty"`
		Tags     []string     `yaml:"tags,omitempty,flow"`
		Needed   bool         `yaml:"needed,omitempty"`
		Query    string       `yaml:"query,omitempty"`
		Row      *int         `yaml:"row_index,omitempty"`
		Flaky    bool         `yaml:"flaky,omitempty"`
		Attempts int          `yaml:"attempt_count,omitempty"`
		Tries    []tapAttempt `yaml:"attempts,omitempty"`
		Findings string       `yaml:"findings,omitempty"`
		Exchange string       `yaml:"exchange,omitempty"`
		Curl     string       `yaml:"curl,omitempty"`
	}
	tapPlace struct {
		File   string `yaml:"file"`
		Line   int    `yaml:"line,omitempty"`
		Column int    `yaml:"column,omitempty"`
	}
	tapAttempt struct {
		Number   int     `yaml:"number"`
		Duration float64 `yaml:"duration_ms"`
		Message  string  `yaml:"message,omitempty"`
	}
)

func tapQuery(q *runner.QueryReport) *tapDiagnostic {
	d := &tapDiagnostic{Duration: millis(q.Duration), Status: q.StatusCode, Needed: q.Needed, Row: q.RowIndex, Flaky: q.Flaky}
	if q.Phase != "queries" {
		d.Phase = inline(q.Phase)
	}
	for _, tag := range q.Tags {
		d.Tags = append(d.Tags, inline(tag))
	}
	if q.RowIndex != nil {
		d.Query = inline(q.Query)
	}
	if q.AttemptCount > 1 {
		d.Attempts = q.AttemptCount
		for i := range q.Attempts {
			a := &q.Attempts[i]
			d.Tries = append(d.Tries, tapAttempt{a.Number, millis(a.Duration), brief(attemptOf(q, a))})
		}
	}
	if !unsuccessful(q) {
		return d
	}
	d.Message, d.Severity = brief(q), "fail"
	if q.Status == runner.StatusErrored {
		d.Severity = "error"
	}
	file, line, column := placeOf(q)
	d.At = &tapPlace{inline(file), line, column}
	d.Findings = findings(q)
	if last := lastAttempt(q); last != nil {
		d.Exchange, d.Curl = exchangeText(last), curlOf(last)
	}
	return d
}

func tapProblems(s *runner.SuiteReport) *tapDiagnostic {
	first := errorsOf(s)[0]
	return &tapDiagnostic{
		Message: badSuiteMessage(s), Severity: "error",
		At: &tapPlace{inline(first.File), first.Line, first.Column}, Findings: problemsText(s),
	}
}
