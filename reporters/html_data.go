package reporters

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/apicel/apicel/runner"
)

// The sizes in bytes that bound a page. A GitLab artifact that is looked at in
// the browser, an attachment and a phone all take 20 MB.
const (
	maxHTML       = 20_000_000
	maxHTMLSuites = 3_000_000 // names, problems and waits of suites
	maxHTMLLines  = 6_000_000 // the lines of queries
	maxHTMLAround = 1_000_000 // style, script, summary
)

// The characters to which texts of a query's line are cut, and the numbers of
// things that one suite or query can show.
const (
	maxHTMLName     = 300
	maxHTMLPath     = 400
	maxHTMLTags     = 20
	maxHTMLProblems = 100
)

type (
	// htmlReport is the block "report". Times are milliseconds, from the run's
	// beginning where they are points in time. Every text is visible.
	htmlReport struct {
		Duration runner.Millis `json:"duration"`
		Counts   runner.Counts `json:"counts"`
		// LeftOut is the number of queries that are not in the page.
		LeftOut int               `json:"left_out,omitempty"`
		Suites  []json.RawMessage `json:"suites"`
	}
	htmlSuite struct {
		Number   int           `json:"number"` // in the report, from 1
		Name     string        `json:"name"`
		File     string        `json:"file"`
		Tags     []string      `json:"tags,omitempty"`
		Base     string        `json:"base,omitempty"`
		Status   runner.Status `json:"status"`
		Start    *float64      `json:"start,omitempty"`
		Duration runner.Millis `json:"duration"`
		Seed     string        `json:"seed,omitempty"` // where it is not the run's
		Counts   runner.Counts `json:"counts"`
		Problems []htmlProblem `json:"problems,omitempty"`
		Waits    []htmlWaits   `json:"waits,omitempty"`
		// Cut tells that problems or waits are left out.
		Cut     bool              `json:"cut,omitempty"`
		Queries []json.RawMessage `json:"queries"`
	}
	htmlProblem struct {
		Severity string `json:"severity"`
		Place    string `json:"place"`
		Line     int    `json:"line"`
		Message  string `json:"message"`
		Hint     string `json:"hint,omitempty"`
		Source   string `json:"source,omitempty"`
		// Under is what stands below Source before the caret.
		Under string `json:"under,omitempty"`
		Caret bool   `json:"caret,omitempty"`
	}
	htmlWaits struct {
		Query string   `json:"query"`
		Needs []string `json:"needs,omitempty"`
		Order []string `json:"order,omitempty"`
	}
	// htmlQuery is what the line of a query shows and what is searched.
	htmlQuery struct {
		Number int    `json:"number"` // in the suite, from 1
		Name   string `json:"name"`
		// Query is the name as written, where it is another.
		Query    string        `json:"query,omitempty"`
		Phase    string        `json:"phase,omitempty"` // setup or teardown
		Place    string        `json:"place"`
		Tags     []string      `json:"tags,omitempty"` // beyond those of the suite
		Needed   bool          `json:"needed,omitempty"`
		Method   string        `json:"method,omitempty"`
		Path     string        `json:"path,omitempty"`
		Status   runner.Status `json:"status"`
		Flaky    bool          `json:"flaky,omitempty"`
		Why      string        `json:"why,omitempty"` // failed, errored or skipped
		Start    *float64      `json:"start,omitempty"`
		Duration runner.Millis `json:"duration"`
		Code     int           `json:"code,omitempty"`
		Checks   int           `json:"checks,omitempty"`
		Attempts int           `json:"attempts,omitempty"` // where more than one
		// Detail is the number of its line in the block "details", from 1.
		Detail int `json:"detail,omitempty"`
		// Cut says what of its details is left out.
		Cut string `json:"cut,omitempty"`
	}
)

// htmlItem is a query while room is found for it.
type htmlItem struct {
	suite, query int
	line         htmlQuery
	report       *runner.QueryReport
}

