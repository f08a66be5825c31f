package expr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"github.com/apicel/apicel/spec"
)

func TestCheckPath(t *testing.T) {
	const (
		empty    = "the gjson path has an empty part, which finds nothing"
		between  = `a key is missing between two dots; put \ before a dot that belongs to a key`
		add      = `add the bracket that closes it; put \ before one that belongs to a key: \`
		constant = `0: the gjson path gives the same whatever the body is [name what to find; put \ before a ! that belongs to a key: \!]`
	)
	for path, want := range map[string]string{
		"":     `0: the gjson path is empty [write "@this" for the whole value]`,
		"a.":   `1: ` + empty + ` [leave out the . at the end, or write what comes behind it]`,
		"a|":   `1: ` + empty + ` [leave out the | at the end, or write what comes behind it]`,
		".a":   `0: ` + empty + ` [leave out the . at the beginning]`,
		"..":   `0: ` + empty + ` [leave out the . at the beginning]`,
		"..a.": `3: ` + empty + ` [leave out the . at the end, or write what comes behind it]`,
		"a..b": `2: ` + empty + ` [` + between + `]`,
		"a.|b": `2: ` + empty + ` [a key is missing beside the |]`,
		"a||b": `2: ` + empty + ` [a key is missing beside the |]`,

		`a.#(b==1`:        `3: the ( of the gjson path is not closed [` + add + `(]`,
		`a.#(b=="x)`:      `7: the string in the gjson path has no closing quote [close it with "]`,
		`a.#(b.#(c>1)`:    `3: the ( of the gjson path is not closed [` + add + `(]`,
		`a.#(b..c==1)`:    `6: ` + empty + ` [` + between + `]`,
		`a.(b==1`:         `2: the ( of the gjson path is not closed [a query is written #(…); put \ before one that belongs to a key: \(]`,
		`a.b==1)`:         `6: the ) of the gjson path closes nothing [put \ before one that belongs to a key: \)]`,
		`a.[b,c`:          `2: the [ of the gjson path is not closed [` + add + `[]`,
		`{a,b`:            `0: the { of the gjson path is not closed [` + add + `{]`,
		`{a,"x":b..c}`:    `9: ` + empty + ` [` + between + `]`,
		`[a,b]c`:          `5: the gjson path goes on behind ] without a dot [write a . or a | between the two]`,
		`items[0].sku`:    `5: a gjson path has no brackets around an index [write items.0; put \ before a [ that belongs to a key]`,
		`items[*].sku`:    `5: a gjson path has no brackets around an index [write items.#; put \ before a [ that belongs to a key]`,
		`a.items[].sku`:   `7: a gjson path has no brackets around an index [write items.#; put \ before a [ that belongs to a key]`,
		`a.@revers`:       `2: unknown gjson modifier "@revers" [did you mean @reverse? put \ before an @ that belongs to a key: \@revers]`,
		`@type`:           `0: unknown gjson modifier "@type" [put \ before an @ that belongs to a key: \@type]`,
		`a|@nope:1|b`:     `2: unknown gjson modifier "@nope" [put \ before an @ that belongs to a key: \@nope]`,
		`$`:               `0: a gjson path does not begin with $ [write "@this" for the whole value; put \ before a $ that is a key: \$]`,
		`$.a.b`:           `0: a gjson path does not begin with $ [leave out "$."; put \ before a $ that is a key: \$]`,
		`!5`:              constant,
		`!"x"`:            constant,
		`!true|a`:         constant,
		`a|!5`:            constant,
		`{"a":!"x"}`:      constant,
		`a|[!1,[!null]]`:  constant,
		`{}`:              constant,
		`@flatten:{"a":1`: `9: the { of the gjson path is not closed [` + add + `{]`,
	} {
		f := CheckPath(path)
		if f == nil {
			t.Errorf("%s: nothing is wrong, want %s", path, want)
		} else if got := fmt.Sprintf("%d: %s [%s]", f.At, f.Message, f.Hint); got != want {
			t.Errorf("%s\n got %s\nwant %s", path, got, want)
		}
	}
	for _, path := range []string{
		"a", "a.b.0", "a.#", "#", "a.#.b", "..#", "..0.a", "a|..0", `a\.b`, `a\.`, `\.a`, `a\|`, `\@type`, `x.\@id.y`, `a\[0\]`, `\(x`, "*", "a*.?b",
		`a.#(b==1)`, `a.#(b=="x)..(")#.c`, `a.#(b=="\"")`, `a.#(c.#(d>1)).e`, `a.#(>1)#`, `a.#(=="x")`, `a.#(!%"*a*")`, `a.#(b==~true)#|0`, `a.#( b == 1 )`, `a.#[b==1]`,
		`a.#(b={)`, "@this", "a.@reverse.0", "a|@this|b", `@pretty:{"indent":"]"}`, `@flatten:{"deep":true}.0`, "@dig:a.b", `@join:{"x":"}"}|a`,
		`{a,b.c,"d":e.#(f=="}").g}`, `[a,b.0].0`, `a.{b,c}|@keys`, `{a,"b":!{"c":1}}`, "!", "!x", "!trues", `\!5`, `[!1,a]`, "a(b)", "user@example", `\$`, `\$.a`, "$a", "a.$.b", "a-b", "ü", "a b", "#text",
	} {
		if f := CheckPath(path); f != nil {
			t.Errorf("%s: %+v", path, f)
		}
	}
}

