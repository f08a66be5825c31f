package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// checkFlags are the flags of apicel check.
type checkFlags struct {
	inputs inputFlags
	root   rootFlag
	format choiceFlag
	touch  bool
}

// The formats of a check.
const (
	formatText   = "text"
	formatJSON   = "json"
	formatGitHub = "github"
)

func (f *checkFlags) register(cmd *cobra.Command) {
	f.format = choiceFlag{value: formatText, choices: []string{formatText, formatJSON, formatGitHub}, kind: "FORMAT"}
	cmd.Flags().Var(&f.format, "format", "print problems as text, as json for editors and programs, or as the annotations of a github workflow")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(f.format.choices, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that there is none of
	cmd.Flags().BoolVar(&f.touch, "inputs", false, "list the vars, secrets, files and origins that a run would touch, and which inputs are missing")
	f.root.register(cmd)
	f.inputs.register(cmd)
}

func (a *app) checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Find what is wrong in suites without sending anything",
		Long: `Check reads suites as run would and prints all problems of all of them. It
sends nothing. Inputs without a value are listed, but are no problem.

Exit codes: 0 no problem or warnings only, 2 problems.`,
		Example: `  apicel check
  apicel check suites/orders.apicel.yaml
  apicel check --inputs downloaded.apicel.yaml
  apicel check --format json | jq -r '.[].message'`,
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.check(cmd, &f, args)
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) check(cmd *cobra.Command, f *checkFlags, paths []string) error {
	plan, suites, err := a.checked(cmd, f, paths)
	if err != nil {
		return a.refuse(f, err)
	}
	a.warn(plan)
	for _, e := range plan.InputErrors() {
		a.say("%s", e)
	}
	problems := distinct(plan.Problems())
	if err := a.writeFindings(f, plan, problems, suites); err != nil {
		return err
	}
	if problems.HasErrors() || len(plan.InputErrors()) > 0 {
		return exit(ExitUsage)
	}
	return nil
}

// checked returns the plan to look at and the number of its suites.
func (a *app) checked(cmd *cobra.Command, f *checkFlags, paths []string) (*runner.Plan, int, error) {
	if err := f.root.check(a, cmd); err != nil {
		return nil, 0, err
	}
	if f.touch && f.format.value == formatGitHub {
		return nil, 0, a.usage(cmd, "--inputs and --format github: expected text or json, since inputs are no problems")
	}
	in, err := f.inputs.read(a, cmd)
	if err != nil {
		return nil, 0, err
	}
	names, err := discover(paths, false)
	if err != nil {
		return nil, 0, err
	}
	return a.compile(names, f.root.dir, runner.CompileOptions{Inputs: in}), len(names), nil
}

// refuse ends a check that cannot begin. Programs that read its output find the
// reason there too.
func (a *app) refuse(f *checkFlags, err error) error {
	var reason *exitError
	if f.format.value == formatText || !errors.As(err, &reason) {
		return err
	}
	var problems []runner.Problem
	for line := range strings.SplitSeq(reason.message, "\n") {
		problems = append(problems, a.placeless(spec.SeverityError, line))
	}
	problems[len(problems)-1].Hint = reason.hint
	if failed := a.annotate(f, problems); failed != nil {
		return failed
	}
	return err
}

// warn says what is odd about inputs, or dangerous to send.
func (a *app) warn(plan *runner.Plan) {
	for _, w := range plan.Warnings() {
		a.say("warning: %s", w)
	}
}

// writeFindings writes what was found in the format that was asked for.
func (a *app) writeFindings(f *checkFlags, plan *runner.Plan, problems spec.Problems, suites int) error {
	missing := plan.MissingInputs()
	summary := missingText(missing) + checkSummary(suites, problems, len(plan.InputErrors())) + "\n"
	switch f.format.value {
	case formatJSON:
		found := a.annotations(plan, problems)
		for _, m := range missing {
			line := a.placeless(severityInput, "a run would need "+m.Text)
			line.File, line.Line, line.Column = m.Pos.File.Name, m.Pos.Line, m.Pos.Col
			found = append(found, line)
		}
		if f.touch {
			return a.writeTouchedJSON(plan, found)
		}
		return a.annotate(f, found)
	case formatGitHub:
		// Missing inputs are for those who read the log: they are no problem of
		// the change that GitHub shows annotations at.
		if err := a.annotate(f, a.annotations(plan, problems)); err != nil {
			return err
		}
		return a.print(summary)
	}
	if f.touch {
		if err := a.writeTouched(plan); err != nil {
			return err
		}
	}
	if err := a.writeProblems(a.stdout, problems); err != nil {
		return err
	}
	if len(problems) > 0 {
		summary = "\n" + summary
	}
	return a.print(summary)
}

// print writes text to standard output, secrets masked.
func (a *app) print(text string) error {
	if _, err := io.WriteString(a.stdout, a.redactor.Redact(text)); err != nil {
		return unwritable(err)
	}
	return nil
}

// missingText lists the inputs that a run would stop for.
func missingText(missing []runner.MissingInput) string {
	if len(missing) == 0 {
		return ""
	}
	text := "a run would need:\n"
	for _, m := range missing {
		text += "  " + m.Text + "\n"
	}
	return text + "\n"
}

// writeProblems prints the problems, secrets masked.
func (a *app) writeProblems(w io.Writer, problems spec.Problems) error {
	list := runner.ReportProblems(problems, a.redactor)
	if err := reporters.WriteProblems(w, list, a.color(w)); err != nil {
		return unwritable(err)
	}
	return nil
}

// distinct leaves out what was said before: suites that share a source file
// share its problems.
func distinct(problems spec.Problems) spec.Problems {
	seen := map[string]bool{}
	var kept spec.Problems
	for _, p := range problems {
		if key := p.Error(); !seen[key] {
			seen[key] = true
			kept = append(kept, p)
		}
	}
	return kept
}

// checkSummary is the last line of a check.
func checkSummary(suites int, problems spec.Problems, wrongInputs int) string {
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
	if wrongInputs > 0 {
		found = append(found, count(wrongInputs, "wrong input"))
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
