package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner"
)

// maxTurns is the greatest N of --repeat.
const maxTurns = 1_000_000

// orderFlags are the flags for hunting what fails now and then: in which order
// queries are started, and how often.
type orderFlags struct {
	shuffle      shuffleFlag
	repeat       int
	untilFailure bool
	failOnFlaky  bool
}

func (f *orderFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&f.shuffle, "shuffle", "start queries in a random order, as far as they do not wait for each other; drawn from `SEED`, by default from --seed")
	flags.Lookup("shuffle").NoOptDefVal = seedOfRun
	flags.IntVar(&f.repeat, "repeat", 1, "run everything `N` times, one repetition after another, each with a seed of its own")
	flags.BoolVar(&f.untilFailure, "until-failure", false, "repeat until a repetition fails, at most N times with --repeat N, and report on the last")
	flags.BoolVar(&f.failOnFlaky, "fail-on-flaky", false, "exit with 1 when a query passed only after a failed attempt")
}

func (f *orderFlags) check(a *app, cmd *cobra.Command) error {
	if f.repeat < 1 || f.repeat > maxTurns {
		return a.usage(cmd, "--repeat %d: expected a number from 1 to %d", f.repeat, maxTurns)
	}
	if f.untilFailure && !cmd.Flags().Changed("repeat") {
		f.repeat = 0
	}
	return nil
}

// explain adds to the error for paths that cannot be found that one of them was
// meant as the seed of --shuffle.
func (f *orderFlags) explain(paths []string, err error) error {
	var cannot *exitError
	if f.shuffle.text != seedOfRun || !errors.As(err, &cannot) {
		return err
	}
	for _, path := range paths {
		_, notNumber := strconv.ParseUint(path, 10, 64)
		if _, notFile := os.Stat(path); notNumber == nil && notFile != nil {
			return cannot.withHint("a seed follows --shuffle as in --shuffle=%s", path)
		}
	}
	return err
}

// run runs the plans, once or as often as the flags say.
func (f *orderFlags) run(ctx context.Context, plans *planned, o runner.RunOptions, sink runner.Sink) *runner.Report {
	if f.repeat == 1 && !f.untilFailure {
		return plans.turn(1).Run(ctx, o, sink)
	}
	turns := runner.Turns{Max: f.repeat}
	if f.untilFailure {
		turns.Until = func(r *runner.Report) bool {
			return r.Counts.BadSuites > 0 || outcome{report: r, failOnFlaky: f.failOnFlaky}.failed()
		}
	}
	return runner.Repeat(ctx, turns, o, plans.turn, sink)
}

// sayFlaky says why a run failed of which every query passed.
func (f *orderFlags) sayFlaky(a *app, r *runner.Report) {
	switch n := r.Counts.Flaky; {
	case n == 0 || !f.failOnFlaky:
	case n == 1:
		a.say("1 query passed only after a failed attempt, which --fail-on-flaky does not allow")
	default:
		a.say("%d queries passed only after a failed attempt, which --fail-on-flaky does not allow", n)
	}
}

// planned gives each turn of a run its plan.
type planned struct {
	first *runner.Plan // of turn 1, which was compiled to see whether it can run
	later func(turn int) *runner.Plan
	last  *runner.Plan // of the turn that runs
	wrote []string     // snapshots of the turns before it
	// report is that of the run, nil before its end.
	report *runner.Report
}

// files returns the files that each suite of the last turn touched.
func (p *planned) files() map[string][]string { return p.last.Files() }

func (p *planned) turn(number int) *runner.Plan {
	if number == 1 {
		p.last, p.first = p.first, nil
		return p.last
	}
	p.wrote = append(p.wrote, p.last.WrittenSnapshots()...)
	p.last = p.later(number)
	return p.last
}

// written returns the paths of the snapshots that all turns wrote, sorted.
func (p *planned) written() []string {
	all := slices.Concat(p.wrote, p.last.WrittenSnapshots())
	slices.Sort(all)
	return slices.Compact(all)
}

// redactorOf is what masks the secrets of a turn: for the first the app's own, for
// each later one another, so that the tokens that thousands of turns log in for
// do not pile up.
func (a *app) redactorOf(turn int) *secret.Redactor {
	if turn == 1 {
		return a.redactor
	}
	return secret.NewRedactor()
}

// seedOfRun is the value of --shuffle without one.
const seedOfRun = "auto"

var _ pflag.Value = (*shuffleFlag)(nil)

// shuffleFlag is --shuffle: a seed of its own, that of the run, or none.
type shuffleFlag struct {
	text string
	own  uint64
}

// String implements pflag.Value.
func (s *shuffleFlag) String() string { return s.text }

// Set implements pflag.Value.
func (s *shuffleFlag) Set(text string) error {
	s.text = text
	if text == seedOfRun {
		return nil
	}
	own, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("expected a whole number from 0, such as --shuffle=7, or nothing for the seed of the run")
	}
	s.own = own
	return nil
}

// Type implements pflag.Value.
func (s *shuffleFlag) Type() string { return "SEED" }

// seed returns the seed of the order in a run whose seed is run, or nil.
func (s *shuffleFlag) seed(run uint64) *uint64 {
	switch s.text {
	case "":
		return nil
	case seedOfRun:
		return &run
	}
	return &s.own
}
