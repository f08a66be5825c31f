package spec

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// expectForm is an expect while it is read.
type expectForm struct {
	*Expect
	phase Phase // of the query that it belongs to, "" for a suite's
}

var expectFields = fields[expectForm]{
	"status":       lifting(func(l *loader, e *Expect, p place) { e.Status = l.statuses(p) }),
	"headers":      lifting(func(l *loader, e *Expect, p place) { e.Headers = l.headerChecks(p) }),
	"cookies":      lifting(func(l *loader, e *Expect, p place) { e.Cookies = l.cookieChecks(p) }),
	"gjson":        lifting(func(l *loader, e *Expect, p place) { e.GJSON = l.gjsonChecks(p) }),
	"json":         lifting(func(l *loader, e *Expect, p place) { e.JSON = l.valueAt(p) }),
	"text":         lifting(func(l *loader, e *Expect, p place) { e.Text = l.matcher(p, SubjectText) }),
	"cel":          lifting(func(l *loader, e *Expect, p place) { e.CEL = l.celChecks(p) }),
	"xpath":        lifting(func(l *loader, e *Expect, p place) { e.XPath = l.xpathChecks(p) }),
	"schema":       lifting(func(l *loader, e *Expect, p place) { e.Schema = l.schema(p) }),
	"snapshot":     snapshot,
	"max_size":     lifting(func(l *loader, e *Expect, p place) { e.MaxSize = l.size(p, 0, "") }),
	"max_duration": lifting(func(l *loader, e *Expect, p place) { e.MaxDuration = l.duration(p) }),
}

// lifting reads a key of expect whose null lifts what the suite's expect says.
// That there is something to lift is checked when the whole suite is read.
func lifting(how func(*loader, *Expect, place)) func(*loader, *expectForm, place) {
	return func(l *loader, e *expectForm, p place) {
		switch {
		case !isNull(p.node) || p.node.Value != "null":
			how(l, e.Expect, p)
		case e.phase == PhaseQueries:
			e.Lifted = append(e.Lifted, p.key)
		default:
			l.liftsNothing(p.key, "only a query under `queries` has checks of the suite to lift")
		}
	}
}

func (l *loader) liftsNothing(key String, hint string) {
	l.problems.Errorf(key.Pos, "%q is null, which lifts nothing here", key.Value).Hint = hint
}

func (l *loader) expect(p place, phase Phase) *Expect {
	e := &expectForm{Expect: &Expect{Pos: p.key.Pos}, phase: phase}
	if !read(l, p, Table{"an expect", ExpectKeys}, expectFields, e) {
		return nil
	}
	l.refuseEmpty(p)
	return e.Expect
}

// refuseEmpty reports a map or list of checks that holds none: it would pass
// whatever the answer is.
func (l *loader) refuseEmpty(p place) {
	if len(p.node.Content) == 0 {
		l.problems.Errorf(l.at(p), "%s is empty, so it checks nothing", p.label())
	}
}

var statusSyntax = lazyregexp.New(`^[1-5]([0-9][0-9]|xx)$`)

func (l *loader) statuses(p place) []String {
	if p.node.Kind != yaml.SequenceNode {
		if s := l.status(p); s.IsSet() {
			return []String{s}
		}
		return nil
	}
	l.refuseEmpty(p)
	var all []String
	l.items(p, "", func(item place) {
		if s := l.status(item); s.IsSet() {
			all = append(all, s)
		}
	})
	return all
}

func (l *loader) status(p place) String {
	const want = "a status such as 200 or 2xx"
	if p.node.Kind != yaml.ScalarNode && !p.item {
		l.expected(p, want+", or a list of those")
		return String{}
	}
	s := l.nonEmpty(p, want)
	if !s.IsSet() || statusSyntax.MatchString(s.Value) || wholeTemplate(s.Value) {
		return s
	}
	if l.openTemplate(p) {
		return String{}
	}
	shown := strconv.Quote(s.Value)
	if jsonNumber.MatchString(s.Value) && !s.Quoted {
		shown = s.Value
	}
	problem := l.problems.Errorf(s.Pos, "%s is not a status, expected 100 to 599, or a class such as 2xx", shown)
	if lower := strings.ToLower(s.Value); statusSyntax.MatchString(lower) {
		problem.WithHint("write %s", lower)
	}
	return String{}
}

