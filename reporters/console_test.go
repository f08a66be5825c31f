package reporters_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

func suiteOf(name string) *runner.SuiteReport {
	return &runner.SuiteReport{Name: name, File: name + ".apicel.yaml"}
}

func queryOf(s *runner.SuiteReport, name string) runner.QueryFinished {
	return runner.QueryFinished{Suite: s, Query: query(s.File, 1, "GET", "/", name, passed(200, 1, 1))}
}

// The foreground streams, the others wait for their turn.
func TestConsoleTurns(t *testing.T) {
	a, b, c := suiteOf("A"), suiteOf("B"), suiteOf("C")
	steps := []struct {
		event runner.Event
		want  string // the names of suites and queries that have been printed
	}{
		{runner.SuiteStarted{Suite: a}, "A"},
		{runner.SuiteStarted{Suite: b}, "A"},
		{queryOf(b, "b1"), "A"},
		{queryOf(a, "a1"), "A a1"},
		{runner.SuiteStarted{Suite: c}, "A a1"},
		{queryOf(c, "c1"), "A a1"},
		{runner.SuiteFinished{Suite: b}, "A a1"},
		{queryOf(a, "a2"), "A a1 a2"},
		{runner.SuiteFinished{Suite: a}, "A a1 a2 B b1 C c1"},
		{queryOf(c, "c2"), "A a1 a2 B b1 C c1 c2"},
		{runner.SuiteFinished{Suite: c}, "A a1 a2 B b1 C c1 c2"},
	}
	var out bytes.Buffer
	console := reporters.NewConsole(&out, reporters.ConsoleOptions{})
	names := regexp.MustCompile(`(?m)^(?:  ✓ )?(\w+)`)
	for i, step := range steps {
		console.Handle(step.event)
		console.Flush()
		var got []string
		for _, m := range names.FindAllStringSubmatch(out.String(), -1) {
			got = append(got, m[1])
		}
		if s := strings.Join(got, " "); s != step.want {
			t.Fatalf("after step %d: printed %q, want %q", i, s, step.want)
		}
	}
}

