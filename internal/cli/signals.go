package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that SIGINT and SIGTERM cancel. After the
// first signal it says the message, if there is one, and signals do again what they do by
// themselves, so that the second one ends the process at once. The returned
// function gives the signals back.
//
// A write to a closed pipe becomes an error instead of the end of the process:
// what a suite set up is torn down even where nobody reads the output.
func (a *app) interruptible(parent context.Context, message string) (context.Context, func()) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	silence := context.AfterFunc(ctx, func() {
		stop()
		if message != "" {
			a.say("%s", message)
		}
	})
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	return ctx, func() {
		silence()
		stop()
		signal.Stop(pipe)
	}
}
