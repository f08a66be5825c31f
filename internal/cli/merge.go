package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// mergeFlags are the flags of apicel merge.
type mergeFlags struct {
	output       string
	reports      listFlag
	allowMissing bool
	fail         bool
	failOnFlaky  bool
	allowEmpty   bool
}

func (f *mergeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "write the merged report as JSON to `FILE`; - is standard output")
	f.reports.kind = "FORMAT=FILE"
	flags.Var(&f.reports, "report", "write the merged report in another format; may be repeated; formats: "+formatNames())
	flags.BoolVar(&f.allowMissing, "allow-missing", false, "merge though a shard is missing")
	flags.BoolVar(&f.fail, "fail", false, "exit with the code that the whole run would have had, 1 also where a shard is missing")
	flags.BoolVar(&f.failOnFlaky, "fail-on-flaky", false, "exit with 1 when a query passed only after a failed attempt; implies --fail")
	flags.BoolVar(&f.allowEmpty, "allow-empty", false, "let --fail pass where no shard ran a query")
	_ = cmd.RegisterFlagCompletionFunc("report", completeFormats) // fails only for a flag that there is none of
}

func (a *app) mergeCommand() *cobra.Command {
	var f mergeFlags
	cmd := &cobra.Command{
		Use:   "merge FILE...",
		Short: "Make one report of the JSON reports of shards",
		Long: `Merge reads JSON reports of one run, such as those of its shards, and writes one
report. It refuses a shard that is there twice or missing, and shards of
different runs, since then queries would be counted twice or never.

Exit codes: 0 merged, 2 the reports make no run together or cannot be read, 3 a
report could not be written. With --fail, where it is merged: that of the run.`,
		Example: `  apicel merge shard-*.json -o report.json
  apicel merge shard-*.json --report junit=report.xml --fail`,
		ValidArgsFunction: cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.merge(cmd, &f, args)
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) merge(cmd *cobra.Command, f *mergeFlags, paths []string) error {
	targets, err := f.targets(a, cmd)
	if err != nil {
		return err
	}
	reports, err := a.readReports(cmd, paths)
	if err != nil {
		return err
	}
	merged, err := runner.Merge(reports)
	if err != nil {
		return failf(ExitUsage, "%v", err)
	}
	missing := merged.MissingShards()
	if err := f.refuseMissing(missing, merged); err != nil {
		return err
	}
	if len(missing) > 0 {
		a.say("warning: %s", missingShards(missing, merged))
	}
	return f.conclude(a, targets, merged, len(missing) > 0)
}

// targets are where the merged report goes.
func (f *mergeFlags) targets(a *app, cmd *cobra.Command) ([]reportTarget, error) {
	values := f.reports.values
	if f.output != "" {
		values = append([]string{"json=" + f.output}, values...)
	}
	if len(values) == 0 {
		return nil, a.usage(cmd, "nothing to write: expected -o FILE or --report FORMAT=FILE")
	}
	targets, err := a.parseReports(cmd, values)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// readReports reads the files, and names all that cannot be read.
func (a *app) readReports(cmd *cobra.Command, paths []string) ([]runner.ReportFile, error) {
	if len(paths) == 0 {
		return nil, a.usage(cmd, "expected the files of the reports to merge, such as shard-*.json")
	}
	var reports []runner.ReportFile
	var errs []error
	seen := map[string]bool{}
	for _, path := range paths {
		if seen[sameFileKey(path)] {
			return nil, a.usage(cmd, "%s is named twice", path)
		}
		seen[sameFileKey(path)] = true
		r, err := readReport(path)
		errs = append(errs, err)
		reports = append(reports, runner.ReportFile{File: path, Report: r})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, failf(ExitUsage, "%v", err)
	}
	return reports, nil
}

// readReport reads a JSON report.
func readReport(path string) (*runner.Report, error) {
	data, err := files.Read(path, reporters.MaxReport)
	if err != nil {
		return nil, err
	}
	r, err := reporters.ReadJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// refuseMissing refuses an incomplete run, unless it was asked for.
func (f *mergeFlags) refuseMissing(missing []int, merged *runner.Report) error {
	if len(missing) == 0 || f.allowMissing {
		return nil
	}
	return failf(ExitUsage, "%s", missingShards(missing, merged)).
		withHint("--allow-missing merges what there is")
}

func missingShards(missing []int, merged *runner.Report) string {
	var names []string
	for _, i := range missing {
		names = append(names, fmt.Sprint(i))
	}
	word := "shard"
	if len(names) > 1 {
		word = "shards"
	}
	total := 0
	for _, p := range merged.Parts {
		if p.Shard != nil {
			total = p.Shard.Total
		}
	}
	return fmt.Sprintf("%s %s of %d missing: nobody knows what became of their queries", word, strings.Join(names, ", "), total)
}

// conclude writes the reports and the summary, and returns the exit code.
func (f *mergeFlags) conclude(a *app, targets []reportTarget, merged *runner.Report, incomplete bool) error {
	out := a.stdout
	if wantsStdout(targets) {
		out = a.stderr
	}
	console := reporters.NewConsole(out, reporters.ConsoleOptions{Color: a.color(out)})
	o := outcome{report: merged, allowEmpty: f.allowEmpty, failOnFlaky: f.failOnFlaky}
	if err := console.Finish(merged); err != nil {
		a.say("the console output could not be written: %v", err)
		o.unwritten = true
	}
	o.unwritten = !a.writeReports(targets, merged) || o.unwritten
	switch code := o.code(); {
	case o.unwritten:
		return exit(ExitIO)
	case !f.fail && !f.failOnFlaky:
		return nil
	case code == ExitOK && incomplete:
		return exit(ExitFailed)
	default:
		return exit(code)
	}
}
