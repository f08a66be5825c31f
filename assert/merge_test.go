package assert

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/apicel/apicel/spec"
)

// literal is an entry that expects a number, or null where it is negative.
func literal(name string, n int) spec.Expectation {
	v := &spec.Value{Kind: spec.Number, Scalar: spec.String{Value: string(rune('0' + max(n, 0)))}}
	if n < 0 {
		v = &spec.Value{Kind: spec.Null}
	}
	return spec.Expectation{Subject: spec.String{Value: name}, Matcher: spec.Matcher{Literal: v}}
}

func drawEntries(t *rapid.T, label string) map[string]int {
	names := rapid.SampledFrom([]string{"a", "b", "c", "d"})
	return rapid.MapOf(names, rapid.IntRange(-1, 9)).Draw(t, label)
}

func entries(m map[string]int) []spec.Expectation {
	var list []spec.Expectation
	for name, n := range m {
		list = append(list, literal(name, n))
	}
	return list
}

// TestMergeOfEntries says what merging is: the query wins, a null lifts what
// is there and else means null.
func TestMergeOfEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		suite, query := drawEntries(t, "suite"), drawEntries(t, "query")
		var ps spec.Problems
		merged := merge(&spec.Expect{GJSON: entries(suite)}, &spec.Expect{GJSON: entries(query)}, &ps)
		want := map[string]int{}
		for name, n := range suite {
			want[name] = n
		}
		for name, n := range query {
			want[name] = n
			if _, inSuite := suite[name]; inSuite && n < 0 {
				delete(want, name)
			}
		}
		if len(merged.GJSON) != len(want) {
			t.Fatalf("got %v, want %v", merged.GJSON, want)
		}
		for _, e := range merged.GJSON {
			n, ok := want[e.Subject.Value]
			if !ok || isNull(e.Matcher) != (n < 0) || n >= 0 && e.Matcher.Literal.Scalar.Value != string(rune('0'+n)) {
				t.Fatalf("%s: got %v, want %d", e.Subject.Value, e.Matcher.Literal, n)
			}
		}
		if len(ps) > 0 {
			t.Fatalf("problems %v", ps)
		}
	})
}

// TestMergeOfKeys says the same of whole keys.
func TestMergeOfKeys(t *testing.T) {
	var keys []string
	for _, k := range spec.ExpectKeys {
		keys = append(keys, k.Name)
	}
	addUp := []string{"headers", "cookies", "gjson", "xpath", "cel"}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) []string {
			return rapid.SliceOfDistinct(rapid.SampledFrom(keys), func(k string) string { return k }).Draw(t, label)
		}
		inSuite, inQuery, lifted := draw("suite"), draw("query"), draw("lifted")
		lifted = slices.DeleteFunc(lifted, func(k string) bool { return slices.Contains(inQuery, k) })
		suite, query := expectWith(inSuite, "suite"), expectWith(inQuery, "query")
		for _, k := range lifted {
			query.Lifted = append(query.Lifted, spec.String{Value: k})
		}
		var ps spec.Problems
		merged := merge(suite, query, &ps)
		for _, k := range keys {
			var want []string
			if slices.Contains(inSuite, k) && !slices.Contains(lifted, k) {
				want = append(want, "suite")
			}
			if slices.Contains(inQuery, k) {
				if !slices.Contains(addUp, k) {
					want = nil
				}
				want = append(want, "query")
			}
			if got := saidBy(merged, k); !slices.Equal(got, want) {
				t.Fatalf("%s: got %v, want %v", k, got, want)
			}
		}
	})
}

// expectWith has the keys, each saying who says it.
func expectWith(keys []string, who string) *spec.Expect {
	said := spec.String{Value: who, Pos: spec.Pos{File: spec.NewFile("x", nil), Line: 1, Col: 1}}
	value := &spec.Value{Kind: spec.Text, Scalar: said}
	e := &spec.Expect{}
	entry := []spec.Expectation{{Subject: said, Matcher: spec.Matcher{Literal: value}}}
	for _, k := range keys {
		switch k {
		case "status":
			e.Status = []spec.String{said}
		case "headers":
			e.Headers = entry
		case "cookies":
			e.Cookies = entry
		case "gjson":
			e.GJSON = entry
		case "xpath":
			e.XPath = entry
		case "schema":
			e.Schema = &spec.Schema{Path: said}
		case "snapshot":
			e.Snapshot = &spec.Snapshot{Path: said}
		case "json":
			e.JSON = value
		case "text":
			e.Text = &spec.Matcher{Literal: value}
		case "cel":
			e.CEL = []spec.CELCheck{{That: said}}
		case "max_duration":
			e.MaxDuration = spec.Duration{Text: said}
		case "max_size":
			e.MaxSize = spec.Size{Text: said}
		}
	}
	return e
}

