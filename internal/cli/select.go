package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// selectFlags are the flags that choose among the queries of the suites.
type selectFlags struct {
	tags    listFlag
	queries listFlag
	failed  reportFlag
}

func (f *selectFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.tags.kind, f.queries.kind = "TAGS", "REGEXP"
	flags.Var(&f.tags, "tag", "select queries that have any of these tags, separated by commas, and none of those behind a ! (smoke,!slow); repeated, all must fit")
	flags.Var(&f.queries, "query", "select queries in whose names the regular expression (RE2) is found; repeated, all must be found")
	flags.Var(&f.failed, "failed", "select what failed, or did not run because of that, in the JSON report `FILE`; without a PATH in the suites that it names")
	completions := map[string]cobra.CompletionFunc{"tag": completeTags, "query": completeQueries, "failed": completeReports}
	for name, complete := range completions {
		_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails only for a flag that there is none of
	}
}

// selection reads the flags and the paths, which may name lines. It returns the
// suites to read and what to select of them.
func (f *selectFlags) selection(a *app, cmd *cobra.Command, paths []string, allowEmpty bool) ([]string, runner.Selection, error) {
	var sel runner.Selection
	for _, text := range f.tags.values {
		filter, err := runner.ParseTagFilter(text)
		if err != nil {
			return nil, sel, a.usage(cmd, "--tag %s: %v", text, err)
		}
		sel.Tags = append(sel.Tags, filter)
	}
	for _, text := range f.queries.values {
		pattern, err := regexp.Compile(text)
		if err != nil || text == "" {
			return nil, sel, a.usage(cmd, "--query %s: %s", text, patternProblem(err))
		}
		sel.Names = append(sel.Names, pattern)
	}
	if cmd.Flags().Changed("failed") {
		if err := f.readFailed(&sel); err != nil {
			return nil, sel, err
		}
		if len(paths) == 0 {
			names, err := a.reportedSuites(cmd, sel.Failed, string(f.failed))
			return names, sel, err
		}
	}
	names, lines, err := discoverLines(paths, allowEmpty)
	sel.Lines = lines
	return names, sel, err
}

// patternProblem says what is wrong with a regular expression.
func patternProblem(err error) string {
	if err == nil {
		return "found nothing, expected a regular expression"
	}
	var wrong *syntax.Error
	if errors.As(err, &wrong) {
		return wrong.Code.String() + ", in " + wrong.Expr
	}
	return err.Error()
}

// readFailed reads the report of --failed.
func (f *selectFlags) readFailed(sel *runner.Selection) error {
	report, err := readReport(string(f.failed))
	if err != nil {
		return failf(ExitUsage, "--failed: %v", err).withHint("a report is what apicel run --report json=FILE writes")
	}
	sel.Failed, sel.FailedName = report, string(f.failed)
	return nil
}

