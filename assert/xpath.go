package assert

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"github.com/antchfx/xpath"

	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/spec"
)

// xpathCheck is a matcher on what an XPath expression (XPath 1.0) gives: the
// text of the first node that it picks, or what its function computes, as text.
type xpathCheck struct {
	name string
	by   string
	at   spec.Pos
	want *matcher
}

func (c *xpathCheck) pos() spec.Pos { return c.at }

func (p *compiler) xpath(list []spec.Expectation) {
	for _, e := range list {
		if isNull(e.Matcher) || !p.checkXPath(e.Subject) {
			continue
		}
		if looksAtNothing(e.Subject.Value) {
			p.problems.Errorf(e.Subject.Pos, "this XPath looks at nothing, so it gives the same for every answer").
				WithHint("give it a path into the answer, as in count(//item)")
			continue
		}
		p.add(&xpathCheck{
			name: "xpath " + printable(e.Subject.Value), by: e.Subject.Value,
			at: e.Subject.Pos, want: p.matcher(e.Matcher, true),
		})
	}
}

// checkXPath reports an expression that is none.
func (p *compiler) checkXPath(by spec.String) bool {
	if strings.TrimSpace(by.Value) == "" || by.HoldsTemplate() {
		return false // reported by the loader
	}
	if _, err := compileXPath(by.Value, nil); err != nil {
		p.problems.Errorf(by.Pos, "%v", err)
		return false
	}
	return true
}

func (c *xpathCheck) judge(j *judging) *Failure {
	j.begin(path{})
	text, found, err := j.xpath(c.by)
	if err != nil {
		return &Failure{Check: c.name, Pos: c.at, Message: j.cut(err.Error(), 0, maxMessage)}
	}
	f := j.match(c.name, c.at, c.want, subject{value: textValue(text), text: true, missing: !found})
	if f != nil && !found && f.Found == nothingThere {
		f.Found = "no such node"
		f.Message = cmp.Or(f.Message, j.document.hint(c.by))
	}
	return f
}

// takeXPath takes what an expression gives, as text.
func takeXPath(j *judging, by string) (taken, error) {
	j.begin(path{})
	at := taken{where: "at " + printable(j.hide(by))}
	text, found, err := j.xpath(by)
	switch {
	case errors.Is(err, errEmpty):
		at.missing, at.hint = true, err.Error()
	case err != nil:
		return taken{}, &operandError{err: err}
	case !found:
		at.missing, at.hint = true, j.document.hint(by)
	}
	at.value = types.String(text)
	return at, nil
}

// xpath evaluates an expression on the body.
func (j *judging) xpath(by string) (text string, found bool, err error) {
	if j.document == nil && j.documentErr == nil {
		j.document, j.documentErr = j.readDocument()
	}
	if j.documentErr != nil {
		return "", false, j.documentErr
	}
	return j.document.evaluate(&j.run, by)
}

// evaluate gives the text of the first node, or the value of a function as
// XPath writes it. found tells that there is such a node.
func (d *document) evaluate(r *run, by string) (text string, found bool, err error) {
	expression, err := compileXPath(by, d.namespaces)
	if err != nil {
		return "", false, d.explain(err)
	}
	defer func() {
		if p := recover(); p != nil {
			text, found, err = "", false, evaluationError(r, p)
		}
	}()
	switch v := expression.Evaluate(&navigator{d.root.Copy(), r}).(type) {
	case bool:
		return strconv.FormatBool(v), true, nil
	case float64:
		return spellFloat(v), true, nil
	case string:
		return v, true, nil
	case *xpath.NodeIterator:
		if !v.MoveNext() {
			return "", false, nil
		}
		return v.Current().Value(), true, nil
	}
	return "", false, errors.New("the expression gives neither nodes nor text, number or boolean")
}

// evaluationError says why an evaluation ended early.
func evaluationError(r *run, p any) error {
	switch {
	case errors.Is(r.err, errTooMuch):
		return errors.New("this XPath is too much work on a body of this size")
	case r.err != nil:
		return r.err
	}
	return fmt.Errorf("this XPath cannot be evaluated: %v", p)
}

// spellFloat writes a number as XPath's string function does.
func spellFloat(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// compileXPath compiles an expression. Without namespaces any prefix will do.
func compileXPath(by string, namespaces map[string]string) (compiled *xpath.Expr, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = xpathError(fmt.Sprint(p))
		}
	}()
	if err := cmp.Or(balanced(by), unsupported(by)); err != nil {
		return nil, err
	}
	compiled, err = xpath.CompileWithNS(by, namespaces)
	if err != nil {
		return nil, xpathError(err.Error())
	}
	// The library leaves out what follows a whole expression. In parentheses
	// it does not.
	if _, err := xpath.CompileWithNS("("+by+")", namespaces); err != nil {
		return nil, errors.New("this is no XPath (1.0): something follows a whole expression")
	}
	return compiled, nil
}

