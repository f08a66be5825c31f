package runner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

const (
	// MaxBackoff is up to what exponential back-off grows, where the interval is
	// not longer itself.
	MaxBackoff = 30 * time.Second
	// MaxRetryAfter is the longest wait that an answer may ask for with
	// Retry-After. One that asks for more is not asked again.
	MaxRetryAfter = time.Minute
)

// retry is a compiled retry.
type retry struct {
	attempts int
	interval duration
	constant bool
	on       []string
}

func (b *builder) retry(s *spec.Retry, scope spec.Scope, refs *expr.Refs) *retry {
	if s == nil || s.None {
		return nil
	}
	r := &retry{
		attempts: spec.DefaultRetryAttempts, interval: duration{value: spec.DefaultRetryInterval},
		constant: s.Backoff.Value == spec.BackoffConstant, on: s.Causes(),
	}
	if s.Attempts != nil {
		r.attempts = *s.Attempts
	}
	if d := b.duration(s.Interval, scope, refs); d != nil {
		r.interval = *d
	}
	return r
}

// retryOf compiles the retry that holds for a query: its own, or the source's
// where doing the query twice is doing it once. One that polls has none.
func (b *builder) retryOf(c *query) *retry {
	switch s := c.spec; {
	case s.Poll != nil:
		return nil
	case s.Retry != nil:
		own := b.retry(s.Retry, spec.ScopeQuery, c.own)
		b.warnExpectedCauses(c)
		return own
	case b.suite.source != nil && isIdempotent(s):
		return b.suite.source.retry
	}
	return nil
}

// warnExpectedCauses warns of statuses that the query names as causes and
// expects at the same time.
func (b *builder) warnExpectedCauses(c *query) {
	if c.checks == nil {
		return
	}
	for _, cause := range c.spec.Retry.On {
		if c.checks.ExpectsStatus(cause.Value) {
			b.suite.problems.Warnf(cause.Pos, "%s is never a cause here, because expect allows this status", cause.Value).
				WithHint("leave it out of one of the two")
		}
	}
}

// isIdempotent tells whether sending a query twice is meant to be like sending
// it once: the methods of RFC 9110, 9.2.2, unless the suite says that a safe one
// does something, and what it says to be safe.
func isIdempotent(q *spec.Query) bool {
	switch q.Method.Value {
	case http.MethodPut, http.MethodDelete:
		return true
	}
	return isSafe(q)
}

// cause is why the answer, or that there is none, may be no verdict yet, or "".
func cause(err error, response *exchange.Response, expected bool) string {
	if err != nil {
		return source.Passing(err)
	}
	if expected {
		return ""
	}
	return strconv.Itoa(response.Status)
}

// retries tells whether the cause is one of the retry's.
func (t *retry) retries(cause string) bool {
	return cause != "" && slices.ContainsFunc(t.on, func(on string) bool {
		class, isClass := strings.CutSuffix(on, "xx")
		return on == cause || isClass && len(cause) == len("503") && cause[:1] == class
	})
}

// planRetry decides whether a row that has failed is sent again, and after what
// wait. It is called before the row's attempt is recorded.
func (r *run) planRetry(w *row, res *result, cause string, response *exchange.Response) {
	q := w.node.q
	t := q.retry
	if t == nil || res.passed() || !t.retries(cause) || w.attempts >= t.attempts {
		return
	}
	random := expr.Stream(r.plan.seed, q.suite.id, q.spec.Name.Value+" retry", w.index)
	wait := t.wait(res.interval, w.attempts, random)
	if response != nil {
		if asked := retryAfter(response.Header, response.Received); asked > MaxRetryAfter {
			res.gaveUp = fmt.Sprintf("not sent again: Retry-After asks to wait %v, more than %v", asked.Round(time.Second), MaxRetryAfter)
			return
		} else if asked > wait {
			wait = asked
		}
	}
	res.again, res.interval = true, wait
}

// wait is how long to wait after an attempt: the interval, or a random part of
// the interval doubled for each attempt before ("full jitter", by which those
// who failed together do not come back together). All draws come from the row's
// own stream, so that the waits follow from the seed.
func (t *retry) wait(interval time.Duration, attempt int, random *rand.Rand) time.Duration {
	if t.constant {
		return interval
	}
	limit, most := interval, max(interval, MaxBackoff)
	wait := time.Duration(random.Int64N(int64(limit) + 1))
	for range attempt - 1 {
		limit = min(2*limit, most)
		wait = time.Duration(random.Int64N(int64(limit) + 1))
	}
	return wait
}

// retryAfter is the wait that an answer asks for (RFC 9110, 10.2.3), in seconds
// or as a date; 0 where it asks for none or in no way that is known. A date is
// compared with the answer's own, so that clocks that differ do no harm.
func retryAfter(h http.Header, received time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			seconds = 1<<31 - 1
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		received = date
	}
	return max(0, at.Sub(received))
}

// startRetry resolves the interval, so that one that cannot be is an error of
// the query whether or not it is sent again.
func (w *row) startRetry(ctx context.Context, a *expr.Activation, res *result) (err error) {
	if t := w.node.q.retry; t != nil {
		res.interval, err = t.interval.resolve(ctx, a)
	}
	return err
}
