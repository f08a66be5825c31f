// Package apiceltest runs suites of apicel inside go test: each suite is a
// subtest, each of its queries a subtest below it, and what failed is said as
// apicel run says it.
//
//	func TestAPI(t *testing.T) {
//		apiceltest.Run(t, "suites/*.apicel.yaml", apiceltest.Handler(newServer()))
//	}
//
// The suites find the address of the handler in the var api, which they declare:
//
//	vars: {api: "http://127.0.0.1:8080"}
//	source: {base_url: "${vars.api}"}
//
// So the same files test the handler here, a server on the developer's machine,
// and with apicel run --var api=https://staging.example.com whatever is deployed.
package apiceltest

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// Run runs the suites that the pattern means: a file, a folder with suites
// anywhere below it, or a pattern as [filepath.Glob] reads it, relative to the
// folder of the test. A pattern that means no suite fails the test, and so does
// an option that no suite has a use for.
//
// Suites run one after another; the queries of a suite run together as far as
// its order allows. With go test -run TestAPI/orders only the suites that match are
// sent, each as a whole, since its queries need each other. Teardown always runs,
// before the deadline of go test -timeout.
//
// A failed query fails its subtest and a skipped one is skipped, with the reason.
// A suite that is wrong fails with all that is wrong in it. Secrets appear in no
// output.
func Run(t *testing.T, pattern string, options ...Option) {
	t.Helper()
	c := newConfig(options)
	names, err := discover(pattern)
	if err != nil {
		t.Fatal(err)
	}
	suites := spec.Load(names, c.root)
	c.serve(t)
	for _, problem := range c.unused(suites) {
		t.Error(problem)
	}
	if t.Failed() {
		return
	}
	for _, s := range suites {
		t.Run(s.Name.Value, func(t *testing.T) {
			t.Helper()
			c.runSuite(t, s)
		})
	}
}

// discover returns the files that a pattern means.
func discover(pattern string) ([]string, error) {
	paths := []string{pattern}
	if strings.ContainsAny(pattern, "*?[") {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			paths = found
		}
	}
	return files.Discover(paths)
}

// runSuite runs one suite and reports it to t.
func (c *config) runSuite(t *testing.T, s *spec.Suite) {
	t.Helper()
	red := secret.NewRedactor()
	plan := runner.Compile([]*spec.Suite{s}, runner.CompileOptions{
		Inputs: c.inputs(s), Seed: c.seed, Redactor: red, UpdateSnapshots: c.update,
	})
	for _, w := range plan.Warnings() {
		t.Log("warning: " + red.Redact(w))
	}
	if text := whyNot(plan, red); text != "" {
		t.Fatal(text)
	}
	report := plan.Run(t.Context(), runner.RunOptions{
		Jobs:    c.jobs,
		Timeout: c.timeLeft(t),
		Warn:    func(message string) { t.Log("warning: " + message) },
		Version: "apiceltest",
	}, quiet{})
	for _, suite := range report.Suites {
		for _, q := range suite.Queries {
			t.Run(q.Name, func(t *testing.T) {
				t.Helper()
				tell(t, q)
			})
		}
	}
	if report.Stopped == runner.StopTimeout {
		t.Error("the time was up: queries that had not begun were skipped")
	}
}

// quiet is a sink that has no use for events.
type quiet struct{}

// Handle implements [runner.Sink].
func (quiet) Handle(runner.Event) {}

// whyNot says why a plan cannot run, or returns "".
func whyNot(plan *runner.Plan, red *secret.Redactor) string {
	var b bytes.Buffer
	problems := plan.Problems()
	if problems.HasErrors() {
		b.WriteString("the suite is wrong\n")
		_ = reporters.WriteProblems(&b, runner.ReportProblems(problems, red), false) // a buffer takes everything
	}
	for _, e := range plan.InputErrors() {
		b.WriteString(red.Redact(e) + "\n")
	}
	for _, m := range plan.MissingInputs() {
		b.WriteString("missing: " + red.Redact(m.Text) + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// tell gives the verdict on a query to its subtest.
func tell(t *testing.T, q *runner.QueryReport) {
	t.Helper()
	switch q.Status {
	case runner.StatusPassed:
	case runner.StatusSkipped:
		t.Skip(q.Reason)
	default:
		var b bytes.Buffer
		_ = reporters.WriteQuery(&b, q, false) // a buffer takes everything
		t.Error("\n" + strings.TrimRight(b.String(), "\n"))
	}
}

// timeLeft is how long queries may be sent: until the timeout of the option, or
// until what teardown needs before go test ends everything. 0 is no end.
func (c *config) timeLeft(t *testing.T) time.Duration {
	const share = 5 // of the time left, one part in so many is for teardown
	left := c.timeout
	if deadline, ok := t.Deadline(); ok {
		until := time.Until(deadline)
		until -= min(until/share, runner.DefaultTeardownTimeout)
		if left == 0 || until < left {
			left = max(until, time.Nanosecond)
		}
	}
	return left
}
