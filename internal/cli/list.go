package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// listFlags are the flags of apicel list.
type listFlags struct {
	inputs  inputFlags
	root    rootFlag
	selects selectFlags
	format  choiceFlag
	graph   choiceFlag
}

// The kinds of graphs.
const (
	graphDot     = "dot"
	graphMermaid = "mermaid"
)

func (f *listFlags) register(cmd *cobra.Command) {
	f.format = choiceFlag{value: formatText, choices: []string{formatText, formatJSON}, kind: "FORMAT"}
	f.graph = choiceFlag{choices: []string{graphDot, graphMermaid}, kind: "KIND"}
	flags := cmd.Flags()
	flags.Var(&f.format, "format", "print the plan as text, or as json for programs")
	flags.Var(&f.graph, "graph", "print who waits for whom as a graph instead: dot for Graphviz, or mermaid")
	for name, choices := range map[string][]string{"format": f.format.choices, "graph": f.graph.choices} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that there is none of
	}
	f.root.register(cmd)
	f.inputs.register(cmd)
	f.selects.register(cmd)
}

func (a *app) listCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "list [PATH...]",
		Short: "Show what a run would send, and in which order",
		Long: `List prints the plan of each suite: its phases, their waves, and for each query
whom it waits for and why. The queries of a wave wait for none of each other, so
they run together; each starts as soon as what it waits for is done. It takes the
selection of run and shows what would come along. Nothing is sent.

Exit codes: 0 listed, 2 a suite or an argument is wrong (other suites are listed).`,
		Example: `  apicel list suites/orders.apicel.yaml
  apicel list --tag smoke suites
  apicel list --graph dot suites/orders.apicel.yaml | dot -Tsvg > plan.svg`,
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.list(cmd, &f, args)
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) list(cmd *cobra.Command, f *listFlags, paths []string) error {
	if err := f.root.check(a, cmd); err != nil {
		return err
	}
	if f.graph.value != "" && cmd.Flags().Changed("format") {
		return a.usage(cmd, "--graph and --format: expected one of them")
	}
	in, err := f.inputs.read(a, cmd)
	if err != nil {
		return err
	}
	names, sel, err := f.selects.selection(a, cmd, paths, false)
	if err != nil {
		return err
	}
	plan := a.compile(names, f.root.dir, runner.CompileOptions{Inputs: in})
	if err := a.choose(plan, sel, false); err != nil {
		return err
	}
	for _, e := range plan.InputErrors() {
		a.say("%s", e)
	}
	if err := a.writePlans(f, plan.List()); err != nil {
		return err
	}
	problems := distinct(plan.Problems())
	if err := a.writeProblems(a.stderr, problems); err != nil {
		return err
	}
	if problems.HasErrors() || len(plan.InputErrors()) > 0 {
		return exit(ExitUsage)
	}
	return nil
}

// writePlans prints the plans, which hold no secrets, in the form that was asked for.
func (a *app) writePlans(f *listFlags, plans []runner.SuitePlan) error {
	var text bytes.Buffer
	switch {
	case f.graph.value == graphDot:
		writeDot(&text, plans)
	case f.graph.value == graphMermaid:
		writeMermaid(&text, plans)
	case f.format.value == formatJSON:
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(plans) // texts and numbers always encode
	default:
		for i, suite := range plans {
			if i > 0 {
				text.WriteByte('\n')
			}
			writePlan(&text, suite)
		}
	}
	if _, err := a.stdout.Write(text.Bytes()); err != nil {
		return unwritable(err)
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
	if q.Needed {
		notes = append(notes, "needed")
	}
	if q.Each {
		notes = append(notes, "once a row")
	}
	notes = append(notes, waitNotes(q.Waits)...)
	if q.Skip != "" {
		notes = append(notes, "skipped: "+q.Skip)
	}
	if len(notes) == 0 {
		return q.Name
	}
	return fmt.Sprintf("%s  [%s]", q.Name, strings.Join(notes, "; "))
}

// waitNotes say whom a query waits for and why. Of those that it waits for by
// order alone the first are named.
func waitNotes(waits []runner.PlannedWait) []string {
	const named = 2
	var notes, byOrder []string
	for _, w := range waits {
		switch w.Reason {
		case runner.WaitCapture:
			notes = append(notes, fmt.Sprintf("reads %s of %q", w.Capture, w.Query))
		case runner.WaitOptional:
			notes = append(notes, fmt.Sprintf("may read %s of %q", w.Capture, w.Query))
		case runner.WaitAfter:
			notes = append(notes, fmt.Sprintf("after %q", w.Query))
		case runner.WaitOrder:
			byOrder = append(byOrder, strconv.Quote(w.Query))
		}
	}
	if len(byOrder) == 0 {
		return notes
	}
	text := strings.Join(byOrder[:min(named, len(byOrder))], ", ")
	if more := len(byOrder) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return append(notes, "order: "+text)
}
