package expr

import (
	"reflect"
	"testing"

	"github.com/apicel/apicel/spec"
)

func TestWholeNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"body.id == 17":                 "body.id == ##",
		"body.list[0].a1 == 20":         "body.list[#].a1 == ##",
		"size(body) > 3 && 7 in [7,8]":  "size(body) > # && # in [#,#]",
		"body.price == 1.5":             "",
		"body.a == 0x1F":                "",
		"body.a == 5u":                  "",
		"body.a == 007":                 "",
		"body.a == 1e3":                 "",
		"body.a == -5":                  "",
		"body.a == 1 // one":            "",
		"body.a == # && body.b == 1":    "",
		"body.ä == 1":                   "",
		"body.`a b` == 1":               "",
		`body.a == "7" && body.b == 8`:  `body.a == "7" && body.b == #`,
		`body.a == r"\" && 5 == 5`:      `body.a == r"\" && # == #`,
		`body.a == '''5' 6''' && 7==7`:  `body.a == '''5' 6''' && #==#`,
		`body.a == "7`:                  "",
		"body.a == 1234567890123456789": "",
		"body.a == 0":                   "body.a == #",
		"a1 == b2":                      "",
	} {
		numbers := wholeNumbers(text)
		got := ""
		if len(numbers) > 0 {
			got = masked(text, numbers)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// A text says the same whether or not one of its shape was compiled before.
func TestShapesMakeNoDifference(t *testing.T) {
	for _, tt := range []struct{ first, second string }{
		{"status == 200", "status == 201"},
		{"body.items[0].qty == 1", "body.items[1].qty == 2"},
		{"body.items[0]", "body.items[9]"},
		{"size(body.items) > 3 && status < 300", "size(body.items) > 1 && status < 999"},
		{"captures.order_id == 5 || row_index == 3", "captures.order_id == 7 || row_index == 4"},
		{"status in [200, 201, 204]", "status in [404, 409, 410]"},
		{"10 / 5 == 2", "10 / 0 == 2"},
		{"duration('5s') > duration('1s') && status == 1", "duration('5s') > duration('1s') && status == 2"},
		{"body.items.all(i, i.qty > 0)", "body.items.all(i, i.qty > 5)"},
		{"status + 100 == 301", "status + 200 == 401"},
		{"file('x') == 1", "file('x') == 2"},
		{"nothing == 1", "nothing == 2"},
		{"body.id + 1", "body.id + 2"},
		{"[1, 2, 3][0]", "[1, 2, 3][7]"},
		{"status == 9223372036", "status == 1234567890"},
	} {
		for _, pair := range [][2]string{{tt.first, tt.second}, {tt.second, tt.first}} {
			c, fresh := newTestCompiler(t), newTestCompiler(t)
			_, _ = c.Expr(plain(pair[0]), spec.ScopeCheck, nil)
			e, ps := c.Expr(plain(pair[1]), spec.ScopeCheck, nil)
			want, wantProblems := fresh.Expr(plain(pair[1]), spec.ScopeCheck, nil)
			if got, want := problemLines(ps), problemLines(wantProblems); got != want {
				t.Errorf("%s: problems %q, want %q", pair[1], got, want)
			}
			if e == nil || want == nil {
				continue
			}
			if !reflect.DeepEqual(e.Refs(), want.Refs()) || !e.Type().IsExactType(want.Type()) {
				t.Errorf("%s after %s: %v of %v, want %v of %v", pair[1], pair[0], e.Refs(), e.Type(), want.Refs(), want.Type())
			}
			if got, want := evaluated(t, e), evaluated(t, want); got != want {
				t.Errorf("%s after %s: %s, want %s", pair[1], pair[0], got, want)
			}
		}
	}
}

// FuzzShapes compiles any text with and without one of its shape before it: what
// is found wrong, read and computed is the same.
func FuzzShapes(f *testing.F) {
	for _, seed := range []string{
		"status == 200 && body.items[0].qty >= 12", "[1, 22, 333][2] + 4", `"1" + "2" == "12" && 7 in [7]`, "duration('5s') > duration('1s') || 10 % 3 == 1",
		"body.items.exists(i, i.qty == 2)", `r"" == "5" || 5 == 5`, "10 / 0 == 1 ? 5 : 66", "nothing == 1 && status > 99", "1.5 < 2", "{1: 2}[1]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 500 {
			return
		}
		numbers := wholeNumbers(text)
		other := []byte(text)
		for _, n := range numbers {
			for i := n.from; i < n.to; i++ {
				other[i] = '1' + (other[i]-'0')%9
			}
		}
		seen, fresh := newTestCompiler(t), newTestCompiler(t)
		_, _ = seen.Expr(plain(string(other)), spec.ScopeCheck, nil)
		got, problems := seen.Expr(plain(text), spec.ScopeCheck, nil)
		want, wanted := fresh.Expr(plain(text), spec.ScopeCheck, nil)
		if problemLines(problems) != problemLines(wanted) {
			t.Fatalf("%q: problems %s, want %s", text, problemLines(problems), problemLines(wanted))
		}
		if want == nil {
			return
		}
		if !reflect.DeepEqual(got.Refs(), want.Refs()) || !got.Type().IsExactType(want.Type()) {
			t.Errorf("%q: %v of %v, want %v of %v", text, got.Refs(), got.Type(), want.Refs(), want.Type())
		}
		if got, want := evaluated(t, got), evaluated(t, want); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	})
}

func evaluated(t *testing.T, e *Expr) string {
	t.Helper()
	v, err := e.Eval(t.Context(), testActivation())
	if err != nil {
		return errorLine(t, err)
	}
	text, err := ToText(v)
	if err != nil {
		return err.Error()
	}
	return text
}

func TestShapesAreUsed(t *testing.T) {
	c := newTestCompiler(t)
	for _, text := range []string{"body.id == 17", "body.id == 18", "body.id == 19", "body.id == 5"} {
		mustExpr(t, c, text, spec.ScopeCheck)
	}
	if len(c.shapes) != 2 {
		t.Errorf("%d shapes, expected one for two digits and one for one", len(c.shapes))
	}
}
