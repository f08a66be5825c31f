package assert

import (
	"context"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// FuzzMatch judges any JSON by any matcher: nothing panics, a value equals
// itself, a matcher that fails says why, and two nots are none.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][3]string{
		{order, "lines.#.qty", `{"each":{"gt":0},"length":3}`},
		{`[1,"1",null,{"a":[1.0]}]`, "@reverse", `{"unordered":[1,"1",null,{"a":[1]}]}`},
		{`{"a":"é\u0000"}`, "a", `{"contains":"é","matches":".","not":{"one_of":["x",1]}}`},
		{`{"a":1,"a":2}`, "a", `{"includes":{"a":1}}`},
		{`"2026-01-02T03:04:05Z"`, "@this", `{"format":"date-time"}`},
		{`1e999999999`, "@this", `{"gte":-1e-999999999}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, body, at, def string) {
		value, err := parseBody(body, false)
		if err != nil || !gjson.Valid(def) {
			return
		}
		r := &run{ctx: context.Background(), path: newPath(at)}
		checkSelf(t, r, value)
		m, err := built(t, false, def)
		if err != nil {
			return
		}
		picked, missing, _ := r.path.find(value)
		r.hint(r.path, value)
		for _, s := range []subject{{value: value}, {value: picked, missing: missing}} {
			verdict := m.judge(r, s)
			if faults := m.explain(r, s); (len(faults) > 0) != (verdict != holds) {
				t.Fatalf("%s of %s: verdict %d, faults %v", def, body, verdict, faults)
			} else if len(faults) > 0 {
				r.foundAt(r.merge(faults))
			}
			twice := negated(negated(m))
			if got := twice.judge(r, s); got != verdict {
				t.Fatalf("not not %s of %s: got %d, want %d", def, body, got, verdict)
			}
		}
	})
}

func negated(m *matcher) *matcher { return &matcher{ops: []*op{{name: "not", sub: m}}} }

// checkSelf says that a value is what it is.
func checkSelf(t *testing.T, r *run, v gjson.Result) {
	names := []string{"equals"}
	if kindOf(v) == spec.List {
		names = append(names, "unordered")
	}
	if (kindOf(v) == spec.List || kindOf(v) == spec.Map) && size(v) > 0 {
		names = append(names, "includes")
	}
	for _, name := range names {
		o := &op{name: name}
		if err := o.prepare(v); err != nil {
			t.Fatalf("%s %s: %v", name, v.Raw, err)
		}
		if got := o.judge(r, subject{value: v}); got != holds {
			t.Fatalf("%s of %s itself: got %d", name, v.Raw, got)
		}
		if d := r.diffAt(subject{value: v}, v, false); d != "" {
			t.Fatalf("%s differs from itself: %s", v.Raw, d)
		}
	}
}

func FuzzParseBody(f *testing.F) {
	f.Add([]byte("{\"a\":\n [1,]}"))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := parseBody(string(data), false); err != nil && err.Error() == "" {
			t.Fatal("an error without a message")
		}
	})
}
