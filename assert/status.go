package assert

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/spec"
)

// statusSyntax is a status code or a class of them.
var statusSyntax = lazyregexp.New(`^[1-5]([0-9][0-9]|xx)$`)

// statusCheck expects one of several statuses.
type statusCheck struct {
	at   spec.Pos
	list []statusItem
	// below is the limit of the default check, 0 elsewhere.
	below int
}

// statusItem is a code or class, or a template that gives one or a list of them.
type statusItem struct {
	text     string
	template *expr.Template
}

func (c *statusCheck) pos() spec.Pos { return c.at }

// defaultStatus is the check of a query whose checks do not name the status.
func defaultStatus(query *spec.Expect) *statusCheck {
	c := &statusCheck{below: 400}
	if query != nil {
		c.at = query.Pos
	}
	return c
}

func (p *compiler) status(list []spec.String) {
	if len(list) == 0 {
		return
	}
	c := &statusCheck{at: list[0].Pos}
	for _, s := range list {
		t, problems := p.expr.Template(s, spec.ScopeCheck, expr.EscapeNone)
		if problems.HasErrors() {
			p.problems = append(p.problems, problems...)
			continue
		}
		p.note(t.Refs(), problems)
		text, constant := t.Constant()
		switch {
		case !constant:
			c.list = append(c.list, statusItem{template: t})
		case statusSyntax.MatchString(text):
			c.list = append(c.list, statusItem{text: text})
		default:
			p.problems.Errorf(s.Pos, "%q is not a status: expected a code such as 200, or a class such as 2xx", text)
		}
	}
	p.senseStatus(list, c.list)
	p.add(c)
}

// senseStatus warns of statuses that are expected twice.
func (p *compiler) senseStatus(list []spec.String, expected []statusItem) {
	if len(list) != len(expected) {
		return // what is wrong with one is said
	}
	for i, item := range expected {
		for k, other := range expected {
			switch class := strings.HasSuffix(other.text, "xx"); {
			case k == i || item.text == "" || other.text == "":
			case item.text == other.text && k < i:
				p.problems.Warnf(list[i].Pos, "the status %s stands here twice", item.text)
			case class && item.text != other.text && item.text[0] == other.text[0]:
				p.problems.Warnf(list[i].Pos, "the status %s is among %s, which is expected as well", item.text, other.text).
					WithHint("leave out the one that is not meant")
			}
		}
	}
}

func (c *statusCheck) judge(j *judging) *Failure {
	status := j.activation.Response.Status
	if c.below > 0 {
		if status < c.below {
			return nil
		}
		return &Failure{Check: "status", Pos: c.at, Expected: fmt.Sprintf("below %d", c.below), Found: statusText(status)}
	}
	for _, item := range c.list {
		if item.template == nil && matchesStatus(status, item.text) {
			return nil
		}
	}
	var expected, shown []string
	for _, item := range c.list {
		texts, err := item.texts(j)
		if err != nil {
			return j.explainError("status", c.at, err)
		}
		expected = append(expected, texts...)
		if item.isSecret(j) {
			texts = []string{hidden}
		}
		shown = append(shown, texts...)
	}
	if slices.ContainsFunc(expected, func(e string) bool { return matchesStatus(status, e) }) {
		return nil
	}
	return &Failure{Check: "status", Pos: c.at, Expected: strings.Join(shown, " or "), Found: statusText(status)}
}

// texts are the codes and classes that an item stands for.
func (i statusItem) texts(j *judging) ([]string, error) {
	if i.template == nil {
		return []string{i.text}, nil
	}
	value, err := i.template.Value(j.ctx, j.activation)
	if err != nil {
		return nil, err
	}
	raw, err := expr.ToJSON(value)
	if err != nil {
		return nil, &operandError{i.template.Source().Pos, err}
	}
	list := []gjson.Result{gjson.ParseBytes(raw)}
	if kindOf(list[0]) == spec.List {
		list = items(list[0])
	}
	var texts []string
	for _, v := range list {
		text := textOf(v)
		if !statusSyntax.MatchString(text) {
			shown := hidden
			if !i.isSecret(j) {
				shown = j.show(v)
			}
			return nil, &operandError{i.template.Source().Pos, fmt.Errorf("%s is not a status: expected a code such as 200, or a class such as 2xx", shown)}
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (i statusItem) isSecret(j *judging) bool {
	return i.template != nil && j.secret(i.template.Refs())
}

func matchesStatus(status int, expected string) bool {
	if class, ok := strings.CutSuffix(expected, "xx"); ok {
		return class == strconv.Itoa(status/100)
	}
	code, err := strconv.Atoi(expected)
	return err == nil && code == status
}

// statusText is a status with its reason, where it has a registered one.
func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// ofStatus tells whether a check says which status is allowed: the one of the
// status, or, where there is none, each expression that reads it.
func (c *Checks) ofStatus(one check) bool {
	if _, ok := one.(*statusCheck); ok {
		return true
	}
	expression, ok := one.(*celCheck)
	return ok && expression.that.Refs().Status && c.statusCheck() == nil
}

// statusCheck is the check of the status, or nil.
func (c *Checks) statusCheck() *statusCheck {
	for _, one := range c.list {
		if s, ok := one.(*statusCheck); ok {
			return s
		}
	}
	return nil
}

// ExpectsStatus tells whether the checks allow a status such as 503, or all of a
// class such as 5xx, as far as that is known without an answer.
func (c *Checks) ExpectsStatus(status string) bool {
	s := c.statusCheck()
	if s == nil || s.below > 0 {
		return false
	}
	return slices.ContainsFunc(s.list, func(i statusItem) bool {
		return i.text != "" && (i.text == status || i.text == status[:1]+"xx")
	})
}
