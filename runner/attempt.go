package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/assert"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner/source"
)

// result is what one attempt of a row found.
type result struct {
	skip    string // the query's if is false
	started time.Time
	report  AttemptReport
	path    string
	status  int
	checks  int

	captured map[string]ref.Val
	identity string
	cookies  *source.Cookies

	interval    time.Duration // of a poll
	pollTimeout time.Duration
	gaveUp      string // why a poll stops before its time, or ""
	final       bool   // asking again cannot help
	cut         bool   // the poll's deadline ended the attempt
}

func (res *result) passed() bool { return res.report.Error == nil && len(res.report.Failures) == 0 }

// attempt builds, sends and judges one attempt of a row. It runs without the
// run's lock; it changes nothing but the row's poll deadline.
func (r *run) attempt(ctx context.Context, w *row) result {
	q := w.node.q
	a := q.suite.activation()
	a.Captures, a.Row, a.RowIndex, a.Attempt = w.node.reads, w.value, w.index, w.attempts
	a.Rand = expr.Stream(r.plan.seed, q.suite.id, q.spec.Name.Value, w.index)
	res := result{started: time.Now()}
	res.report.Number, res.report.Started = w.attempts, res.started
	if w.nameErr != nil {
		return r.unsent(res, w.nameErr)
	}
	if w.attempts == 1 && q.cond != nil {
		ok, err := q.cond.EvalBool(ctx, a)
		if err != nil {
			return r.unsent(res, err)
		}
		if !ok {
			res.skip = r.plan.redactor.Redact("if is false: " + oneLine(q.spec.If.Value))
			return res
		}
	}
	if err := w.startPoll(ctx, a, &res); err != nil {
		return r.unsent(res, err)
	}
	if q.poll != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, w.deadline, errPollTime)
		defer cancel()
	}
	r.send(ctx, w, a, &res)
	res.report.Duration = Millis(time.Since(res.started))
	return res
}

var errPollTime = errors.New("the poll's time is up")

// unsent is the result of an attempt whose request could not be built. Asking
// again would build the same, so a poll ends too.
func (r *run) unsent(res result, err error) result {
	res.report.Error = r.evalError(err)
	res.final = true
	return res
}

// startPoll resolves a poll's times at its first attempt and sets its deadline.
func (w *row) startPoll(ctx context.Context, a *expr.Activation, res *result) error {
	p := w.node.q.poll
	if p == nil {
		return nil
	}
	var err error
	if res.interval, err = p.interval.resolve(ctx, a); err != nil {
		return err
	}
	if res.pollTimeout, err = p.timeout.resolve(ctx, a); err != nil {
		return err
	}
	if w.attempts == 1 {
		w.deadline = res.started.Add(res.pollTimeout)
	}
	return nil
}

// send builds the request, sends it and judges the answer.
func (r *run) send(ctx context.Context, w *row, a *expr.Activation, res *result) {
	b := &requestBuilder{ctx: ctx, run: r, row: w, activation: a}
	client, req, err := b.build()
	if err != nil {
		*res = r.unsent(*res, err)
		return
	}
	res.path = r.plan.redactor.Redact(shownPath(b.base, req.URL))
	res.identity = identity(req.Auth)
	req.Jar = w.node.cookies.of(res.identity)
	sent, response, cookies, err := client.Do(ctx, req)
	if cookies != nil {
		res.cookies = cookies
	}
	if err != nil {
		r.show(res, sent, nil)
		r.failedToSend(ctx, res, err)
		return
	}
	a.Request, a.Response = sent, response
	res.status = response.Status
	r.judge(ctx, w, a, res)
	r.show(res, sent, response)
}

func (r *run) failedToSend(ctx context.Context, res *result, err error) {
	res.report.Error = r.sendError(err)
	if why, ok := stopCause(ctx); ok {
		res.report.Error = &ErrorReport{Type: "interrupted", Message: "the request was cancelled: " + why}
		res.final = true
	}
	res.cut = errors.Is(context.Cause(ctx), errPollTime)
}

// judge evaluates checks and captures, and whether a poll should go on.
func (r *run) judge(ctx context.Context, w *row, a *expr.Activation, res *result) {
	q := w.node.q
	ctx = context.WithoutCancel(ctx)
	// Captures first: what is secret among them must not stand in a failed check.
	captured, missing := q.captures.Take(ctx, a)
	unmasked := r.learnSecrets(q, captured)
	failures := slices.Concat(q.checks.Judge(ctx, a), missing, unmasked)
	res.checks = q.checks.Len() + q.captures.Len()
	res.report.Failures = r.checkReports(q, failures)
	res.captured = captured
	if q.poll == nil || q.poll.giveUp == nil || res.passed() {
		return
	}
	// An answer that give_up cannot be judged on is one that does not hold.
	if done, err := q.poll.giveUp.EvalBool(ctx, a); err == nil && done {
		res.final = true
		res.gaveUp = fmt.Sprintf("gave up after %s, as %s", attempts(w.attempts), oneLine(q.spec.Poll.GiveUp.Value))
	}
}

// learnSecrets tells the redactor what was captured with secret: true, before
// anything of the answer is shown. A value too short to be masked is not kept.
func (r *run) learnSecrets(q *query, captured map[string]ref.Val) []assert.Failure {
	var failures []assert.Failure
	for _, c := range q.spec.Capture {
		v, ok := captured[c.Name.Value]
		if !c.Secret || !ok {
			continue
		}
		text, err := expr.ToText(v)
		if err == nil && r.plan.redactor.Add("captures."+c.Name.Value, text) {
			continue
		}
		delete(captured, c.Name.Value)
		failures = append(failures, assert.Failure{
			Check: "capture " + c.Name.Value, Pos: c.Name.Pos,
			Expected: fmt.Sprintf("a text of at least %d characters, as it is secret", secret.MinLength),
			Found:    "a value that cannot be masked",
		})
	}
	return failures
}

// shownPath is the URL below the base, or the whole of it where it is elsewhere.
func shownPath(base, rawURL string) string {
	rest, ok := strings.CutPrefix(rawURL, strings.TrimSuffix(base, "/"))
	switch {
	case !ok || (rest != "" && rest[0] != '/' && rest[0] != '?'):
		return rawURL
	case rest == "" || rest[0] == '?':
		return "/" + rest
	}
	return rest
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
