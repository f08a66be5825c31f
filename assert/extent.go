package assert

import (
	"strconv"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
)

// bound is one end of the numbers that an operation leaves.
type bound struct {
	by    *op
	value expr.Decimal
	open  bool // value itself is not among them
}

// bounds finds comparisons that leave no number.
func (s *senses) bounds() bool {
	if s.domain.count {
		for _, o := range s.ops {
			if o.isStatic() && !s.anyCount(o) {
				return s.misfit(o)
			}
		}
	}
	low, high := s.ends()
	if low == nil || high == nil {
		return false
	}
	c := low.value.Compare(high.value)
	if c < 0 && !s.domain.count || c == 0 && !low.open && !high.open || c < 0 && s.countBetween(low, high) {
		return false
	}
	return s.conflict(low.by, high.by)
}

// ends are the highest lower and the lowest upper bound, nil where there is none.
func (s *senses) ends() (low, high *bound) {
	for _, o := range s.ops {
		name, operand := comparison(o)
		value, ok := numberOf(operand, s.domain.text)
		if !ok {
			continue
		}
		b := &bound{o, value, name == "gt" || name == "lt"}
		switch name {
		case "gt", "gte":
			low = tighter(low, b, 1)
		case "lt", "lte":
			high = tighter(high, b, -1)
		}
	}
	return low, high
}

// tighter is the one of two bounds that leaves less, where sign is that of the
// direction in which lower bounds get tighter.
func tighter(a, b *bound, sign int) *bound {
	if a == nil {
		return b
	}
	if c := b.value.Compare(a.value) * sign; c > 0 || c == 0 && b.open {
		return b
	}
	return a
}

// opposites are what not makes of a comparison, on numbers.
var opposites = map[string]string{"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}

// comparison is o as a comparison with a number, "" where it is none that is
// known before the run.
func comparison(o *op) (name string, operand gjson.Result) {
	switch {
	case !o.isStatic():
	case numberOperations[o.name] != nil:
		return o.name, o.want
	case o.name == "not" && len(o.sub.ops) == 1:
		name, operand = comparison(o.sub.ops[0])
		return opposites[name], operand
	}
	return "", gjson.Result{}
}

// anyCount tells whether o may hold of a whole number from 0.
func (s *senses) anyCount(o *op) bool {
	name, _ := comparison(o)
	switch {
	case name == "lt" || name == "lte":
		return o.judge(s.run, countOf(0)) == holds
	case o.name == "equals":
		return isCount(o.want)
	case o.name == "one_of":
		for _, v := range items(o.want) {
			if isCount(v) {
				return true
			}
		}
		return false
	}
	return true
}

func isCount(v gjson.Result) bool {
	d, ok := numberOf(v, false)
	return ok && d.Sign() >= 0 && d.IsWhole()
}

// countBetween tells whether there is a whole number between two bounds, the
// lower of which is below the upper.
func (s *senses) countBetween(low, high *bound) bool {
	a, errA := strconv.ParseFloat(textOf(operandOf(low.by)), 64)
	b, errB := strconv.ParseFloat(textOf(operandOf(high.by)), 64)
	const exact = 1 << 50
	if errA != nil || errB != nil || a < -exact || b > exact {
		return true
	}
	first := int64(a)
	for n := max(first-1, 0); n <= first+2; n++ {
		at := countOf(int(n))
		if low.by.judge(s.run, at) == holds && high.by.judge(s.run, at) == holds {
			return true
		}
	}
	return false
}

func operandOf(o *op) gjson.Result {
	_, operand := comparison(o)
	return operand
}

// lengths finds a length that is too short for what else is expected.
func (s *senses) lengths() bool {
	for _, o := range s.ops {
		if o.name != "length" || !o.isStatic() {
			continue
		}
		for _, other := range s.ops {
			if least := extent(other); least > 0 && tooShort(o, least) {
				return s.conflict(other, o)
			}
		}
	}
	return false
}

func countOf(n int) subject { return subject{value: gjson.Parse(strconv.Itoa(n))} }

// extent is the length that a value has at least where o holds of it.
func extent(o *op) int {
	if !o.isStatic() {
		return 0
	}
	switch o.name {
	case "starts_with", "ends_with", "contains":
		return utf8.RuneCountInString(textOf(o.want))
	case "each", "any":
		return 1
	case "includes":
		return size(o.want)
	}
	return 0
}

// tooShort tells whether what length expects is below least.
func tooShort(length *op, least int) bool {
	n, _ := expr.ParseDecimal(strconv.Itoa(least))
	for _, o := range length.sub.ops {
		name, operand := comparison(o)
		if o.name == "equals" && o.isStatic() {
			name, operand = "lte", o.want
		}
		limit, ok := numberOf(operand, false)
		if !ok {
			continue
		}
		if c := limit.Compare(n); name == "lte" && c < 0 || name == "lt" && c <= 0 {
			return true
		}
	}
	return false
}

// alwaysHolds warns of what holds of all that it looks at.
func (s *senses) alwaysHolds() {
	for _, o := range s.ops {
		if !o.isStatic() {
			continue
		}
		name, _ := comparison(o)
		switch {
		case o.name == "exists" && o.want.Bool() && s.domain.there && len(s.ops) == 1:
			s.warn(o, s.domain.is+", so exists: true checks nothing", "say of which type it is, or {length: {gt: 0}} of the list")
		case s.domain.count && (name == "gt" || name == "gte") && o.judge(s.run, countOf(0)) == holds:
			s.warn(o, s.domain.is+", so "+o.describe(s.run)+" always holds", "")
		case o.name == "matches" && findsNothing(textOf(o.want)):
			s.warn(o, "the regular expression finds an empty text in any text, so it always holds", s.hintForAnyText())
		case o.name == "one_of":
			s.twice(o)
		}
	}
}

func (s *senses) hintForAnyText() string {
	if s.domain.text {
		return "write ^ and $ around what the whole text must be"
	}
	return "write ^ and $ around what the whole text must be, or type: string for any text"
}

func (s *senses) warn(o *op, message, hint string) {
	s.problems.Warnf(o.pos, "%s", message).Hint = hint
}

// twice warns of a value that one_of has twice.
func (s *senses) twice(o *op) {
	seen := map[string]bool{}
	for _, v := range items(o.want) {
		key := textOf(v)
		if !o.text {
			key = s.run.key(v, depth(v.Raw))
		}
		if seen[key] {
			s.warn(o, "one_of has "+s.run.show(v)+" twice", "")
			return
		}
		seen[key] = true
	}
}
