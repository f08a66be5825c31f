package expr

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/tidwall/gjson"
)

// number is a JSON number whose spelling the CEL value of it loses: 1.10,
// 1e3, 123456789012345678901234567890. It behaves like the CEL value and gives
// back its spelling when it is written as JSON or text. CEL itself never sees
// one, because its operators know only its own types (see native).
type number struct {
	ref.Val
	raw string
}

// Equal compares by value; the spelling does not count.
func (n *number) Equal(other ref.Val) ref.Val { return n.Val.Equal(Native(other)) }

// Native returns v as CEL's own types have it: a number that keeps its JSON
// spelling becomes a plain int, uint or double. Use it before a type switch or
// an Equal with a value that does not come from this package.
func Native(v ref.Val) ref.Val {
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
	v := nativeNumber(raw)
	if d, ok := v.(types.Double); ok && formatDouble(float64(d)) == raw {
		return v
	}
	if _, ok := v.(types.Double); !ok && raw != "-0" {
		return v
	}
	return &number{Val: v, raw: raw}
}

// scalar reads a JSON value that is neither an object nor an array as CEL's own
// types. It never fails: what is no JSON becomes null.
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
	return nativeNumber(raw)
}

// unquote undoes the quotes and escapes of a JSON string.
func unquote(raw string) string {
	if len(raw) >= 2 && raw[len(raw)-1] == '"' && strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	return gjson.Parse(raw).String()
}
