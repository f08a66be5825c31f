// Package assert is what a suite expects of an answer: it compiles expect and
// capture, judges one captured response, and explains what did not hold.
//
// [Compile] merges the suite's expect with a query's and compiles it once;
// [Checks.Judge] then evaluates every check, whatever failed before it, and
// returns the failures. A failed check is a result and not an error. Checks
// are pure functions of an activation: one Checks may judge any number of
// answers at a time.
//
// # Matchers
//
// A matcher has three verdicts. Beside true and false there is void: there
// was nothing that it could have looked at, such as a path that leads nowhere,
// the elements of an empty list, or the characters of a number. Void fails a
// check, and not keeps it void, so that no check passes because what it was
// about is not there.
//
// Values are compared as JSON and exactly. Numbers are compared as they are
// spelled, in decimal: 9007199254740993 is not 9007199254740992, 1 is 1.0, and
// "1" is neither. Outside JSON (headers, the body as text) everything is text,
// and a number where a number is asked for.
package assert

import (
	"context"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// Failure is a check that did not hold, or a capture that found nothing.
type Failure struct {
	// Check names what was looked at: "status", "header ETag",
	// "gjson lines.#", "cel body.total == 3", "capture order_id".
	Check string
	// Pos is where the check stands. It is zero for the check of the status
	// that a query without any has.
	Pos spec.Pos
	// Expected and Found are cut to what a reader can use, on one line each.
	// Either may be "", where Message says it all.
	Expected string
	Found    string
	// Message is the user's own message, or what there is to say beyond
	// Expected and Found.
	Message string
	// Detail is text of several lines: a diff, the elements that failed.
	Detail string
	// OfStatus tells that the status is not one that the checks allow. Where
	// none is about the status alone, that is an expression that reads it.
	OfStatus bool
}

// Option changes how failures are written.
type Option func(*options)

type options struct {
	redact        func(string) string
	secretCapture func(name string) bool
	files         func(from, path string) ([]byte, error)
	schemas       *schemas
	snapshots     *Snapshots
	snapshotFiles SnapshotFiles
}

// WithRedactor passes every text through redact before it is cut to the length
// that a Failure shows. A redactor that only sees the Failure would not find a
// secret of which the cut left half.
func WithRedactor(redact func(string) string) Option {
	return func(o *options) { o.redact = redact }
}

// WithSecretCaptures says which captures are secret. What is computed from one,
// or from one of the suite's secrets, is no text that a redactor knows, and is
// not shown: *** stands instead.
func WithSecretCaptures(isSecret func(name string) bool) Option {
	return func(o *options) { o.secretCapture = isSecret }
}

// hidden stands for a value that is computed from a secret.
const hidden = "***"

// secret tells whether what reads refs is computed from a secret.
func (o options) secret(refs expr.Refs) bool {
	return len(refs.Secrets) > 0 || o.secretCapture != nil &&
		slices.ContainsFunc(refs.Captures, func(c expr.CaptureRef) bool { return o.secretCapture(c.Name) })
}

func optionsOf(list []Option) options {
	var o options
	for _, set := range list {
		set(&o)
	}
	return o
}

// Checks are the compiled expectations of a query.
type Checks struct {
	list    []check
	refs    expr.Refs
	options options
}

// check is one check. judge gives nil where it holds.
type check interface {
	pos() spec.Pos
	judge(j *judging) *Failure
}

// Refs are the names that the checks read.
func (c *Checks) Refs() expr.Refs { return c.refs }

// Len is the number of checks: one for the status, each entry of headers,
// cookies, gjson, xpath and cel, and each other key of expect.
func (c *Checks) Len() int { return len(c.list) }

// Judge evaluates every check on the response of a and returns those that did
// not hold, in the order of the file. The activation must have a response and
// is used by this call only until it returns. Where ctx ends first, what could
// not be judged any more is a failure.
func (c *Checks) Judge(ctx context.Context, a *expr.Activation) []Failure {
	j := newJudging(ctx, a, c.options)
	var failures []Failure
	for _, check := range c.list {
		if f := check.judge(j); f != nil {
			f.OfStatus = c.ofStatus(check)
			failures = append(failures, *f)
			j.note(len(failures) - 1)
		}
	}
	return j.settle(failures)
}

// judging is the judging of one response.
type judging struct {
	run
	activation *expr.Activation

	bodyRead bool
	body     gjson.Result
	bodyErr  error
	readings *readings // nil where all readers of the body agree

	redactKnown func(string) string // of the options; nil where there is none
	placed      *strings.Replacer   // of what is secret by its place, once something is said

	document    *document // the body as XML or HTML, once it was asked for
	documentErr error

	// unsettled gives the final verdict of a check that must know whether all
	// the others hold. Its failure, so far, is that at unsettledAt.
	unsettled   func(othersHold bool) *Failure
	unsettledAt int
}

// note keeps which failure is the one of a check that is unsettled.
func (j *judging) note(at int) {
	if j.unsettled != nil && j.unsettledAt < 0 {
		j.unsettledAt = at
	}
}

// settle puts the final verdict of a check in the place of its first.
func (j *judging) settle(failures []Failure) []Failure {
	if j.unsettled == nil {
		return failures
	}
	f := j.unsettled(len(failures) == 1)
	if f == nil {
		return slices.Delete(failures, j.unsettledAt, j.unsettledAt+1)
	}
	failures[j.unsettledAt] = *f
	return failures
}

func newJudging(ctx context.Context, a *expr.Activation, o options) *judging {
	j := &judging{run: run{ctx: ctx, options: o}, activation: a, unsettledAt: -1}
	if o.redact != nil {
		j.redactKnown, j.redact = o.redact, j.hidePlaced
	}
	return j
}
