package expr

import (
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"

	"github.com/apicel/apicel/spec"
)

// Any text compiles or is refused with a place inside it, and text escaped as
// the language says stands for itself.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{``, `a`, `${vars.n}`, `$${a}`, `$$${`, `${"}"}`, `${{"a": {"b": 1}}}`, "${r'''\n'''}", `${"\u0000"}`, "${`a`}", `é${vrs}é`, `${body.all(x, x.y)}`, "${// }\n1}", `${1..2}`, `${"${x}"}`, `${a.?b[?"c"]}`} {
		f.Add(s)
	}
	c := newTestCompiler(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		escaped := strings.ReplaceAll(text, "${", "$${")
		tmpl, ps := c.Template(plain(escaped), spec.ScopeQuery, EscapeNone)
		if tmpl == nil {
			t.Fatalf("%q is refused: %s", escaped, problemLines(ps))
		}
		if got, ok := tmpl.Constant(); !ok || got != text {
			t.Fatalf("%q gives %q", escaped, got)
		}
		for _, esc := range []Escape{EscapeNone, EscapePath, EscapeXML} {
			tmpl, ps = c.Template(plain(text), spec.ScopeCheck, esc)
			if (tmpl == nil) != ps.HasErrors() {
				t.Fatalf("%q gives %v and %s", text, tmpl, problemLines(ps))
			}
			checkProblems(t, text, ps)
			if tmpl != nil {
				_, _ = tmpl.Text(background, testActivation())
			}
		}
		_, ps = c.Expr(plain(text), spec.ScopeCheck, cel.BoolType)
		checkProblems(t, text, ps)
		c.units = map[unitKey]*lazyUnit{}
	})
}

func checkProblems(t *testing.T, text string, ps spec.Problems) {
	for _, p := range ps {
		if p.Pos.Col < 1 || p.Pos.Col > len([]rune(text))+1 || p.Message == "" {
			t.Fatalf("%q: problem at %v: %q", text, p.Pos, p.Message)
		}
	}
}

// Nothing that is taken for JSON makes the values panic, and what is JSON is
// read like any other reader does.
func FuzzJSONValue(f *testing.F) {
	for _, s := range []string{``, `{}`, `[]`, `{"a":1,"a":2}`, `[1,[2,{"b":"\u00e9\""}]]`, `{"a\"b":{}}`, `{`, `[1`, `{"a"`, `{"a":`, `"\`, `[,]`, `{:}`, `{"a" 1}`, `tru`, `-`, `1e999`, testBody} {
		f.Add(s)
	}
	for _, s := range []string{`[{"a":{"x":1,"x":2},"b":[],"a":{"x":3}}]`, `{"a":1, "\u0061" : 2}`, `{` + manyMembers() + `"z":1}`, `{` + manyMembers() + `"\u006b7":7}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := FromJSON([]byte(text))
		visit(v, 0)
		out, err := ToJSON(v)
		unique, wrong := checkUnique(text)
		if (wrong == nil) != (CheckJSON(text) == nil) {
			t.Fatalf("%q is JSON, or it is not: %v", text, wrong)
		}
		if wrong != nil {
			return
		}
		checkReadings(t, text, unique)
		if err != nil || string(out) != strings.Trim(text, jsonSpace) && CheckJSON(string(out)) != nil {
			t.Fatalf("%q gives %q %v", text, out, err)
		}
		if unique && types.Equal(v, FromJSON(compact([]byte(text)))) != types.True && !strings.Contains(text, "e") && !strings.Contains(text, "E") {
			t.Fatalf("%q is not equal to itself without white space", text)
		}
	})
}

func visit(v any, depth int) {
	if depth > 20 {
		return
	}
	switch v := v.(type) {
	case traits.Mapper:
		v.Size()
		for it := v.Iterator(); it.HasNext() == types.True; {
			child, _ := v.Find(it.Next())
			visit(child, depth+1)
		}
	case traits.Lister:
		v.Size()
		for it := v.Iterator(); it.HasNext() == types.True; {
			visit(it.Next(), depth+1)
		}
	}
}
