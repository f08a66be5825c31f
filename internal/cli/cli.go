// Package cli is apicel's command line: its commands, flags, exit codes and
// signals. What the commands do is done elsewhere; here inputs are gathered, the
// verdict is turned into an exit code, and messages reach the right stream.
//
// A [Command] holds all that a run of the program takes from its process, so
// that nothing below reads the environment, and tests run it in process:
//
//	code := cli.Command{Stdout: &out, Stderr: &err, Args: []string{"check", "."}}.Run(ctx)
//
// Standard output carries what was asked for: the console of a run, the
// problems of a check, a report. Standard error carries what is said about it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner/source"
)

// Command is one call of the program.
type Command struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Args are the arguments without the name of the program.
	Args []string
	// Env is the environment, as NAME=VALUE.
	Env []string
	// Exit ends the process at once with a code, which is what a second
	// interrupt asks for. Without it the command ends as after the first.
	Exit func(code int)
	// Browse opens a URL in a browser. Without it that is the system's, where
	// there is one.
	Browse func(url string) error
}

// app is a Command while it runs.
type app struct {
	stdout   io.Writer
	stderr   io.Writer
	env      map[string]string
	redactor *secret.Redactor
	exit     func(code int)
	onExit   atomic.Pointer[func()] // what tidies up before exit, or nil
	browse   func(url string) error // nil where there is no browser
}

// Run runs the command and returns its exit code. Cancelling ctx is an interrupt:
// a run ends early, with its teardown done and its reports written.
func (c Command) Run(ctx context.Context) (code int) {
	a := newApp(c)
	defer a.recovered(&code)
	outliveLimits()
	source.QuietLog(log.Default()) // net/http quotes answers there, which may hold secrets
	root := a.root()
	root.SetIn(c.Stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetArgs(append([]string{}, c.Args...))
	var profiles profiles
	profiles.register(root)
	code = a.conclude(root.ExecuteContext(ctx))
	if err := profiles.stop(); err != nil {
		a.say("%v", err)
		code = max(code, ExitIO)
	}
	return code
}

func newApp(c Command) *app {
	a := &app{
		stdout:   c.Stdout,
		stderr:   &lockedWriter{w: c.Stderr},
		env:      environment(c.Env),
		redactor: secret.NewRedactor(),
		exit:     c.Exit,
		browse:   c.Browse,
	}
	if a.browse == nil && hasBrowser(a.env, runtime.GOOS) {
		a.browse = systemBrowser
	}
	return a
}

// conclude says what went wrong, if anything did, and returns the exit code.
func (a *app) conclude(err error) int {
	if err == nil {
		return ExitOK
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		exit = &exitError{code: ExitUsage, message: err.Error(), hint: "see apicel help"}
	}
	if exit.message != "" {
		for line := range strings.SplitSeq(exit.message, "\n") {
			a.say("%s", line)
		}
	}
	if exit.hint != "" {
		a.hint(exit.hint)
	}
	return exit.code
}

// recovered, deferred, reports a panic, which is a fault of apicel, and sets the
// exit code. The stack holds places in the code and addresses, no text; the
// value may quote text, so it is redacted.
func (a *app) recovered(code *int) {
	value := recover()
	if value == nil {
		return
	}
	*code = ExitIO
	a.fault("the command", value, debug.Stack())
}

// fault reports that a part of apicel panicked.
func (a *app) fault(part string, value any, stack []byte) {
	a.say("internal error in %s: %v\n%s", part, value, stack)
	a.hint("this is a fault of apicel; please report it with the lines above and the suite, at https://github.com/apicel/apicel/issues")
}

// say writes a message to standard error, secrets masked. Where that cannot be
// written there is nobody left to tell.
func (a *app) say(format string, args ...any) {
	_, _ = io.WriteString(a.stderr, "apicel: "+a.redactor.Redact(fmt.Sprintf(format, args...))+"\n")
}

// hint writes the next step that belongs to the message before it.
func (a *app) hint(text string) {
	_, _ = io.WriteString(a.stderr, "  help: "+a.redactor.Redact(text)+"\n")
}

// environment turns NAME=VALUE lines into a map; the last of a name wins.
func environment(lines []string) map[string]string {
	env := make(map[string]string, len(lines))
	for _, line := range lines {
		if name, value, ok := strings.Cut(line, "="); ok && name != "" {
			env[name] = value
		}
	}
	return env
}

// lockedWriter lets the console, messages and the answer to a signal share a stream.
type lockedWriter struct {
	mu  sync.Mutex
	w   io.Writer
	via io.Writer // writes to w in its stead, unless nil
}

// through has everything written through via, until the returned function is called.
func (l *lockedWriter) through(via io.Writer) func() {
	set := func(via io.Writer) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.via = via
	}
	set(via)
	return func() { set(nil) }
}

// Write implements io.Writer.
func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.via != nil {
		return l.via.Write(p)
	}
	return l.w.Write(p)
}
