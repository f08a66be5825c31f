package expr

import (
	"cmp"
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
		return compareSpelled(p.raw, q.raw)
	case isNumber && isInteger(b):
		return compareSpelled(p.raw, spelling(b))
	case bothNumbers && isInteger(a):
		return compareSpelled(spelling(a), q.raw)
	}
	return 0, false
}

// compareSpelled compares two numbers as they are spelled. One whose exponent is
// too long to compute with is compared as a double, but is not equal to one that
// is spelled otherwise.
func compareSpelled(a, b string) (int, bool) {
	x, okX := ParseDecimal(a)
	y, okY := ParseDecimal(b)
	if okX && okY {
		return x.Compare(y), true
	}
	f, _ := strconv.ParseFloat(a, 64) // out of range it is infinite or 0
	g, _ := strconv.ParseFloat(b, 64)
	return cmp.Or(cmp.Compare(f, g), strings.Compare(a, b)), true
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
		return int(math.Copysign(1, float64Of(n.Val))), !math.IsNaN(f)
	case isNumber || !isInteger(v) || math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) < exactBelow:
		return 0, false
	}
	return compareSpelled(spelling(v), strconv.FormatFloat(f, 'f', 0, 64))
}

func float64Of(v ref.Val) float64 {
	d, _ := v.(types.Double)
	return float64(d)
}

// MaxExponentDigits bounds the exponents that are computed with. JSON sets no
// bound, and a server may send 1e followed by a megabyte of digits.
const MaxExponentDigits = 1000

// Decimal is a number as it is spelled, so that nothing is lost to floating
// point: ±0.digits × 10^point. digits has no zero at either end; it is empty
// for zero.
type Decimal struct {
	negative bool
	digits   string
	point    *big.Int
}

// ParseDecimal reads a number in JSON's syntax (RFC 8259, section 6), and
// beyond it leading zeros and a leading plus, which headers have. It reports
// false for anything else and for exponents beyond MaxExponentDigits.
func ParseDecimal(text string) (Decimal, bool) {
	rest := strings.TrimPrefix(text, "+")
	d := Decimal{point: new(big.Int)}
	if len(rest) == len(text) && strings.HasPrefix(text, "-") {
		d.negative, rest = true, text[1:]
	}
	mantissa, exponent, hasExponent := cutAny(rest, "eE")
	whole, fraction, hasFraction := strings.Cut(mantissa, ".")
	if !isDigits(whole) || hasFraction && !isDigits(fraction) {
		return Decimal{}, false
	}
	if hasExponent && !setExponent(d.point, exponent) {
		return Decimal{}, false
	}
	digits := whole + fraction
	significant := strings.TrimLeft(digits, "0")
	d.point.Add(d.point, big.NewInt(int64(len(whole)-(len(digits)-len(significant)))))
	d.digits = strings.TrimRight(significant, "0")
	if d.digits == "" {
		return Decimal{point: new(big.Int)}, true
	}
	return d, true
}

func cutAny(s, chars string) (before, after string, found bool) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func setExponent(z *big.Int, text string) bool {
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 || !isDigits(digits) {
		return false
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > MaxExponentDigits {
		return false
	}
	z.SetString("0"+digits, 10)
	if text[0] == '-' {
		z.Neg(z)
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Compare returns -1, 0 or 1 as d is less than, equal to or greater than e.
func (d Decimal) Compare(e Decimal) int {
	if s := d.Sign() - e.Sign(); s != 0 {
		return max(-1, min(s, 1))
	}
	c := d.point.Cmp(e.point)
	if c == 0 {
		c = strings.Compare(d.digits, e.digits)
	}
	return c * d.Sign()
}

// IsWhole tells whether d is a whole number.
func (d Decimal) IsWhole() bool { return d.point.Cmp(big.NewInt(int64(len(d.digits)))) >= 0 }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// Key is a text that equal numbers share.
func (d Decimal) Key() string {
	if d.digits == "" {
		return "0"
	}
	sign := ""
	if d.negative {
		sign = "-"
	}
	return sign + d.digits + "e" + d.point.String()
}
