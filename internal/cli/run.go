package cli

import (
	"context"
	"math/rand/v2"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/demo"
	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// runFlags are the flags of apicel run.
type runFlags struct {
	inputs     inputFlags
	selects    selectFlags
	root       rootFlag
	hosts      hostsFlag
	jobs       int
	seed       uint64
	pace       paceFlags
	timeout    durationFlag
	reports    listFlag
	github     githubFlag
	demo       bool
	verbose    bool
	allowEmpty bool
	update     bool
	order      orderFlags
	shard      shardFlags
	output     outputFlag
	watch      watchFlags
}

func (f *runFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVarP(&f.jobs, "jobs", "j", runner.DefaultJobs, "have at most `N` queries in flight at once")
	flags.Uint64Var(&f.seed, "seed", 0, "draw random values from seed `N`, to repeat a run (default random; a run that fails names it)")
	flags.Var(&f.timeout, "timeout", "end the run after this time (30s, 5m); teardown still runs")
	f.reports.kind = "FORMAT=FILE"
	flags.Var(&f.reports, "report", "write a report, also after failures; - is standard output; may be repeated; github needs no file; formats: "+formatNames())
	f.github.register(cmd)
	flags.BoolVar(&f.demo, "demo", false, "serve the demo API on free ports and set the vars demo_url, demo_tls_url, demo_ca and others to it")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "show requests and answers of all queries, not only of those that failed")
	flags.BoolVar(&f.update, "update-snapshots", false, "write snapshots that are missing or differ, where all other checks of their query hold")
	flags.BoolVar(&f.allowEmpty, "allow-empty", false, "pass when there is no query to run")
	f.order.register(cmd)
	f.pace.register(cmd)
	f.shard.register(cmd)
	f.output.register(cmd)
	f.watch.register(cmd)
	f.root.register(cmd)
	f.hosts.register(cmd)
	f.inputs.register(cmd)
	f.selects.register(cmd)
	_ = cmd.RegisterFlagCompletionFunc("report", completeFormats) // fails only for a flag that there is none of
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [PATH...]",
		Short: "Run suites and report",
		Long: `Run sends the queries of the suites and judges the answers. A PATH is a suite or
a folder, which means every *.apicel.yaml below it except where a name begins
with _ or a dot. Without a PATH it is the current folder. A suite with a line,
suite.apicel.yaml:12, means the query that stands there.

Exit codes: 0 all passed, 1 a query failed, 2 wrong arguments, inputs or suites,
3 a report could not be written, 130 interrupted.`,
		Example: `  apicel run
  apicel run --var api=https://staging.example.com --report junit=report.xml suites
  apicel run --tag 'smoke,!slow' suites
  apicel run suites/orders.apicel.yaml:12
  apicel run --failed report.json
  apicel run --demo examples`,
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd, &f, args)
		},
	}
	f.register(cmd)
	return cmd
}

// interruptMessage is said at the first interrupt of a run.
const interruptMessage = "interrupted: finishing what is in flight and running teardown; press Ctrl-C again to quit at once"

// run is apicel run: everything that can be refused is refused before anything is sent.
func (a *app) run(cmd *cobra.Command, f *runFlags, paths []string) error {
	message := interruptMessage
	if f.watch.on {
		message = "" // nothing may be in flight
	}
	ctx, done := a.interruptible(cmd.Context(), message)
	defer done()
	targets, err := f.validate(a, cmd)
	if err != nil {
		return err
	}
	j := &runJob{app: a, cmd: cmd, flags: f, targets: targets, given: paths}
	if j.inputs, err = f.inputs.read(a, cmd); err != nil {
		return err
	}
	names, err := j.find(paths)
	if err != nil {
		return err
	}
	if f.demo {
		// not ctx: teardown needs the demo after an interrupt
		server, err := demo.Start(context.WithoutCancel(ctx), freePort)
		if err != nil {
			return failf(ExitIO, "%v", err)
		}
		defer func() { _ = server.Close() }()
		j.inputs.Demo = server.Vars()
	}
	if f.watch.on {
		return j.watch(ctx, paths)
	}
	_, code, err := j.once(ctx, names)
	if err != nil {
		return err
	}
	return exit(code)
}

// runJob is what one call of apicel run does, once or with each change.
type runJob struct {
	app     *app
	cmd     *cobra.Command
	flags   *runFlags
	targets []reportTarget
	given   []string // the paths of the command line
	inputs  runner.Inputs
	sel     runner.Selection
}

// find returns the suites to run and reads what selects queries.
func (j *runJob) find(paths []string) ([]string, error) {
	names, sel, err := j.flags.selects.selection(j.app, j.cmd, paths, j.flags.allowEmpty)
	if err != nil {
		return nil, j.flags.pace.explain(paths, j.flags.order.explain(paths, err))
	}
	j.sel = sel
	return names, nil
}

