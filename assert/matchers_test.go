package assert

import (
	"context"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// subjects are the values that matchers go wrong on: numbers beyond what a
// float holds, two spellings of one number, null, a number as text, a text of
// two bytes and one character, a list without elements, and nothing at all.
var subjects = []string{`9007199254740993`, `1`, `1.0`, `null`, `"1"`, `"é"`, `[]`, ``}

// TestEveryMatcherOnEverySubject has a row for each matcher: what it says of
// each of subjects, h where it holds, f where it fails and v where it is void.
// What not says of each of them is checked beside.
func TestEveryMatcherOnEverySubject(t *testing.T) {
	rows := []struct{ name, operand, want string }{
		{"equals", `9007199254740993`, "hfffff" + "fv"},
		{"equals", `9007199254740992`, "ffffff" + "fv"},
		{"equals", `1`, "fhhfff" + "fv"},
		{"equals", `1.0`, "fhhfff" + "fv"},
		{"equals", `null`, "fffhff" + "fv"},
		{"equals", `"1"`, "ffffhf" + "fv"},
		{"equals", `"é"`, "fffffh" + "fv"},
		{"equals", `[]`, "ffffff" + "hv"},
		{"not", `1`, "hffhhh" + "hv"},
		{"not", `null`, "hhhfhh" + "hv"},
		{"not", `{"exists":true}`, "ffffff" + "fh"},
		{"exists", `true`, "hhhhhh" + "hf"},
		{"exists", `false`, "ffffff" + "fh"},
		{"type", `"number"`, "hhhfff" + "fv"},
		{"type", `"null"`, "fffhff" + "fv"},
		{"type", `"string"`, "ffffhh" + "fv"},
		{"type", `"array"`, "ffffff" + "hv"},
		{"contains", `"1"`, "vvvvhf" + "vv"},
		{"contains", `1`, "vvvvhf" + "vv"},
		{"contains", `"é"`, "vvvvfh" + "vv"},
		{"starts_with", `"é"`, "vvvvfh" + "vv"},
		{"ends_with", `"1"`, "vvvvhf" + "vv"},
		{"matches", `"^.$"`, "vvvvhh" + "vv"},
		{"matches", `"\\d"`, "vvvvhf" + "vv"},
		{"length", `1`, "vvvvhh" + "fv"},
		{"length", `0`, "vvvvff" + "hv"},
		{"length", `{"lt":1}`, "vvvvff" + "hv"},
		{"gt", `9007199254740992`, "hffvvv" + "vv"},
		{"gt", `1`, "hffvvv" + "vv"},
		{"gte", `1`, "hhhvvv" + "vv"},
		{"lt", `9007199254740993`, "fhhvvv" + "vv"},
		{"lt", `1.0`, "fffvvv" + "vv"},
		{"lte", `1.0`, "fhhvvv" + "vv"},
		{"one_of", `[9007199254740992, 1]`, "fhhfff" + "fv"},
		{"one_of", `[null, "1", []]`, "fffhhf" + "hv"},
		{"each", `1`, "vvvvvv" + "vv"},
		{"any", `1`, "vvvvvv" + "fv"},
		{"unordered", `[]`, "vvvvvv" + "hv"},
		{"unordered", `[1]`, "vvvvvv" + "fv"},
		{"includes", `[1]`, "vvvvvv" + "fv"},
		{"includes", `{"a":1}`, "vvvvvv" + "vv"},
		{"format", `"uuid"`, "vvvvff" + "vv"},
	}
	seen := map[string]bool{}
	for _, row := range rows {
		seen[row.name] = true
		for i, verdict := range verdictsOf(t, `{"`+row.name+`":`+row.operand+`}`) {
			if verdict != row.want[i] {
				t.Errorf("%s: %s of %s: got %c, want %c", row.name, row.operand, subjects[i], verdict, row.want[i])
			}
		}
		for i, verdict := range verdictsOf(t, `{"not":{"`+row.name+`":`+row.operand+`}}`) {
			if want := map[byte]byte{'h': 'f', 'f': 'h', 'v': 'v'}[row.want[i]]; verdict != want {
				t.Errorf("not %s: %s of %s: got %c, want %c", row.name, row.operand, subjects[i], verdict, want)
			}
		}
	}
	for _, m := range spec.Matchers {
		if !seen[m.Name] {
			t.Errorf("there is no row for %s", m.Name)
		}
	}
}

func verdictsOf(t *testing.T, def string) []byte {
	t.Helper()
	m, err := built(t, false, def)
	if err != nil {
		t.Fatalf("%s: %v", def, err)
	}
	var letters []byte
	for _, raw := range subjects {
		r := &run{ctx: context.Background()}
		letters = append(letters, "fhv"[m.judge(r, subject{value: gjson.Parse(raw), missing: raw == ""})])
	}
	return letters
}

// TestEveryElementMatcher is the same on lists that hold those values.
func TestEveryElementMatcher(t *testing.T) {
	const all = `[9007199254740993, 1, 1.0, null, "1", "é", []]`
	for def, want := range map[string]verdict{
		`{"each":{"exists":true}}`:        holds,
		`{"each":{"type":"number"}}`:      fails,
		`{"each":{"gt":0}}`:               void,
		`{"any":9007199254740993}`:        holds,
		`{"any":9007199254740992}`:        fails,
		`{"any":null}`:                    holds,
		`{"any":[]}`:                      holds,
		`{"any":{"contains":"é"}}`:        holds,
		`{"any":{"length":0}}`:            holds,
		`{"any":{"lt":0}}`:                void,
		`{"includes":["1",1,1]}`:          holds,
		`{"includes":["1","1"]}`:          fails,
		`{"includes":[9007199254740992]}`: fails,
		`{"includes":[[]]}`:               holds,
		`{"unordered":[[], "é", "1", null, 1.0, 1, 9007199254740993]}`: holds,
		`{"unordered":[[], "é", "1", null, 1.0, 1, 9007199254740992]}`: fails,
		`{"unordered":[[], "é", "1", null, "1", 1, 9007199254740993]}`: fails,
		`{"length":7}`: holds,
		`{"equals":[9007199254740993.0, 1.0, 1, null, "1", "é", []]}`:  holds,
		`{"equals":[9007199254740992, 1, 1.0, null, "1", "é", []]}`:    fails,
		`{"one_of":[[9007199254740993, 1, 1, null, "1", "é", []], 1]}`: holds,
	} {
		m, err := built(t, false, def)
		if err != nil {
			t.Fatalf("%s: %v", def, err)
		}
		if got := m.judge(&run{ctx: context.Background()}, subject{value: gjson.Parse(all)}); got != want {
			t.Errorf("%s: got %d, want %d", def, got, want)
		}
	}
}
