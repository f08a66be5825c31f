package expr

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// A short path that makes much of little is refused, and finds nothing.
func TestPathGrowth(t *testing.T) {
	const greedy = "the gjson path may give more than 1000 copies of what it finds"
	chain := func(part string, n int) string { return strings.TrimSuffix(strings.Repeat(part+"|", n), "|") }
	for path, want := range map[string]string{
		chain("[@this,@this]", 9):      "",
		chain("[@this,@this]", 40):     greedy,
		chain("{a:@this,b:@this}", 40): greedy,
		chain("@tostr", 9):             "",
		chain("@tostr", 40):            greedy,
		"@dig:a|#.b":                   "",
		"{x:@dig:a,y:@dig:b}":          "",
		"@dig:@dig:a":                  greedy,
		"@dig:@this|@dig:@this":        greedy,
		"lines.#(" + chain("[@this,@this]", 40) + "==1).a":             greedy,
		"@dig:" + chain("[@this,@this]", 40):                           greedy,
		"{" + strings.TrimSuffix(strings.Repeat("a,", 900), ",") + "}": "",
		"lines.#.{sku,qty,price}":                                      "",
	} {
		got := ""
		if f := CheckPath(path); f != nil {
			got = f.Message
		}
		if got != want {
			t.Errorf("%.60s: got %q, want %q", path, got, want)
		}
		if found := Lookup(gjson.Parse(`{"a":"\""}`), path); want == greedy && found.Exists() {
			t.Errorf("%.60s gives %.60s", path, found.Raw)
		}
	}
}

// Deep nesting would let @dig find the same again at each level.
func TestDigInDeepDocument(t *testing.T) {
	const levels = 9000
	deep := gjson.Parse(strings.Repeat(`{"a":`, levels) + `"` + strings.Repeat("x", 200_000) + `"` + strings.Repeat(`}`, levels))
	const path = `b.@dig:a`
	if f := CheckLookup(deep, path); f == nil || f.At != 2 {
		t.Errorf("got %v", f)
	}
	if found := Lookup(deep, path); found.Exists() {
		t.Error("it was looked up")
	}
	if f := CheckLookup(gjson.Parse(testBody), `@dig:qty`); f != nil {
		t.Errorf("got %s", f.Message)
	}
	c := newTestCompiler(t)
	a := testActivation()
	a.Response.Body = []byte(deep.Raw)
	_, err := mustExpr(t, c, `gjson(body, "@dig:a")`, 1<<6).Eval(background, a)
	if got := errorLine(t, err); got != `1:1: @dig may find more than 1024 MiB, because the value is nested deeply [name the way to what it looks for]` {
		t.Error(got)
	}
	if got := nestedSize(`{"a":[1,"]"]}`); got != 18 { // 12 and 6: closing brackets are left out
		t.Errorf("nested size is %d", got)
	}
}
