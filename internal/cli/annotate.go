package cli

import (
	"path/filepath"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// severityInput is the severity of an input without a value, which is no problem
// of a check but one of a run.
const severityInput spec.Severity = "input"

// annotations are the problems of the files, and what is odd or wrong about the
// inputs, which has no place in a file. Secrets are masked.
func (a *app) annotations(plan *runner.Plan, problems spec.Problems) []runner.Problem {
	found := runner.ReportProblems(problems, a.redactor)
	for _, w := range plan.Warnings() {
		found = append(found, a.placeless(spec.SeverityWarning, w))
	}
	for _, e := range plan.InputErrors() {
		found = append(found, a.placeless(spec.SeverityError, e))
	}
	return found
}

// placeless is a problem that stands in no file.
func (a *app) placeless(severity spec.Severity, message string) runner.Problem {
	return runner.Problem{Severity: string(severity), Message: a.redactor.Redact(message)}
}

// annotate writes problems for programs.
func (a *app) annotate(f *checkFlags, problems []runner.Problem) error {
	write := reporters.WriteProblemsJSON
	if f.format.value == formatGitHub {
		write = reporters.WriteProblemsGitHub
		for i, p := range problems {
			problems[i].File = inCheckout(a.env["GITHUB_WORKSPACE"], p.File)
		}
	}
	if err := write(a.stdout, problems); err != nil {
		return unwritable(err)
	}
	return nil
}

// inCheckout is the name of a file as GitHub knows it: below the folder that a
// workflow checked the repository out to, in which a step need not run.
func inCheckout(checkout, name string) string {
	if checkout == "" || name == "" {
		return name
	}
	abs, err := filepath.Abs(filepath.FromSlash(name))
	if err != nil {
		return name
	}
	inside, err := filepath.Rel(checkout, abs)
	if err != nil || !filepath.IsLocal(inside) {
		return name
	}
	return filepath.ToSlash(inside)
}
