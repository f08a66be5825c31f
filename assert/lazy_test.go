package assert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"pgregory.net/rapid"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// TestLazyValuesAreDecodedOnes evaluates random expressions on random JSON, once
// on values that are read from the bytes when they are asked for, and once on
// maps and lists that were decoded before. Both give the same, or go wrong in
// the same way.
func TestLazyValuesAreDecodedOnes(t *testing.T) {
	c, err := expr.NewCompiler(expr.Decls{Vars: []expr.VarDecl{{Name: "x", Type: cel.DynType}}})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		raw := drawJSON(t, 3)
		source := drawForm(t, 3, nil)
		compiled, problems := c.Expr(spec.String{Value: source, Pos: spec.Pos{File: spec.NewFile("suite.yaml", []byte(source)), Line: 1, Col: 1}}, spec.ScopeCheck, cel.DynType)
		if problems.HasErrors() {
			outcomes["refused"]++
			t.Skip(problems[0])
		}
		lazy := evaluate(compiled, expr.FromJSON([]byte(raw)))
		decoded := evaluate(compiled, decode(t, raw))
		for range 50 { // a Go map has its keys in any order, one of which is the document's
			if lazy == decoded {
				break
			}
			decoded = evaluate(compiled, decode(t, raw))
		}
		if lazy != decoded {
			t.Fatalf("%s\non %s\nlazy    %s\ndecoded %s", source, raw, lazy, decoded)
		}
		kind, _, _ := strings.Cut(lazy, ":")
		outcomes[kind]++
	})
	t.Log(outcomes)
	if outcomes["value"] < 5 {
		t.Error("hardly any expression has a value")
	}
}

// evaluate gives a value as text, or the kind of an error.
func evaluate(e *expr.Expr, x ref.Val) string {
	v, err := e.Eval(context.Background(), &expr.Activation{Vars: map[string]ref.Val{"x": x}})
	var bad *expr.EvalError
	switch {
	case errors.As(err, &bad):
		return fmt.Sprintf("error: missing %t, %s", bad.Missing, kindOfMessage(bad.Message))
	case err != nil:
		return "other error: " + err.Error()
	}
	return "value: " + describe(expr.Native(v))
}

// particulars are the parts of a message that tell values apart, and not kinds
// of errors.
var particulars = regexp.MustCompile(`"[^"]*"|[0-9]+|\*\w+\..*`)

func kindOfMessage(message string) string { return particulars.ReplaceAllString(message, "…") }

// describe spells a value with its type. The keys of maps are sorted, because
// CEL's own have no order.
func describe(v ref.Val) string {
	switch v := v.(type) {
	case types.Double, types.Int, types.Uint, types.String, types.Bool, types.Null:
		return fmt.Sprintf("%s %#v", v.Type().TypeName(), v.Value())
	}
	raw, err := expr.ToJSON(v)
	if err != nil {
		return v.Type().TypeName() + " " + err.Error()
	}
	var plain any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&plain); err != nil {
		return err.Error()
	}
	sorted, _ := json.Marshal(spellNumbers(plain))
	return v.Type().TypeName() + " " + string(sorted)
}

// spellNumbers spells numbers by their values: a decoded one does not know how
// it was written.
func spellNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return numberKey(string(v))
	case []any:
		for i := range v {
			v[i] = spellNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = spellNumbers(v[k])
		}
	}
	return v
}

// decode makes Go maps and lists of JSON, with CEL's own numbers.
func decode(t *rapid.T, raw string) ref.Val {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return types.DefaultTypeAdapter.NativeToValue(natives(v))
}

func natives(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return i
		}
		if u, err := strconv.ParseUint(string(v), 10, 64); err == nil {
			return u
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = natives(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = natives(v[k])
		}
	}
	return v
}

var (
	someKeys    = []string{"a", "b", "c", "in-valid", "é"}
	someScalars = []string{`0`, `1`, `2`, `-1`, `1.0`, `2.5`, `1e2`, `9007199254740993`, `18446744073709551615`, `-0`, `true`, `false`, `null`, `""`, `"a"`, `"b"`, `"é"`, `"1"`, `"\u00e9\n"`}
)

