package assert

import (
	"math/big"
	"strings"
)

// maxExponentDigits bounds the exponents that are computed with. JSON sets no
// bound, and a server may send 1e followed by a megabyte of digits.
const maxExponentDigits = 1000

// decimal is a number as it is spelled, so that nothing is lost to floating
// point: ±0.digits × 10^point. digits has no zero at either end; it is empty
// for zero.
type decimal struct {
	negative bool
	digits   string
	point    *big.Int
}

// parseDecimal reads a number in JSON's syntax (RFC 8259, section 6), and
// beyond it leading zeros and a leading plus, which headers have. It reports
// false for anything else and for exponents beyond maxExponentDigits.
func parseDecimal(text string) (decimal, bool) {
	rest := strings.TrimPrefix(text, "+")
	d := decimal{point: new(big.Int)}
	if len(rest) == len(text) && strings.HasPrefix(text, "-") {
		d.negative, rest = true, text[1:]
	}
	mantissa, exponent, hasExponent := cutAny(rest, "eE")
	whole, fraction, hasFraction := strings.Cut(mantissa, ".")
	if !isDigits(whole) || hasFraction && !isDigits(fraction) {
		return decimal{}, false
	}
	if hasExponent && !setExponent(d.point, exponent) {
		return decimal{}, false
	}
	digits := whole + fraction
	significant := strings.TrimLeft(digits, "0")
	d.point.Add(d.point, big.NewInt(int64(len(whole)-(len(digits)-len(significant)))))
	d.digits = strings.TrimRight(significant, "0")
	if d.digits == "" {
		return decimal{point: new(big.Int)}, true
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
	if len(digits) > maxExponentDigits {
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

// compare returns -1, 0 or 1 as d is less than, equal to or greater than e.
func (d decimal) compare(e decimal) int {
	if s := d.sign() - e.sign(); s != 0 {
		return max(-1, min(s, 1))
	}
	c := d.point.Cmp(e.point)
	if c == 0 {
		c = strings.Compare(d.digits, e.digits)
	}
	return c * d.sign()
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

// key is a text that equal numbers share.
func (d decimal) key() string {
	if d.digits == "" {
		return "0"
	}
	sign := ""
	if d.negative {
		sign = "-"
	}
	return sign + d.digits + "e" + d.point.String()
}

// equalNumbers tells whether two spellings are of one number. Spellings that
// cannot be computed with are equal where they are the same text.
func equalNumbers(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := parseDecimal(a)
	y, okY := parseDecimal(b)
	return okX && okY && x.compare(y) == 0
}

// numberKey is a text that equal numbers share, by the rules of equalNumbers.
func numberKey(text string) string {
	if d, ok := parseDecimal(text); ok {
		return d.key()
	}
	return text
}
