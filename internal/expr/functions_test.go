package expr

import (
	"math"
	"testing"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// The examples of RFC 7396, appendix A.
func TestMergePatch(t *testing.T) {
	for _, tt := range []struct{ target, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{` { "x" : 1.10 , "k\"" : [ 1 ] } `, `{"y": 1e3}`, `{"x":1.10,"k\"":[ 1 ],"y":1e3}`},
	} {
		out, err := ToJSON(merge(FromJSON([]byte(tt.target)), FromJSON([]byte(tt.patch))))
		if err != nil || string(out) != tt.want {
			t.Errorf("merge(%s, %s)\n got %s %v\nwant %s", tt.target, tt.patch, out, err, tt.want)
		}
	}
}

func TestStream(t *testing.T) {
	draw := func(seed uint64, suite, query string, row int) uint64 {
		return Stream(seed, suite, query, row).Uint64()
	}
	first := draw(1, "a", "b", 0)
	if draw(1, "a", "b", 0) != first {
		t.Error("the same parts give different numbers")
	}
	for _, other := range []uint64{draw(2, "a", "b", 0), draw(1, "ab", "", 0), draw(1, "", "ab", 0), draw(1, "a", "c", 0), draw(1, "a", "b", 1)} {
		if other == first {
			t.Error("different parts give the same numbers")
		}
	}
	if got := newUUID(Stream(42, "orders.apicel.yaml", "create order", 3)); got != newUUID(Stream(42, "orders.apicel.yaml", "create order", 3)) {
		t.Errorf("got %s, then another", got)
	}
}

func TestRandomInt(t *testing.T) {
	r := Stream(1, "", "", 0)
	for _, tt := range []struct{ lo, hi types.Int }{{0, 0}, {-3, 3}, {math.MinInt64, math.MaxInt64}, {math.MaxInt64 - 1, math.MaxInt64}, {math.MinInt64, math.MinInt64 + 1}} {
		seen := map[types.Int]bool{}
		for range 200 {
			n, ok := randomInt(r, tt.lo, tt.hi).(types.Int)
			if !ok || n < tt.lo || n > tt.hi {
				t.Fatalf("got %v for %d to %d", n, tt.lo, tt.hi)
			}
			seen[n] = true
		}
		if span := uint64(tt.hi) - uint64(tt.lo) + 1; span > 0 && span < 10 && uint64(len(seen)) != span {
			t.Errorf("%d to %d gave only %v", tt.lo, tt.hi, seen)
		}
	}
}

func TestToTextAndJSON(t *testing.T) {
	for _, tt := range []struct {
		value      ref.Val
		text, json string
	}{
		{types.String("a\"b<\u2028"), "a\"b<\u2028", `"a\"b<\u2028"`},
		{types.NullValue, "null", "null"},
		{types.Double(1e21), "1e+21", "1e+21"},
		{types.Double(-0.5), "-0.5", "-0.5"},
		{types.OptionalOf(types.Int(1)), "1", "1"},
		{types.OptionalNone, "error", "error"},
		{types.Bytes("a"), "error", "error"},
		{types.Double(math.NaN()), "error", "error"},
		{types.Double(math.Inf(1)), "error", "error"},
		{types.IntType, "error", "error"},
		{FromJSON([]byte(`"x"`)), "x", `"x"`},
		{FromJSON([]byte(` {"b": 1.10, "a": 1e3} `)), `{"b": 1.10, "a": 1e3}`, `{"b": 1.10, "a": 1e3}`},
	} {
		text, err := ToText(tt.value)
		if err != nil {
			text = "error"
		}
		raw, err := ToJSON(tt.value)
		if err != nil {
			raw = []byte("error")
		}
		if text != tt.text || string(raw) != tt.json {
			t.Errorf("%v: got %s and %s, want %s and %s", tt.value, text, raw, tt.text, tt.json)
		}
	}
}
