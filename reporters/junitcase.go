package reporters

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/apicel/apicel/runner"
)

func (j *junit) query(q *runner.QueryReport, class string) junitCase {
	c := junitCase{
		Classname: class, Name: j.caseName(class, q.Name), File: inline(q.File), Line: q.Line,
		Time: seconds(q.Duration), Timestamp: timestamp(q.Started), Assertions: q.Checks, Properties: caseProperties(q),
	}
	switch q.Status {
	case runner.StatusFailed:
		c.Failure = j.result(q)
	case runner.StatusErrored:
		c.Error = j.result(q)
	case runner.StatusSkipped:
		reason := oneLine(q.Reason)
		c.Skipped = &junitResult{Message: reason, junitText: text(reason)}
		return c
	default:
		if q.Flaky {
			c.Reruns = j.retries(q, "flaky", q.Attempts)
		}
		return c
	}
	if retried(q) {
		c.Reruns = j.retries(q, "rerun", q.Attempts[1:])
	}
	c.SystemOut = j.exchange(q)
	return c
}

// caseProperties are what readers can group and filter by, nil where there are none.
func caseProperties(q *runner.QueryReport) *junitProperties {
	var p junitProperties
	add := func(name, value string) { p.List = append(p.List, junitProperty{name, inline(value)}) }
	for _, tag := range q.Tags {
		add("tag", tag)
	}
	if q.Phase == "setup" || q.Phase == "teardown" {
		add("phase", q.Phase)
	}
	if q.Needed {
		add("needed", "true")
	}
	if q.RowIndex != nil {
		add("query", q.Query)
		add("row_index", strconv.Itoa(*q.RowIndex))
	}
	if q.AttemptCount > 1 {
		add("attempts", strconv.Itoa(q.AttemptCount))
	}
	if len(p.List) == 0 {
		return nil
	}
	return &p
}

// result returns the failure or error of a query that did not pass. Of a retry
// it tells of the first attempt, as Maven Surefire does; the others follow as
// reruns.
func (j *junit) result(q *runner.QueryReport) *junitResult {
	if retried(q) {
		q = attemptOf(q, &q.Attempts[0])
	}
	return &junitResult{brief(q), failureType(q), j.explained(findings(q))}
}

// retries returns attempts of a retry that did not pass:
//
//	<flakyFailure message="status: expected 200, found 503" type="status">
//	  <stackTrace>orders.apicel.yaml:23:15: status …</stackTrace>
//	  <system-out>&gt; GET …</system-out>
//	</flakyFailure>
//
// Readers count a flakyFailure or flakyError as a retry of a case that passed
// in the end, a rerunFailure or rerunError as one more failure of a case that
// never did. The form is that of Maven Surefire's "Rerun Failing Tests".
func (j *junit) retries(q *runner.QueryReport, kind string, attempts []runner.AttemptReport) []junitRerun {
	var reruns []junitRerun
	for i := range attempts {
		a := &attempts[i]
		if a.Error == nil && len(a.Failures) == 0 {
			continue // it passed
		}
		alone := attemptOf(q, a)
		r := junitRerun{
			XMLName: xml.Name{Local: kind + "Failure"}, Message: brief(alone), Type: failureType(alone),
			StackTrace: j.explained(findings(alone)),
		}
		if a.Error != nil {
			r.XMLName.Local = kind + "Error"
		}
		p := &printer{limits: fileLimits}
		p.exchange(0, a)
		r.SystemOut = j.shown(p)
		reruns = append(reruns, r)
	}
	return reruns
}

// retried tells whether a query failed in each of several attempts of a retry,
// all of which are kept. Of a poll, whose attempts are no failures, the last
// one decides.
func retried(q *runner.QueryReport) bool {
	return q.AttemptCount > 1 && q.Message == "" && len(q.Attempts) == q.AttemptCount && q.Status != runner.StatusPassed
}

// attemptOf returns the report as it were if this attempt had been the only one.
func attemptOf(q *runner.QueryReport, a *runner.AttemptReport) *runner.QueryReport {
	alone := *q
	alone.Error, alone.Failures = a.Error, a.Failures
	alone.AttemptCount, alone.Attempts = 1, []runner.AttemptReport{*a}
	return &alone
}

// explained returns text as long as there is room for it.
func (j *junit) explained(s string) junitText { return j.spend(&j.findings, s) }

// shown returns what was printed of an exchange, nil where nothing was.
func (j *junit) shown(p *printer) *junitText {
	if p.out.Len() == 0 {
		return nil
	}
	t := j.spend(&j.exchanges, p.out.String())
	return &t
}

// spend returns s as long as there is room for it. The first that is left out says so.
func (j *junit) spend(room *int, s string) junitText {
	t := text(s)
	switch {
	case len(t.Text) <= *room:
		*room -= len(t.Text)
		return t
	case j.full:
		return junitText{}
	}
	j.full = true
	return text("left out from here on, so that the file stays below the 30 MB that CI systems read; the JSON report has it\n")
}

// exchange returns what was sent and received and the command that sends it
// again, or nil where nothing was sent: of a retry the first attempt, since the
// others stand with their reruns, of a poll the attempts that were kept.
func (j *junit) exchange(q *runner.QueryReport) *junitText {
	p := &printer{limits: fileLimits}
	attempts := q.Attempts
	if retried(q) {
		attempts = attempts[:1]
	}
	for i := range attempts {
		a := &attempts[i]
		p.blank()
		if q.AttemptCount > 1 {
			p.line(0, fmt.Sprintf("attempt %d of %d", a.Number, q.AttemptCount))
		}
		p.exchange(0, a)
	}
	if len(attempts) > 0 {
		p.blank()
		p.curl(0, attempts[len(attempts)-1].Request)
	}
	return j.shown(p)
}

// failureType is a word to group failures by: the kind of the error, or of the
// first check that failed.
func failureType(q *runner.QueryReport) string {
	if q.Error != nil {
		return inline(q.Error.Type)
	}
	if len(q.Failures) == 0 {
		return "check"
	}
	kind, _, _ := strings.Cut(oneLine(q.Failures[0].Check), " ")
	return kind
}
