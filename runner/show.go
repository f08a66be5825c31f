package runner

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apicel/apicel/assert"
	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// Lengths of what the report keeps of a body, in bytes. A body is redacted
// before it is cut, so that no part of a secret is left at the end.
const (
	maxShownBody    = 64 << 10
	maxRedactedBody = 1 << 20
	// maxShownLine is the length of a line that is shown with a problem. A longer
	// one, of a minified body, would hide the problem.
	maxShownLine = 4 << 10
)

// show adds the exchange to an attempt's report, redacted and cut.
func (r *run) show(res *result, mask masker, s *suite, sent *exchange.Request, response *exchange.Response) {
	if sent == nil {
		return
	}
	flaky := res.report.Number > 1 // where it is the last of a retry; of a poll it is dropped
	keep := r.o.KeepExchanges || !res.passed() || response == nil || flaky
	res.report.Request = &Message{}
	if !keep {
		return
	}
	m := res.report.Request
	m.Method, m.URL = sent.Method, mask.url(sent.URL)
	m.Header = showHeader(sent.Header, mask)
	m.Route = s.route.to(sent.URL, s.config.BaseURL, mask.auth)
	body := sent.Body
	if isForm(sent.Header.Get("Content-Type")) {
		body = []byte(secret.MaskForm(string(body)))
	}
	short := hideShort(sent, response)
	r.showBody(m, short, body, true)
	m.BodySize = len(sent.Body)
	if response == nil {
		return
	}
	m = &Message{StatusCode: response.Status, Proto: response.Proto, Header: showHeader(response.Header, mask)}
	if response.URL != sent.URL {
		m.URL = mask.url(response.URL)
	}
	for _, u := range response.Redirects {
		m.Redirects = append(m.Redirects, mask.url(u))
	}
	r.showBody(m, short, response.Body, res.report.Error == nil)
	res.report.Response = m
	t := response.Timing
	res.report.Timing = &Timing{
		DNS: millis(t.DNS), Connect: millis(t.Connect), TLS: millis(t.TLS),
		FirstByte: millis(t.FirstByte), Transfer: millis(t.Transfer), Reused: t.Reused,
	}
}

func showHeader(h http.Header, mask masker) []HeaderField {
	var out []HeaderField
	for name, values := range h {
		for _, v := range values {
			out = append(out, HeaderField{Name: name, Value: mask.header(name, v)})
		}
	}
	slices.SortStableFunc(out, func(a, b HeaderField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// showBody adds a body. One that did not come whole may end within a secret.
func (r *run) showBody(m *Message, short *strings.Replacer, body []byte, whole bool) {
	m.BodySize = len(body)
	if len(body) == 0 {
		return
	}
	if !isText(body) {
		m.Body, m.Truncated = fmt.Sprintf("(%d bytes that are not text)", len(body)), true
		return
	}
	text := short.Replace(string(body[:min(len(body), maxRedactedBody)]))
	if m.Truncated = !whole || len(body) > maxRedactedBody; m.Truncated {
		text = r.plan.redactor.RedactPrefix(text)
	} else {
		text = r.plan.redactor.Redact(text)
	}
	if len(text) > maxShownBody {
		text, m.Truncated = text[:maxShownBody], true
	}
	m.Body = strings.ToValidUTF8(text, "")
}

// isForm tells whether a content type is that of a form's fields.
func isForm(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/x-www-form-urlencoded"
}

// isText judges by the beginning: valid UTF-8 without NUL.
func isText(body []byte) bool {
	head := body[:min(len(body), 4<<10)]
	for i := 0; i < utf8.UTFMax && len(head) > 0 && !utf8.Valid(head); i++ {
		if len(head) == len(body) {
			return false
		}
		head = head[:len(head)-1] // a character may be cut at the end
	}
	return utf8.Valid(head) && !slices.Contains(head, 0)
}

// checkReports reports checks that did not hold. One that stands nowhere in the
// file, as the default status check may, is shown at its query.
func (r *run) checkReports(q *query, failures []assert.Failure) []CheckReport {
	var out []CheckReport
	for _, f := range failures {
		if f.Pos.IsZero() {
			f.Pos = q.spec.Pos
		}
		red := r.plan.redactor.Redact
		c := CheckReport{
			Check: red(f.Check), Line: f.Pos.Line, Column: f.Pos.Col,
			Expected: red(f.Expected), Found: red(f.Found), Message: red(f.Message), Detail: red(f.Detail),
		}
		if f.Pos.File != nil {
			c.File = f.Pos.File.Name
		}
		out = append(out, c)
	}
	return out
}

// evalError reports an expression that could not be evaluated, or a request
// that could not be built.
func (r *run) evalError(q *query, err error) *ErrorReport {
	out := &ErrorReport{Type: "request", Message: r.plan.redactor.Redact(err.Error())}
	pos := q.spec.Pos
	var e *expr.EvalError
	if errors.As(err, &e) {
		out.Message, out.Hint = r.plan.redactor.Redact(e.Message), r.plan.redactor.Redact(e.Hint)
		if !e.Pos.IsZero() {
			pos = e.Pos
		}
	}
	return out.at(pos)
}

// sendError reports that no answer came.
func (r *run) sendError(q *query, err error) *ErrorReport {
	out := &ErrorReport{Type: source.KindNetwork, Message: r.plan.redactor.Redact(err.Error())}
	var e *source.Error
	if errors.As(err, &e) {
		out = &ErrorReport{Type: e.Kind, Message: r.plan.redactor.Redact(e.Message), Hint: r.plan.redactor.Redact(e.Hint)}
	}
	return out.at(q.spec.Path.Pos)
}

func (e *ErrorReport) at(pos spec.Pos) *ErrorReport {
	e.Line, e.Column = pos.Line, pos.Col
	if pos.File != nil {
		e.File = pos.File.Name
	}
	return e
}

// ReportProblems turns the problems of files into their form in a report,
// redacted by red, which may be nil.
func ReportProblems(ps spec.Problems, red *secret.Redactor) []Problem {
	var out []Problem
	hidden := map[spec.Pos]bool{}
	for _, p := range ps {
		if p.Hidden {
			hidden[lineOf(p.Pos)] = true
		}
	}
	for _, p := range ps {
		q := Problem{
			Severity: string(p.Severity), Line: p.Pos.Line, Column: p.Pos.Col,
			Message: red.Redact(p.Message), Hint: red.Redact(p.Hint),
		}
		if p.Pos.File != nil {
			q.File = p.Pos.File.Name
			if !hidden[lineOf(p.Pos)] {
				q.quote(p.Pos.File.Line(p.Pos.Line), red)
			}
		}
		out = append(out, q)
	}
	return out
}

// lineOf is the beginning of the line of a place.
func lineOf(p spec.Pos) spec.Pos { return spec.Pos{File: p.File, Line: p.Line} }

// quote adds the line that the problem is in, its secrets masked. Masking moves
// what stands behind a secret.
func (p *Problem) quote(line string, red *secret.Redactor) {
	masked := red.Redact(line)
	if len(masked) > maxShownLine {
		return
	}
	if p.Source = masked; masked == line {
		return
	}
	runes := []rune(line)
	before := red.Redact(string(runes[:min(max(p.Column-1, 0), len(runes))]))
	p.SourceColumn = min(utf8.RuneCountInString(before), utf8.RuneCountInString(masked)) + 1
}
