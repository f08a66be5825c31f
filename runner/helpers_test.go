package runner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

var background = context.Background()

// discard is a sink for tests that look at the report only.
type discard struct{}

func (discard) Handle(runner.Event) {}

// compile loads a suite from text and compiles it; problems end the test.
func compile(t fataler, yaml string) *runner.Plan {
	t.Helper()
	return compileWith(t, runner.CompileOptions{Seed: 1}, yaml)
}

func compileWith(t fataler, o runner.CompileOptions, yamls ...string) *runner.Plan {
	t.Helper()
	var suites []*spec.Suite
	for i, y := range yamls {
		name := "suite" + strings.Repeat("'", i) + ".apicel.yaml"
		suites = append(suites, spec.Parse(spec.NewFile(name, []byte(y))))
	}
	p := runner.Compile(suites, o)
	for _, problem := range p.Problems() {
		if problem.Severity == spec.SeverityError {
			t.Fatalf("%v (%s)\n%s", problem, problem.Hint, strings.Join(yamls, "\n---\n"))
		}
	}
	if missing := p.MissingInputs(); len(missing)+len(p.InputErrors()) > 0 {
		t.Fatalf("%v %v", missing, p.InputErrors())
	}
	return p
}

// compileAll compiles suites that may have problems.
func compileAll(t *testing.T, o runner.CompileOptions, yamls ...string) *runner.Plan {
	t.Helper()
	var suites []*spec.Suite
	for i, y := range yamls {
		suites = append(suites, spec.Parse(spec.NewFile(fmt.Sprintf("suite%d.apicel.yaml", i), []byte(y))))
	}
	return runner.Compile(suites, o)
}

// run compiles and runs a suite.
func run(t *testing.T, yaml string, o runner.RunOptions) *runner.Report {
	t.Helper()
	return compile(t, yaml).Run(background, o, discard{})
}

// wantStatuses compares the verdicts of all queries, in report order.
func wantStatuses(t *testing.T, r *runner.Report, want string) {
	t.Helper()
	var got []string
	for _, s := range r.Suites {
		for _, q := range s.Queries {
			got = append(got, q.Name+": "+string(q.Status))
		}
	}
	if g := strings.Join(got, ", "); g != want {
		data, _ := json.MarshalIndent(r.Suites, "", " ")
		t.Fatalf("got  %s\nwant %s\n%s", g, want, data)
	}
}

// find returns the report of a query.
func find(r *runner.Report, name string) *runner.QueryReport {
	for _, s := range r.Suites {
		for _, q := range s.Queries {
			if q.Name == name {
				return q
			}
		}
	}
	return &runner.QueryReport{Reason: "(no such query)"}
}

func wantProblem(t *testing.T, p *runner.Plan, want string) {
	t.Helper()
	var got []string
	for _, problem := range p.Problems() {
		if problem.Message == want {
			return
		}
		got = append(got, problem.Error())
	}
	t.Errorf("no problem %q among\n%s", want, strings.Join(got, "\n"))
}
