package assert

import (
	"regexp"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
)

// regexPattern is a regular expression and what it costs.
type regexPattern struct {
	*regexp.Regexp
	steps int // what each byte of a text can cost
}

// newRegex compiles a regular expression.
func newRegex(text string) (*regexPattern, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, &regexError{text, err}
	}
	return &regexPattern{re, expr.SearchSteps(re)}, nil
}

// check refuses a text that is too long for p: nothing can interrupt a search.
func (p *regexPattern) check(text string) error { return expr.CheckSearch(p.steps, len(text)) }

// matches searches a text in the work of a check.
func (r *run) matches(p *regexPattern, text string) verdict {
	if err := p.check(text); err != nil {
		r.err = err
		return void
	}
	r.work += p.steps * len(text)
	if r.stopped(gjson.Result{}) {
		return void
	}
	return verdictOf(p.MatchString(text))
}
