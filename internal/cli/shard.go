package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/runner"
)

// shardFlags are the flags that cut a run into parts for several machines.
type shardFlags struct {
	text    string
	timings reportFlag

	// What check makes of them; index is 0 where the run is whole.
	index, total int
	past         *runner.Report
}

func (f *shardFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.text, "shard", "", "run only part i of n, counted from 1 (`i/n`), or auto, which takes both from the variables of the CI system")
	cmd.Flags().Var(&f.timings, "timings", "know from `FILE`, an earlier JSON report, how long queries take: to cut shards, which need the same all, and to tell how long is left")
	_ = cmd.RegisterFlagCompletionFunc("shard", cobra.FixedCompletions([]string{"auto"}, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that there is none of
}

// check finds out which shard it is and reads the timings.
func (f *shardFlags) check(a *app, cmd *cobra.Command) error {
	var err error
	if cmd.Flags().Changed("shard") {
		if f.index, f.total, err = f.parse(a.env); err != nil {
			return a.usage(cmd, "--shard %s: %v", f.text, err)
		}
	}
	if f.timings == "" {
		return nil
	}
	f.past, err = readReport(string(f.timings))
	if err != nil {
		return failf(ExitUsage, "--timings: %v", err).
			withHint("every shard must have the same file; where there is none yet, leave --timings out")
	}
	return nil
}

// parse reads i/n, auto, or auto/n where the variables tell only i.
func (f *shardFlags) parse(env map[string]string) (index, total int, err error) {
	left, right, both := strings.Cut(f.text, "/")
	if left == "auto" {
		return f.auto(env, right, both)
	}
	index, notIndex := strconv.Atoi(left)
	total, notTotal := strconv.Atoi(right)
	if !both || notIndex != nil || notTotal != nil {
		return 0, 0, fmt.Errorf("expected i/n, such as 1/4 for the first of four, or auto")
	}
	return index, total, checkShard(index, total)
}

func checkShard(index, total int) error {
	switch {
	case total < 1:
		return fmt.Errorf("there are %d shards, expected at least 1, such as 1/4 for the first of four", total)
	case total > runner.MaxShards:
		return fmt.Errorf("there are %d shards, expected at most %d", total, runner.MaxShards)
	case index < 1:
		return fmt.Errorf("shards are counted from 1: the first of %d is 1/%d", total, total)
	case index > total:
		return fmt.Errorf("the last shard of %d is %d/%d", total, total, total)
	}
	return nil
}

// ciShards are the variables in which CI systems give the number of a parallel
// job and how many there are; first is the number of the first job. The systems'
// own documentation names them.
var ciShards = []struct {
	ci, index, total string
	first            int
}{
	{"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
	{"CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0},
	{"Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0},
	{"Azure Pipelines", "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1},
	{"a Kubernetes Indexed Job", "JOB_COMPLETION_INDEX", "", 0},
}

// auto reads the variables of the first CI system that is found.
func (f *shardFlags) auto(env map[string]string, given string, both bool) (index, total int, err error) {
	for _, ci := range ciShards {
		indexText, totalText := env[ci.index], env[ci.total]
		if indexText == "" && totalText == "1" {
			return 1, 1, nil // a GitLab job without parallel
		}
		if indexText == "" {
			continue
		}
		switch {
		case totalText == "" && !both:
			return 0, 0, fmt.Errorf("%s says which shard it is, but not of how many: write auto/n, such as auto/4", ci.index)
		case totalText == "":
			totalText = given
		case both && totalText != given:
			return 0, 0, fmt.Errorf("%s is %q: leave the number out, or write i/n", ci.total, totalText)
		}
		index, notIndex := strconv.Atoi(indexText)
		total, notTotal := strconv.Atoi(totalText)
		if notIndex != nil || notTotal != nil {
			return 0, 0, fmt.Errorf("%s gives %q of %q, expected whole numbers", ci.ci, indexText, totalText)
		}
		index += 1 - ci.first
		if err := checkShard(index, total); err != nil {
			return 0, 0, fmt.Errorf("%s is %q: %w", ci.index, indexText, err)
		}
		return index, total, nil
	}
	var known []string
	for _, ci := range ciShards {
		known = append(known, ci.index+" ("+ci.ci+")")
	}
	return 0, 0, fmt.Errorf("no variable tells which shard it is: expected one of %s, or i/n, such as 1/4", strings.Join(known, ", "))
}

// each cuts the plans of all repetitions.
func (f *shardFlags) each(compile func(repetition int) *runner.Plan) func(int) *runner.Plan {
	if f.index == 0 {
		return compile
	}
	return func(repetition int) *runner.Plan {
		plan := compile(repetition)
		plan.Cut(f.index, f.total, f.past)
		return plan
	}
}

// first cuts the plan of the first repetition and says what part that is. It tells
// whether the shard is an empty one of a run that is not.
func (f *shardFlags) first(a *app, plan *runner.Plan) (empty bool) {
	if f.index == 0 {
		return false
	}
	queries, suites := plan.Queries(), plan.Suites()
	if f.past != nil && queries > 0 && plan.Timed(f.past) == 0 {
		a.say("warning: --timings %s has no query of this run, so that shards have about as many queries each", f.timings)
	}
	plan.Cut(f.index, f.total, f.past)
	if plan.Queries() == 0 && queries > 0 {
		a.say("shard %d/%d is empty: there are more shards than parts to share", f.index, f.total)
		return true
	}
	a.say("shard %d/%d: %d of %s in %d of %s", f.index, f.total, plan.Queries(), many(queries, "query", "queries"), plan.Suites(), many(suites, "suite", "suites"))
	return false
}

// many writes a number of things in English.
func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
