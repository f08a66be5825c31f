package reporters

import (
	"strings"

	"github.com/apicel/apicel/runner"
)

// The characters to which texts of details are cut, and the numbers of headers
// and checks that one of them shows.
const (
	maxHTMLText    = 16_000
	maxHTMLBody    = 128_000 // a body of 64 kB when it is laid out
	maxHTMLHeader  = 2_000
	maxHTMLHeaders = 100
	maxHTMLChecks  = 200
)

type (
	// htmlDetail is a line of the block "details".
	htmlDetail struct {
		Message  string        `json:"message,omitempty"`
		Error    *htmlError    `json:"error,omitempty"`
		Failures []htmlCheck   `json:"failures,omitempty"`
		Attempts []htmlAttempt `json:"attempts,omitempty"`
	}
	htmlError struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
		Place   string `json:"place,omitempty"`
	}
	htmlCheck struct {
		Check    string `json:"check"`
		Place    string `json:"place"`
		Expected string `json:"expected,omitempty"`
		Found    string `json:"found,omitempty"`
		Message  string `json:"message,omitempty"`
		Detail   string `json:"detail,omitempty"`
	}
	htmlAttempt struct {
		Number   int            `json:"number"`
		Start    *float64       `json:"start,omitempty"`
		Duration runner.Millis  `json:"duration"`
		Code     int            `json:"code,omitempty"`
		Error    *htmlError     `json:"error,omitempty"`
		Failures []htmlCheck    `json:"failures,omitempty"`
		Request  *htmlMessage   `json:"request,omitempty"`
		Response *htmlMessage   `json:"response,omitempty"`
		Timing   *runner.Timing `json:"timing,omitempty"`
		Curl     string         `json:"curl,omitempty"`
	}
	htmlMessage struct {
		// First is the request's method and URL, or the status line.
		First  string      `json:"first"`
		Header [][2]string `json:"headers,omitempty"`
		Body   string      `json:"body,omitempty"`
		// Note says what Body is not: the whole body, or its text.
		Note string `json:"note,omitempty"`
		Size int    `json:"size"`
	}
)

// How much of a query's exchanges a detail holds.
const (
	noExchange = iota
	lastExchange
	allExchanges
)

// cuts say what a detail lacks that holds less than all.
var cuts = map[int]string{
	noExchange:   "the requests and responses are left out, so that the report stays small",
	lastExchange: "only the last attempt is shown in full, so that the report stays small",
}

// maxMisses is the number of details that are tried in vain before the rest is
// taken not to fit either.
const maxMisses = 100

const nothingFits = "the details are left out, so that the report stays small"

// fillDetails makes the details that there is room for: of all queries in
// order what was wrong, then of all in order their exchanges.
func fillDetails(r *runner.Report, items []*htmlItem, room int) ([][]byte, error) {
	var details [][]byte
	for _, item := range items {
		q := item.report
		if q.Message == "" && q.Error == nil && len(q.Failures) == 0 && len(q.Attempts) == 0 {
			continue
		}
		line, err := htmlJSON(newHTMLDetail(r, q, noExchange))
		if err != nil {
			return nil, err
		}
		if len(line)+1 > room {
			item.line.Cut = nothingFits
			continue
		}
		room -= len(line) + 1
		details = append(details, line)
		item.line.Detail = len(details)
	}
	misses := 0
	for _, item := range items {
		if item.line.Detail == 0 || len(item.report.Attempts) == 0 {
			continue
		}
		if misses > maxMisses {
			item.line.Cut = cuts[noExchange]
			continue
		}
		at := item.line.Detail - 1
		line, level, err := bestDetail(r, item.report, details[at], room)
		if err != nil {
			return nil, err
		}
		room -= len(line) - len(details[at])
		details[at], item.line.Cut = line, cuts[level]
		if level == noExchange {
			misses++
		}
	}
	return details, nil
}