// layOut returns the block "report" and the lines of the block "details".
func layOut(r *runner.Report) (report []byte, details [][]byte, err error) {
	suites, used, err := htmlSuites(r)
	if err != nil {
		return nil, nil, err
	}
	items := htmlItems(r, suites)
	details, err = fillDetails(r, items, maxHTML-maxHTMLAround-maxHTMLLines-used)
	if err != nil {
		return nil, nil, err
	}
	kept, err := keepLines(items)
	if err != nil {
		return nil, nil, err
	}
	out := htmlReport{Duration: r.Duration, Counts: r.Counts, LeftOut: -len(kept), Suites: []json.RawMessage{}}
	for i, s := range r.Suites {
		out.LeftOut += len(s.Queries)
		if suites[i] == nil {
			continue
		}
		for k := range s.Queries {
			if line, ok := kept[[2]int{i, k}]; ok {
				suites[i].Queries = append(suites[i].Queries, line)
			}
		}
		text, err := htmlJSON(suites[i])
		if err != nil {
			return nil, nil, err
		}
		out.Suites = append(out.Suites, text)
	}
	report, err = htmlJSON(out)
	return report, details, err
}

// keepLines returns the lines that there is room for, by suite and query.
func keepLines(items []*htmlItem) (map[[2]int]json.RawMessage, error) {
	room := maxHTMLLines
	kept := map[[2]int]json.RawMessage{}
	for _, item := range items {
		line, err := htmlJSON(item.line)
		if err != nil {
			return nil, err
		}
		if room -= len(line) + 1; room < 0 {
			break
		}
		kept[[2]int{item.suite, item.query}] = line
	}
	return kept, nil
}

// rank orders what competes for room: what failed first, then what was flaky,
// then what may explain it.
func rank(s runner.Status, flaky bool) int {
	switch {
	case s == runner.StatusFailed || s == runner.StatusErrored:
		return 0
	case flaky:
		return 1
	case s == runner.StatusSkipped:
		return 2
	}
	return 3
}

// htmlSuites returns the suites without their queries, nil for one that there
// is no room for, and the bytes that they take. All suites come before what is
// wrong with one, and that before who waited for whom.
func htmlSuites(r *runner.Report) (list []*htmlSuite, used int, err error) {
	list = make([]*htmlSuite, len(r.Suites))
	order := make([]int, len(r.Suites))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(rank(r.Suites[a].Status, false), rank(r.Suites[b].Status, false))
	})
	fits := func(v any) bool {
		text, e := htmlJSON(v)
		err = cmp.Or(err, e)
		if used+len(text) > maxHTMLSuites {
			return false
		}
		used += len(text)
		return true
	}
	for _, i := range order {
		if s := newHTMLSuite(r, i); fits(s) {
			list[i] = s
		}
	}
	for _, i := range order {
		if ps := htmlProblems(r.Suites[i]); list[i] != nil && fits(ps) {
			list[i].Problems = ps
		}
	}
	for _, i := range order {
		if ws := htmlWaitsOf(r.Suites[i]); list[i] != nil && fits(ws) {
			list[i].Waits = ws
		}
	}
	for i, s := range list {
		if s != nil {
			s.Cut = len(s.Problems) < len(r.Suites[i].Problems) || len(s.Waits) < len(r.Suites[i].Waits)
		}
	}
	return list, used, err
}

func newHTMLSuite(r *runner.Report, i int) *htmlSuite {
	s := r.Suites[i]
	seed := ""
	if s.Seed != nil {
		seed = strconv.FormatUint(*s.Seed, 10) // more than a number of JavaScript holds
	}
	return &htmlSuite{
		Number: i + 1, Name: htmlName(suiteName(s)), File: htmlName(s.File), Tags: htmlTags(s.Tags, nil), Base: htmlName(s.BaseURL),
		Status: s.Status, Start: since(r, s.Started), Duration: s.Duration, Seed: seed, Counts: s.Counts,
		Queries: []json.RawMessage{},
	}
}

