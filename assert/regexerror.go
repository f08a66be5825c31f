package assert

import (
	"errors"
	"regexp/syntax"
	"strconv"

	"github.com/apicel/apicel/spec"
)

// regexError is a text that is no regular expression.
type regexError struct {
	text string
	err  error
}

// Error quotes the text as it is and as a whole, so that a redactor finds in it
// what it knows, and not the part that is wrong, which may be half of a secret.
func (e *regexError) Error() string {
	code, _ := e.reason()
	return `"` + e.text + `"` + notRegex + code
}

// short is Error with the text cut, and with the part that is wrong. The text
// must come from a file, where no secrets are.
func (e *regexError) short() string {
	code, part := e.reason()
	message := cutQuoted(e.text) + notRegex + code
	if part != "" && part != e.text {
		message += " in " + cutQuoted(part)
	}
	return message
}

const notRegex = " is not a regular expression (RE2): "

// reason is what is wrong, and with which part.
func (e *regexError) reason() (code, part string) {
	var bad *syntax.Error
	if !errors.As(e.err, &bad) {
		return e.err.Error(), ""
	}
	return bad.Code.String(), bad.Expr
}

// hint is the next step where there is one.
func (e *regexError) hint() string {
	var bad *syntax.Error
	switch {
	case !errors.As(e.err, &bad):
	case bad.Code == syntax.ErrInvalidPerlOp:
		return "RE2 knows no look-ahead and look-behind"
	case bad.Code == syntax.ErrInvalidEscape && len(bad.Expr) == 2 && bad.Expr[1] >= '1' && bad.Expr[1] <= '9':
		return "RE2 knows no back-references"
	}
	return ""
}

// cutQuoted is a text of a file in quotes.
func cutQuoted(text string) string { return (&run{}).cut(strconv.Quote(text), 0, maxShownInDiff) }

// refuseOperand reports what an operation cannot work with.
func (p *compiler) refuseOperand(at spec.Pos, err error) {
	var bad *regexError
	if errors.As(err, &bad) {
		p.problems.Errorf(at, "%s", bad.short()).Hint = bad.hint()
		return
	}
	p.problems.Errorf(at, "%v", err)
}
