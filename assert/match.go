package assert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// verdict is what a matcher says of a subject.
type verdict int8

// The verdicts. A void one is neither true nor false: there was nothing that
// the matcher could have looked at, such as the text of a number or the
// elements of an empty list. A check passes only where its matcher holds, and
// not turns no void into a pass.
const (
	fails verdict = iota
	holds
	void
)

// negate is the verdict of not.
func (v verdict) negate() verdict {
	switch v {
	case fails:
		return holds
	case holds:
		return fails
	}
	return void
}

func verdictOf(ok bool) verdict {
	if ok {
		return holds
	}
	return fails
}

// all is the verdict on n things that must all hold: one that fails decides,
// whatever else is void.
func all(n int, judge func(i int) verdict) verdict {
	result := holds
	for i := range n {
		switch judge(i) {
		case fails:
			return fails
		case void:
			result = void
		}
	}
	return result
}

// subject is what a matcher looks at.
type subject struct {
	value gjson.Result
	// missing tells that nothing is there, which is not the same as null.
	missing bool
	// text tells that the value is a text from outside JSON: it compares as
	// text, and as a number where a number is asked for.
	text bool
	// at is the way from the subject of the check to this one: indices of elements.
	at []int
}

func (s subject) element(i int, v gjson.Result) subject {
	return subject{value: v, at: append(slices.Clone(s.at), i)}
}

// matcher is a compiled matcher: all of ops must hold. It judges once its
// operands have their values.
type matcher struct {
	ops []*op
	// dynamic tells that operands have no value before bind gave them one.
	dynamic bool
}

// op is one operation of a matcher.
type op struct {
	name string
	pos  spec.Pos
	// text tells that the subject is text from outside JSON.
	text bool
	// operand makes want where it is not the same for every answer.
	operand *expr.JSON
	want    gjson.Result
	// shown is want with *** in place of what is computed from a secret, where
	// masked says that there is something of the kind.
	shown  *gjson.Result
	masked bool
	// inserts are the secrets of which the operand is made as they are.
	inserts []string
	// ready is what prepare made of want.
	ready any
	sub   *matcher
}

// fault is why an operation did not hold.
type fault struct {
	expected, found, note, detail string
	// at is where the found value is, below the subject of the check.
	at []int
}

func (m *matcher) judge(r *run, s subject) verdict {
	return all(len(m.ops), func(i int) verdict { return m.ops[i].judge(r, s) })
}

// explain gives a fault for each operation that does not hold.
func (m *matcher) explain(r *run, s subject) []fault {
	var faults []fault
	for _, o := range m.ops {
		if o.judge(r, s) != holds {
			faults = append(faults, o.explain(r, s))
		}
	}
	return faults
}

// describe is what m expects, as in "expected > 5 and < 10".
func (m *matcher) describe(r *run) string {
	parts := make([]string, len(m.ops))
	for i, o := range m.ops {
		parts[i] = o.describe(r)
	}
	return strings.Join(parts, " and ")
}

func (o *op) operation() *operation { return operations[o.name] }

func (o *op) judge(r *run, s subject) verdict {
	do := o.operation()
	if s.missing && !do.judgesMissing || !s.missing && !do.looksAt(s.value) {
		return void
	}
	return do.judge(o, r, s)
}

// describe is what is expected, without what is computed from a secret.
func (o *op) describe(r *run) string {
	if !o.masked {
		return o.operation().describe(o, r)
	}
	visible := *o
	visible.want, visible.ready = *o.shown, items(*o.shown)
	switch {
	case o.name == "exists":
		return hidden
	case o.name == "one_of" && kindOf(*o.shown) != spec.List:
		visible.ready = []gjson.Result{*o.shown}
	}
	return visible.operation().describe(&visible, r)
}

func (o *op) explain(r *run, s subject) fault {
	do := o.operation()
	f := fault{expected: o.describe(r), at: s.at}
	switch {
	case s.missing:
		f.found = nothingThere
	case !do.looksAt(s.value):
		f.found, f.note = r.typed(s.value), do.use
	case do.explain != nil:
		do.explain(o, r, s, &f)
	default:
		f.found = r.show(s.value)
	}
	return f
}

// nothingThere is the found value where a path leads nowhere.
const nothingThere = "nothing there"

// operation is what the matchers of one name have in common.
type operation struct {
	// kinds are those it can look at; nil means any.
	kinds []spec.Kind
	// use says what the operation is for where it met another kind.
	use string
	// judgesMissing tells that the operation has a say where nothing is there.
	judgesMissing bool
	// prepare looks at the operand once it has its value: it refuses one that
	// the operation cannot work with and makes what judging needs.
	prepare func(o *op) error
	judge   func(o *op, r *run, s subject) verdict
	// describe is what is expected, as in "expected …, found …".
	describe func(o *op, r *run) string
	// explain says more on a failure than the value that was found; may be nil.
	explain func(o *op, r *run, s subject, f *fault)
}

func (do *operation) looksAt(v gjson.Result) bool {
	return do.kinds == nil || slices.Contains(do.kinds, kindOf(v))
}

// operations are the matchers by name. Set by init because composed matchers
// look up their own operations.
var operations map[string]*operation

func init() {
	operations = map[string]*operation{}
	for _, group := range []map[string]*operation{valueOperations, textOperations, numberOperations, listOperations} {
		for name, do := range group {
			operations[name] = do
		}
	}
}

// merge puts the faults of one check into one, so that a check that did not
// hold is one failure whatever the number of its operations.
func (r *run) merge(faults []fault) fault {
	if len(faults) == 1 {
		return faults[0]
	}
	var all fault
	var expected, found, notes, details []string
	for _, f := range faults {
		expected = addNew(expected, f.expected)
		found = addNew(found, r.foundAt(f))
		notes = addNew(notes, f.note)
		details = addNew(details, f.detail)
	}
	all.expected = strings.Join(expected, " and ")
	all.found = strings.Join(found, "; ")
	all.note = strings.Join(notes, "; ")
	all.detail = strings.Join(details, "\n")
	return all
}

func addNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// foundAt is what was found and, for an element, where.
func (r *run) foundAt(f fault) string {
	if len(f.at) == 0 {
		return f.found
	}
	return fmt.Sprintf("%s at %s", f.found, r.elementPath(f.at))
}

// prepare gives o its operand.
func (o *op) prepare(want gjson.Result) error {
	o.want = want
	if check := o.operation().prepare; check != nil {
		return check(o)
	}
	return nil
}
