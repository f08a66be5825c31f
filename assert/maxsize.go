package assert

import (
	"errors"
	"fmt"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// sizeCheck expects the body, as it was received, to have no more bytes than a
// limit.
type sizeCheck struct {
	at       spec.Pos
	limit    int64
	text     string         // the limit as it is written
	template *expr.Template // gives the limit where it is not nil
}

func (c *sizeCheck) pos() spec.Pos { return c.at }

func (p *compiler) maxSize(s spec.Size) {
	if !s.IsSet() {
		return
	}
	c := &sizeCheck{at: s.Text.Pos, limit: s.Value, text: s.Text.Value}
	if s.Value == 0 {
		t, problems := p.expr.Template(s.Text, spec.ScopeCheck, expr.EscapeNone)
		if problems.HasErrors() {
			p.problems = append(p.problems, problems...)
			return
		}
		p.note(t.Refs(), problems)
		c.template = t
	}
	p.add(c)
}

func (c *sizeCheck) judge(j *judging) *Failure {
	limit, text, err := c.limitFor(j)
	if err != nil {
		return j.explainError("max_size", c.at, err)
	}
	r := j.activation.Response
	if r.Size <= limit {
		return nil
	}
	expected := hidden
	if !c.isSecret(j) {
		expected = exactly(text, limit)
	}
	f := &Failure{Check: "max_size", Pos: c.at, Expected: "at most " + expected, Found: exactly(files.Size(r.Size), r.Size)}
	if decoded := int64(len(r.Body)); decoded != r.Size {
		f.Message = "this is the body as it was received; with its content encoding undone it has " + files.Size(decoded)
	}
	return f
}

func (c *sizeCheck) limitFor(j *judging) (limit int64, text string, err error) {
	if c.template == nil {
		return c.limit, c.text, nil
	}
	text, err = c.template.Text(j.ctx, j.activation)
	if err != nil {
		return 0, "", err
	}
	limit, err = spec.ParseSize(text)
	if err != nil {
		if c.isSecret(j) {
			err = errors.New("the text is no size, and not shown because it is computed from a secret")
		}
		return 0, "", &operandError{c.at, err}
	}
	return limit, text, nil
}

func (c *sizeCheck) isSecret(j *judging) bool {
	return c.template != nil && j.secret(c.template.Refs())
}

// exactly puts the number of bytes behind a size that does not say it.
func exactly(size string, n int64) string {
	if n < 1<<10 {
		return files.Size(n)
	}
	return fmt.Sprintf("%s (%d bytes)", size, n)
}
