package expr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// What is found in a large body is what gjson finds.
func TestLookupPlain(t *testing.T) {
	filler := strings.Repeat(" ", largeJSON)
	for _, doc := range []string{
		`{"a": {"b": [10, {"c": "d\u0041\n"}, [true, null]]}, "1": "one", "n": 1.50, "e": {}, "l": [] ` + filler + `}`,
		`[{"id": 0}, {"id": 1, "a.b": 2}, "x", 12345678901234567890` + filler + `]`,
		filler + `"text"`,
	} {
		body := gjson.Parse(doc)
		found := 0
		for _, path := range []string{
			"a", "a.b", "a.b.0", "a.b.1.c", "a.b.2", "a.b.2.1", "a.b.7", "a.b.01", "a.b.-1", "a.b.#", "a.b.#.c", "1", "n", "e", "l", "l.0", "e.x",
			"a.*", "a|b", "@this", "0", "0.id", "1.id", `1.a\.b`, "2", "2.x", "3", "4", "missing", "a..b", "", "a.",
		} {
			keys := strings.Split(path, ".")
			got, ok := LookupPlain(viewJSON(doc, true), keys)
			if !ok {
				continue
			}
			found++
			want := Lookup(body, path)
			if !want.Exists() || got.Raw != want.Raw || got.Type != want.Type || got.Str != want.Str || got.Num != want.Num {
				t.Errorf("%s: got %q, want %q", path, got.Raw, want.Raw)
			}
			if _, ok := LookupPlain(viewJSON(doc, false), keys); ok {
				t.Errorf("%s: a body whose keys may stand twice is left to others", path)
			}
		}
		if found == 0 && !strings.HasSuffix(doc, `"text"`) {
			t.Errorf("nothing was found in %.20s…", doc)
		}
	}
	if _, ok := LookupPlain(viewJSON(`{"a": 1}`, true), []string{"a"}); ok {
		t.Error("a small body is left to gjson")
	}
}

func BenchmarkLookupPlain(b *testing.B) {
	var doc strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&doc, `,{"id":%d,"name":"object"}`, i)
	}
	text := "[" + doc.String()[1:] + "]"
	for b.Loop() {
		v := viewJSON(text, true)
		for i := range 10 {
			if r, ok := LookupPlain(v, []string{fmt.Sprint(i * 1000), "id"}); !ok || r.Int() != int64(i*1000) {
				b.Fatal(r)
			}
		}
	}
}
