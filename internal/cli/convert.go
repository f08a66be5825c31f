package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

func (a *app) reportCommand() *cobra.Command {
	out := toStdout
	cmd := &cobra.Command{
		Use:   "report FORMAT FILE",
		Short: "Make a report from the JSON one of an earlier run",
		Long: `Report writes what a run with --report json=FILE found in another format. A FILE
of - is standard input. The formats are those of apicel run --report:

` + formatList() + `
The exit code says whether the report was written, not what became of the run: 0
written, 2 wrong arguments or not a report, 3 the report could not be written.`,
		Example: `  apicel report junit report.json -o report.xml
  apicel report markdown report.json
  apicel report github report.json   # in a workflow, after the shards have been merged`,
		ValidArgsFunction: completeReport,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return a.usage(cmd, "expected a format and a file, such as apicel report junit report.json")
			}
			return a.convert(cmd, args[0], args[1], out)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", toStdout, "write to `FILE`; - is standard output")
	return cmd
}

// convert is apicel report.
func (a *app) convert(cmd *cobra.Command, name, in, out string) error {
	format, err := formatNamed(name)
	if err != nil {
		return err
	}
	target := reportTarget{format: format, path: out}
	if out == "" {
		return a.usage(cmd, "--output is empty, expected a file or -")
	}
	if err := target.check(); err != nil {
		return err
	}
	report, err := a.reportFrom(cmd, in)
	if err != nil {
		return err
	}
	// A signal must not leave a temporary file, so that one waits until the report is written.
	ctx, done := a.interruptible(cmd.Context(), "")
	defer done()
	return a.writeOne(ctx, target, report)
}

func (a *app) writeOne(ctx context.Context, t reportTarget, r *runner.Report) error {
	ok := a.writeReports([]reportTarget{t}, r)
	switch {
	case ctx.Err() != nil:
		return exit(ExitInterrupted)
	case !ok:
		return exit(ExitIO)
	}
	return nil
}

// reportFrom reads the JSON report of an earlier run, from a file or standard input.
func (a *app) reportFrom(cmd *cobra.Command, path string) (*runner.Report, error) {
	var r *runner.Report
	var err error
	if path == fromStdin {
		if r, err = reporters.ReadJSON(cmd.InOrStdin()); err != nil {
			err = fmt.Errorf("standard input: %w", err)
		}
	} else {
		r, err = readReport(path)
	}
	if err != nil {
		return nil, failf(ExitUsage, "%v", err)
	}
	return r, nil
}

// formatList explains the formats for help.
func formatList() string {
	text := ""
	for _, f := range reporters.Formats {
		text += "  " + f.Name + spaces(10-len(f.Name)) + f.Doc + "\n"
	}
	return text
}

func spaces(n int) string {
	const some = "                "
	return some[:max(1, min(n, len(some)))]
}

// completeReport offers formats, then files.
func completeReport(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		var offers []string
		for _, f := range reporters.Formats {
			offers = append(offers, f.Name+"\t"+f.Doc)
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	case 1:
		return []string{"json"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
