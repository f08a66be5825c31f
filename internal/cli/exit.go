package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/runner"
)

// The exit codes. Where several hold, the one that says most about what can be
// trusted wins: 130, then 3, 2, 1, 0.
const (
	// ExitOK means that every query passed or was skipped.
	ExitOK = 0
	// ExitFailed means that a query failed or errored, or that time was up.
	ExitFailed = 1
	// ExitUsage means wrong arguments or inputs, a suite that is wrong (the
	// others have run), or that there was nothing to run.
	ExitUsage = 2
	// ExitIO means that a report could not be written, or that the run could not start.
	ExitIO = 3
	// ExitInterrupted means SIGINT or SIGTERM, as shells number it.
	ExitInterrupted = 130
)

// exitError ends a command with an exit code. The message and the hint go to
// standard error, where they are not empty.
type exitError struct {
	code    int
	message string
	hint    string
}

// Error implements error.
func (e *exitError) Error() string { return fmt.Sprintf("%s (exit code %d)", e.message, e.code) }

// withHint sets the hint of e and returns e.
func (e *exitError) withHint(format string, args ...any) *exitError {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

// failf returns what ends a command with a code and a message.
func failf(code int, format string, args ...any) *exitError {
	return &exitError{code: code, message: fmt.Sprintf(format, args...)}
}

// exit returns what ends a command with a code and no message of its own.
func exit(code int) error {
	if code == ExitOK {
		return nil
	}
	return &exitError{code: code}
}

// usage returns the error for wrong arguments of a command.
func (a *app) usage(cmd *cobra.Command, format string, args ...any) *exitError {
	hint := "see apicel help"
	if cmd.HasParent() {
		hint += " " + cmd.Name()
	}
	return &exitError{code: ExitUsage, message: fmt.Sprintf(format, args...), hint: hint}
}

// outcome is what decides the exit code of a run.
type outcome struct {
	report      *runner.Report
	interrupted bool
	// unwritten tells that a report or the console could not be written.
	unwritten  bool
	allowEmpty bool
	// failOnFlaky lets a query that passed after a failed attempt fail the run.
	failOnFlaky bool
}

// code returns the exit code with the precedence of the constants: a run that was
// interrupted or not reported proves nothing, whatever its queries say.
func (o outcome) code() int {
	c := o.report.Counts
	switch {
	case o.interrupted || o.report.Stopped == runner.StopInterrupted:
		return ExitInterrupted
	case o.unwritten:
		return ExitIO
	case c.BadSuites > 0 || o.empty():
		return ExitUsage
	case o.failed() || o.report.Stopped == runner.StopTimeout:
		return ExitFailed
	}
	return ExitOK
}

// failed tells whether a query failed.
func (o outcome) failed() bool {
	c := o.report.Counts
	return c.Failed+c.Errored > 0 || o.failOnFlaky && c.Flaky > 0
}

// empty tells whether the run selected no query though it should have.
func (o outcome) empty() bool {
	return o.report.Counts.Queries == 0 && !o.allowEmpty
}