func (l *loader) headerChecks(p place) []Expectation {
	return l.namedChecks(p, SubjectHeader, fieldRules{of: "header", ignoreCase: true, checkName: tokenProblem})
}

func (l *loader) cookieChecks(p place) []Expectation {
	return l.namedChecks(p, SubjectCookie, fieldRules{of: "cookie", checkName: tokenProblem})
}

func (l *loader) xpathChecks(p place) []Expectation {
	return l.namedChecks(p, SubjectXPath, fieldRules{of: "XPath expression"})
}

// namedChecks reads matchers on texts that may be absent.
func (l *loader) namedChecks(p place, on Subject, rules fieldRules) []Expectation {
	l.refuseEmptyMap(p)
	var all []Expectation
	seen := map[string]Pos{}
	l.entries(p, "a map of "+rules.of+"s and matchers", func(name String, v place) {
		if on != SubjectXPath {
			l.checkFieldName(name, rules, seen)
		} else if strings.TrimSpace(name.Value) == "" {
			l.problems.Errorf(name.Pos, "an XPath expression is empty").WithHint(`write "/*" for the root element`)
		}
		if isNull(v.node) && v.node.Value == "null" { // lifts what the suite's expect says of it
			all = append(all, Expectation{name, Matcher{Pos: l.at(v), Literal: &Value{Pos: l.at(v)}}})
			return
		}
		if m := l.matcher(v, on); m != nil {
			all = append(all, Expectation{name, *m})
		}
	})
	return all
}

func (l *loader) gjsonChecks(p place) []Expectation {
	l.refuseEmptyMap(p)
	var all []Expectation
	l.entries(p, "a map of gjson paths and matchers", func(path String, v place) {
		if strings.TrimSpace(path.Value) == "" {
			l.problems.Errorf(path.Pos, "a gjson path is empty").WithHint(`write "@this" for the whole body`)
		}
		if m := l.matcher(v, SubjectJSON); m != nil {
			all = append(all, Expectation{path, *m})
		}
	})
	return all
}

func (l *loader) refuseEmptyMap(p place) {
	if p.node.Kind == yaml.MappingNode {
		l.refuseEmpty(p)
	}
}

var celFields = fields[CELCheck]{
	"that":    func(l *loader, c *CELCheck, p place) { c.That = l.cel(p) },
	"message": func(l *loader, c *CELCheck, p place) { c.Message = l.nonEmpty(p, "text") },
}

func (l *loader) celChecks(p place) []CELCheck {
	const want = "a list of CEL expressions"
	if p.node.Kind == yaml.ScalarNode && !isNull(p.node) {
		l.expected(p, want).WithHint("write the expression as an item of a list, behind `- `")
		return nil
	}
	if p.node.Kind == yaml.SequenceNode {
		l.refuseEmpty(p)
	}
	var all []CELCheck
	l.items(p, want, func(item place) {
		var c CELCheck
		if item.node.Kind == yaml.MappingNode {
			l.celMap(item, &c)
		} else {
			c.That = l.cel(item)
		}
		if c.That.IsSet() {
			all = append(all, c)
		}
	})
	return all
}

// celMap reads {that, message}. An expression that holds a colon and a space
// reads as a map too, in which that expression is the key.
func (l *loader) celMap(p place, c *CELCheck) {
	if n := p.node; n.Style&yaml.FlowStyle == 0 && len(n.Content) == 2 && !hasKey(CELCheckKeys, n.Content[0].Value) &&
		strings.ContainsAny(n.Content[0].Value, `.?(="'`) {
		l.problems.Errorf(l.nodePos(n), "this expression reads as a map, because it holds a colon and a space").
			WithHint("%s", quoteHint)
		return
	}
	read(l, p, Table{"a cel check", CELCheckKeys}, celFields, c)
}
