package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

func (a *app) listCommand() *cobra.Command {
	var root rootFlag
	cmd := &cobra.Command{
		Use:   "list [PATH...]",
		Short: "Show what a run would send, and in which order",
		Long: `List prints the plan of each suite: its phases, their waves, and for each query
what it needs. The queries of a wave wait for none of each other, so they run
together; each starts as soon as what it waits for is done. Nothing is sent.

Exit codes: 0 listed, 2 a suite is wrong (the others are listed).`,
		Example:           "  apicel list suites/orders.apicel.yaml",
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.list(cmd, &root, args)
		},
	}
	root.register(cmd)
	return cmd
}

func (a *app) list(cmd *cobra.Command, root *rootFlag, paths []string) error {
	if err := root.check(a, cmd); err != nil {
		return err
	}
	names, err := discover(paths, false)
	if err != nil {
		return err
	}
	plan := a.compile(names, root.dir, runner.CompileOptions{Inputs: runner.Inputs{Env: a.env}})
	var text bytes.Buffer
	for i, suite := range plan.List() {
		if i > 0 {
			text.WriteByte('\n')
		}
		writePlan(&text, suite)
	}
	if err := a.print(text.String()); err != nil {
		return err
	}
	problems := distinct(plan.Problems())
	if err := a.writeProblems(a.stderr, problems); err != nil {
		return err
	}
	if problems.HasErrors() {
		return exit(ExitUsage)
	}
	return nil
}

// writePlan writes one suite: a line a query, numbered by wave where one begins.
func writePlan(w *bytes.Buffer, s runner.SuitePlan) {
	w.WriteString(planTitle(s) + "\n")
	if s.Bad {
		w.WriteString("  the file has errors, so there is no plan\n")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = io.WriteString(table, planTable(s.Waves)) // a buffer takes everything
	_ = table.Flush()
}

// planTable returns the lines of the waves, their columns ended by tabs.
func planTable(waves []runner.Wave) string {
	var b strings.Builder
	var phase spec.Phase
	number := 0
	for _, wave := range waves {
		if wave.Phase != phase {
			phase, number = wave.Phase, 0
			fmt.Fprintf(&b, "  %s\n", phase)
		}
		number++
		for i, q := range wave.Queries {
			mark := ""
			if i == 0 {
				mark = fmt.Sprintf("%d.", number)
			}
			fmt.Fprintf(&b, "    %s\t%s\t%s\t%s\n", mark, reporters.Inline(q.Method), reporters.Inline(q.Path), reporters.Inline(plannedText(q)))
		}
	}
	return b.String()
}

func planTitle(s runner.SuitePlan) string {
	if s.Name == "" || s.Name == s.File {
		return reporters.Inline(s.File)
	}
	return fmt.Sprintf("%s (%s)", reporters.Inline(s.Name), reporters.Inline(s.File))
}

// plannedText is a query's name with what there is to know about it.
func plannedText(q runner.PlannedQuery) string {
	var notes []string
	if q.Each {
		notes = append(notes, "once a row")
	}
	if len(q.Needs) > 0 {
		notes = append(notes, `needs "`+strings.Join(q.Needs, `", "`)+`"`)
	}
	if q.Skip != "" {
		notes = append(notes, "skipped: "+q.Skip)
	}
	if len(notes) == 0 {
		return q.Name
	}
	return fmt.Sprintf("%s  [%s]", q.Name, strings.Join(notes, "; "))
}