// TestLookup says that nothing stays nothing, whatever gjson makes of it.
func TestLookup(t *testing.T) {
	const doc = `{"status": "x", "none": null, "o": {"k": 1}, "e": [], "l": [{"a": 1}, {"b": 2}], "s": "[1]", "!x": 3}`
	for path, want := range map[string]string{
		"nope.@keys": "", "nope|@keys|#": "", "nope.@values": "", "nope.@tostr": "", "nope.{a,b}": "", "{a,b}": "", "[a,b]": "",
		"[a,b].#": "", "@dig:nope": "", "@dig:nope|#": "", "status.@keys": "", "status.@values": "", "none.@keys": "", "nope.@this.@keys": "",
		"nope.@reverse|@tostr": "", "o.{a,b}.@keys": "", `o.{a,"b":!5}`: "", "[nope.@keys]": "", `{"x":[nope,{nope}]}`: "", "l.#.{x,y}": "",
		"l.#.{x}|#": "", "l.#.{x}|@tostr": "", "nope.#.{x}": "", "l.#(a==1)#.{x}": "", "l.#(a==1).{b}": "", "o.@keys.9": "", "l.#.a.@keys": "", "[o.z.@values].0": "",
		"o.@keys": `["k"]`, "o.@values|#": "1", "none.@tostr": `"null"`, "@dig:k": "[1]", "[status,nope]": `["x"]`, "{nope,status}.status": `"x"`,
		"e.@values": "[]", "e.@reverse": "[]", "e.#.{a}": "[]", "l.#.{a}": `[{"a":1},{}]`, "l.#.{a}|0.a": "1", "l.#(a==1)#.{a}": `[{"a":1}]`,
		"s.@fromstr.0": "1", "!x": "3", "o.{k}.@keys.0": `"k"`, `{k,"v":o.k,"c":!5}`: `{"v":1,"c":5}`, "l.@reverse.0.b": "2", "l.#.@keys|1.0": `"b"`, "@this.o.k": "1",
		`s.@join:{"x":"|"}|@this`: `"[1]"`, "l.#.a": "[1]",
	} {
		if got := Lookup(gjson.Parse(doc), path).Raw; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// TestCheckPathKnowsModifiers says that gjson has what may be suggested.
func TestCheckPathKnowsModifiers(t *testing.T) {
	if len(modifiers) != 13 {
		t.Errorf("gjson has only %v", modifiers)
	}
}

// TestCheckPathTakesWhatFinds makes paths to what is in documents of odd keys.
func TestCheckPathTakesWhatFinds(t *testing.T) {
	odd := []string{"@type", "a.b", "#", "..", "a[0]", "(", "}", "|", `\`, "!x", "*", "{a", `"`}
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.OneOf(rapid.StringN(1, 6, -1), rapid.SampledFrom(odd)), 1, 4).Draw(t, "keys")
		doc, path := `"leaf"`, ""
		for _, k := range slices.Backward(keys) {
			name, _ := json.Marshal(k) // a string in memory cannot fail
			doc = fmt.Sprintf(`{%s: %s}`, name, doc)
		}
		for i, k := range keys {
			if i > 0 {
				path += rapid.SampledFrom([]string{".", "|"}).Draw(t, "separator")
			}
			path += gjson.Escape(k)
		}
		if f := CheckPath(path); f != nil {
			t.Fatalf("%s of %s is refused: %+v", path, doc, f)
		}
	})
}

