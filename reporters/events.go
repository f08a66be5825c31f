package reporters

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/apicel/apicel/runner"
)

// EventsVersion is the version of the lines that Events writes. It grows when a
// field changes its meaning or goes away, not when one is added.
const EventsVersion = 1

// The actions of events.
const (
	actionRunStarted      = "run_started"
	actionSuiteStarted    = "suite_started"
	actionRowsMade        = "rows_made"
	actionQueryStarted    = "query_started"
	actionAttemptFinished = "attempt_finished"
	actionQueryFinished   = "query_finished"
	actionSuiteFinished   = "suite_finished"
	actionRunFinished     = "run_finished"
)

// eventLine is one line: what happened, to what, and what is known of it now.
// Fields that do not belong to the action are left out.
type eventLine struct {
	Time    time.Time `json:"time"`
	Action  string    `json:"action"`
	Version int       `json:"version,omitempty"` // of run_started

	Suite      string `json:"suite,omitempty"`
	File       string `json:"file,omitempty"`
	Repetition int    `json:"repetition,omitempty"`
	Query      string `json:"query,omitempty"`
	Phase      string `json:"phase,omitempty"`
	Line       int    `json:"line,omitempty"`
	RowIndex   *int   `json:"row_index,omitempty"`

	Suites   *int           `json:"suites,omitempty"`  // of run_started
	Queries  *int           `json:"queries,omitempty"` // of suite_started
	Rows     *int           `json:"rows,omitempty"`    // of rows_made
	Attempt  int            `json:"attempt,omitempty"`
	Wait     *runner.Millis `json:"wait_ms,omitempty"`
	Status   runner.Status  `json:"status,omitempty"`
	Duration *runner.Millis `json:"duration_ms,omitempty"`

	Failures []runner.CheckReport `json:"failures,omitempty"` // of attempt_finished
	Error    *runner.ErrorReport  `json:"error,omitempty"`    // of attempt_finished
	// Report is that of the query, or of the suite or run without what is in them.
	Report any `json:"report,omitempty"`
}

// Events writes a run as JSON Lines, one event a line, as they happen, and the
// summary of the run as the last line.
type Events struct {
	w   io.Writer
	now func() time.Time
	buf bytes.Buffer // of one line
	out []byte       // lines that are not written yet
	err error
}

// NewEvents returns an Events that writes to w, and writes the first line. Of the
// options it takes Suites and Now.
func NewEvents(w io.Writer, o ConsoleOptions) *Events {
	e := &Events{w: w, now: o.Now}
	if e.now == nil {
		e.now = time.Now
	}
	e.write(eventLine{Action: actionRunStarted, Version: EventsVersion, Suites: &o.Suites})
	e.Flush()
	return e
}

// Handle implements [runner.Sink].
func (e *Events) Handle(event runner.Event) {
	switch v := event.(type) {
	case runner.SuiteStarted:
		l := ofSuite(actionSuiteStarted, v.Suite)
		l.Queries = &v.Queries
		e.write(l)
	case runner.RowsMade:
		l := ofSuite(actionRowsMade, v.Suite)
		l.Query, l.Rows = v.Query, &v.Rows
		e.write(l)
	case runner.QueryStarted:
		e.write(ofQuery(actionQueryStarted, v.Suite, v.Query))
	case runner.AttemptFinished:
		l := ofQuery(actionAttemptFinished, v.Suite, v.Query)
		wait := runner.Millis(v.Wait)
		l.Attempt, l.Wait, l.Duration = v.Attempt.Number, &wait, &v.Attempt.Duration
		l.Failures, l.Error = v.Attempt.Failures, v.Attempt.Error
		l.Status = runner.StatusFailed
		if l.Error != nil {
			l.Status = runner.StatusErrored
		}
		e.write(l)
	case runner.QueryFinished:
		l := ofQuery(actionQueryFinished, v.Suite, v.Query)
		l.Status, l.Duration, l.Report = v.Query.Status, &v.Query.Duration, v.Query
		e.write(l)
	case runner.SuiteFinished:
		l := ofSuite(actionSuiteFinished, v.Suite)
		l.Status, l.Duration, l.Report = v.Suite.Status, &v.Suite.Duration, suiteHead(v.Suite)
		e.write(l)
	}
}

func ofSuite(action string, s *runner.SuiteReport) eventLine {
	return eventLine{Action: action, Suite: s.Name, File: s.File, Repetition: s.Repetition}
}

func ofQuery(action string, s *runner.SuiteReport, q *runner.QueryReport) eventLine {
	l := ofSuite(action, s)
	l.Query, l.Phase, l.Line, l.RowIndex = q.Name, q.Phase, q.Line, q.RowIndex
	if q.File != "" {
		l.File = q.File
	}
	return l
}

// Finish implements [Output].
func (e *Events) Finish(r *runner.Report) error {
	e.write(eventLine{Action: actionRunFinished, Duration: &r.Duration, Report: runHead(r)})
	e.Flush()
	return e.err
}

// suiteHead and runHead are reports without what earlier lines have told.
func suiteHead(s *runner.SuiteReport) any {
	head := *s
	head.Queries = nil
	return struct {
		*runner.SuiteReport
		Queries any `json:"queries,omitempty"`
	}{&head, nil}
}

func runHead(r *runner.Report) any {
	head := *r
	head.Suites = nil
	return struct {
		*runner.Report
		Suites any `json:"suites,omitempty"`
	}{&head, nil}
}

func (e *Events) write(l eventLine) {
	if e.err != nil {
		return
	}
	l.Time = e.now()
	e.buf.Reset()
	encoder := json.NewEncoder(&e.buf)
	encoder.SetEscapeHTML(false)
	if e.err = encoder.Encode(l); e.err == nil {
		e.out = append(e.out, quietJSON(e.buf.Bytes())...)
	}
}

// Flush implements [runner.Flusher].
func (e *Events) Flush() {
	if len(e.out) > 0 {
		_, err := e.w.Write(e.out)
		e.err = cmp.Or(e.err, err)
	}
	e.out = e.out[:0]
}

// quietJSON spells out in JSON what could act on a terminal or on a CI system
// that shows it. All of it stands within strings, so that the meaning stays.
func quietJSON(line []byte) []byte {
	line = bytes.ReplaceAll(line, []byte("##["), []byte(`#\u0023[`))
	line = bytes.ReplaceAll(line, []byte("##vso["), []byte(`#\u0023vso[`))
	if bytes.IndexFunc(line, hostile) < 0 {
		return line
	}
	var b bytes.Buffer
	for _, r := range string(line) {
		switch {
		case !hostile(r):
			b.WriteRune(r)
		case r >= 0x10000:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
