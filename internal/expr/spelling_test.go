package expr

import (
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/spec"
)

// spellings are a row whose numbers no double holds, or not as they are written.
const spellings = `{"v": 123456789012345678901234567890, "w": 123456789012345678901234567891, "neg": -123456789012345678901234567890,
  "p": 1.10, "e": 1e3, "l": [1.10, 123456789012345678901234567890, 2], "o": {"p": 1.10}, "m": [{"p": 2.50}, {"p": 1.10}], "f": "p", "i": 1.0, "z": 0.0}`

func TestSpellingSurvives(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	a.Row = FromJSON([]byte(spellings))
	a.Captures["g"] = FromJSON([]byte(`1.10`))
	for _, tt := range []struct{ text, want string }{
		{`row.?v.orValue(0)`, "123456789012345678901234567890"},
		{`row.?none.orValue(row.p)`, "1.10"},
		{`row.?none.or(row.?p).value()`, "1.10"},
		{`row.?o.?p.orValue(0)`, "1.10"},
		{`row.l[?0].orValue(0)`, "1.10"},
		{`optional.of(row.p).value()`, "1.10"},
		{`row.?p.optMap(x, x).orValue(0)`, "1.10"},
		{`row.?p.optMap(x, [x]).orValue([])`, "[1.10]"},
		{`row.status == 1 || true ? row.v : 0`, "123456789012345678901234567890"},
		{`true ? row.v : 0`, "123456789012345678901234567890"},
		{`(true ? row.o : {}).p`, "1.10"},
		{`[row.v, 1]`, "[123456789012345678901234567890,1]"},
		{`{"id": row.v, "o": {"p": row.p}}`, `{"id":123456789012345678901234567890,"o":{"p":1.10}}`},
		{`[row.l][0][0]`, "1.10"},
		{`{"a": [row.p]}.a[0]`, "1.10"},
		{`row.l.map(x, x)`, "[1.10,123456789012345678901234567890,2]"},
		{`row.l.map(x, {"x": x})[0].x`, "1.10"},
		{`row.l.filter(x, x > 1)`, "[1.10,123456789012345678901234567890,2]"},
		{`row.l.filter(x, x < 2.0)[0]`, "1.10"},
		{`row.m.map(x, x.p > 2.0, x.p)`, "[2.50]"},
		{`row.m.map(x, x.p)`, "[2.50,1.10]"},
		{`row.l.transformList(i, x, x)`, "[1.10,123456789012345678901234567890,2]"},
		{`row.o.transformMap(k, v, [v])`, `{"p":[1.10]}`},
		{`row.o.transformMapEntry(k, v, {k + "x": v})`, `{"px":1.10}`},
		{`cel.bind(x, row.p, [x, x])`, "[1.10,1.10]"},
		{`cel.bind(x, row.o, x.p)`, "1.10"},
		{`gjson(row.l, "1")`, "123456789012345678901234567890"},
		{`gjson([row.p], "0")`, "1.10"},
		{`gjson('{"a": 1.10}', "a")`, "1.10"},
		{`merge(vars.order, {row.f: row.v}).p`, "123456789012345678901234567890"},
		{`merge(row.o, {"q": row.p})`, `{"p":1.10,"q":1.10}`},
		{`json.encode(row.o)`, `"{\"p\":1.10}"`},
		{`json.encode([row.p])`, `"[1.10]"`},
		{`json.parse("1.10").value()`, "1.10"},
		{`string(row.v)`, `"123456789012345678901234567890"`},
		{`string(row.p)`, `"1.10"`},
		{`"v" + string(vars.price)`, `"v1.10"`},
		{`row.l + row.l`, "[1.10,123456789012345678901234567890,2,1.10,123456789012345678901234567890,2]"},
		{`[0] + row.l`, "[0,1.10,123456789012345678901234567890,2]"},
		{`row.l + [row.p]`, "[1.10,123456789012345678901234567890,2,1.10]"},
		{`row.l.slice(0, 1)`, "[1.10]"},
		{`row.l.reverse()[2]`, "1.10"},
		{`[[row.p]].flatten()[0]`, "1.10"},
		{`row.l.first().value()`, "1.10"},
		{`row.m.sortBy(x, x.p).map(x, x)`, `[{"p": 1.10},{"p": 2.50}]`},
		{`row.m.sortBy(x, x.p)`, `[{"p": 1.10},{"p": 2.50}]`},
		{`dyn(row.p)`, "1.10"},
		{`vars.price`, "1.10"},
		{`[vars.price]`, "[1.10]"},
		{`captures.?order_id.orValue(0)`, "12345678901234567890"},
	} {
		e, ps := c.Expr(plain(tt.text), spec.ScopeQuery, cel.DynType)
		if e == nil {
			t.Errorf("%s: %s", tt.text, problemLines(ps))
			continue
		}
		v, err := e.Eval(background, a)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if out, err := ToJSON(v); err != nil || string(out) != tt.want {
			t.Errorf("%s is %s %v, expected %s", tt.text, out, err, tt.want)
		}
	}
}