func htmlProblems(s *runner.SuiteReport) []htmlProblem {
	var out []htmlProblem
	for _, p := range s.Problems[:min(len(s.Problems), maxHTMLProblems)] {
		source, under := aim(p.Source, p.Caret())
		out = append(out, htmlProblem{
			Severity: htmlName(p.Severity), Place: htmlName(position(p.File, p.Line, p.Column)), Line: p.Line,
			Message: htmlBlock(p.Message), Hint: htmlBlock(p.Hint),
			Source: source, Under: under, Caret: p.Source != "" && p.Column > 0,
		})
	}
	return out
}

func htmlWaitsOf(s *runner.SuiteReport) []htmlWaits {
	var out []htmlWaits
	for _, w := range s.Waits {
		out = append(out, htmlWaits{htmlName(w.Query), htmlNames(w.Needs), htmlNames(w.Order)})
	}
	return out
}

// htmlItems returns the queries, those that matter most first.
func htmlItems(r *runner.Report, suites []*htmlSuite) []*htmlItem {
	var items []*htmlItem
	for i, s := range r.Suites {
		for k, q := range s.Queries {
			if suites[i] != nil {
				items = append(items, &htmlItem{suite: i, query: k, line: newHTMLQuery(r, s, k), report: q})
			}
		}
	}
	slices.SortStableFunc(items, func(a, b *htmlItem) int {
		return cmp.Compare(rank(a.line.Status, a.line.Flaky), rank(b.line.Status, b.line.Flaky))
	})
	return items
}

func newHTMLQuery(r *runner.Report, s *runner.SuiteReport, k int) htmlQuery {
	q := s.Queries[k]
	out := htmlQuery{
		Number: k + 1, Name: htmlName(q.Name), Query: htmlName(q.Query), Place: htmlName(position(q.File, q.Line, 0)),
		Tags: htmlTags(q.Tags, s.Tags), Needed: q.Needed, Method: htmlName(q.Method),
		Path: htmlText(q.Path, maxHTMLPath), Status: q.Status, Flaky: q.Flaky, Start: since(r, q.Started),
		Duration: q.Duration, Code: q.StatusCode, Checks: q.Checks,
	}
	if out.Query == out.Name {
		out.Query = ""
	}
	if q.Phase == "setup" || q.Phase == "teardown" {
		out.Phase = q.Phase
	}
	if q.AttemptCount > 1 {
		out.Attempts = q.AttemptCount
	}
	switch q.Status {
	case runner.StatusSkipped:
		out.Why = shorten(oneLine(ahead(q.Reason, maxHTMLPath)), maxHTMLPath)
	case runner.StatusFailed, runner.StatusErrored:
		out.Why = brief(q)
	}
	return out
}

func htmlName(s string) string { return htmlText(s, maxHTMLName) }

// htmlText returns s as it is shown within a line, cut to a number of
// characters; the rest of a text of megabytes is not looked at.
func htmlText(s string, limit int) string { return shorten(inline(ahead(s, limit)), limit) }

// ahead returns at least the first limit+1 characters of s, or all of it.
func ahead(s string, limit int) string {
	if most := utf8.UTFMax * (limit + 1); len(s) > most {
		return s[:most]
	}
	return s
}

func htmlNames(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, htmlName(s))
	}
	return out
}

// htmlTags returns tags without those that are in but.
func htmlTags(tags, but []string) []string {
	var out []string
	for _, tag := range tags {
		if len(out) < maxHTMLTags && !slices.Contains(but, tag) {
			out = append(out, htmlName(tag))
		}
	}
	return out
}

// htmlJSON returns the JSON of v on one line that is safe in a script element,
// as json.Marshal spells <, >, &, U+2028 and U+2029 as \u escapes, and in the log
// of a CI system, where ## may begin a command.
func htmlJSON(v any) ([]byte, error) {
	line, err := json.Marshal(v)
	return bytes.ReplaceAll(line, []byte("##"), []byte(`#\u0023`)), err
}
