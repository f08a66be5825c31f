package cli

import (
	"bufio"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// watchFlags are the flags that let a run go on with each change.
type watchFlags struct{ on bool }

func (f *watchFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.on, "watch", false, "after the run wait for changes, and run again the suites that a changed file touches")
}

// check refuses what is for runs that end.
func (f *watchFlags) check(a *app, cmd *cobra.Command) error {
	if !f.on {
		return nil
	}
	for _, other := range []string{"repeat", "until-failure", "shard"} {
		if cmd.Flags().Changed(other) {
			return a.usage(cmd, "--watch and --%s: expected one of them", other)
		}
	}
	return nil
}

// watcher runs suites again and again.
type watcher struct {
	job     *runJob
	paths   []string // as given
	changes *changes
	lines   <-chan string // what is typed; nil where nobody can
	names   []string      // of the suites, as of the last look
	touches map[string][]string
	failed  map[string]bool // by suite
	began   bool            // something has run
}

// watch runs everything, and then what changes touch, until it is interrupted or
// told to quit.
func (j *runJob) watch(ctx context.Context, paths []string) error {
	c, err := newChanges(j.app.say)
	if err != nil {
		return failf(ExitIO, "changes cannot be watched: %v", err)
	}
	defer c.close()
	w := &watcher{job: j, paths: paths, changes: c, touches: map[string][]string{}, failed: map[string]bool{}}
	w.lines = typedLines(ctx, j.cmd.InOrStdin())
	next := w.look()
	for {
		if len(next) > 0 {
			if code := w.run(ctx, next); ctx.Err() != nil {
				return exit(max(code, ExitInterrupted))
			}
		}
		var quit bool
		if next, quit = w.next(ctx); quit {
			return nil
		}
	}
}

// look finds the suites again and returns those that are new.
func (w *watcher) look() []string {
	for _, path := range w.paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			w.changes.tree(real(path))
		}
	}
	if len(w.paths) == 0 {
		w.changes.tree(real("."))
	}
	names, err := w.job.find(w.paths)
	if err != nil {
		return nil // a suite is gone for now; running it says so
	}
	var added []string
	for _, name := range names {
		if !slices.Contains(w.names, name) {
			added = append(added, name)
		}
		if w.touches[name] == nil {
			w.touches[name] = []string{real(name)}
		}
	}
	w.names = names
	return added
}

// run runs suites, those that failed last time first.
func (w *watcher) run(ctx context.Context, names []string) int {
	j := w.job
	slices.SortStableFunc(names, func(a, b string) int {
		return map[bool]int{true: 0, false: 1}[w.failed[a]] - map[bool]int{true: 0, false: 1}[w.failed[b]]
	})
	began := time.Now()
	w.changes.know(w.touched(names))
	w.changes.know(w.inputFiles())
	if err := w.renew(); err != nil {
		return j.app.conclude(err)
	}
	quiet := context.AfterFunc(ctx, func() { j.app.say("%s", interruptMessage) })
	defer quiet()
	plans, code, err := j.once(ctx, names)
	if err != nil {
		code = j.app.conclude(err)
	}
	if plans == nil {
		return code
	}
	files := plans.files()
	for _, name := range names {
		w.touches[name] = append([]string{real(name)}, files[filepath.ToSlash(name)]...)
		w.failed[name] = false
	}
	w.changes.know(plans.written())
	w.changes.meet(w.touched(names), began)
	if plans.report != nil {
		for _, s := range plans.report.Suites {
			w.failed[filepath.FromSlash(s.File)] = s.Counts.Failed+s.Counts.Errored+s.Counts.BadSuites > 0
		}
	}
	return code
}

// renew reads the inputs again, and draws another seed where none was given, so
// that names which are random are not those of the run before.
func (w *watcher) renew() error {
	j := w.job
	if !w.began {
		w.began = true
		return nil
	}
	if !j.cmd.Flags().Changed("seed") {
		j.flags.seed = uint64(rand.Uint32())
	}
	in, err := j.flags.inputs.read(j.app, j.cmd)
	if err != nil {
		return err
	}
	in.Demo = j.inputs.Demo
	j.inputs = in
	return nil
}

// touched returns the files that the suites touch.
func (w *watcher) touched(names []string) []string {
	all := map[string]bool{}
	for _, name := range names {
		for _, path := range w.touches[name] {
			all[path] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// inputFiles are the files that touch every suite.
func (w *watcher) inputFiles() []string {
	var paths []string
	for _, path := range w.job.flags.inputs.files.values {
		paths = append(paths, real(path))
	}
	return paths
}

// next waits for a reason to run and returns the suites to run, or that it is time to quit.
func (w *watcher) next(ctx context.Context) (names []string, quit bool) {
	hint := ""
	if w.lines != nil {
		hint = "; Enter runs all again, q and Enter quits"
	}
	for said := false; ; {
		if names := w.affected(); len(names) > 0 {
			w.clear()
			return names, false
		}
		if !said {
			w.job.app.say("watching %s%s", many(len(w.touched(w.names)), "file", "files"), hint)
			said = true
		}
		waiting, stop := context.WithCancel(ctx)
		resting := make(chan struct{})
		go func() {
			defer close(resting)
			w.changes.wait(waiting)
		}()
		var line string
		var typed bool
		select {
		case <-resting:
		case line, typed = <-w.lines:
			if !typed {
				w.lines = nil // nobody will type any more
			}
		}
		stop()
		<-resting
		switch word := strings.TrimSpace(line); {
		case ctx.Err() != nil || strings.EqualFold(word, "q"):
			return nil, true
		case typed && word == "":
			w.look()
			w.clear()
			return slices.Clone(w.names), false
		}
	}
}

// affected returns the suites that are new or that a changed file touches.
func (w *watcher) affected() []string {
	names := w.look()
	changed := w.changes.changed()
	for _, path := range w.inputFiles() {
		if changed[path] {
			return slices.Clone(w.names)
		}
	}
	if len(changed) > 0 && !w.job.sel.IsZero() {
		return slices.Clone(w.names)
	}
	for _, name := range w.names {
		touched := slices.ContainsFunc(w.touches[name], func(path string) bool { return changed[path] })
		if touched && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// clear empties the screen, where there is one.
func (w *watcher) clear() {
	if isTerminal(w.job.app.stdout) {
		_, _ = io.WriteString(w.job.app.stdout, "\x1b[2J\x1b[H") // the run says it where nothing can be written
	}
}

// typedLines returns the lines that are typed at a terminal, nil where in is none.
func typedLines(ctx context.Context, in io.Reader) <-chan string {
	if f, ok := in.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	lines := make(chan string)
	go func() { // ends with the process where nobody types: reading a terminal cannot be stopped
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// real is the path of a file as the system tells of changes to it: absolute, the
// links of its folder followed.
func real(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if followed, err := filepath.EvalSymlinks(abs); err == nil {
		return followed
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		return filepath.Join(dir, filepath.Base(abs))
	}
	return abs
}
