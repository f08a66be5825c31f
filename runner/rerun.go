package runner

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apicel/apicel/spec"
)

// rerun is what an earlier report says has to run again: what failed or
// errored, and what was skipped since something failed or since the run was
// stopped. Suites that could not run for their problems run whole.
type rerun struct {
	report *Report
	name   string // of the report, for messages
	redact func(string) string
	suites map[*suite]*failedSuite
	found  int // queries and suites to run again, also those that are no longer there
	// lost names what the report has and the suites no longer have.
	lost []string
}

// failedSuite is what of one suite has to run again.
type failedSuite struct {
	whole   bool
	queries map[*query]*failedQuery
}

// failedQuery is what of one query has to run again.
type failedQuery struct {
	whole bool
	rows  []string // by the names that the report shows
}

func newRerun(report *Report, name string, p *Plan) *rerun {
	r := &rerun{report: report, name: name, redact: p.redactor.Redact, suites: map[*suite]*failedSuite{}}
	if report == nil {
		return r
	}
	for _, sr := range report.Suites {
		if !Unfinished(sr) {
			continue
		}
		r.found++
		if s := matchingSuite(sr.File, p.suites); s != nil {
			r.add(s, sr)
		}
	}
	return r
}

// Unfinished tells whether something in the suite has to run again: it failed,
// or was kept from running.
func Unfinished(s *SuiteReport) bool {
	return s.Counts.BadSuites > 0 || slices.ContainsFunc(s.Queries, (*QueryReport).unfinished)
}

func (q *QueryReport) unfinished() bool {
	switch q.Status {
	case StatusFailed, StatusErrored:
		return true
	case StatusSkipped:
		return q.SkipCause == SkipFailure || q.SkipCause == SkipStopped
	}
	return false
}

// matchingSuite returns the suite that a report calls file: the one at that
// path, else the only one whose path ends like it, since the report may come
// from another folder.
func matchingSuite(file string, suites []*suite) *suite {
	file = path.Clean(filepath.ToSlash(file))
	var similar []*suite
	for _, s := range suites {
		name := path.Clean(s.fileName())
		if name == file {
			return s
		}
		if strings.HasSuffix("/"+file, "/"+name) || strings.HasSuffix("/"+name, "/"+file) {
			similar = append(similar, s)
		}
	}
	if len(similar) == 1 {
		return similar[0]
	}
	return nil
}

func (r *rerun) add(s *suite, sr *SuiteReport) {
	f := r.suites[s]
	if f == nil {
		f = &failedSuite{queries: map[*query]*failedQuery{}}
		r.suites[s] = f
	}
	f.whole = f.whole || sr.Counts.BadSuites > 0
	if s.bad() {
		return
	}
	known := s.reportedNames(r.redact)
	for _, q := range sr.Queries {
		if !q.unfinished() {
			continue
		}
		name := q.Query
		if name == "" {
			name = q.Name
		}
		found := known[name]
		if found == nil {
			r.lost = append(r.lost, fmt.Sprintf("%s: %s no longer has the query %q", r.name, s.fileName(), name))
			continue
		}
		f.query(found).add(q)
	}
}

// reportedNames returns the queries of the file by the names that reports tell
// them by: of one with each the name as written.
func (s *suite) reportedNames(redact func(string) string) map[string]*query {
	known, used := map[string]*query{}, names{}
	for _, q := range s.written() {
		if q.each() {
			known[redact(q.spec.Name.Value)] = q
			continue
		}
		known[redact(used.take(q.shownName, nil))] = q
	}
	return known
}

func (f *failedSuite) query(q *query) *failedQuery {
	if f.queries[q] == nil {
		f.queries[q] = &failedQuery{}
	}
	return f.queries[q]
}

func (f *failedQuery) add(q *QueryReport) {
	if q.RowIndex == nil {
		f.whole = true
		return
	}
	f.rows = append(f.rows, q.Name)
}

// fits tells whether a query has to run again; without a report all do.
func (r *rerun) fits(q *query) bool {
	if r.report == nil {
		return true
	}
	f := r.suites[q.suite]
	return f != nil && (f.queries[q] != nil || f.whole && q.phase() == spec.PhaseQueries)
}

// names tells whether something of the suite has to run again.
func (r *rerun) names(s *suite) bool { return r.suites[s] != nil }

// empty tells whether the report has nothing to run again.
func (r *rerun) empty() bool { return r.found == 0 }

// keepRows has queries send the rows that have to run again only, where no
// other query reads what they capture: it would read less than before.
func (r *rerun) keepRows() {
	for s, f := range r.suites {
		read := s.readCaptures()
		for q, again := range f.queries {
			if q.kept() && !q.needed && !again.whole && !f.whole && q.each() && !read[q] {
				q.onlyRows = again.rows
			}
		}
	}
}

// readCaptures returns the queries whose captures others of setup and queries read.
func (s *suite) readCaptures() map[*query]bool {
	read := map[*query]bool{}
	for _, q := range s.queries {
		if q.phase() == spec.PhaseTeardown {
			continue
		}
		for _, ref := range q.refs.Captures {
			if owner := s.captures[ref.Name]; owner != nil && owner != q {
				read[owner] = true
			}
		}
	}
	return read
}

// selectedRows returns those of the rows that are to be sent. Where none of the
// wanted ones is left all are: the rows have changed.
func (r *run) selectedRows(q *query, rows []*row) []*row {
	if q.onlyRows == nil {
		return rows
	}
	wanted := map[string]bool{}
	for _, name := range q.onlyRows {
		wanted[name] = true
	}
	var kept []*row
	for _, w := range rows {
		if wanted[w.report.Name] {
			kept = append(kept, w)
		}
	}
	for _, w := range kept {
		delete(wanted, w.report.Name)
	}
	for _, name := range q.onlyRows {
		if wanted[name] && r.o.Warn != nil {
			r.o.Warn(fmt.Sprintf("%s no longer has the row %q", q.suite.fileName(), name))
		}
	}
	if len(kept) == 0 {
		return rows
	}
	return kept
}
