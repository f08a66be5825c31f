package assert

import (
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// maxExpression is the number of characters of an expression that the name of
// its check shows.
const maxExpression = 100

// celCheck is an expression that must be true.
type celCheck struct {
	that    *expr.Expr
	message *expr.Template // nil where the user gave none
	// compiler compiles parts of that to show their values.
	compiler *expr.Compiler
}

// Exprs are the expressions that must be true.
func (c *Checks) Exprs() []*expr.Expr {
	var all []*expr.Expr
	for _, one := range c.list {
		if check, ok := one.(*celCheck); ok {
			all = append(all, check.that)
		}
	}
	return all
}

func (c *celCheck) pos() spec.Pos { return c.that.Source().Pos }

// cel compiles expressions and tells whether one reads the status.
func (p *compiler) cel(list []spec.CELCheck) (readsStatus bool) {
	for _, one := range list {
		c := &celCheck{compiler: p.expr, message: p.message(one.Message)}
		var problems spec.Problems
		c.that, problems = p.expr.Expr(one.That, spec.ScopeCheck, cel.BoolType)
		if problems.HasErrors() {
			p.problems = append(p.problems, problems...)
			continue
		}
		p.note(c.that.Refs(), problems)
		if c.that.Refs().IsZero() {
			p.problems.Errorf(one.That.Pos, "this check looks at nothing: it reads no variable, so every answer gives the same").
				WithHint("compare something of the answer, as in status == 200")
			continue
		}
		p.senseCEL(c.that)
		readsStatus = readsStatus || c.that.Refs().Status
		p.add(c)
	}
	return readsStatus
}

func (p *compiler) message(text spec.String) *expr.Template {
	if !text.IsSet() {
		return nil
	}
	t, problems := p.expr.Template(text, spec.ScopeCheck, expr.EscapeNone)
	if problems.HasErrors() {
		p.problems = append(p.problems, problems...)
		return nil
	}
	p.note(t.Refs(), problems)
	return t
}

func (c *celCheck) judge(j *judging) *Failure {
	ok, err := c.that.EvalBool(j.ctx, j.activation)
	if ok && err == nil {
		return nil
	}
	name := "cel " + oneLine(c.that.Source().Value)
	if err != nil {
		f := j.explainError(name, c.pos(), err)
		f.Message = strings.Join(addNew(addNew(nil, c.said(j)), f.Message), "; ")
		f.showValues(j.explainWrong(c.that.Source(), c.compiler))
		return f
	}
	f := &Failure{Check: name, Pos: c.pos(), Message: c.said(j)}
	f.showValues(j.explainFalse(c.that.Source(), c.compiler))
	return f
}

// showValues shows the values of parts of an expression.
func (f *Failure) showValues(values []string) {
	f.Found = strings.Join(values, ", ")
	if len(values) > 1 && utf8.RuneCountInString(f.Found) > maxFoundLine {
		f.Found, f.Detail = "", strings.Join(values, "\n")
	}
}

// maxFoundLine is the number of characters of values that stand on one line;
// where there are more, each value has a line of its own.
const maxFoundLine = 100

// said is the user's message. One that cannot be evaluated is given as it is
// written, because there is a failure to report and not a second one.
func (c *celCheck) said(j *judging) string {
	if c.message == nil {
		return ""
	}
	text, err := c.message.Text(j.ctx, j.activation)
	if err != nil {
		text = c.message.Source().Value
	}
	return j.cut(strings.Join(strings.Fields(text), " "), 0, maxShown)
}

// oneLine is an expression on one line, cut.
func oneLine(source string) string {
	line := []rune(printable(strings.Join(strings.Fields(source), " ")))
	if len(line) > maxExpression {
		return string(line[:maxExpression]) + "…"
	}
	return string(line)
}
