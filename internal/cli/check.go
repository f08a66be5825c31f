package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

func (a *app) checkCommand() *cobra.Command {
	var in inputFlags
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Find what is wrong in suites without sending anything",
		Long: `Check reads suites as run would and prints all problems of all of them. It
sends nothing. Inputs without a value are listed, but are no problem.

Exit codes: 0 no problem or warnings only, 2 problems.`,
		Example: `  apicel check
  apicel check suites/orders.apicel.yaml`,
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.check(cmd, &in, args)
		},
	}
	in.register(cmd)
	return cmd
}

func (a *app) check(cmd *cobra.Command, flags *inputFlags, paths []string) error {
	in, err := flags.read(a, cmd)
	if err != nil {
		return err
	}
	names, err := discover(paths, false)
	if err != nil {
		return err
	}
	plan := a.compile(names, in, 0)
	for _, w := range plan.Warnings() {
		a.say("warning: %s", w)
	}
	problems := plan.Problems()
	if err := a.writeProblems(a.stdout, problems); err != nil {
		return err
	}
	text := missingText(plan.MissingInputs()) + checkSummary(len(names), problems) + "\n"
	if len(problems) > 0 {
		text = "\n" + text
	}
	if _, err := io.WriteString(a.stdout, a.redactor.Redact(text)); err != nil {
		return unwritable(err)
	}
	for _, e := range plan.InputErrors() {
		a.say("%s", e)
	}
	if problems.HasErrors() || len(plan.InputErrors()) > 0 {
		return exit(ExitUsage)
	}
	return nil
}

// missingText lists the inputs that a run would stop for.
func missingText(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return "a run would need:\n  " + strings.Join(lines, "\n  ") + "\n\n"
}

// writeProblems prints the problems, secrets masked.
func (a *app) writeProblems(w io.Writer, problems spec.Problems) error {
	list := runner.ReportProblems(problems, a.redactor)
	if err := reporters.WriteProblems(w, list, a.color(w)); err != nil {
		return unwritable(err)
	}
	return nil
}

// checkSummary is the last line of a check.
func checkSummary(suites int, problems spec.Problems) string {
	errs := 0
	for _, p := range problems {
		if p.Severity == spec.SeverityError {
			errs++
		}
	}
	warnings := len(problems) - errs
	var found []string
	if errs > 0 {
		found = append(found, count(errs, "error"))
	}
	if warnings > 0 {
		found = append(found, count(warnings, "warning"))
	}
	if len(found) == 0 {
		found = append(found, "no problems")
	}
	return fmt.Sprintf("%s: %s", count(suites, "suite"), strings.Join(found, ", "))
}

// count writes a number of things in English.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// unwritable returns the error for a standard stream that cannot be written.
func unwritable(err error) error {
	return failf(ExitIO, "the output could not be written: %v", err)
}
