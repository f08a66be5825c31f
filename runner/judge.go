package runner

import (
	"context"
	"fmt"
	"slices"

	"cel.dev/cel-go/common/types/ref"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/assert"
	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/secret"
)

// judge evaluates captures and checks, and whether a poll should go on. A run
// that is stopped meanwhile leaves no verdict. It tells whether the checks that
// are about the status hold.
func (r *run) judge(ctx context.Context, w *row, a *expr.Activation, res *result) (statusExpected bool) {
	q := w.node.q
	// Captures first: what is secret among them must not stand in a failed check.
	r.learnTokens(a.Response)
	captured, missing := q.captures.Take(ctx, a)
	unmasked := r.learnSecrets(q, captured)
	failed := q.checks.Judge(ctx, a)
	if res.unmasked = len(unmasked) > 0; res.unmasked {
		withoutValues(failed)
	}
	failures := slices.Concat(failed, missing, unmasked)
	res.captured = captured
	if stopped(ctx) {
		res.report.Error = r.evalError(q, fmt.Errorf("%w while the answer was judged", context.Cause(ctx)))
		res.report.Error.Type = "interrupted"
		return true
	}
	res.checks = q.checks.Len() + q.captures.Len()
	res.report.Failures = r.checkReports(q, failures)
	if q.poll != nil && q.poll.giveUp != nil && !res.passed() {
		r.judgeGiveUp(ctx, w, a, res)
	}
	return !slices.ContainsFunc(failed, func(f assert.Failure) bool { return f.OfStatus })
}

func (r *run) judgeGiveUp(ctx context.Context, w *row, a *expr.Activation, res *result) {
	q := w.node.q
	done, err := q.poll.giveUp.EvalBool(ctx, a)
	switch {
	case err != nil: // an answer that it cannot be judged on is one that it does not hold for
		res.giveUpProblem = r.plan.redactor.Redact("; its give_up could not be judged: " + err.Error())
	case done:
		res.final = true
		res.gaveUp = fmt.Sprintf("gave up after %s, as %s", attempts(w.attempts), oneLine(q.spec.Poll.GiveUp.Value))
	}
}

// learnTokens tells the redactor the tokens of an answer to a token request,
// which need no secret: true to be secret. There may be one for each row of a run.
func (r *run) learnTokens(answer *exchange.Response) {
	for _, token := range secret.Tokens(answer.Body) {
		if r.plan.redactor.AddRecent("access_token", token) {
			r.learned.Store(true)
		}
	}
}

// Limits on captures with secret: true.
const (
	// MaxSecretParts is the number of texts and numbers that one may have.
	MaxSecretParts = 1000
	// MaxSecrets is the number of values that a run keeps secret.
	MaxSecrets = 100_000
)

// learnSecrets tells the redactor what was captured with secret: true, before
// anything of the answer is shown. A value that cannot be masked is not kept.
func (r *run) learnSecrets(q *query, captured map[string]ref.Val) []assert.Failure {
	var failures []assert.Failure
	for _, c := range q.spec.Capture {
		name := c.Name.Value
		v, ok := captured[name]
		if !c.Secret || !ok {
			continue
		}
		r.learned.Store(true)
		want := r.learn("captures."+name, v)
		if want == "" {
			continue
		}
		delete(captured, name)
		failures = append(failures, assert.Failure{
			Check: "capture " + name, Pos: c.Name.Pos, Expected: want, Found: "a value that cannot be masked",
		})
	}
	return failures
}

// learn adds a captured value to the redactor: its text, and of an object or a
// list each text and number in it that is long enough. Where that does not mask the
// value it returns what would be needed.
func (r *run) learn(name string, v ref.Val) (want string) {
	parts, err := parts(v)
	switch {
	case err != nil || len(parts) == 0:
		return fmt.Sprintf("a text of at least %d characters, as it is secret", secret.MinLength)
	case len(parts) > MaxSecretParts:
		return fmt.Sprintf("at most %d texts and numbers in a value that is secret", MaxSecretParts)
	case r.plan.redactor.Len()+len(parts) > MaxSecrets:
		return fmt.Sprintf("at most %d values of a run to be secret; run fewer rows at a time, as --shard does", MaxSecrets)
	}
	for _, part := range parts {
		r.plan.redactor.Add(name, part)
	}
	return ""
}

// parts are the texts and numbers in a captured value that are long enough to be
// masked, one more than MaxSecretParts at most.
func parts(v ref.Val) ([]string, error) {
	data, err := expr.ToJSON(v)
	if err != nil {
		return nil, err
	}
	var all []string
	var add func(v gjson.Result) bool
	add = func(v gjson.Result) bool {
		switch {
		case v.IsObject() || v.IsArray():
			v.ForEach(func(_, item gjson.Result) bool { return add(item) })
		case (v.Type == gjson.String || v.Type == gjson.Number) && secret.IsLong(v.String()):
			all = append(all, v.String())
		}
		return len(all) <= MaxSecretParts
	}
	add(gjson.ParseBytes(data))
	return all, nil
}

// withoutValues takes out of failures what they found, which may be a secret that
// cannot be masked.
func withoutValues(failures []assert.Failure) {
	for i := range failures {
		f := &failures[i]
		f.Expected, f.Found, f.Detail = "", "", ""
		f.Message = "it does not hold; what it found is not shown because a secret capture of this answer cannot be masked"
	}
}
