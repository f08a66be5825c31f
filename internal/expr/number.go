package expr

import (
	"math"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/tidwall/gjson"
)

// number is a JSON number whose spelling the CEL value of it loses: 1.10,
// 1e3, 123456789012345678901234567890. It behaves like the CEL value and gives
// back its spelling when it is written as JSON or text. CEL's own functions never
// see one, because they know only its own types (see nativeArguments).
type number struct {
	ref.Val
	raw string
}

// Equal compares by value; the spelling does not count.
func (n *number) Equal(other ref.Val) ref.Val { return equal(n, other) }

// ConvertToType converts as CEL's own numbers do, and to a string as spelled.
func (n *number) ConvertToType(t ref.Type) ref.Val {
	if t == types.StringType {
		return types.String(n.raw)
	}
	return n.Val.ConvertToType(t)
}

// IsZeroValue tells whether the number is 0.
func (n *number) IsZeroValue() bool {
	z, ok := n.Val.(traits.Zeroer)
	return ok && z.IsZeroValue()
}

// Native returns v as CEL's own types have it: a number that keeps its JSON
// spelling becomes a plain int, uint or double, wherever in v it is. Use it before
// a type switch or an Equal with a value that does not come from this package.
func Native(v ref.Val) ref.Val { return native(v) }

// unspelled is native for numbers alone.
func unspelled(v ref.Val) ref.Val {
	if n, ok := v.(*number); ok {
		return n.Val
	}
	return v
}

// nativeNumber reads a JSON number: an int where it fits 64 bits, else a uint
// where it fits those, else a double. An integer never becomes a double
// silently below 2^64.
func nativeNumber(raw string) ref.Val {
	if !strings.ContainsAny(raw, ".eE") {
		if i, err := strconv.ParseInt(raw, 10, 64); err == nil {
			return types.Int(i)
		}
		if u, err := strconv.ParseUint(raw, 10, 64); err == nil {
			return types.Uint(u)
		}
	}
	f, _ := strconv.ParseFloat(raw, 64) // out of range gives ±Inf, garbage 0
	return types.Double(f)
}

// spelledNumber is nativeNumber, but keeps the spelling where it is not the one
// that ToJSON would choose.
func spelledNumber(raw string) ref.Val {
	switch v := nativeNumber(raw).(type) {
	case types.Double:
		if isUsualSpelling(float64(v), raw) {
			return v
		}
		return &number{Val: v, raw: raw}
	default:
		if raw == "-0" {
			return &number{Val: v, raw: raw}
		}
		return v
	}
}

// isUsualSpelling tells whether ToJSON would spell a number the same. It need
// not know: numbers with an exponent, and very long or small ones, are not usual.
func isUsualSpelling(f float64, raw string) bool {
	var buf [24]byte
	if len(raw) >= len(buf) || f != 0 && math.Abs(f) < 1e-6 {
		return false
	}
	return string(strconv.AppendFloat(buf[:0], f, 'f', -1, 64)) == raw && len(raw) <= 21
}

// scalar reads a JSON value that is neither an object nor an array. It never fails: what is no JSON becomes null.
func scalar(raw string) ref.Val {
	if raw == "" {
		return types.NullValue
	}
	switch raw[0] {
	case '"':
		return types.String(unquote(raw))
	case 't':
		return types.True
	case 'f':
		return types.False
	case 'n':
		return types.NullValue
	}
	return spelledNumber(raw)
}

// unquote undoes the quotes and escapes of a JSON string.
func unquote(raw string) string {
	if len(raw) >= 2 && raw[len(raw)-1] == '"' && strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	return gjson.Parse(raw).String()
}