// entriesOf are the entries of a key that is a map of matchers.
func entriesOf(e spec.Expect, key string) []spec.Expectation {
	return map[string][]spec.Expectation{"headers": e.Headers, "cookies": e.Cookies, "gjson": e.GJSON, "xpath": e.XPath}[key]
}

// saidBy tells who says what of a key.
func saidBy(e spec.Expect, key string) []string {
	var said []string
	for _, entry := range entriesOf(e, key) {
		said = append(said, entry.Subject.Value)
	}
	switch {
	case key == "status" && e.Status != nil:
		return []string{e.Status[0].Value}
	case key == "json" && e.JSON != nil:
		return []string{e.JSON.Scalar.Value}
	case key == "text" && e.Text != nil:
		return []string{e.Text.Literal.Scalar.Value}
	case key == "max_duration" && e.MaxDuration.IsSet():
		return []string{e.MaxDuration.Text.Value}
	case key == "max_size" && e.MaxSize.IsSet():
		return []string{e.MaxSize.Text.Value}
	case key == "schema" && e.Schema != nil:
		return []string{e.Schema.Path.Value}
	case key == "snapshot" && e.Snapshot != nil:
		return []string{e.Snapshot.Path.Value}
	case key == "cel":
		for _, c := range e.CEL {
			said = append(said, c.That.Value)
		}
	}
	return said
}

// TestMergeOfMaps says that an entry of each map of matchers is replaced and
// lifted by its name: that of a header whatever its case, any other as it is
// spelled.
func TestMergeOfMaps(t *testing.T) {
	set := func(key string, list ...spec.Expectation) *spec.Expect {
		e := &spec.Expect{}
		switch key {
		case "headers":
			e.Headers = list
		case "cookies":
			e.Cookies = list
		case "gjson":
			e.GJSON = list
		case "xpath":
			e.XPath = list
		}
		return e
	}
	for _, key := range []string{"headers", "cookies", "gjson", "xpath"} {
		for _, tt := range []struct {
			name         string
			suite, query []spec.Expectation
			want         string
		}{
			{"the query's comes after", []spec.Expectation{literal("a", 1)}, []spec.Expectation{literal("b", 2)}, "a=1 b=2"},
			{"the query's wins", []spec.Expectation{literal("a", 1), literal("b", 2)}, []spec.Expectation{literal("a", 3)}, "b=2 a=3"},
			{"null lifts one", []spec.Expectation{literal("a", 1), literal("b", 2)}, []spec.Expectation{literal("a", -1)}, "b=2"},
			{"the suite's alone", []spec.Expectation{literal("a", 1)}, nil, "a=1"},
			{"case", []spec.Expectation{literal("a", 1)}, []spec.Expectation{literal("A", 2)},
				map[bool]string{true: "A=2", false: "a=1 A=2"}[key == "headers"]},
		} {
			var ps spec.Problems
			var got []string
			for _, e := range entriesOf(merge(set(key, tt.suite...), set(key, tt.query...), &ps), key) {
				got = append(got, e.Subject.Value+"="+e.Matcher.Literal.Scalar.Value)
			}
			if strings.Join(got, " ") != tt.want || len(ps) > 0 {
				t.Errorf("%s, %s: got %v and %v, want %s", key, tt.name, got, ps, tt.want)
			}
		}
	}
}

// TestMergeRefusesNulls says that a null which lifts nothing is reported where
// it cannot mean the value null.
func TestMergeRefusesNulls(t *testing.T) {
	null := []spec.Expectation{literal("x-a", -1), literal("x-b", -1)}
	suite := []spec.Expectation{literal("X-A", 1), literal("x-a", 1)}
	var ps spec.Problems
	merge(&spec.Expect{Headers: suite, Cookies: suite, XPath: suite, GJSON: suite},
		&spec.Expect{Headers: null, Cookies: null, XPath: null, GJSON: null}, &ps)
	var got []string
	for _, p := range ps {
		got = append(got, p.Message)
	}
	want := []string{"a header is never null, and the suite's expect has no header x-b that this could lift",
		"a cookie is never null, and the suite's expect has no cookie x-b that this could lift",
		"a node is never null, and the suite's expect has no node x-b that this could lift"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	ps = nil
	merge(nil, nil, &ps)
	if len(ps) != 0 {
		t.Errorf("got %v", ps)
	}
}