// A run that was cut short still shows what suites in the background did.
func TestConsoleFinishFlushes(t *testing.T) {
	a, b := suiteOf("A"), suiteOf("B")
	var out bytes.Buffer
	c := reporters.NewConsole(&out, reporters.ConsoleOptions{})
	for _, e := range []runner.Event{runner.SuiteStarted{Suite: a}, runner.SuiteStarted{Suite: b}, queryOf(b, "b1")} {
		c.Handle(e)
	}
	if err := c.Finish(&runner.Report{Suites: []*runner.SuiteReport{a, b}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "b1") {
		t.Errorf("the background is lost:\n%s", &out)
	}
}

func TestSummary(t *testing.T) {
	failed := suiteOf("F")
	for i := range 25 {
		failed.Queries = append(failed.Queries, query("F", i+1, "GET", "/", fmt.Sprint("q", i), runner.QueryReport{Status: runner.StatusFailed}))
	}
	tests := []struct {
		name   string
		report *runner.Report
		want   []string
		not    []string
	}{
		{"nothing", &runner.Report{}, []string{"nothing ran  (0 queries in 0 suites, 0 checks, 0 ms)"}, []string{"seed", "what failed"}},
		{
			"all passed", &runner.Report{Seed: 7, Counts: runner.Counts{Queries: 1, Passed: 1, Checks: 1}, Suites: []*runner.SuiteReport{suiteOf("A")}},
			[]string{"1 passed  (1 query in 1 suite, 1 check, 0 ms)"},
			[]string{"seed", "failed", "skipped"},
		},
		{
			"all skipped", &runner.Report{Counts: runner.Counts{Queries: 2, Skipped: 2}},
			[]string{"2 skipped", "no request was sent: every query was skipped"}, nil,
		},
		{
			"many failed", &runner.Report{Seed: 7, Counts: runner.Counts{Queries: 25, Failed: 25}, Suites: []*runner.SuiteReport{failed}},
			[]string{"25 failed", "✗ F:20  q19\n", "… and 5 more", "--seed 7"},
			[]string{"q20"},
		},
		{"interrupted", &runner.Report{Stopped: runner.StopInterrupted}, []string{"\ninterrupted: "}, nil},
		{"timeout", &runner.Report{Stopped: runner.StopTimeout}, []string{"--timeout"}, nil},
		{"fail-fast", &runner.Report{Stopped: runner.StopFailFast}, []string{"--fail-fast"}, nil},
		{"a reason from later", &runner.Report{Stopped: "power cut"}, []string{"stopped early: power cut"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := reporters.NewConsole(&out, reporters.ConsoleOptions{}).Finish(tt.report); err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.want {
				if !strings.Contains("\n"+out.String(), s) {
					t.Errorf("%q is missing in:\n%s", s, &out)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(out.String(), s) {
					t.Errorf("%q is too much in:\n%s", s, &out)
				}
			}
		})
	}
}

// An ordinary line fits a terminal of 80 columns, its parts in their columns; a
// name that failed is whole.
func TestRows(t *testing.T) {
	const long = "the name of a query that goes on and on, to its very end"
	failed, skipped, unsent := passed(500, 12, 1), passed(0, 0, 0), passed(0, 0, 0)
	failed.Status, skipped.Status, unsent.Status = runner.StatusFailed, runner.StatusSkipped, runner.StatusErrored
	failed.Attempts, skipped.Reason = []runner.AttemptReport{{Number: 1, Request: get("http://x/")}}, "a reason that goes beyond the columns"
	unsent.Error = &runner.ErrorReport{Type: "request", Message: "no such key"}
	tests := []struct {
		method, path, name string
		verdict            runner.QueryReport
		want               string
	}{
		{"GET", "/", "short", passed(200, 1.2, 1), "  ✓ short                        GET    /                           200  1.2 ms"},
		{"OPTIONS", "/a", "short", passed(204, 59_990, 1), "  ✓ short                        OPTIONS /a                         204 59.99 s"},
		{"DELETE", "/orders/4711/lines?page=2&per_page=100", long, passed(200, 1.2, 1), "  ✓ the name of a … its very end DELETE /orders/4711/…&per_page=100 200  1.2 ms"},
		{"GET", "/日本語/日本語/日本語/日本語/日本語", "日本語の名前日本語の名前日本語の名前", passed(200, 1.2, 1), "  ✓ 日本語の名前日…日本語の名前  GET    /日本語/日本…日本語/日本語  200  1.2 ms"},
		{"GET", "/orders", long, skipped, "  - the name of a … its very end GET    /orders                     skipped: a reason that goes beyond the columns"},
		{"GET", "/orders/4711/lines?page=2&per_page=100", long, failed, "  ✗ " + long + " GET /orders/4711/…&per_page=100 500   12 ms"},
		{"GET", "/orders/${captures.order_id}/lines", "no URL", unsent, "  ! no URL                       GET    /orders/${captures.order_id}/lines ---    0 ms"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		c := reporters.NewConsole(&out, reporters.ConsoleOptions{})
		c.Handle(runner.QueryFinished{Suite: suiteOf("A"), Query: query("A", 1, tt.method, tt.path, tt.name, tt.verdict)})
		c.Flush()
		if got := strings.Split(out.String(), "\n")[1]; got != tt.want {
			t.Errorf("got\n%s\nwant\n%s", got, tt.want)
		}
	}
}

// What is said of bodies and answers that are not shown is true.
func TestExchangeNotes(t *testing.T) {
	binary := answer(200, "image/png", "(5 bytes that are not text)")
	binary.BodySize, binary.Truncated = 5, true
	cut := answer(200, "text/plain", "xxx")
	cut.BodySize, cut.Truncated = 70_000, true
	redirected := answer(200, "text/plain", "x")
	redirected.URL, redirected.Redirects = "http://x/c", []string{"http://x/", "http://x/b\x1b"}
	tests := []struct {
		name      string
		response  *runner.Message
		want, not string
	}{
		{"redirected", redirected, "< redirected to http://x/b\\x1b\n      < HTTP/1.1 200 OK from http://x/c\n", "redirected to http://x/\n"},
		{"binary", binary, "< (5 bytes that are not text)\n", "cut here"},
		{"cut", cut, "< … cut here; the whole body has 70.0 kB\n", "not text"},
		{"too large, or none", nil, "< no whole answer\n", "HTTP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := query("A", 1, "GET", "/", "q", runner.QueryReport{Status: runner.StatusFailed, AttemptCount: 1})
			q.Attempts = []runner.AttemptReport{{Number: 1, Request: get("http://x/"), Response: tt.response}}
			var out bytes.Buffer
			c := reporters.NewConsole(&out, reporters.ConsoleOptions{})
			c.Handle(runner.QueryFinished{Suite: suiteOf("A"), Query: q})
			c.Flush()
			if !strings.Contains(out.String(), tt.want) || strings.Contains(out.String(), tt.not) {
				t.Errorf("want %q, not %q:\n%s", tt.want, tt.not, &out)
			}
		})
	}
}

// Long bodies are cut with a count; verbose shows more of them.
func TestBodiesAreCut(t *testing.T) {
	body := strings.Repeat("line\n", 100) + strings.Repeat("x", 5000)
	s := suiteOf("A")
	q := query("A", 1, "GET", "/", "q", runner.QueryReport{Status: runner.StatusFailed, AttemptCount: 1})
	q.Attempts = []runner.AttemptReport{{Number: 1, Request: get("http://x/"), Response: answer(200, "text/plain", body)}}
	for verbose, want := range map[bool]string{false: "… 61 more lines", true: strings.Repeat("x", 1999) + "…\n"} {
		var out bytes.Buffer
		c := reporters.NewConsole(&out, reporters.ConsoleOptions{Verbose: verbose})
		c.Handle(runner.QueryFinished{Suite: s, Query: q})
		c.Flush()
		if !strings.Contains(out.String(), want) {
			t.Errorf("verbose %v: %.20q is missing in:\n%s", verbose, want, &out)
		}
	}
}

// No byte that could steer a terminal gets through, colours aside.
func TestConsoleIsHarmless(t *testing.T) {
	bad := regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]")
	colors := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, color := range []bool{false, true} {
		out := console(t, reporters.ConsoleOptions{Color: color, Verbose: true})
		if color {
			out = colors.ReplaceAll(out, nil)
		}
		if at := bad.FindIndex(out); at != nil {
			t.Errorf("color %v: %q at byte %d", color, out[at[0]:at[1]], at[0])
		}
		if at := regexp.MustCompile(`(?m)^\s*::|##(vso)?\[`).FindIndex(out); at != nil {
			t.Errorf("color %v: a command to the CI system at byte %d", color, at[0])
		}
	}
}

type brokenWriter struct{ calls int }

var errDisk = errors.New("disk full")

func (w *brokenWriter) Write([]byte) (int, error) {
	w.calls++
	return 0, errDisk
}

func TestWriterErrors(t *testing.T) {
	run := record()
	w := &brokenWriter{}
	c := reporters.NewConsole(w, reporters.ConsoleOptions{})
	for _, e := range run.events {
		c.Handle(e)
	}
	if err := c.Finish(run.report); !errors.Is(err, errDisk) || w.calls != 1 {
		t.Errorf("console: got %v after %d writes", err, w.calls)
	}
	for _, f := range reporters.Formats {
		if err := f.Write(&brokenWriter{}, run.report); !errors.Is(err, errDisk) {
			t.Errorf("%s: got %v", f.Name, err)
		}
	}
	if err := reporters.WriteProblems(&brokenWriter{}, run.report.Suites[2].Problems, false); !errors.Is(err, errDisk) {
		t.Errorf("problems: got %v", err)
	}
}
