package assert

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// search is the regex of a capture: it takes a part of a text that was taken.
type search struct {
	template *expr.Template
	ready    *regexPattern // nil where the template is not constant
	// secret tells that the capture is: what was searched is not shown.
	secret bool
}

// takeBody takes the whole body as text, for a regex that stands alone.
func takeBody(j *judging) (taken, error) {
	if err := j.activation.CheckText(); err != nil {
		return taken{}, err
	}
	found := taken{where: "in the body", value: types.String(j.activation.Text())}
	if len(j.activation.Response.Body) == 0 {
		found.missing, found.hint = true, errEmpty.Error()
	}
	return found, nil
}

// searching takes by a regex what it finds in what take took.
func (p *compiler) searching(regex spec.String, secret bool, take taker) taker {
	s := p.search(regex)
	if s == nil || take == nil {
		return nil
	}
	s.secret = secret
	return func(j *judging) (taken, error) {
		found, err := take(j)
		if err != nil || found.missing {
			return found, err
		}
		return s.in(j, found)
	}
}

func (p *compiler) search(regex spec.String) *search {
	t, problems := p.expr.Template(regex, spec.ScopeCheck, expr.EscapeNone)
	if problems.HasErrors() {
		p.problems = append(p.problems, problems...)
		return nil
	}
	p.note(t.Refs(), problems)
	s := &search{template: t}
	pattern, constant := t.Constant()
	if !constant {
		return s
	}
	var err error
	if s.ready, err = newRegex(pattern); err != nil {
		p.refuseOperand(regex.Pos, err)
		return nil
	}
	if findsNothing(pattern) {
		p.problems.Warnf(regex.Pos, "the regular expression finds an empty text in any text, so the capture may well be empty").
			WithHint("write + instead of *, or what stands before it")
	}
	return s
}

// in searches what was found.
func (s *search) in(j *judging, found taken) (taken, error) {
	re, err := s.regexp(j)
	if err != nil {
		return taken{}, err
	}
	text, isNull, err := s.text(found)
	if err != nil || isNull {
		return taken{missing: true, where: found.where, hint: "it is null"}, err
	}
	if err := re.check(text); err != nil {
		return taken{}, &operandError{s.template.Source().Pos, err}
	}
	at := re.FindStringSubmatchIndex(text)
	group := min(re.NumSubexp(), 1)
	if at != nil && at[2*group] >= 0 {
		found.value = types.String(text[at[2*group]:at[2*group+1]])
		return found, nil
	}
	found.missing, found.hint = true, ""
	if at != nil {
		found.hint = "the regular expression matches without its first group"
	}
	s.show(j, re, text, &found)
	return found, nil
}

// show says what was searched for, and in what.
func (s *search) show(j *judging, re *regexPattern, text string, found *taken) {
	found.expected, found.found = "text that matches "+j.pattern(re.String()), j.quote(text)
	if j.secret(s.template.Refs()) {
		found.expected = "text that matches " + hidden
	}
	if s.secret {
		found.found, found.hint = hidden, strings.Join(addNew(addNew(nil, found.hint), "what was searched is not shown because the capture is secret"), "; ")
	}
}

func (s *search) regexp(j *judging) (*regexPattern, error) {
	if s.ready != nil {
		return s.ready, nil
	}
	pattern, err := s.template.Text(j.ctx, j.activation)
	if err != nil {
		return nil, err
	}
	re, err := newRegex(pattern)
	if err != nil && j.secret(s.template.Refs()) {
		err = errors.New("the regular expression cannot be used, and is not shown because it is computed from a secret")
	}
	if err != nil {
		return nil, &operandError{s.template.Source().Pos, err}
	}
	return re, nil
}

// text is what was found as the text that is searched: numbers and booleans as
// they are spelled. A null has none.
func (s *search) text(found taken) (text string, isNull bool, err error) {
	if t, ok := found.value.(types.String); ok {
		return string(t), false, nil
	}
	raw, err := expr.ToJSON(found.value)
	if err != nil {
		return "", false, &operandError{s.template.Source().Pos, err}
	}
	value := gjson.ParseBytes(raw)
	switch kind := kindOf(value); kind {
	case spec.List, spec.Map:
		return "", false, &operandError{s.template.Source().Pos,
			fmt.Errorf("regex searches a text, and what was found %s is %s; take one text of it, or leave regex out", found.where, withArticle(kind))}
	case spec.Null:
		return "", true, nil
	}
	return textOf(value), false, nil
}

// findsNothing tells whether a regular expression matches, wherever it begins,
// an empty text, so that it says nothing about what it is matched with.
func findsNothing(pattern string) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	return err == nil && canBeEmpty(re)
}

// canBeEmpty tells whether re matches an empty text anywhere.
func canBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || canBeEmpty(re.Sub[0])
	case syntax.OpPlus, syntax.OpCapture:
		return canBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !canBeEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, canBeEmpty)
	}
	return false
}
