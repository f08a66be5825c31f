package expr

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"

	"github.com/apicel/apicel/spec"
)

// What is declared is exactly what the table of variables names.
func TestVariablesAreThoseOfTheTable(t *testing.T) {
	env, err := base()
	if err != nil {
		t.Fatal(err)
	}
	plainEnv, err := cel.NewEnv(cel.OptionalTypes(), ext.Network())
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]string{}
	for _, v := range env.Variables() {
		declared[v.Name()] = v.Type().String()
	}
	for _, v := range plainEnv.Variables() {
		delete(declared, v.Name())
	}
	want := map[string]string{requestVar: "map(string, dyn)", timingVar: "map(string, dyn)", tlsVar: "map(string, dyn)"}
	for _, v := range spec.Variables {
		if name, ok := strings.CutSuffix(v.Name, ".*"); ok {
			elem := v.Type
			if elem == "as declared" {
				elem = "dyn"
			}
			want[name] = fmt.Sprintf("map(string, %s)", elem)
			continue
		}
		want[v.Name] = v.Type
	}
	if fmt.Sprint(declared) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", declared, want)
	}
}

// Every variable of the table has a value and can be read in its scopes alone.
func TestVariablesInTheirScopes(t *testing.T) {
	c := newTestCompiler(t)
	members := map[string]string{"env.*": "env.HOME", "vars.*": "vars.n", "secrets.*": "secrets.signing_key", "captures.*": "captures.etag", "cookies.*": "cookies.sid"}
	for _, v := range spec.Variables {
		text := v.Name
		if m := members[v.Name]; m != "" {
			text = m
		}
		for scope := spec.ScopeVars; scope <= spec.ScopeCheck; scope <<= 1 {
			e, ps := c.Expr(plain(text), scope, cel.DynType)
			if readable := v.Scopes&scope != 0; readable != (e != nil) {
				t.Errorf("%s in scope %b: readable %v, but %s", text, scope, readable, problemLines(ps))
			}
			if e == nil {
				continue
			}
			got, err := e.Eval(background, testActivation())
			if err != nil {
				t.Errorf("%s: %s", text, errorLine(t, err))
				continue
			}
			if e.Type().Kind() != cel.DynKind && !strings.HasPrefix(e.Type().String(), got.Type().TypeName()) {
				t.Errorf("%s is declared as %s and gives %s", text, e.Type(), got.Type().TypeName())
			}
		}
	}
}

// The functions beside CEL's own are exactly those of the table, with its signatures.
func TestFunctionsAreThoseOfTheTable(t *testing.T) {
	env, err := base()
	if err != nil {
		t.Fatal(err)
	}
	own, err := cel.NewEnv(cel.OptionalTypes(), ext.Strings(), ext.Lists(), ext.Sets(), ext.Math(), ext.Encoders(), ext.Regex(), ext.Network(), ext.TwoVarComprehensions())
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for name, f := range env.Functions() {
		if own.HasFunction(name) {
			continue
		}
		for _, o := range f.OverloadDecls() {
			var args []string
			for _, a := range o.ArgTypes() {
				args = append(args, a.String())
			}
			got = append(got, fmt.Sprintf("%s(%s) -> %s", name, strings.Join(args, ", "), o.ResultType()))
		}
	}
	for _, f := range spec.Functions {
		want = append(want, expand(f.Signature)...)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// expand writes a signature with alternatives as several without.
func expand(signature string) []string {
	before, after, ok := strings.Cut(signature, "string | bytes")
	if !ok {
		return []string{signature}
	}
	var out []string
	for _, t := range []string{"string", "bytes"} {
		out = append(out, expand(before+t+after)...)
	}
	return out
}

func TestTypeOf(t *testing.T) {
	number := func(s string) spec.Value { return spec.Value{Kind: spec.Number, Scalar: plain(s)} }
	for _, tt := range []struct {
		value spec.Value
		want  string
	}{
		{number("1"), "int"}, {number("1.0"), "double"}, {number("12345678901234567890"), "uint"}, {number("1e3"), "double"},
		{spec.Value{Kind: spec.Text, Scalar: plain("1")}, "string"}, {spec.Value{Kind: spec.Bool}, "bool"}, {spec.Value{Kind: spec.Null}, "dyn"},
		{spec.Value{Kind: spec.List}, "list(dyn)"}, {spec.Value{Kind: spec.Map}, "map(string, dyn)"},
	} {
		if got := TypeOf(tt.value).String(); got != tt.want {
			t.Errorf("%v %s: got %s, want %s", tt.value.Kind, tt.value.Scalar.Value, got, tt.want)
		}
	}
}
