package reporters

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apicel/apicel/runner"
)

// MaxSummary is the number of bytes that GitHub takes as the summary of one step
// of a job: 1 MiB. What is longer it does not show at all.
const MaxSummary = 1 << 20

// How much of each list is shown. What failed is shown as long as there is room.
const (
	maxSlowest   = 5
	maxTableRows = 50
	// reserved is the room that is kept for the lists after the failures.
	reserved = 96 << 10
)

// WriteMarkdown writes the report as GitHub Flavored Markdown for summaries of
// jobs and comments: the counts, what failed with its exchange to unfold, flaky
// queries, suites, the slowest queries and what was skipped. It takes at most
// MaxSummary bytes. It returns the first error of w.
func WriteMarkdown(w io.Writer, r *runner.Report) error {
	return WriteMarkdownWithin(w, r, MaxSummary)
}

// WriteMarkdownWithin is WriteMarkdown within another number of bytes; what does
// not fit is counted. The counts themselves, below 2 KB, are always written.
func WriteMarkdownWithin(w io.Writer, r *runner.Report, limit int) error {
	m := &markdown{limit: limit}
	m.head(r)
	failures := m.failures(r)
	m.limit = max(0, limit-reserved)
	m.list("Failed", failures)
	m.limit = limit
	m.flaky(r)
	m.suites(r)
	m.slowest(r)
	m.skipped(r)
	_, err := w.Write(defuse(m.out.Bytes()))
	return err
}

// markdown is a document while it is put together.
//
// Text from outside stands in code elements only, with every character as an
// entity that Markdown or HTML could read: there GitHub makes no mention, no
// link, no emoji and no reference of it.
type markdown struct {
	out   bytes.Buffer
	limit int
}

// fits writes text if there is room for it.
func (m *markdown) fits(text string) bool {
	if m.out.Len()+len(text) > m.limit {
		return false
	}
	m.out.WriteString(text)
	return true
}

// marks are the verdicts as pictures, which Markdown has no colours for.
var marks = map[runner.Status]string{
	runner.StatusPassed: "✅", runner.StatusFailed: "❌", runner.StatusErrored: "❗", runner.StatusSkipped: "⏭️",
}

func mark(s runner.Status) string {
	if m, ok := marks[s]; ok {
		return m
	}
	return "❔"
}

// code returns text as an element of code on one line, wherever it stands.
func code(s string) string {
	var b strings.Builder
	b.WriteString("<code>")
	text := inline(s)
	for i, c := range text {
		switch {
		case strings.ContainsRune("\\`*_[]<>#!|~&@$", c),
			c == ':' && strings.HasPrefix(text[i:], "://"),
			c == '.' && strings.HasSuffix(strings.ToLower(text[:i]), "www"):
			fmt.Fprintf(&b, "&#%d;", c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteString("</code>")
	return b.String()
}

// fence returns text as a block of code that nothing in it ends.
func fence(language, text string) string {
	longest, run := 2, 0
	for _, c := range text {
		if c == '`' {
			run++
			longest = max(longest, run)
			continue
		}
		run = 0
	}
	mark := strings.Repeat("`", longest+1)
	return mark + language + "\n" + strings.TrimRight(text, "\n") + "\n" + mark + "\n\n"
}

func (m *markdown) head(r *runner.Report) {
	n := r.Counts
	verdict := "✅ passed"
	switch {
	case n.Failed+n.Errored+n.BadSuites > 0:
		verdict = "❌ failed"
	case r.Stopped != "":
		verdict = "❗ stopped"
	case n.Queries == n.Skipped:
		verdict = "⏭️ nothing ran"
	}
	fmt.Fprintf(&m.out, "## %s: %s\n\n", verdict, tally(n))
	parts := []string{
		count(n.Queries, "query", "queries") + " in " + count(len(r.Suites), "suite", "suites"),
		count(n.Checks, "check", "checks"), duration(r.Duration.Duration()), fmt.Sprintf("seed %d", r.Seed),
	}
	if r.Shard != nil {
		parts = append(parts, fmt.Sprintf("shard %d of %d", r.Shard.Index, r.Shard.Total))
	}
	fmt.Fprintf(&m.out, "%s, apicel %s\n\n", strings.Join(parts, ", "), code(shorten(r.Apicel, 100)))
	if r.Stopped != "" {
		why, ok := stops[r.Stopped]
		if !ok {
			why = "stopped early: " + code(shorten(string(r.Stopped), 100))
		}
		m.out.WriteString("> " + why + "\n\n")
	}
}

// tally returns the counts of a run, worst first; what is zero is left out.
func tally(n runner.Counts) string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, text))
		}
	}
	add(n.Failed, "failed")
	add(n.Errored, "errored")
	if n.BadSuites > 0 {
		parts = append(parts, count(n.BadSuites, "suite did not run", "suites did not run"))
	}
	add(n.Passed, "passed")
	if n.Flaky > 0 {
		parts[len(parts)-1] += fmt.Sprintf(" (%d flaky)", n.Flaky)
	}
	add(n.Skipped, "skipped")
	if len(parts) == 0 {
		return "no queries"
	}
	return strings.Join(parts, ", ")
}

// item is a failure: as one line, and with all there is to say.
type item struct{ line, details string }

