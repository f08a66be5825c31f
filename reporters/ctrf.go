package reporters

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/apicel/apicel/runner"
)

// ctrfVersion is the version of the Common Test Report Format that is written.
const ctrfVersion = "0.0.0"

// WriteCTRF writes the report in the Common Test Report Format (ctrf.io): one
// test for each query or row, setup and teardown included, and one for each
// suite that could not run. What CTRF has no word for stands under extra. A query
// that errored is failed there, with its own verdict as rawStatus. It returns
// the first error of w.
func WriteCTRF(w io.Writer, r *runner.Report) error {
	doc := ctrfReport{
		ReportFormat: "CTRF", SpecVersion: ctrfVersion, GeneratedBy: inline("apicel " + r.Apicel),
		Results: ctrfResults{Tool: ctrfTool{"apicel", inline(r.Apicel)}, Tests: []ctrfTest{}},
	}
	end := r.Started.Add(max(0, r.Duration.Duration()))
	if !r.Started.IsZero() {
		doc.Timestamp = end.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	results := &doc.Results
	for _, s := range r.Suites {
		if len(errorsOf(s)) > 0 {
			results.add(ctrfBadSuite(s))
		}
		for _, q := range s.Queries {
			results.add(ctrfQuery(s, q))
		}
	}
	results.Summary.Suites = len(r.Suites)
	results.Summary.Start, results.Summary.Stop = epochMillis(r.Started), epochMillis(end)
	results.Summary.Duration = max(0, r.Duration.Duration()).Milliseconds()
	results.Extra = &ctrfRunExtra{Seed: r.Seed, Jobs: r.Jobs, Hostname: inline(r.Hostname), Shard: r.Shard, Stopped: inline(string(r.Stopped))}
	j := &jsonWriter{}
	text := j.encode(0, doc)
	if j.err != nil {
		return fmt.Errorf("write CTRF: %w", j.err)
	}
	_, err := w.Write(append(text, '\n'))
	return err
}

// The objects of CTRF, as far as a run of queries has something to say.
type (
	ctrfReport struct {
		ReportFormat string      `json:"reportFormat"`
		SpecVersion  string      `json:"specVersion"`
		Timestamp    string      `json:"timestamp,omitempty"`
		GeneratedBy  string      `json:"generatedBy"`
		Results      ctrfResults `json:"results"`
	}
	ctrfResults struct {
		Tool    ctrfTool      `json:"tool"`
		Summary ctrfSummary   `json:"summary"`
		Tests   []ctrfTest    `json:"tests"`
		Extra   *ctrfRunExtra `json:"extra,omitempty"`
	}
	ctrfTool struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	ctrfSummary struct {
		Tests   int `json:"tests"`
		Passed  int `json:"passed"`
		Failed  int `json:"failed"`
		Skipped int `json:"skipped"`
		Pending int `json:"pending"`
		Other   int `json:"other"`
		Flaky   int `json:"flaky"`
		Suites  int `json:"suites"`
		// Start and Stop are milliseconds since 1970.
		Start    int64 `json:"start"`
		Stop     int64 `json:"stop"`
		Duration int64 `json:"duration"`
	}
	ctrfRunExtra struct {
		Seed     uint64        `json:"seed"`
		Jobs     int           `json:"jobs"`
		Hostname string        `json:"hostname,omitempty"`
		Shard    *runner.Shard `json:"shard,omitempty"`
		Stopped  string        `json:"stopped,omitempty"`
	}
	ctrfTest struct {
		ID            string          `json:"id"`
		Name          string          `json:"name"`
		Status        string          `json:"status"`
		Duration      int64           `json:"duration"`
		Start         int64           `json:"start,omitempty"`
		Stop          int64           `json:"stop,omitempty"`
		Suite         []string        `json:"suite"`
		Message       string          `json:"message,omitempty"`
		Trace         string          `json:"trace,omitempty"`
		RawStatus     string          `json:"rawStatus"`
		Tags          []string        `json:"tags,omitempty"`
		Type          string          `json:"type"`
		FilePath      string          `json:"filePath"`
		Line          int             `json:"line,omitempty"`
		Retries       int             `json:"retries,omitempty"`
		RetryAttempts []ctrfAttempt   `json:"retryAttempts,omitempty"`
		Flaky         bool            `json:"flaky,omitempty"`
		Stdout        []string        `json:"stdout,omitempty"`
		Parameters    *ctrfParameters `json:"parameters,omitempty"`
		Extra         *ctrfExtra      `json:"extra,omitempty"`
	}
	ctrfAttempt struct {
		Attempt  int      `json:"attempt"`
		Status   string   `json:"status"`
		Duration int64    `json:"duration"`
		Message  string   `json:"message,omitempty"`
		Trace    string   `json:"trace,omitempty"`
		Line     int      `json:"line,omitempty"`
		Stdout   []string `json:"stdout,omitempty"`
		Start    int64    `json:"start,omitempty"`
		Stop     int64    `json:"stop,omitempty"`
	}
	ctrfParameters struct {
		Query    string `json:"query"`
		RowIndex int    `json:"row_index"`
	}
	ctrfExtra struct {
		Method       string `json:"method"`
		Path         string `json:"path"`
		StatusCode   int    `json:"status_code,omitempty"`
		Phase        string `json:"phase"`
		Checks       int    `json:"checks"`
		Needed       bool   `json:"needed,omitempty"`
		AttemptCount int    `json:"attempt_count,omitempty"`
	}
)

func (r *ctrfResults) add(t ctrfTest) {
	n := &r.Summary
	n.Tests++
	switch t.Status {
	case "passed":
		n.Passed++
	case "skipped":
		n.Skipped++
	default:
		n.Failed++
	}
	if t.Flaky {
		n.Flaky++
	}
	r.Tests = append(r.Tests, t)
}

// ctrfStatus maps a verdict: errored is failed in CTRF.
func ctrfStatus(s runner.Status) string {
	switch s {
	case runner.StatusPassed, runner.StatusSkipped:
		return string(s)
	}
	return string(runner.StatusFailed)
}

// ctrfCase returns what a test has by its name alone. The id is a UUID of version
// 5 made from the suite's file, its turn and the name, so that a test keeps it
// from run to run, as the specification recommends.
func ctrfCase(s *runner.SuiteReport, name string) ctrfTest {
	id := fmt.Sprintf("apicel\x00%s\x00%d\x00%s", s.File, max(s.Repetition, 1), name)
	shown := inline(name)
	if shown == "" {
		shown = "(without a name)"
	}
	return ctrfTest{
		ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(id)).String(), Name: shown,
		Suite: []string{inline(suiteName(s))}, Type: "api", FilePath: inline(s.File),
	}
}

