package cli

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// The values of --output.
const (
	outputAuto  = "auto"
	outputPlain = "plain"
	outputDots  = "dots"
	outputQuiet = "quiet"
	outputJSON  = "json"
)

// outputFlag is --output: how a run is shown.
type outputFlag struct{ choiceFlag }

func (f *outputFlag) register(cmd *cobra.Command) {
	f.choiceFlag = choiceFlag{value: outputAuto, choices: []string{outputAuto, outputPlain, outputDots, outputQuiet, outputJSON}, kind: "MODE"}
	cmd.Flags().Var(&f.choiceFlag, "output", "show the run as plain lines, as dots, quiet (failures only) or as json, an event a line; "+
		"auto is a live view on a terminal, else plain")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(f.choices, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that there is none of
}

// display is how a run is shown, and what must be done when it is over.
type display struct {
	reporters.Output
	// stop ends what Finish would have ended; it may be called after it.
	stop func()
}

// display returns how a run is shown on out, which is standard output or, where a
// report takes that, standard error.
func (a *app) display(mode string, out io.Writer, o reporters.LiveOptions) display {
	o.Color = a.color(out)
	nothing := func() {}
	switch mode {
	case outputJSON:
		return display{reporters.NewEvents(out, o.ConsoleOptions), nothing}
	case outputDots:
		return display{reporters.NewDots(out, o.ConsoleOptions), nothing}
	case outputQuiet:
		o.Quiet = true
	case outputAuto:
		if terminal := a.animated(out); terminal != nil {
			return a.live(terminal, o)
		}
		fallthrough
	default:
		o.Groups = a.groups()
	}
	return display{reporters.NewConsole(out, o.ConsoleOptions), nothing}
}

// live shows a run on a terminal. Until it is over, what is said on standard error
// goes through the same screen, where it is a terminal as well.
func (a *app) live(terminal *os.File, o reporters.LiveOptions) display {
	screen := reporters.NewScreen(terminal, func() (int, int) {
		columns, rows, err := term.GetSize(int(terminal.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, rows
	})
	release := func() {}
	if l, ok := a.stderr.(*lockedWriter); ok && isTerminal(l.w) {
		release = l.through(screen)
	}
	live := reporters.NewLive(screen, o)
	tidy := func() { _ = live.Stop() }
	a.onExit.Store(&tidy)
	return display{live, func() {
		a.onExit.Store(nil)
		_ = live.Stop() // Finish has returned its error
		release()
	}}
}

// animated returns the terminal that out is, where it can show what moves and
// somebody may look at it, else nil.
func (a *app) animated(out io.Writer) *os.File {
	f := fileOf(out)
	if f == nil || !term.IsTerminal(int(f.Fd())) || a.env["TERM"] == "dumb" || inCI(a.env["CI"]) || !obeys(f) {
		return nil
	}
	return f
}

func inCI(ci string) bool { return ci != "" && ci != "false" && ci != "0" }

func isTerminal(w io.Writer) bool {
	f := fileOf(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// fileOf returns the file that w writes to, or nil.
func fileOf(w io.Writer) *os.File {
	if l, ok := w.(*lockedWriter); ok {
		w = l.w
	}
	f, _ := w.(*os.File)
	return f
}

// groups are those of the CI system that shows the output.
func (a *app) groups() reporters.Groups {
	switch {
	case a.env["GITHUB_ACTIONS"] == "true":
		return reporters.GitHubGroups
	case a.env["GITLAB_CI"] == "true":
		return reporters.GitLabGroups
	}
	return reporters.NoGroups
}

// exitPatience is how long a terminal is waited for that is to be left tidy.
const exitPatience = 200 * time.Millisecond

// quit ends the process at once, with the terminal as it should be unless that
// takes too long: somebody may have stopped it.
func (a *app) quit(code int) {
	if tidy := a.onExit.Load(); tidy != nil {
		done := make(chan struct{})
		go func() { (*tidy)(); close(done) }()
		select {
		case <-done:
		case <-time.After(exitPatience):
		}
	}
	a.exit(code)
}

// maxRerunPlaces is the number of places that a command to run again names.
const maxRerunPlaces = 20

// notAgain are the flags that a command to run again leaves out: what they select
// or share out has been selected, and reports of the first run are kept.
var notAgain = map[string]bool{
	"failed": true, "tag": true, "query": true, "shard": true, "timings": true, "report": true, "watch": true,
	"repeat": true, "until-failure": true,
}

// rerun returns the command that runs again what failed, with the flags of this
// run: by the JSON report where one was written to a file that keeps it, else by place.
func (a *app) rerun(cmd *cobra.Command, targets []reportTarget) func(*runner.Report) string {
	flags := sameFlags(cmd)
	for _, t := range targets {
		if t.format.Name == "json" && t.path != toStdout && readableAgain(t.path) {
			command := "apicel run --failed " + reporters.ShellWord(t.path) + flags
			return func(r *runner.Report) string { return a.redactor.Redact(command + elsewhere(cmd, r)) }
		}
	}
	return func(r *runner.Report) string {
		places := reporters.FailedPlaces(r, maxRerunPlaces)
		if len(places) == 0 {
			return ""
		}
		for i, p := range places {
			places[i] = pathWord(p)
		}
		return a.redactor.Redact("apicel run" + flags + " " + strings.Join(places, " "))
	}
}

// elsewhere are the suites outside of the project in which something failed, which
// --failed runs only where they are named.
func elsewhere(cmd *cobra.Command, r *runner.Report) string {
	inProject, err := projectOf(cmd)
	if err != nil {
		return ""
	}
	if !slices.ContainsFunc(r.Suites, func(s *runner.SuiteReport) bool { return runner.Unfinished(s) && !inProject(s.File) }) {
		return ""
	}
	words := ""
	for _, s := range r.Suites {
		if runner.Unfinished(s) {
			words += " " + pathWord(s.File)
		}
	}
	return words
}

// pathWord is a path as a word for a shell, and no flag.
func pathWord(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	return reporters.ShellWord(path)
}

// readableAgain tells whether what is written to path can be read from it later, as
// from no device and no pipe. A file need not be there yet.
func readableAgain(path string) bool {
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

// sameFlags are the flags that were given, as words for a shell.
func sameFlags(cmd *cobra.Command) string {
	var b strings.Builder
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if notAgain[f.Name] {
			return
		}
		if f.Value.Type() == "bool" && f.Value.String() == "true" {
			b.WriteString(" --" + f.Name)
			return
		}
		between := " "
		if f.NoOptDefVal != "" {
			between = "="
		}
		for _, v := range valuesOf(f) {
			b.WriteString(" --" + f.Name + between + reporters.ShellWord(v))
		}
	})
	return b.String()
}

// valuesOf are the values of a flag, one for each time it was given.
func valuesOf(f *pflag.Flag) []string {
	switch v := f.Value.(type) {
	case *listFlag:
		return v.values
	case pflag.SliceValue:
		return v.GetSlice()
	}
	return []string{f.Value.String()}
}