// bareError is an error of the system without the path that it is about.
func bareError(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// reportedSuites returns the suites that a report names, each once. Those that
// are no longer there it says where something in them had to run again. A report may
// come from anywhere, and a suite is run with all that the user may do: one outside
// of the project is not run because a report names it.
func (a *app) reportedSuites(cmd *cobra.Command, report *runner.Report, name string) ([]string, error) {
	inProject, err := projectOf(cmd)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, s := range report.Suites {
		path := filepath.FromSlash(s.File)
		if slices.Contains(found, path) {
			continue
		}
		info, err := os.Stat(path)
		there := err == nil && !info.IsDir()
		switch {
		case there && inProject(path):
			found = append(found, path)
		case there && runner.Unfinished(s):
			return nil, failf(ExitUsage, "--failed: %s names the suite %s, which lies outside of the project", name, reporters.Inline(s.File)).
				withHint("write its path behind it where it is to run: apicel %s --failed %s PATH", cmd.Name(), reporters.ShellWord(name))
		case !there && runner.Unfinished(s):
			a.say("warning: %s: the suite %s is no longer there", name, reporters.Inline(s.File))
		}
	}
	return found, nil
}

// projectOf returns what tells whether a file lies in the project of the working
// folder, or below --root.
func projectOf(cmd *cobra.Command) (func(path string) bool, error) {
	root, _ := cmd.Flags().GetString("root") // "" where the command has no such flag
	const here = "suite"
	policy, err := files.NewPolicy(here, root)
	if err != nil {
		return nil, failf(ExitUsage, "%v", err)
	}
	return func(path string) bool {
		_, err := policy.Path(here, path)
		return err == nil
	}, nil
}

// lineArgument is a suite and a line of it, with or without a column, as
// messages name places.
var lineArgument = lazyregexp.New(`^(.+?):(\d{1,9})(?::\d{1,9})?$`)

// atLine returns the file and the line of an argument such as a.yaml:12, unless
// that is the name of a file.
func atLine(arg string) (path string, line int, ok bool) {
	parts := lineArgument.FindStringSubmatch(arg)
	if parts == nil {
		return arg, 0, false
	}
	if _, err := os.Lstat(arg); err == nil {
		return arg, 0, false
	}
	line, err := strconv.Atoi(parts[2])
	return parts[1], line, err == nil
}

// pointsAtLine tells whether an argument names a line of a file.
func pointsAtLine(arg string) bool {
	path, _, ok := atLine(arg)
	info, err := os.Stat(path)
	return ok && err == nil && !info.IsDir()
}

// discoverLines is discover for arguments that may name lines. The lines are by
// the names of suites as messages show them; a suite that is named whole too has none.
func discoverLines(args []string, allowEmpty bool) ([]string, map[string][]int, error) {
	var paths, whole []string
	var pointed []place
	for _, arg := range args {
		path, line, ok := atLine(arg)
		if !ok {
			whole, paths = append(whole, path), append(paths, path)
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, nil, failf(ExitUsage, "cannot read %s: %v", path, bareError(err))
		case info.IsDir():
			return nil, nil, failf(ExitUsage, "%s: %s is a folder, which has no lines", arg, path)
		case line == 0:
			return nil, nil, failf(ExitUsage, "%s: lines are counted from 1", arg)
		}
		pointed, paths = append(pointed, place{path, line}), append(paths, path)
	}
	names, err := discover(paths, allowEmpty)
	if err != nil || len(pointed) == 0 {
		return names, nil, err
	}
	lines, err := restricted(names, pointed, whole)
	return names, lines, err
}

// place is a line of a file.
type place struct {
	path string
	line int
}

// restricted returns the lines that suites are pointed at which are not named whole.
func restricted(names []string, pointed []place, whole []string) (map[string][]int, error) {
	inWhole := map[string]bool{}
	if len(whole) > 0 {
		found, err := files.Discover(whole)
		if err != nil && !errors.Is(err, files.ErrNoSuites) {
			return nil, failf(ExitUsage, "%v", err)
		}
		for _, name := range found {
			inWhole[absolute(name)] = true
		}
	}
	lines := map[string][]int{}
	for _, name := range names {
		if inWhole[absolute(name)] {
			continue
		}
		for _, p := range pointed {
			if absolute(p.path) == absolute(name) {
				shown := filepath.ToSlash(name)
				lines[shown] = append(lines[shown], p.line)
			}
		}
	}
	return lines, nil
}

// absolute is the path from the root of the system, or as it is where the
// working folder is unknown.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// choose leaves in the plan what was selected and says what there is to say of
// that. A selection of nothing is refused unless allowEmpty is set, or a suite is
// wrong, which has to be reported.
func (a *app) choose(plan *runner.Plan, sel runner.Selection, allowEmpty bool) error {
	if sel.IsZero() {
		return nil
	}
	s := plan.Select(sel)
	for _, w := range s.Warnings {
		a.say("warning: %s", reporters.Inline(w))
	}
	for _, e := range s.Errors {
		a.say("%s", reporters.Inline(e))
	}
	switch {
	case len(s.Errors) > 0:
		return &exitError{code: ExitUsage, message: "nothing was sent: " + count(len(s.Errors), "argument") + " wrong"}
	case s.Nothing != "" && (allowEmpty || plan.Problems().HasErrors()):
		a.say("%s", reporters.Inline(s.Nothing))
	case s.Nothing != "":
		return failf(ExitUsage, "%s", reporters.Inline(s.Nothing)).withHint("--allow-empty lets an empty run pass")
	default:
		a.say("%s", selectedText(s))
	}
	return nil
}

// chosen has each plan select what the first one did, which has said what there
// is to say.
func chosen(compile func(turn int) *runner.Plan, sel runner.Selection) func(turn int) *runner.Plan {
	return func(turn int) *runner.Plan {
		plan := compile(turn)
		plan.Select(sel)
		return plan
	}
}

// selectedText says how many queries were selected.
func selectedText(s runner.Selected) string {
	text := "selected " + strconv.Itoa(s.Queries) + " of " + quantity(s.Of, "query", "queries")
	if s.Along > 0 {
		text += "; " + strconv.Itoa(s.Along) + " more run because they are needed"
	}
	return text
}

func quantity(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + several
}