// bestDetail returns the fullest detail that takes at most room bytes more than
// what there is.
func bestDetail(r *runner.Report, q *runner.QueryReport, have []byte, room int) (line []byte, level int, err error) {
	for level := allExchanges; level > noExchange && room > 0; level-- {
		if level == lastExchange && len(q.Attempts) == 1 {
			break // the same as all
		}
		line, err := htmlJSON(newHTMLDetail(r, q, level))
		if err != nil || len(line)-len(have) <= room {
			return line, level, err
		}
	}
	return have, noExchange, nil
}

func newHTMLDetail(r *runner.Report, q *runner.QueryReport, level int) htmlDetail {
	d := htmlDetail{Message: htmlBlock(q.Message), Error: newHTMLError(q.Error), Failures: htmlChecks(q.Failures)}
	for i := range q.Attempts {
		a := &q.Attempts[i]
		last := i == len(q.Attempts)-1
		if level == noExchange && len(q.Attempts) == 1 {
			break // there is nothing else to say about it
		}
		out := htmlAttempt{Number: a.Number, Start: since(r, a.Started), Duration: a.Duration, Timing: a.Timing}
		if a.Response != nil {
			out.Code = a.Response.StatusCode
		}
		// What the last attempt lacked is what the query lacked.
		if !last || q.Status == runner.StatusPassed {
			out.Error, out.Failures = newHTMLError(a.Error), htmlChecks(a.Failures)
		}
		if level == allExchanges || level == lastExchange && last {
			out.Request, out.Response, out.Curl = newHTMLRequest(a.Request), newHTMLResponse(a.Response), strings.TrimSuffix(curlOf(a), "\n")
		}
		d.Attempts = append(d.Attempts, out)
	}
	return d
}

func newHTMLError(e *runner.ErrorReport) *htmlError {
	if e == nil {
		return nil
	}
	out := &htmlError{Type: htmlName(e.Type), Message: htmlBlock(e.Message), Hint: htmlBlock(e.Hint)}
	if e.File != "" {
		out.Place = htmlName(position(e.File, e.Line, e.Column))
	}
	return out
}

func htmlChecks(list []runner.CheckReport) []htmlCheck {
	var out []htmlCheck
	for _, c := range list[:min(len(list), maxHTMLChecks)] {
		out = append(out, htmlCheck{
			Check: shorten(oneLine(ahead(c.Check, maxHTMLHeader)), maxHTMLHeader), Place: htmlName(position(c.File, c.Line, c.Column)),
			Expected: htmlBlock(c.Expected), Found: htmlBlock(c.Found), Message: htmlBlock(c.Message), Detail: htmlBlock(c.Detail),
		})
	}
	if left := len(list) - maxHTMLChecks; left > 0 {
		out = append(out, htmlCheck{Check: "… and " + count(left, "more check", "more checks")})
	}
	return out
}

// htmlBlock returns a text of several lines.
func htmlBlock(s string) string {
	return shorten(visible(strings.ReplaceAll(ahead(s, maxHTMLText), "\r\n", "\n")), maxHTMLText)
}

func newHTMLRequest(m *runner.Message) *htmlMessage {
	if m == nil {
		return nil
	}
	return newHTMLMessage(inline(m.Method)+" "+inline(m.URL), m)
}

func newHTMLResponse(m *runner.Message) *htmlMessage {
	if m == nil {
		return nil
	}
	return newHTMLMessage(statusLine(m), m)
}

func newHTMLMessage(first string, m *runner.Message) *htmlMessage {
	out := &htmlMessage{First: shorten(first, maxHTMLText), Size: m.BodySize}
	for _, h := range m.Header[:min(len(m.Header), maxHTMLHeaders)] {
		out.Header = append(out.Header, [2]string{htmlName(h.Name), htmlText(h.Value, maxHTMLHeader)})
	}
	if described(m) {
		out.Note = size(m.BodySize) + " that are not text"
		return out
	}
	body := visible(layoutBody(m.Body))
	out.Body = shorten(body, maxHTMLBody)
	if m.Truncated || len(out.Body) < len(body) {
		out.Note = "cut here; the whole body has " + size(m.BodySize)
	}
	return out
}
