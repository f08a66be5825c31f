package expr

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"

	"github.com/apicel/apicel/spec"
)

// anyJSON draws a JSON value as Go's decoder gives it, with keys that make
// trouble.
func anyJSON(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Float64Range(-1e9, 1e9).AsAny(), rapid.String().AsAny(),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	key := rapid.OneOf(rapid.StringMatching(`[a-c]{1,2}`), rapid.SampledFrom([]string{"", `"`, `\`, "a.b", "#", "é", "\n", "*", "0"}))
	inner := rapid.Deferred(func() *rapid.Generator[any] { return anyJSON(depth - 1) })
	return rapid.OneOf(append(scalars,
		rapid.SliceOfN(inner, 0, 20).AsAny(), rapid.MapOfN(key, inner, 0, 20).AsAny())...)
}

// decoded turns what Go's decoder gives into CEL's own values.
func decoded(v any) ref.Val {
	switch v := v.(type) {
	case map[string]any:
		m := map[ref.Val]ref.Val{}
		for k, e := range v {
			m[types.String(k)] = decoded(e)
		}
		return types.NewRefValMap(types.DefaultTypeAdapter, m)
	case []any:
		l := make([]ref.Val, len(v))
		for i, e := range v {
			l[i] = decoded(e)
		}
		return types.NewRefValList(types.DefaultTypeAdapter, l)
	case json.Number:
		return nativeNumber(string(v))
	case nil:
		return types.NullValue
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// Lazy values are like decoded ones in everything that CEL can ask.
func TestLazyEqualsDecoded(t *testing.T) {
	c := newTestCompiler(t)
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.OneOf(
			rapid.MapOf(rapid.StringMatching(`[a-d]`), anyJSON(2)).AsAny(),
			rapid.SliceOf(anyJSON(2)).AsAny(),
		).Draw(t, "value")
		var raw []byte
		if rapid.Bool().Draw(t, "indent") {
			raw, _ = json.MarshalIndent(data, " ", "\t")
		} else {
			raw, _ = json.Marshal(data)
		}
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		dec.UseNumber()
		var again any
		if err := dec.Decode(&again); err != nil {
			t.Fatal(err)
		}
		lazy, want := FromJSON(raw), decoded(again)
		for _, pair := range [][2]ref.Val{{lazy, want}, {want, lazy}, {lazy, FromJSON(raw)}} {
			if types.Equal(Native(pair[0]), Native(pair[1])) != types.True {
				t.Fatalf("%s: %T is not equal to %T", raw, pair[0], pair[1])
			}
		}
		for _, text := range []string{
			`row`, `size(row)`, `row.?a.orValue(0)`, `row[?0].orValue(0)`, `has(row.a)`, `"a" in row`, `row.a`, `row[0]`, `row["b"]`, `row[row.a]`,
			`row.all(x, x == x)`, `row.exists(x, x == 1)`, `row.filter(x, x != null)`, `row == [1] || row == {"a": 1}`, `row + row`, `row + [1]`, `[1] + row`,
			`type(row)`, `row.transformList(k, v, v)`, `row.slice(0, 1)`, `row.reverse()`, `row.flatten()`, `1 in row`, `row.a.b.c`, `row[1].b[0]`, `string(row)`, `row.distinct()`,
		} {
			if got, want := result(c, text, lazy), result(c, text, want); got != want {
				t.Fatalf("%s of %s\nlazy    %s\ndecoded %s", text, raw, got, want)
			}
		}
	})
}

func result(c *Compiler, text string, row ref.Val) string {
	e, ps := c.Expr(plain(text), spec.ScopeQuery, cel.DynType)
	if e == nil {
		return problemLines(ps)
	}
	v, err := e.Eval(background, &Activation{Row: row})
	if err != nil {
		return "error " + err.Error()[:min(20, len(err.Error()))] // the order of keys in hints may differ
	}
	if t, ok := v.(*types.Type); ok {
		return t.String()
	}
	if l, ok := v.(traits.Lister); ok && strings.Contains(text, "filter") || ok && strings.Contains(text, "transform") {
		return fmt.Sprint(l.Size()) // the order of keys differs
	}
	out, err := ToJSON(v)
	if err != nil {
		return err.Error()
	}
	var canonical any
	dec := json.NewDecoder(strings.NewReader(string(out)))
	dec.UseNumber()
	_ = dec.Decode(&canonical)
	return fmt.Sprint(normal(canonical))
}

// normal makes numbers comparable whatever their spelling.
func normal(v any) any {
	switch v := v.(type) {
	case json.Number:
		return nativeNumber(string(v)).Value()
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		raw    string
		native ref.Val
	}{
		{"0", types.Int(0)}, {"-7", types.Int(-7)},
		{"9007199254740993", types.Int(9007199254740993)},
		{"9223372036854775807", types.Int(9223372036854775807)}, {"-9223372036854775808", types.Int(-9223372036854775808)},
		{"9223372036854775808", types.Uint(9223372036854775808)}, {"18446744073709551615", types.Uint(18446744073709551615)},
		{"12345678901234567890", types.Uint(12345678901234567890)}, {"18446744073709551616", types.Double(18446744073709551616)},
		{"1.10", types.Double(1.1)}, {"12345678.9", types.Double(12345678.9)}, {"1e3", types.Double(1000)}, {"1.0", types.Double(1)}, {"-0", types.Int(0)}, {"-0.0", types.Double(0)},
		{"123456789012345678901234567890", types.Double(1.2345678901234568e29)},
	} {
		v := FromJSON([]byte(" " + tt.raw + "\n"))
		if Native(v).Type() != tt.native.Type() || Native(v).Equal(tt.native) != types.True || v.Equal(tt.native) != types.True {
			t.Errorf("%s is %v %v, expected %v", tt.raw, v.Type(), v.Value(), tt.native.Value())
		}
		if out, err := ToJSON(v); err != nil || string(out) != tt.raw {
			t.Errorf("%s is written as %s %v", tt.raw, out, err)
		}
		for _, wrapped := range []string{`[%s]`, `{"a":%s}`, `{"a":[0, {"b" : %s }, 1]}`} {
			raw := fmt.Sprintf(wrapped, tt.raw)
			if out, err := ToJSON(FromJSON([]byte(raw))); err != nil || string(out) != raw {
				t.Errorf("%s is written as %s %v", raw, out, err)
			}
		}
	}
}

func TestElements(t *testing.T) {
	els, ok := Elements(FromJSON([]byte(`[1.10, {"a": 1}, "x"]`)))
	if !ok || len(els) != 3 {
		t.Fatalf("got %v %v", els, ok)
	}
	if out, _ := ToJSON(els[0]); string(out) != "1.10" {
		t.Errorf("got %s", out)
	}
	if els, ok := Elements(types.NewStringList(types.DefaultTypeAdapter, []string{"a"})); !ok || len(els) != 1 {
		t.Errorf("got %v %v", els, ok)
	}
	if _, ok := Elements(types.String("a")); ok {
		t.Error("a string is no list")
	}
}

func TestList(t *testing.T) {
	list := List([]ref.Val{FromJSON([]byte("1.10")), types.String("a"), types.Int(2), types.NullValue, FromJSON([]byte(`{"a": 1e3}`))})
	if out, err := ToJSON(list); err != nil || string(out) != `[1.10,"a",2,null,{"a": 1e3}]` {
		t.Errorf("got %s %v", out, err)
	}
	e := mustExpr(t, newTestCompiler(t), `row[0] + 1.0`, spec.ScopeQuery)
	for _, list := range []ref.Val{List([]ref.Val{FromJSON([]byte("1.10"))}), List([]ref.Val{FromJSON([]byte("1.10")), types.Bytes("x")})} {
		if v, err := e.Eval(background, &Activation{Row: list}); err != nil || v != types.Double(2.1) {
			t.Errorf("got %v %v", v, err)
		}
	}
	if v := List([]ref.Val{types.Double(2)}).(traits.Lister).Get(types.IntZero); v != types.Double(2) {
		t.Errorf("the double 2.0 became %v %v", v.Type(), v)
	}
	if v := List(nil).(traits.Lister); v.Size() != types.IntZero {
		t.Errorf("got %v", v)
	}
}

func TestConversions(t *testing.T) {
	m := FromJSON([]byte(`{"a": [1, {"b": null}]}`))
	raw, err := m.ConvertToNative(reflect.TypeFor[json.RawMessage]())
	if err != nil || string(raw.(json.RawMessage)) != `{"a": [1, {"b": null}]}` {
		t.Errorf("got %s %v", raw, err)
	}
	pb, err := m.ConvertToNative(reflect.TypeFor[*structpb.Value]())
	if err != nil || pb.(*structpb.Value).GetStructValue().GetFields()["a"] == nil {
		t.Errorf("got %v %v", pb, err)
	}
	l := FromJSON([]byte(`["a", "b"]`))
	native, err := l.ConvertToNative(reflect.TypeFor[[]string]())
	if err != nil || !reflect.DeepEqual(native, []string{"a", "b"}) {
		t.Errorf("got %v %v", native, err)
	}
	if m.ConvertToType(types.StringType).Type() != types.ErrType || l.ConvertToType(types.MapType).Type() != types.ErrType {
		t.Error("a map is no string and a list no map")
	}
	if len(m.Value().(map[ref.Val]ref.Val)) != 1 || len(l.Value().([]ref.Val)) != 2 {
		t.Errorf("values are %v and %v", m.Value(), l.Value())
	}
}

// Values are shared by queries that run at once.
func TestLazyConcurrent(t *testing.T) {
	v := FromJSON([]byte(testBody))
	e := mustExpr(t, newTestCompiler(t), `row.lines.map(l, l.sku).size() + row.nested.deep.deeper[1].size() + (row.tags + row.tags).size()`, spec.ScopeQuery)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := e.Eval(background, &Activation{Row: v}); err != nil || got != types.Int(9) {
				t.Errorf("got %v %v", got, err)
			}
		})
	}
	wg.Wait()
}