// What computes gets CEL's own numbers, wherever they come from.
func TestSpelledNumbersCompute(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	a.Row = FromJSON([]byte(spellings))
	for _, text := range []string{
		`row.p + 1.0 == 2.1`, `1.0 + row.p == 2.1`, `row.p * 2.0 == 2.2`, `-row.p == -1.1`, `row.e == 1000`, `1000 == row.e`, `row.e > 999`, `999 < row.e`,
		`row.p == 1.1`, `1.1 == row.p`, `row.p != 1.2`, `row.p in [1.1, 2.2]`, `row.p in [row.p]`, `1.1 in row.l`, `1.1 in [row.p]`, `row.p in row.l`,
		`row.l == [1.10, row.v, 2]`, `[1.10, row.v, 2] == row.l`, `row.o == {"p": 1.1}`, `{"p": 1.1} == row.o`, `{"p": row.p} == {"p": 1.1}`, `[row.m] == [row.m]`,
		`math.greatest(row.l) == row.v`, `math.least([row.p, 5]) == 1.1`, `sets.contains(row.l, [1.1])`, `sets.contains([row.p], [1.1])`, `sets.equivalent([[row.p]], [[1.1]])`,
		`[row.p, 1.1].distinct().size() == 1`, `[row.e, row.p].sort()[0] == 1.1`, `row.m.sortBy(x, x.p)[0].p == 1.1`, `row.m.sortBy(x, x.p)[0].p + 1.0 == 2.1`,
		`row.m.exists(x, x.p == 1.1)`, `row.m.all(x, x.p > 1)`, `row.l.exists_one(x, x == 1.1)`, `row.m.map(x, x.p).exists(x, x == 2.5)`,
		`row.l[row.i] == row.v`, `[0, 7][row.i] == 7`, `{1: "a"}[row.i] == "a"`, `{row.i: "a"} == {1: "a"}`, `row.l[?row.i].hasValue()`,
		`int(row.e) == 1000`, `double(row.p) == 1.1`, `type(row.p) == double`, `type(row.v) == double`, `uint(row.i) == 1u`,
		`optional.of(row.p) == optional.of(1.1)`, `row.?p == optional.of(1.1)`, `!optional.ofNonZeroValue(row.z).hasValue()`, `optional.of(row.p).hasValue()`,
		`cel.bind(x, row.p, x + x) == 2.2`, `(row.p > 1.0 ? row.p : 0.0) + 1.0 == 2.1`, `size(row.l + row.l) == 6`, `"%.2f".format([row.p]) == "1.10"`,
		`"p" in row.o`, `has(row.o.p)`, `duration(string(int(row.e)) + "s") == duration("1000s")`, `vars.price + 1.0 == 2.1`, `vars.n + 1 == 8`, `math.round(row.p) == 1.0`,
		`row.l.filter(x, x == 1.1)[0] + 1.0 == 2.1`, `row.l.map(x, x)[0] * 2.0 == 2.2`, `google.protobuf.DoubleValue{value: row.p} == 1.1`,
		`timestamp(int(row.e)) == timestamp("1970-01-01T00:16:40Z")`,
		// Integers beyond 64 bits.
		`row.v == row.v`, `row.v != row.w`, `row.v < row.w`, `row.w > row.v`, `row.v <= row.v`, `!(row.v >= row.w)`, `row.neg < row.v`, `row.neg < 0`, `0 > row.neg`, `row.v > 18446744073709551615u`,
		`!(row.w in [row.v])`, `row.v in row.l`, `!(row.w in row.l)`, `[row.v] != [row.w]`, `{"a": row.v} != {"a": row.w}`, `row.v == 123456789012345678901234567890.0`, `optional.of(row.v) != optional.of(row.w)`,
	} {
		e, ps := c.Expr(plain(text), spec.ScopeQuery, cel.BoolType)
		if e == nil {
			t.Errorf("%s: %s", text, problemLines(ps))
			continue
		}
		if ok, err := e.EvalBool(background, a); !ok || err != nil {
			t.Errorf("%s is %v %v", text, ok, err)
		}
	}
}

// Values that hold one value many times are larger than the memory they take.
func TestEqualIsBounded(t *testing.T) {
	var v, w ref.Val = types.NewRefValList(types.DefaultTypeAdapter, []ref.Val{types.IntOne}), types.NewRefValList(types.DefaultTypeAdapter, []ref.Val{types.IntOne})
	for range 40 {
		v = types.NewRefValList(types.DefaultTypeAdapter, []ref.Val{v, v})
		w = types.NewRefValList(types.DefaultTypeAdapter, []ref.Val{w, w})
	}
	if got := equalWithin(v, w, maxWork/100); !types.IsError(got) {
		t.Errorf("got %v", got)
	}
}
