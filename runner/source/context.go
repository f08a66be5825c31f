package source

import (
	"context"
	"net/http/httptrace"
	"time"
)

// limited is the context of an attempt: that of its caller, with a deadline. What
// ends it early or in time has a cause.
type limited struct {
	context.Context //nolint:containedctx // it is one
	deadline        time.Time
}

// Deadline implements context.Context.
func (c *limited) Deadline() (time.Time, bool) {
	if earlier, ok := c.Context.Deadline(); ok && earlier.Before(c.deadline) {
		return earlier, true
	}
	return c.deadline, true
}

// ofAttempt is a context in which the hops of an attempt find it.
type ofAttempt struct {
	context.Context //nolint:containedctx // it is one
	attempt         *attempt
}

// Value implements context.Context.
func (c *ofAttempt) Value(key any) any {
	if key == (attemptKey{}) {
		return c.attempt
	}
	return c.Context.Value(key)
}

// limit bounds the attempt in time. The function that it returns ends the attempt.
func (a *attempt) limit(ctx context.Context) (context.Context, func()) {
	timeout := a.request.Timeout
	if timeout <= 0 {
		timeout = a.client.config.Timeout
	}
	ctx, cancel := context.WithCancelCause(ctx)
	a.trace.cancel = cancel
	timer := time.AfterFunc(timeout, func() { cancel(attemptTimeout(timeout)) })
	a.outer = limited{ctx, time.Now().Add(timeout)}
	return a.visible(&a.outer), func() {
		a.trace.end()
		timer.Stop()
		cancel(nil)
	}
}

// visible makes the attempt visible to its hops.
func (a *attempt) visible(ctx context.Context) context.Context {
	a.seen = ofAttempt{ctx, a}
	return httptrace.WithClientTrace(&a.seen, a.trace.hooks())
}
