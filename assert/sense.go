package assert

import (
	"context"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// domain is what a matcher may meet, as far as that is known before anything is
// sent. A matcher that can never hold there is an error of the file, one that
// always does is worth a warning.
type domain struct {
	kinds kindSet
	text  bool // text from outside JSON, which may be a number as well
	there bool // never missing
	count bool // a whole number from 0
	// is says what the domain is where that is not just any value, and hint what
	// to do about a matcher that does not fit.
	is, hint string
}

// The domains of elements, and of lengths.
var (
	ofElement = domain{kinds: anyKind, there: true, is: "an element is always there"}
	ofLength  = domain{kinds: setOf(spec.Number), there: true, count: true, is: "a length is a whole number from 0"}
)

// domainOf is what a matcher on JSON or on text from outside it meets.
func domainOf(text bool) domain { return domain{kinds: anyKind, text: text} }

// domain is what the path gives where it gives something. A # in it gives a
// list, one at its end a number. (A key that is spelled # is written \#.)
func (p path) domain() domain {
	last := len(p.keys) - 1
	switch {
	case last < 0:
		return domainOf(false)
	case p.firstSpread() >= 0 || p.keys[last] != "#" && isSpread(p.keys[last]):
		return domain{kinds: setOf(spec.List), is: "this path gives an array, because of its #",
			hint: "write {each: …} for what holds of every element, {any: …} for what holds of one"}
	case p.keys[last] == "#":
		return domain{kinds: setOf(spec.Number), count: true, is: "this path gives the number of elements, because it ends in #"}
	}
	return domainOf(false)
}

// sense reports what m can never say, or says of everything.
func (p *compiler) sense(m *matcher, d domain) {
	if len(m.ops) == 1 && m.ops[0].name == "equals" && d.kinds == anyKind && !d.text && !d.there {
		return // any value can be there
	}
	before := len(p.problems)
	for _, o := range m.ops {
		switch {
		case o.sub == nil:
		case o.name == "length":
			p.sense(o.sub, ofLength)
		case o.name == "not":
			p.sense(o.sub, d)
		default:
			p.sense(o.sub, ofElement)
		}
	}
	if len(p.problems) > before {
		return // what is wrong inside is said; it needs no second telling
	}
	s := &senses{compiler: p, domain: d, ops: m.ops, run: &run{ctx: context.Background()}}
	for _, look := range []func() bool{s.absence, s.kindsMeet, s.pinned, s.bounds, s.lengths} {
		if look() {
			return
		}
	}
	s.alwaysHolds()
}

// senses looks at the operations of one matcher. Each of its methods reports at
// most one problem and tells whether it did.
type senses struct {
	*compiler
	domain domain
	ops    []*op
	run    *run
}

func (s *senses) never(o *op, format string, args ...any) *spec.Problem {
	return s.problems.Errorf(o.pos, format, args...)
}

// conflict reports that b never holds where a does.
func (s *senses) conflict(a, b *op) bool {
	if s.run.err != nil {
		return true // too much work to know
	}
	problem := s.never(b, "nothing can be both %s and %s, so this never holds", s.describe(a), s.describe(b))
	for _, o := range []*op{b, a} {
		if use := o.operation().use; use != "" && problem.Hint == "" && canHold(a)&canHold(b) == 0 {
			problem.Hint = use
		}
	}
	return true
}

// describe is what o expects, as far as the file says it.
func (s *senses) describe(o *op) string {
	if !o.isStatic() {
		return o.name + ": …"
	}
	return o.describe(s.run)
}

// misfit reports that o never holds in the domain.
func (s *senses) misfit(o *op) bool {
	s.never(o, "%s, and that is never %s", s.domain.is, s.describe(o)).Hint = s.domain.hint
	return true
}

// absence finds what is said beside exists: false.
func (s *senses) absence() bool {
	for _, o := range s.ops {
		switch {
		case !isAbsent(o):
		case s.domain.there && s.domain.is != "":
			return s.misfit(o)
		case slices.ContainsFunc(s.ops, func(other *op) bool { return !isAbsent(other) }):
			s.never(o, "where nothing is there, nothing else can hold of it").
				WithHint("leave out exists: false, or all that stands beside it")
			return true
		}
	}
	return false
}

// isAbsent tells whether o holds only where nothing is there.
func isAbsent(o *op) bool {
	switch {
	case o.name == "exists" && o.isStatic():
		return !o.want.Bool()
	case o.name == "not" && len(o.sub.ops) == 1:
		return isPresent(o.sub.ops[0])
	}
	return false
}

// isPresent tells whether o holds of all that is there.
func isPresent(o *op) bool {
	switch {
	case o.name == "exists" && o.isStatic():
		return o.want.Bool()
	case o.name == "not" && len(o.sub.ops) == 1:
		return isAbsent(o.sub.ops[0])
	}
	return false
}

// kindsMeet finds operations on different kinds of values.
func (s *senses) kindsMeet() bool {
	if s.domain.text {
		return false
	}
	left := s.domain.kinds
	for i, o := range s.ops {
		if isAbsent(o) {
			continue
		}
		if left &= canHold(o); left != 0 {
			continue
		}
		for _, other := range s.ops[:i] {
			if canHold(other)&canHold(o) == 0 {
				return s.conflict(other, o)
			}
		}
		if s.domain.kinds&canHold(o) == 0 {
			return s.misfit(o)
		}
		return s.conflict(s.ops[i-1], o)
	}
	return false
}

// pinned finds operations that do not hold of the values that equals and one_of
// leave.
func (s *senses) pinned() bool {
	for _, o := range s.ops {
		switch {
		case !o.isStatic():
		case o.name == "equals":
			if s.excluded(o, o.want) {
				return true
			}
		case o.name == "unordered":
			if s.excluded(o, o.want, ofElements...) {
				return true
			}
		case o.name == "one_of" && s.noneLeft(o):
			return true
		}
	}
	return false
}

// excluded reports the first operation that does not hold of a value that o
// expects.
func (s *senses) excluded(o *op, value gjson.Result, among ...string) bool {
	other := s.excluding(o, value, among...)
	switch {
	case other == nil:
		return false
	case slices.Index(s.ops, other) < slices.Index(s.ops, o):
		return s.conflict(other, o)
	}
	return s.conflict(o, other)
}

// ofElements are the operations on lists for which the order does not count.
var ofElements = []string{"each", "any", "includes", "length", "unordered"}

// excluding is the first operation but o that does not hold of a value, nil if
// there is none. Where names are given, it is one of these.
func (s *senses) excluding(o *op, value gjson.Result, among ...string) *op {
	at := subject{value: value, text: s.domain.text}
	if at.text {
		at.value = textValue(textOf(value))
	}
	for _, other := range s.ops {
		if len(among) > 0 && !slices.Contains(among, other.name) {
			continue
		}
		if other != o && other.isStatic() && other.judge(s.run, at) != holds {
			return other
		}
	}
	return nil
}

// noneLeft reports a list of values of which others leave none.
func (s *senses) noneLeft(o *op) bool {
	var last *op
	for _, value := range items(o.want) {
		if last = s.excluding(o, value); last == nil {
			return false
		}
	}
	if slices.Index(s.ops, last) < slices.Index(s.ops, o) {
		return s.conflict(last, o)
	}
	return s.conflict(o, last)
}

// isStatic tells whether o is the same for every answer.
func (o *op) isStatic() bool { return o.operand == nil && (o.sub == nil || !o.sub.dynamic) }