// undefinedPrefix is what the library says of a prefix without a namespace.
var undefinedPrefix = lazyregexp.New(`prefix (\S+) not defined`)

// prefixError is a prefix that has no namespace.
type prefixError struct{ prefix string }

func (e *prefixError) Error() string { return fmt.Sprintf("the prefix %s is not declared", e.prefix) }

func xpathError(message string) error {
	if m := undefinedPrefix.FindStringSubmatch(message); m != nil {
		return &prefixError{m[1]}
	}
	return fmt.Errorf("this is no XPath (1.0): %s", strings.TrimPrefix(strings.TrimSuffix(message, "."), "xpath: "))
}

// anyOfPrefix is a test for any name of a namespace.
var anyOfPrefix = lazyregexp.New(`([\pL_][\pL\d_.-]*):\*`)

// unsupported looks for what the library takes and then never finds.
func unsupported(by string) error {
	if m := anyOfPrefix.FindStringSubmatch(quotedText.ReplaceAllString(by, "''")); m != nil {
		return fmt.Errorf("%s cannot be used: write *[namespace-uri()='…'] with the namespace that %s stands for", m[0], m[1])
	}
	return nil
}

var quotedText = lazyregexp.New(`'[^']*'|"[^"]*"`)

// balanced looks for what the library says least about.
func balanced(by string) error {
	var open []rune
	var quote rune
	for _, c := range by {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(' || c == '[':
			open = append(open, c)
		case c == ')' || c == ']':
			if len(open) == 0 || open[len(open)-1] != map[rune]rune{')': '(', ']': '['}[c] {
				return fmt.Errorf("this is no XPath (1.0): a %c closes nothing", c)
			}
			open = open[:len(open)-1]
		}
	}
	switch {
	case quote != 0:
		return fmt.Errorf("this is no XPath (1.0): a text in %c is not closed", quote)
	case len(open) > 0:
		return fmt.Errorf("this is no XPath (1.0): a %c is not closed", open[len(open)-1])
	}
	return nil
}

// explain says of a prefix what the answer has instead.
func (d *document) explain(err error) error {
	var bad *prefixError
	if !errors.As(err, &bad) {
		return err
	}
	if d.html {
		return fmt.Errorf("the prefix %s is not declared: the answer is HTML, which has none", bad.prefix)
	}
	prefixes := slices.Sorted(maps.Keys(d.namespaces))
	if len(prefixes) == 0 {
		return fmt.Errorf("the answer does not declare the prefix %s: it declares none", bad.prefix)
	}
	return fmt.Errorf("the answer does not declare the prefix %s: it declares %s", bad.prefix, strings.Join(prefixes, ", "))
}

// upperCaseName is a name in an expression, as far as it matters for a hint.
var upperCaseName = lazyregexp.New(`(?:^|[/@\[(: ])([A-Za-z]*[A-Z][A-Za-z0-9]*)(?:$|[/\[\]=) ])`)

// hint says why an expression may have found nothing.
func (d *document) hint(by string) string {
	if m := upperCaseName.FindStringSubmatch(by); d.html && m != nil {
		return fmt.Sprintf("in HTML names are lower case: write %s for %s", strings.ToLower(m[1]), m[1])
	}
	return ""
}

// navigator counts the steps that an expression takes, which may be many more
// than there are nodes, and ends the evaluation by a panic once there have been
// too many: the library has no other way out.
type navigator struct {
	xpath.NodeNavigator
	run *run
}

func (n *navigator) step() {
	if n.run.stopped(textValue("")) {
		panic(n.run.err)
	}
}

func (n *navigator) Copy() xpath.NodeNavigator {
	n.step()
	return &navigator{n.NodeNavigator.Copy(), n.run}
}

func (n *navigator) MoveTo(other xpath.NodeNavigator) bool {
	o, ok := other.(*navigator)
	return ok && n.NodeNavigator.MoveTo(o.NodeNavigator)
}

func (n *navigator) MoveToChild() bool {
	n.step()
	return n.NodeNavigator.MoveToChild()
}

func (n *navigator) MoveToNext() bool {
	n.step()
	return n.NodeNavigator.MoveToNext()
}

func (n *navigator) MoveToPrevious() bool {
	n.step()
	return n.NodeNavigator.MoveToPrevious()
}

func (n *navigator) MoveToParent() bool {
	n.step()
	return n.NodeNavigator.MoveToParent()
}

// Value counts the text that it collects.
func (n *navigator) Value() string {
	text := n.NodeNavigator.Value()
	n.run.work += len(text)
	n.step()
	return text
}

// NamespaceURL is the namespace of the node, "" in HTML.
func (n *navigator) NamespaceURL() string {
	if in, ok := n.NodeNavigator.(interface{ NamespaceURL() string }); ok {
		return in.NamespaceURL()
	}
	return ""
}
