package assert

import (
	"errors"
	"fmt"
	"time"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// durationCheck expects an exchange to take no longer than a limit.
type durationCheck struct {
	at       spec.Pos
	limit    time.Duration
	template *expr.Template // gives the limit where it is not nil
}

func (c *durationCheck) pos() spec.Pos { return c.at }

func (p *compiler) maxDuration(d spec.Duration) {
	if !d.IsSet() {
		return
	}
	c := &durationCheck{at: d.Text.Pos, limit: d.Value}
	if d.Value == 0 {
		t, problems := p.expr.Template(d.Text, spec.ScopeCheck, expr.EscapeNone)
		if problems.HasErrors() {
			p.problems = append(p.problems, problems...)
			return
		}
		p.note(t.Refs(), problems)
		c.template = t
	}
	p.add(c)
}

func (c *durationCheck) judge(j *judging) *Failure {
	limit, err := c.limitFor(j)
	if err != nil {
		return j.explainError("max_duration", c.at, err)
	}
	took := j.activation.Response.Duration
	if took <= limit {
		return nil
	}
	expected := limit.String()
	if c.isSecret(j) {
		expected = hidden
	}
	found := roundAbove(took, limit)
	return &Failure{Check: "max_duration", Pos: c.at,
		Expected: "at most " + expected, Found: fmt.Sprintf("took %s", found)}
}

func (c *durationCheck) limitFor(j *judging) (time.Duration, error) {
	if c.template == nil {
		return c.limit, nil
	}
	text, err := c.template.Text(j.ctx, j.activation)
	if err != nil {
		return 0, err
	}
	limit, err := spec.ParseDuration(text)
	if err != nil {
		if c.isSecret(j) {
			err = errors.New("the text is no duration, and not shown because it is computed from a secret")
		}
		return 0, &operandError{c.at, err}
	}
	return limit, nil
}

func (c *durationCheck) isSecret(j *judging) bool {
	return c.template != nil && j.secret(c.template.Refs())
}

// roundAbove rounds a duration to what a reader can use, but never down to the
// limit that it is above.
func roundAbove(d, limit time.Duration) time.Duration {
	unit := time.Microsecond
	switch {
	case d >= time.Second:
		unit = 10 * time.Millisecond
	case d >= 10*time.Millisecond:
		unit = time.Millisecond
	}
	if rounded := d.Round(unit); rounded > limit {
		return rounded
	}
	return d
}
