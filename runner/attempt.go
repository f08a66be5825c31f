package runner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
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

	interval    time.Duration // until the next attempt of a poll or retry
	pollTimeout time.Duration
	gaveUp      string // why a poll or retry stops before its end, or ""
	again       bool   // a retry sends it again
	// giveUpProblem says why give_up could not be judged, or is "".
	giveUpProblem string
	final         bool // asking again cannot help
	unmasked      bool // a secret capture cannot be masked, so the answer's body is not shown
	cut           bool // the attempt was ended by the poll's deadline or with the run
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
		return r.unsent(q, res, w.nameErr)
	}
	if w.attempts == 1 && q.cond != nil {
		ok, err := q.cond.EvalBool(ctx, a)
		if err != nil {
			return r.unsent(q, res, err)
		}
		if !ok {
			res.skip = r.plan.redactor.Redact("if is false: " + oneLine(q.spec.If.Value))
			return res
		}
	}
	if err := w.startPoll(ctx, a, &res); err != nil {
		return r.unsent(q, res, err)
	}
	if err := w.startRetry(ctx, a, &res); err != nil {
		return r.unsent(q, res, err)
	}
	run := ctx
	if q.poll != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, w.deadline, errPollTime)
		defer cancel()
	}
	r.send(run, ctx, w, a, &res)
	res.report.Duration = millis(time.Since(res.started))
	return res
}

var errPollTime = errors.New("the poll's timeout is up")

// unsent is the result of an attempt whose request could not be built. Asking
// again would build the same, so a poll ends too.
func (r *run) unsent(q *query, res result, err error) result {
	res.report.Error = r.evalError(q, err)
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

// send builds the request, sends it and judges the answer. run is the context
// that only ends when the run or its teardown is stopped, ctx also at a poll's
// deadline.
func (r *run) send(run, ctx context.Context, w *row, a *expr.Activation, res *result) {
	b := &requestBuilder{ctx: ctx, run: r, row: w, activation: a}
	client, req, err := b.build()
	if err != nil {
		*res = r.unsent(w.node.q, *res, err)
		return
	}
	res.identity = req.Auth.Key()
	req.Jar = w.node.cookies.of(res.identity)
	mask := masker{r.plan.redactor, req.Auth}
	sent, response, cookies, err := client.Do(ctx, req)
	if cookies != nil {
		res.cookies = cookies
	}
	r.learnPlaced(sent, response)
	expected := false
	if err != nil {
		res.report.Error = r.sendError(w.node.q, err)
		response = w.node.q.withoutSecrets(response)
	} else {
		a.Request, a.Response = mask.withoutCredential(sent, response)
		res.status = response.Status
		expected = r.judge(run, w, a, res)
		if res.unmasked {
			response = w.node.q.withoutSecrets(response)
		}
	}
	r.planRetry(w, res, cause(err, response, expected), response)
	res.path = mask.url(shownPath(b.root(), req.URL))
	r.show(res, mask, w.node.q.suite, sent, response)
}

// withoutSecrets is an answer whose body did not come whole, or in which a secret
// cannot be masked, as it may be shown: without the body where a secret is captured
// from it, since nobody knows which part of it that is.
func (q *query) withoutSecrets(response *exchange.Response) *exchange.Response {
	if response == nil || !slices.ContainsFunc(q.spec.Capture, func(c spec.Capture) bool { return c.Secret }) {
		return response
	}
	head := *response
	head.Body = nil
	return &head
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