// drawJSON draws a value whose objects have no key twice: what a decoder makes
// of these is its own affair.
func drawJSON(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 3).Draw(t, "kind")
	if depth == 0 || kind == 0 {
		return rapid.SampledFrom(someScalars).Draw(t, "scalar")
	}
	n := rapid.IntRange(0, 3).Draw(t, "size")
	space := rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space")
	var parts []string
	if kind == 1 {
		for range n {
			parts = append(parts, space+drawJSON(t, depth-1))
		}
		return "[" + strings.Join(parts, space+",") + space + "]"
	}
	for _, key := range rapid.Permutation(someKeys).Draw(t, "keys")[:n] {
		parts = append(parts, fmt.Sprintf("%s%q%s:%s%s", space, key, space, space, drawJSON(t, depth-1)))
	}
	return "{" + strings.Join(parts, space+",") + space + "}"
}

// drawExpr draws an expression that looks into vars.x and the given variables.
func drawExpr(t *rapid.T, depth int, names []string) string {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		return drawLeaf(t, names)
	}
	return drawForm(t, depth, names)
}

func drawForm(t *rapid.T, depth int, names []string) string {
	sub := func() string { return drawExpr(t, depth-1, names) }
	name := fmt.Sprintf("v%d", len(names))
	inner := func() string { return drawExpr(t, depth-1, append(slices.Clone(names), name)) }
	form := rapid.SampledFrom(forms).Draw(t, "form")
	for strings.Contains(form, "SUB") {
		form = strings.Replace(form, "SUB", sub(), 1)
	}
	for strings.Contains(form, "INNER") {
		form = strings.Replace(form, "INNER", inner(), 1)
	}
	form = strings.ReplaceAll(form, "VAR", name)
	return strings.ReplaceAll(form, "KEY", rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"))
}

func drawLeaf(t *rapid.T, names []string) string {
	leaves := append([]string{"vars.x", "vars.x", "vars.x.a", "vars.x.b", "vars.x[0]", "1", "0", "2.5", `"a"`, "true", "null", "[]", "{}", "1u"}, names...)
	return rapid.SampledFrom(append(leaves, names...)).Draw(t, "which")
}

// forms are the shapes of expressions: SUB is any expression, INNER one that
// may read VAR, KEY a key.
var forms = []string{
	"SUB", "(SUB).KEY", "(SUB)[\"KEY\"]", "(SUB)[SUB]", "(SUB).?KEY", "(SUB)[?SUB]", "(SUB).?KEY.orValue(SUB)", "(SUB).?KEY.hasValue()",
	"has(vars.x.KEY)", "has(vars.x.a.KEY)", "dyn(SUB) == SUB", "dyn(SUB) != SUB", "dyn(SUB) < SUB", "dyn(SUB) + SUB", "dyn(SUB) * SUB", "-dyn(SUB)",
	"dyn(SUB) in dyn(SUB)", "\"KEY\" in dyn(SUB)", "size(dyn(SUB))", "dyn(SUB).size()", "type(SUB)", "int(dyn(SUB))", "double(dyn(SUB))",
	"dyn(SUB) && SUB", "dyn(SUB) || SUB", "!dyn(SUB)", "dyn(SUB) ? SUB : SUB", "[SUB, SUB]", "{\"KEY\": SUB}",
	"dyn(SUB).all(VAR, INNER)", "dyn(SUB).exists(VAR, INNER)", "dyn(SUB).exists_one(VAR, INNER)", "dyn(SUB).filter(VAR, INNER)", "dyn(SUB).map(VAR, INNER)",
	"dyn(SUB).all(VAR, w, INNER)", "dyn(SUB).exists(w, VAR, INNER)", "dyn(SUB).transformList(w, VAR, INNER)", "dyn(SUB).transformMap(w, VAR, INNER)",
	"dyn(SUB).startsWith(\"a\")", "dyn(SUB).contains(\"a\")", "sets.contains(dyn(SUB), dyn(SUB))",
}
