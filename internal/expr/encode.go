package expr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// MaxJSON is the length in bytes up to which a value is written as JSON.
const MaxJSON = 128 << 20

var (
	errBytes  = errors.New("the value is bytes, which text and JSON cannot hold; write hex(…) or base64.encode(…) around it")
	errTooBig = fmt.Errorf("the value is larger than %d MiB as JSON", MaxJSON>>20)
)

// ToJSON writes v as JSON. Values that came from JSON give the bytes they were
// read from, number spelling included. Timestamps are RFC 3339, durations are
// seconds ("1.5s"), the keys of other maps are sorted. Bytes, NaN, infinities,
// empty optionals and anything longer than [MaxJSON] are errors.
func ToJSON(v ref.Val) ([]byte, error) { return appendJSON(nil, v) }

// ToText writes v as text: strings, timestamps and durations as they are, and
// everything else as JSON spells it. Bytes are an error.
func ToText(v ref.Val) (string, error) {
	v, err := present(v)
	if err != nil {
		return "", err
	}
	if s, ok, err := text(v); ok || err != nil {
		return s, err
	}
	out, err := ToJSON(v)
	return string(out), err
}

// Elements returns the elements of a list, numbers with their spelling, and
// false where v is not a list.
func Elements(v ref.Val) ([]ref.Val, bool) {
	l, ok := asSpelled(v).(traits.Lister)
	if !ok {
		return nil, false
	}
	var out []ref.Val
	for it := l.Iterator(); it.HasNext() == types.True; {
		out = append(out, it.Next())
	}
	return out, true
}

// List returns the values as one list. Where all of them have a JSON form, the
// list is a view of it, so that numbers keep their spelling.
func List(values []ref.Val) ref.Val {
	raw := []byte{'['}
	for i, v := range values {
		if i > 0 {
			raw = append(raw, ',')
		}
		var err error
		if raw, err = appendElement(raw, v); err != nil {
			return types.NewRefValList(types.DefaultTypeAdapter, values)
		}
	}
	return FromJSON(append(raw, ']'))
}

// appendElement is appendJSON for values that are the same when they are read back.
func appendElement(raw []byte, v ref.Val) ([]byte, error) {
	same := false
	switch v := asSpelled(v).(type) {
	case jsonValue, types.Bool, types.Int, types.Null:
		same = true
	case types.String:
		same = utf8.ValidString(string(v))
	case types.Double:
		same = strings.ContainsAny(formatDouble(float64(v)), ".e")
	}
	if same {
		return appendJSON(raw, v)
	}
	return nil, errors.New("the value would be another when it is read from JSON")
}

// present returns the value of an optional, and v where it is none.
func present(v ref.Val) (ref.Val, error) {
	for {
		o, ok := v.(*types.Optional)
		if !ok {
			return v, nil
		}
		if !o.HasValue() {
			return nil, errors.New("there is no value: the optional is empty; add .orValue(…)")
		}
		v = o.GetValue()
	}
}

// text returns the text of values that JSON writes as a string.
func text(v ref.Val) (string, bool, error) {
	switch v := v.(type) {
	case types.String:
		return string(v), true, nil
	case types.Timestamp:
		return v.Format(time.RFC3339Nano), true, nil
	case types.Duration:
		return strconv.FormatFloat(v.Seconds(), 'f', -1, 64) + "s", true, nil
	case types.Bytes:
		return "", false, errBytes
	case *types.Type:
		return "", false, fmt.Errorf("the value is the type %s, which text and JSON cannot hold", v)
	case types.Bool, types.Int, types.Uint, types.Double, types.Null, jsonValue, traits.Mapper, traits.Lister:
		return "", false, nil
	}
	// Values of extension libraries, such as IP addresses, know their text.
	if s, ok := v.ConvertToType(types.StringType).(types.String); ok {
		return string(s), true, nil
	}
	if _, ok := v.(*cookie); ok {
		return "", false, errors.New("the value is a cookie, which text and JSON cannot hold; write .value behind it")
	}
	return "", false, fmt.Errorf("the value is %s, which text and JSON cannot hold", article(v.Type().TypeName()))
}

func appendJSON(out []byte, v ref.Val) ([]byte, error) {
	v, err := present(v)
	if err != nil {
		return nil, err
	}
	switch v := asSpelled(v).(type) {
	case *types.Err:
		return nil, v
	case jsonValue:
		out = append(out, v.json()...)
	case types.Null:
		out = append(out, "null"...)
	case types.Bool:
		out = strconv.AppendBool(out, bool(v))
	case types.Int:
		out = strconv.AppendInt(out, int64(v), 10)
	case types.Uint:
		out = strconv.AppendUint(out, uint64(v), 10)
	case types.Double:
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("the number is %v, which JSON cannot hold", float64(v))
		}
		out = append(out, formatDouble(float64(v))...)
	case traits.Mapper:
		out, err = appendMap(out, v)
	case traits.Lister:
		out, err = appendList(out, v)
	default:
		s, _, textErr := text(v)
		if textErr != nil {
			return nil, textErr
		}
		out = appendString(out, s)
	}
	if err == nil && len(out) > MaxJSON {
		err = errTooBig
	}
	return out, err
}

func appendList(out []byte, l traits.Lister) ([]byte, error) {
	var err error
	out = append(out, '[')
	first := true
	for it := l.Iterator(); it.HasNext() == types.True; first = false {
		if !first {
			out = append(out, ',')
		}
		if out, err = appendJSON(out, it.Next()); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// appendMap writes the keys in order, so that the same map always gives the
// same bytes.
func appendMap(out []byte, m traits.Mapper) ([]byte, error) {
	type entry struct {
		key   string
		value ref.Val
	}
	var entries []entry
	for it := m.Iterator(); it.HasNext() == types.True; {
		k := it.Next()
		key, err := ToText(k)
		if err != nil {
			return nil, err
		}
		v, _ := m.Find(k)
		entries = append(entries, entry{key, v})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	var err error
	out = append(out, '{')
	for i, e := range entries {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, e.key), ':')
		if out, err = appendJSON(out, e.value); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// appendString writes a JSON string. Unlike json.Marshal it leaves <, > and & as they are.
func appendString(out []byte, s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string in memory cannot fail
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// formatDouble spells a double as JSON libraries do: shortest, with an exponent
// only where the number is very large or very small.
func formatDouble(f float64) string {
	out, err := json.Marshal(f)
	if err != nil {
		return fmt.Sprint(f)
	}
	return string(out)
}

// compact removes the white space between the parts of valid JSON.
func compact(raw []byte) []byte {
	if !bytes.ContainsAny(raw, jsonSpace) {
		return raw
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return raw
	}
	return b.Bytes()
}
