package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// compareExact compares two numbers where CEL would make doubles of them that no
// longer tell them apart: two of which one keeps its spelling, and an integer and
// a double. It says false where CEL's own comparison is right.
func compareExact(a, b ref.Val) (int, bool) {
	x, xIsDouble := a.(types.Double)
	y, yIsDouble := b.(types.Double)
	switch {
	case xIsDouble && yIsDouble:
		return 0, false
	case yIsDouble:
		return compareDouble(a, float64(y))
	case xIsDouble:
		order, ok := compareDouble(b, float64(x))
		return -order, ok
	}
	p, isNumber := a.(*number)
	q, bothNumbers := b.(*number)
	switch {
	case isNumber && bothNumbers:
		return decimalOf(p.raw).compare(decimalOf(q.raw)), true
	case isNumber && isInteger(b):
		return decimalOf(p.raw).compare(decimalOf(spelling(b))), true
	case bothNumbers && isInteger(a):
		return decimalOf(spelling(a)).compare(decimalOf(q.raw)), true
	}
	return 0, false
}

func isInteger(v ref.Val) bool {
	t := v.Type()
	return t == types.IntType || t == types.UintType
}

func spelling(v ref.Val) string {
	if u, ok := v.(types.Uint); ok {
		return strconv.FormatUint(uint64(u), 10)
	}
	i, _ := v.(types.Int)
	return strconv.FormatInt(int64(i), 10)
}

// exactBelow is below which all integers are doubles.
const exactBelow = 1 << 53

// compareDouble compares with a double that has no spelling, such as a literal or
// what was computed. Another double is then what the nearest double is, since
// nobody knows what was written, but not one that is too large for any.
func compareDouble(v ref.Val, f float64) (int, bool) {
	n, isNumber := v.(*number)
	switch {
	case isNumber && math.IsInf(float64Of(n.Val), 0):
		if math.IsInf(f, 0) {
			return -int(math.Copysign(1, f)), true
		}
		return decimalOf(n.raw).sign(), !math.IsNaN(f)
	case isNumber || !isInteger(v) || math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) < exactBelow:
		return 0, false
	}
	return decimalOf(spelling(v)).compare(decimalOf(strconv.FormatFloat(f, 'f', 0, 64))), true
}

func float64Of(v ref.Val) float64 {
	d, _ := v.(types.Double)
	return float64(d)
}

// decimal is a number as it is spelled: 0.digits times ten to the exponent, where
// digits have no zeros at either end. Zero has none.
type decimal struct {
	negative bool
	digits   string
	exponent *big.Int
}

func decimalOf(raw string) decimal {
	d := decimal{exponent: new(big.Int)}
	raw, d.negative = strings.CutPrefix(raw, "-")
	mantissa, exponent := raw, ""
	if i := strings.IndexAny(raw, "eE"); i >= 0 {
		mantissa, exponent = raw[:i], raw[i+1:]
		d.exponent.SetString(exponent, 10)
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	d.exponent.Add(d.exponent, big.NewInt(int64(len(digits)-len(fraction))))
	if d.digits = strings.TrimRight(digits, "0"); d.digits == "" {
		return decimal{exponent: new(big.Int)}
	}
	return d
}

// compare tells by -1, 0 or 1 whether d is less than, equal to or more than e.
func (d decimal) compare(e decimal) int {
	if d.sign() != e.sign() {
		return d.sign() - e.sign()
	}
	order := d.exponent.Cmp(e.exponent)
	if order == 0 {
		order = strings.Compare(d.digits, e.digits)
	}
	return order * d.sign()
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}