// once compiles the suites and runs them. Where they cannot run it returns the
// error, and the plans as far as there are any.
func (j *runJob) once(ctx context.Context, names []string) (*planned, int, error) {
	a, f := j.app, j.flags
	compile := func(turn int) *runner.Plan {
		return a.compile(names, f.root.dir, runner.CompileOptions{
			Inputs: j.inputs, Seed: runner.TurnSeed(f.seed, turn), UpdateSnapshots: f.update, Redactor: a.redactorOf(turn),
		})
	}
	first := compile(1)
	plans := &planned{first: first, last: first, later: f.shard.each(chosen(compile, j.sel))}
	if err := a.choose(first, j.sel, f.allowEmpty); err != nil {
		return plans, 0, err
	}
	f.allowEmpty = f.shard.first(a, first) || f.allowEmpty
	if err := a.ready(first); err != nil {
		return plans, 0, err
	}
	paths := j.given
	if !j.sel.IsZero() || f.watch.on {
		paths = names // what no check names is known of whole suites only
	}
	return plans, a.execute(ctx, plans, f, j.targets, paths, reporters.LiveOptions{
		ConsoleOptions: reporters.ConsoleOptions{Verbose: f.verbose, Suites: first.Suites(), Rerun: a.rerun(j.cmd, j.targets)},
		Timings:        reporters.Timings(f.shard.past),
	}), nil
}

// validate checks the flags and gives those that were left out their values.
func (f *runFlags) validate(a *app, cmd *cobra.Command) ([]reportTarget, error) {
	if err := f.root.check(a, cmd); err != nil {
		return nil, err
	}
	if err := f.hosts.check(a, cmd); err != nil {
		return nil, err
	}
	if f.jobs < 1 {
		return nil, a.usage(cmd, "--jobs %d: expected at least 1", f.jobs)
	}
	if !cmd.Flags().Changed("seed") {
		f.seed = uint64(rand.Uint32())
	}
	if err := f.order.check(a, cmd); err != nil {
		return nil, err
	}
	if err := f.shard.check(a, cmd); err != nil {
		return nil, err
	}
	if err := f.watch.check(a, cmd); err != nil {
		return nil, err
	}
	targets, err := a.parseReports(cmd, f.reports.values)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	return f.github.add(a, targets), nil
}

// ready says what is odd about the inputs or dangerous to send, and stops a run whose inputs are wrong or missing.
func (a *app) ready(plan *runner.Plan) error {
	a.warn(plan)
	errs, missing := plan.InputErrors(), plan.MissingInputs()
	if len(errs)+len(missing) == 0 {
		return nil
	}
	for _, e := range errs {
		a.say("%s", e)
	}
	for _, m := range missing {
		a.say("missing: %s", m.Text)
	}
	if problems := distinct(plan.Problems()); len(problems) > 0 {
		if err := a.writeProblems(a.stderr, problems); err != nil {
			return err
		}
	}
	return &exitError{code: ExitUsage, message: "nothing was sent: " + count(len(errs)+len(missing), "input") + " wrong or missing"}
}

// execute runs the plan, writes the reports and returns the exit code.
func (a *app) execute(ctx context.Context, plans *planned, f *runFlags, targets []reportTarget, paths []string, look reporters.LiveOptions) int {
	out := a.stdout
	if wantsStdout(targets) {
		out = a.stderr
	}
	console := a.display(f.output.value, out, look)
	defer console.stop()
	hostname, _ := os.Hostname() // a report without the name is better than none
	options := runner.RunOptions{
		Jobs:          f.jobs,
		Timeout:       time.Duration(f.timeout),
		FailFast:      int(f.pace.failFast),
		Delay:         time.Duration(f.pace.delay),
		Shuffle:       f.order.shuffle.seed(f.seed),
		KeepExchanges: f.verbose,
		Hosts:         f.hosts.allowed,
		Tokens:        a.keptTokens(),
		Warn:          a.sayOnce(),
		Version:       programVersion(),
		Hostname:      hostname,
	}
	sink := &guardedSink{app: a, next: console}
	report := f.order.run(ctx, plans, options, sink)
	plans.report = report
	o := outcome{report: report, interrupted: ctx.Err() != nil, allowEmpty: f.allowEmpty, failOnFlaky: f.order.failOnFlaky, unwritten: sink.broken}
	var err error
	if !sink.broken { // what it would print now may be as wrong
		err = console.Finish(report)
	}
	console.stop() // before anything else is said
	if err != nil {
		a.say("the console output could not be written: %v", err)
		o.unwritten = true
	}
	o.unwritten = !a.writeReports(targets, report) || o.unwritten
	a.saySnapshots(plans, report, paths)
	f.order.sayFlaky(a, report)
	if report.Counts.BadSuites == 0 && o.empty() {
		a.say("there was no query to run")
		a.hint("--allow-empty lets an empty run pass")
	}
	return o.code()
}

// completeSuites offers the shell folders and files that may hold suites.
func completeSuites(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeFormats offers the formats of --report.
func completeFormats(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var offers []string
	for _, f := range reporters.Formats {
		offers = append(offers, f.Name+"=\t"+f.Doc)
	}
	return offers, cobra.ShellCompDirectiveNoSpace
}