func (m *markdown) failures(r *runner.Report) []item {
	var items []item
	for _, s := range r.Suites {
		if bad := errorsOf(s); len(bad) > 0 {
			line := fmt.Sprintf("%s %s did not run: %s", mark(runner.StatusErrored), code(suiteName(s)), code(shorten(badSuiteMessage(s), 2*maxBrief)))
			items = append(items, item{line, fence("text", problemsText(s))})
		}
		for _, q := range s.Queries {
			if unsuccessful(q) {
				file, lineNumber, _ := placeOf(q)
				line := fmt.Sprintf("%s <b>%s</b> %s: %s", mark(q.Status), code(shorten(q.Name, maxBrief)),
					code(position(file, lineNumber, 0)), code(brief(q)))
				items = append(items, item{line, failureDetails(q)})
			}
		}
	}
	return items
}

func failureDetails(q *runner.QueryReport) string {
	text := fence("text", findings(q))
	if retried(q) {
		var before strings.Builder
		for i := range q.Attempts {
			a := &q.Attempts[i]
			fmt.Fprintf(&before, "attempt %d: %s\n", a.Number, brief(attemptOf(q, a)))
		}
		text = fence("text", before.String()) + text
	}
	if last := lastAttempt(q); last != nil {
		if s := exchangeText(last); s != "" {
			text += fence("text", s)
		}
		if s := curlOf(last); s != "" {
			text += fence("sh", s)
		}
	}
	return text
}

// list writes items to unfold as long as there is room, then as lines, then
// their number.
func (m *markdown) list(title string, items []item) {
	if len(items) == 0 || !m.fits("### "+title+"\n\n") {
		return
	}
	for i, it := range items {
		rest := fmt.Sprintf("… and %d more, which have no room here; the other reports have them.\n\n", len(items)-i)
		m.limit -= len(rest)
		whole := "<details><summary>" + it.line + "</summary>\n\n" + it.details + "</details>\n\n"
		// One failure of many may take a quarter of the room, so that others are seen.
		ok := len(whole) <= max(m.limit/4, 8<<10) && m.fits(whole) || m.fits(it.line+"\n\n")
		m.limit += len(rest)
		if !ok {
			m.fits(rest)
			return
		}
	}
}

// table writes rows as long as there is room, then the number of those left.
func (m *markdown) table(title, header string, rows []string) {
	if len(rows) == 0 {
		return
	}
	columns := strings.Count(header, "|") - 1
	if !m.fits("### " + title + "\n\n" + header + "\n|" + strings.Repeat(" --- |", columns) + "\n") {
		return
	}
	for i, row := range rows {
		rest := fmt.Sprintf("\n… and %d more\n", len(rows)-i)
		m.limit -= len(rest) + 1
		ok := i < maxTableRows && m.fits(row+"\n")
		m.limit += len(rest) + 1
		if !ok {
			m.fits(rest)
			break
		}
	}
	m.fits("\n")
}

func (m *markdown) flaky(r *runner.Report) {
	var rows []string
	each(r, func(_ *runner.SuiteReport, q *runner.QueryReport) {
		if q.Flaky {
			why := ""
			if len(q.Attempts) > 0 {
				why = code(brief(attemptOf(q, &q.Attempts[0])))
			}
			rows = append(rows, fmt.Sprintf("| %s | %d | %s | %s |", code(shorten(q.Name, maxBrief)), q.AttemptCount, why, code(position(q.File, q.Line, 0))))
		}
	})
	m.table("⚠️ Flaky", "| query | attempts | the first | place |", rows)
}

func (m *markdown) suites(r *runner.Report) {
	var rows []string
	for _, s := range r.Suites {
		n := s.Counts
		rows = append(rows, fmt.Sprintf("| %s %s | %d | %d | %d | %s |", mark(s.Status), code(shorten(suiteName(s), maxBrief)),
			n.Passed, n.Failed+n.Errored, n.Skipped, duration(s.Duration.Duration())))
	}
	m.table("Suites", "| suite | passed | failed | skipped | time |", rows)
}

func (m *markdown) slowest(r *runner.Report) {
	var all []*runner.QueryReport
	each(r, func(_ *runner.SuiteReport, q *runner.QueryReport) {
		if q.Status != runner.StatusSkipped {
			all = append(all, q)
		}
	})
	slices.SortStableFunc(all, func(a, b *runner.QueryReport) int { return cmp.Compare(b.Duration, a.Duration) })
	var rows []string
	for _, q := range all[:min(len(all), maxSlowest)] {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |", duration(q.Duration.Duration()), code(shorten(q.Name, maxBrief)), code(position(q.File, q.Line, 0))))
	}
	m.table("Slowest", "| time | query | place |", rows)
}

func (m *markdown) skipped(r *runner.Report) {
	var rows []string
	each(r, func(_ *runner.SuiteReport, q *runner.QueryReport) {
		if q.Status == runner.StatusSkipped {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s |", code(shorten(q.Name, maxBrief)), code(shorten(oneLine(q.Reason), 2*maxBrief)), code(position(q.File, q.Line, 0))))
		}
	})
	m.table("Skipped", "| query | why | place |", rows)
}

// each calls f for every query of a report.
func each(r *runner.Report, f func(*runner.SuiteReport, *runner.QueryReport)) {
	for _, s := range r.Suites {
		for _, q := range s.Queries {
			f(s, q)
		}
	}
}
