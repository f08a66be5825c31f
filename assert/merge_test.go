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
	keys := []string{"status", "headers", "gjson", "json", "text", "cel", "max_duration"}
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
				if k != "headers" && k != "gjson" && k != "cel" {
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
		case "gjson":
			e.GJSON = entry
		case "json":
			e.JSON = value
		case "text":
			e.Text = &spec.Matcher{Literal: value}
		case "cel":
			e.CEL = []spec.CELCheck{{That: said}}
		case "max_duration":
			e.MaxDuration = spec.Duration{Text: said}
		}
	}
	return e
}

// saidBy tells who says what of a key.
func saidBy(e spec.Expect, key string) []string {
	var said []string
	for _, entry := range map[string][]spec.Expectation{"headers": e.Headers, "gjson": e.GJSON}[key] {
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
	case key == "cel":
		for _, c := range e.CEL {
			said = append(said, c.That.Value)
		}
	}
	return said
}

func TestMergeRefusesNullHeaders(t *testing.T) {
	var ps spec.Problems
	suite := &spec.Expect{Headers: []spec.Expectation{literal("X-A", 1)}}
	query := &spec.Expect{Headers: []spec.Expectation{literal("x-a", -1), literal("x-b", -1)}}
	merge(suite, query, &ps)
	if len(ps) != 1 || !strings.Contains(ps[0].Message, "x-b") {
		t.Errorf("got %v", ps)
	}
	ps = nil
	merge(nil, nil, &ps)
	if len(ps) != 0 {
		t.Errorf("got %v", ps)
	}
}