// FuzzCheckPath says that a path that is refused finds nothing in a document
// whose keys are words, or only the 0 of nothing. Of broken selections, queries,
// modifiers and literals gjson makes something, which is not what was asked for.
func FuzzCheckPath(f *testing.F) {
	for _, path := range []string{"a..b", "a.@revers", `a.#(b=="x)`, "{a,b", "a[0]", "a|", ".a", "[a]b", "!1", `a.b.#(c>1)#.d`, "..0.a", "@pretty:{", "{a,@x}"} {
		f.Add(path)
	}
	const doc = `{"a": {"b": [{"c": 1, "d": "x"}, {"c": 2}], "e": null}, "b": [[1], "y"]}`
	f.Fuzz(func(t *testing.T, path string) {
		fault := CheckPath(path)
		if fault == nil {
			return
		}
		if fault.At < 0 || fault.At > len(path) || fault.Message == "" {
			t.Fatalf("%q: %+v", path, fault)
		}
		if found := gjson.Get(doc, path); strings.Trim(found.Raw, "[], 0") != "" && !strings.ContainsAny(path, "{[(@!") {
			t.Fatalf("%q finds %s, and is refused: %s at %d", path, found.Raw, fault.Message, fault.At)
		}
	})
}

// FuzzLookup says that what is found is what gjson finds, or nothing.
func FuzzLookup(f *testing.F) {
	for _, path := range []string{"nope.@keys", "l.#.{a,b}|#", "l.#(a>1)#.{a}|0", `{a,"x":!{"y":1}}.@values`, "@dig:a|0", "[[a],{b}].#.x", "..#.{a}", "l.#.#.{x}", "#.!5", `{"a|b",c}|@this`} {
		f.Add(path)
	}
	doc := gjson.Parse(`{"a": {"b": [{"c": 1, "d": "x"}, {"c": 2}], "e": null}, "l": [{"a": 1}, {"b": [2]}], "s": "y"}`)
	f.Fuzz(func(t *testing.T, path string) {
		found, want := Lookup(doc, path), doc.Get(path)
		if found.Exists() && found.Raw != want.Raw {
			t.Fatalf("%q: got %s, want %s", path, found.Raw, want.Raw)
		}
		if !found.Exists() && want.Exists() && !strings.ContainsAny(path, "{[@!") {
			t.Fatalf("%q finds %s, and got nothing", path, want.Raw)
		}
	})
}

func TestPathsInExpressions(t *testing.T) {
	const atEnd = `the gjson path has an empty part, which finds nothing [leave out the . at the end, or write what comes behind it]`
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`gjson(body, "lines.") == 1`, `1:19: ` + atEnd},
		{`gjson(body, r'a.#(b==1')`, `1:18: the ( of the gjson path is not closed [add the bracket that closes it; put \ before one that belongs to a key: \(]`},
		{`gjson(body, "\"a.")`, `1:17: ` + atEnd},
		{`gjson(body, "\\.a..b")`, `1:19: the gjson path has an empty part, which finds nothing [a key is missing between two dots; put \ before a dot that belongs to a key]`},
		{`gjson(body, "lines.#(sku==\"A1\").qty") == 2`, ``},
	} {
		_, ps := c.Expr(plain(tt.text), spec.ScopeCheck, cel.DynType)
		if got := problemLines(ps); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
	for _, path := range []string{"nope.@keys", "{nope}"} {
		_, err := mustExpr(t, c, fmt.Sprintf(`gjson(body, %q)`, path), spec.ScopeCheck).Eval(background, testActivation())
		if got := errorLine(t, err); !strings.Contains(got, fmt.Sprintf("the gjson path %q finds nothing", path)) {
			t.Error(got)
		}
	}
	_, err := mustExpr(t, c, `gjson(body, "lines" + ".")`, spec.ScopeCheck).Eval(background, testActivation())
	if got := errorLine(t, err); got != `1:1: `+atEnd {
		t.Error(got)
	}
}