func ctrfQuery(s *runner.SuiteReport, q *runner.QueryReport) ctrfTest {
	t := ctrfCase(s, q.Name)
	t.Status, t.RawStatus = ctrfStatus(q.Status), inline(string(q.Status))
	t.Duration, t.Start, t.Stop = ctrfTimes(q.Started, q.Duration)
	t.Line, t.Flaky = q.Line, q.Flaky
	for _, tag := range q.Tags {
		t.Tags = append(t.Tags, inline(tag))
	}
	if q.RowIndex != nil {
		t.Parameters = &ctrfParameters{inline(q.Query), *q.RowIndex}
	}
	t.Extra = &ctrfExtra{
		Method: inline(q.Method), Path: inline(q.Path), StatusCode: q.StatusCode, Phase: inline(q.Phase),
		Checks: q.Checks, Needed: q.Needed, AttemptCount: q.AttemptCount,
	}
	if q.Status == runner.StatusSkipped {
		t.Message = oneLine(q.Reason)
	}
	if q.Flaky || retried(q) {
		t.RetryAttempts = ctrfAttempts(q)
		t.Retries = len(t.RetryAttempts)
	}
	if unsuccessful(q) {
		t.Message, t.Trace = brief(q), findings(q)
		if last := lastAttempt(q); last != nil {
			t.Stdout = linesOf(exchangeText(last) + "\n" + curlOf(last))
		}
	}
	return t
}

// ctrfAttempts returns the attempts before the last, which the test tells of.
func ctrfAttempts(q *runner.QueryReport) []ctrfAttempt {
	var list []ctrfAttempt
	for i := range max(0, len(q.Attempts)-1) {
		a := &q.Attempts[i]
		alone := attemptOf(q, a)
		_, line, _ := placeOf(alone)
		c := ctrfAttempt{
			Attempt: max(a.Number, 1), Status: string(runner.StatusFailed), Message: brief(alone), Trace: findings(alone),
			Line: line, Stdout: linesOf(exchangeText(a)),
		}
		c.Duration, c.Start, c.Stop = ctrfTimes(a.Started, a.Duration)
		list = append(list, c)
	}
	return list
}

func ctrfBadSuite(s *runner.SuiteReport) ctrfTest {
	t := ctrfCase(s, badSuiteName)
	t.Status, t.RawStatus = string(runner.StatusFailed), string(runner.StatusErrored)
	t.Message, t.Trace, t.Line = badSuiteMessage(s), problemsText(s), errorsOf(s)[0].Line
	return t
}

// linesOf splits what was printed into its lines, as stdout wants them.
func linesOf(text string) []string {
	if text = strings.Trim(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// ctrfTimes returns a length and its ends in milliseconds, rounded.
func ctrfTimes(started time.Time, took runner.Millis) (length, start, stop int64) {
	length = max(0, took.Duration()).Round(time.Millisecond).Milliseconds()
	if start = epochMillis(started); start != 0 {
		stop = start + length
	}
	return length, start, stop
}
