package expr

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxLookUp is how long a look-up in a small document may take.
const maxLookUp = 30 * time.Second

// Any text is refused with a place inside it or looked up in time, and what is
// found is what gjson finds.
func FuzzGJSONPath(f *testing.F) {
	for _, path := range []string{
		`lines.#.price`, `lines.#(qty>1)#.sku`, `@this`, `@dig:qty`, `[@this,@this]|[@this,@this]`, `{"a":lines.0,"b":tags}`, `..#.a`, `!"x"`, `lines.#(sku%"A*").qty`,
		`a\.b`, `#(#(#(`, `@tostr|@tostr|@fromstr`, `@pretty:{"indent":" "}`, `tags|@join`, `[a,b].#.@keys`, `@dig:@dig:a`, `*.*.*`, `#.#.#.#`, `@`, `!`, `|`, `..`,
	} {
		f.Add(testBody, path)
	}
	f.Add(strings.Repeat(`[`, 500)+strings.Repeat(`]`, 500), `@dig:@this`)
	f.Add(strings.Repeat(`{"a":`, 300)+`1`+strings.Repeat(`}`, 300), `@dig:a`)
	f.Fuzz(func(t *testing.T, doc, path string) {
		if len(doc) > 3000 || len(path) > 300 {
			return
		}
		fault := CheckPath(path)
		if fault != nil && (fault.At < 0 || fault.At > len(path) || fault.Message == "") {
			t.Fatalf("%q: fault at %d: %q", path, fault.At, fault.Message)
		}
		start := time.Now()
		found := Lookup(gjson.Parse(doc), path)
		if took := time.Since(start); took > maxLookUp {
			t.Fatalf("%q in %q takes %v", path, doc, took)
		}
		if !found.Exists() || !gjson.Valid(doc) {
			return
		}
		if fault == nil && len(found.Raw) > (len(doc)+len(path)+10)*(maxGrowth+1)*8 {
			t.Fatalf("%q in %d bytes gives %d", path, len(doc), len(found.Raw))
		}
		if plain := gjson.Parse(doc).Get(path); plain.Raw != found.Raw {
			t.Fatalf("%q in %q gives %q, of gjson's own %q", path, doc, found.Raw, plain.Raw)
		}
	})
}

// A key that is escaped stands for itself, whatever is in it.
func FuzzGJSONKey(f *testing.F) {
	for _, key := range []string{`a`, `a.b`, `@this`, `#`, `0`, `a|b`, `{x}`, `[1]`, `!true`, `\`, `*`, `é`, `#(a)`, "\n", `..a`, `a:b`, `$`} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if key == "" || !utf8.ValidString(key) {
			return
		}
		path := gjson.Escape(key)
		doc := "{" + string(appendString(nil, key)) + ":1}"
		if !gjson.Parse(doc).Get(path).Exists() {
			return // gjson escapes too little itself
		}
		if fault := CheckPath(path); fault != nil && path[0] != '$' {
			t.Fatalf("%q is refused: %s", path, fault.Message)
		}
		if !Lookup(gjson.Parse(doc), path).Exists() {
			t.Fatalf("%q finds nothing in %s", path, doc)
		}
	})
}
