package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/apicel/apicel/internal/files"
)

// interruptible returns a context that SIGINT and SIGTERM cancel, after which it
// says the message, if there is one. The second signal ends the process at once
// with ExitInterrupted, unless it is an echo of the first. It is caught rather than left to what signals do by
// themselves: a shell that starts a command in the background may have it ignore
// SIGINT, and SIGTERM would end it with another code. The returned function
// gives the signals back.
//
// A write to a closed pipe becomes an error instead of the end of the process:
// what a suite set up is torn down even where nobody reads the output.
func (a *app) interruptible(parent context.Context, message string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	over := make(chan struct{})
	go a.watch(signals, over, cancel)
	// On its own, since a stream that nobody reads must not hold up the second signal.
	silence := context.AfterFunc(ctx, func() {
		if message != "" {
			a.say("%s", message)
		}
	})
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	return ctx, func() {
		silence()
		close(over)
		signal.Stop(signals)
		signal.Stop(pipe)
		cancel()
	}
}

// echoWindow is how long after the first signal others are taken for the same one:
// timeout(1) and some CI runners signal a process and then its whole group.
const echoWindow = 300 * time.Millisecond

// watch cancels at the first signal and ends the process at the second, until
// all is over.
func (a *app) watch(signals <-chan os.Signal, over <-chan struct{}, cancel func()) {
	var first time.Time
	for {
		select {
		case <-signals:
		case <-over:
			return
		}
		switch {
		case first.IsZero():
			first = time.Now()
			cancel()
		case time.Since(first) > echoWindow && a.exit != nil:
			files.RemoveUnfinished()
			a.quit(ExitInterrupted)
		}
	}
}
