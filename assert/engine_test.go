package assert

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/tidwall/gjson"
)

// built makes a matcher out of JSON: an object is a matcher's map, anything
// else a literal.
func built(t testing.TB, text bool, def string) (*matcher, error) {
	t.Helper()
	m := &matcher{}
	var bad error
	add := func(name string, v gjson.Result) {
		o := &op{name: name, text: text, want: v}
		if operations[name] == nil {
			bad = fmt.Errorf("no matcher %q", name)
			return
		}
		if slices.Contains([]string{"not", "each", "any", "length"}, name) {
			o.want = gjson.Result{}
			o.sub, bad = built(t, text && name == "not", v.Raw)
		} else if err := o.prepare(v); err != nil {
			bad = err
		}
		m.ops = append(m.ops, o)
	}
	v := gjson.Parse(def)
	if !v.IsObject() {
		add("equals", v)
		return m, bad
	}
	v.ForEach(func(key, value gjson.Result) bool {
		add(key.Str, value)
		return bad == nil
	})
	return m, bad
}

func TestMatchers(t *testing.T) {
	type test struct {
		subject string // JSON; "" is a missing value
		matcher string
		want    verdict
	}
	run := func(t *testing.T, tt test) {
		m, err := built(t, false, tt.matcher)
		if err != nil {
			t.Fatalf("matcher %s: %v", tt.matcher, err)
		}
		r := &run{ctx: context.Background()}
		s := subject{value: gjson.Parse(tt.subject), missing: tt.subject == ""}
		if got := m.judge(r, s); got != tt.want {
			t.Errorf("%s of %s: got %d, want %d", tt.matcher, tt.subject, got, tt.want)
		}
		faults := m.explain(r, s)
		if (len(faults) > 0) != (tt.want != holds) {
			t.Errorf("%s of %s: faults %v", tt.matcher, tt.subject, faults)
		}
	}
	for name, tests := range map[string][]test{
		"equals": {
			{`1`, `1`, holds},
			{`1.0`, `1`, holds},
			{`1e2`, `100`, holds},
			{`-0`, `0`, holds},
			{`9007199254740993`, `9007199254740992`, fails},
			{`9007199254740993`, `9007199254740993.0`, holds},
			{`0.1`, `0.10000000000000001`, fails},
			{`1e999999999`, `1e999999998`, fails},
			{`1e999999999`, `10e999999998`, holds},
			{`"1"`, `1`, fails},
			{`1`, `"1"`, fails},
			{`true`, `"true"`, fails},
			{`true`, `true`, holds},
			{`false`, `true`, fails},
			{`null`, `null`, holds},
			{`0`, `null`, fails},
			{``, `null`, void},
			{``, `1`, void},
			{`"é"`, `"\u00e9"`, holds},
			{`"a\/b"`, `"a/b"`, holds},
			{`[1,2]`, `[1.0,2e0]`, holds},
			{`[1,2]`, `[2,1]`, fails},
			{`[]`, `[]`, holds},
			{`[]`, `{"equals":{}}`, fails},
			{`{"a":1,"b":[null]}`, `{"equals":{"b":[null],"a":1.0}}`, holds},
			{`{"a":1,"b":2}`, `{"equals":{"a":1}}`, fails},
			{`{"a":1}`, `{"equals":{"a":1,"b":2}}`, fails},
			{`{"a":1,"a":1}`, `{"equals":{"a":1}}`, fails},
			{`{"a":null}`, `{"equals":{}}`, fails},
		},
		"not": {
			{`1`, `{"not":2}`, holds},
			{`1`, `{"not":1}`, fails},
			{``, `{"not":1}`, void},
			{``, `{"not":{"exists":true}}`, holds},
			{`null`, `{"not":null}`, fails},
			{`5`, `{"not":{"contains":"x"}}`, void},
			{`5`, `{"not":{"gt":1,"lt":3}}`, holds},
			{`"1"`, `{"not":1}`, holds},
		},
		"exists": {
			{``, `{"exists":false}`, holds},
			{``, `{"exists":true}`, fails},
			{`null`, `{"exists":true}`, holds},
			{`null`, `{"exists":false}`, fails},
			{`[]`, `{"exists":true}`, holds},
			{``, `{"exists":false,"equals":1}`, void},
		},
		"type": {
			{`null`, `{"type":"null"}`, holds},
			{`1.0`, `{"type":"number"}`, holds},
			{`"1"`, `{"type":"number"}`, fails},
			{`[]`, `{"type":"array"}`, holds},
			{`{}`, `{"type":"array"}`, fails},
			{`{}`, `{"type":"object"}`, holds},
			{`false`, `{"type":"boolean"}`, holds},
			{``, `{"type":"null"}`, void},
		},
		"contains": {
			{`"an é here"`, `{"contains":"é h"}`, holds},
			{`"abc"`, `{"contains":"B"}`, fails},
			{`"50%d"`, `{"contains":"%d"}`, holds},
			{`["abc"]`, `{"contains":"abc"}`, void},
			{`null`, `{"contains":"n"}`, void},
			{`"v1"`, `{"contains":1}`, holds},
		},
		"starts_with": {
			{`"ORD-1"`, `{"starts_with":"ORD-"}`, holds},
			{`"ORD-1"`, `{"starts_with":"1"}`, fails},
			{`1`, `{"starts_with":"1"}`, void},
		},
		"ends_with": {
			{`"ORD-1"`, `{"ends_with":"-1"}`, holds},
			{`"ORD-1"`, `{"ends_with":"ORD"}`, fails},
		},
		"matches": {
			{`"ORD-17"`, `{"matches":"\\d+"}`, holds},
			{`"ORD-17"`, `{"matches":"^\\d+$"}`, fails},
			{`"é"`, `{"matches":"^.$"}`, holds},
			{`17`, `{"matches":"\\d+"}`, void},
		},
		"length": {
			{`"é"`, `{"length":1}`, holds},
			{`"👍"`, `{"length":1}`, holds},
			{`""`, `{"length":0}`, holds},
			{`[]`, `{"length":0}`, holds},
			{`[1,[2,3]]`, `{"length":2}`, holds},
			{`{"a":1,"b":2}`, `{"length":{"gt":1}}`, holds},
			{`[1]`, `{"length":{"gt":1}}`, fails},
			{`5`, `{"length":1}`, void},
			{`null`, `{"length":0}`, void},
			{``, `{"length":0}`, void},
		},
		"numbers": {
			{`9007199254740993`, `{"gt":9007199254740992}`, holds},
			{`9007199254740993`, `{"lte":9007199254740992}`, fails},
			{`1.0`, `{"gte":1}`, holds},
			{`1.0`, `{"gt":1}`, fails},
			{`-2`, `{"lt":-1}`, holds},
			{`-1e999999999`, `{"lt":0}`, holds},
			{`1e-999999999`, `{"gt":0}`, holds},
			{`0.0`, `{"lte":-0}`, holds},
			{`"5"`, `{"gt":1}`, void},
			{`null`, `{"lt":1}`, void},
			{``, `{"lt":1}`, void},
			{`4`, `{"gt":1,"lt":3}`, fails},
		},
		"one_of": {
			{`"a"`, `{"one_of":["b","a"]}`, holds},
			{`1`, `{"one_of":["1",1.0]}`, holds},
			{`"1"`, `{"one_of":[1]}`, fails},
			{`null`, `{"one_of":[null]}`, holds},
			{`{"a":1}`, `{"one_of":[{"a":1}]}`, holds},
		},
		"each": {
			{`[1,2]`, `{"each":{"gt":0}}`, holds},
			{`[1,0]`, `{"each":{"gt":0}}`, fails},
			{`[]`, `{"each":{"gt":0}}`, void},
			{`[]`, `{"not":{"each":{"gt":0}}}`, void},
			{`[1,"x"]`, `{"each":{"gt":0}}`, void},
			{`[0,"x"]`, `{"each":{"gt":0}}`, fails},
			{`{"a":1}`, `{"each":1}`, void},
			{`[[1],[2]]`, `{"each":{"each":{"gt":0}}}`, holds},
			{`[[1],[]]`, `{"each":{"each":{"gt":0}}}`, void},
			{`[null,null]`, `{"each":null}`, holds},
		},
		"any": {
			{`[1,2]`, `{"any":2}`, holds},
			{`[1,"x"]`, `{"any":{"contains":"x"}}`, holds},
			{`[1,2]`, `{"any":{"contains":"x"}}`, void},
			{`[1,2]`, `{"any":3}`, fails},
			{`[]`, `{"any":3}`, fails},
			{`[]`, `{"not":{"any":3}}`, holds},
			{`"x"`, `{"any":3}`, void},
		},
		"unordered": {
			{`[1,2]`, `{"unordered":[2,1.0]}`, holds},
			{`[1,1,2]`, `{"unordered":[1,2,2]}`, fails},
			{`[1,2]`, `{"unordered":[1]}`, fails},
			{`[]`, `{"unordered":[]}`, holds},
			{`[{"a":1,"b":[1]},null]`, `{"unordered":[null,{"b":[1],"a":1}]}`, holds},
			{`[[1,2]]`, `{"unordered":[[2,1]]}`, fails},
			{`[[[1]]]`, `{"unordered":[[]]}`, fails},
			{`["1"]`, `{"unordered":[1]}`, fails},
			{`{}`, `{"unordered":[]}`, void},
		},
		"includes": {
			{`{"a":1,"b":{"c":2,"d":3}}`, `{"includes":{"b":{"c":2.0}}}`, holds},
			{`{"a":1}`, `{"includes":{"b":1}}`, fails},
			{`{"a":null}`, `{"includes":{"a":null}}`, holds},
			{`{}`, `{"includes":{"a":null}}`, fails},
			{`[1,2,3]`, `{"includes":[3,1]}`, holds},
			{`[1]`, `{"includes":[1,1]}`, fails},
			{`[1,1]`, `{"includes":[1,1]}`, holds},
			{`[{"a":1,"b":2},{"a":1}]`, `{"includes":[{"a":1},{"a":1,"b":2}]}`, holds},
			{`[{"a":1,"b":2},{"a":1,"c":2}]`, `{"includes":[{"a":1},{"b":2}]}`, holds},
			{`[{"a":1,"b":2},{"c":2}]`, `{"includes":[{"a":1},{"b":2}]}`, fails},
			{`[{"a":1},{"b":2}]`, `{"includes":{"a":1}}`, void},
			{`"abc"`, `{"includes":["a"]}`, void},
			{`[[1,2],[3]]`, `{"includes":[[3],[2]]}`, holds},
		},
		"format": {
			{`"0198f0a2-7b6c-7d3e-9a51-0242ac120002"`, `{"format":"uuid"}`, holds},
			{`"0198f0a27b6c7d3e9a510242ac120002"`, `{"format":"uuid"}`, fails},
			{`"2026-01-02T03:04:05Z"`, `{"format":"date-time"}`, holds},
			{`"2026-01-02t03:04:05.123+01:00"`, `{"format":"date-time"}`, holds},
			{`"2016-12-31T23:59:60Z"`, `{"format":"date-time"}`, holds},
			{`"2016-12-31T22:59:60Z"`, `{"format":"date-time"}`, fails},
			{`"2026-02-30T03:04:05Z"`, `{"format":"date-time"}`, fails},
			{`"2026-01-02T03:04:05"`, `{"format":"date-time"}`, fails},
			{`"2026-01-02 03:04:05Z"`, `{"format":"date-time"}`, fails},
			{`"2026-01-02T03:04:05,1Z"`, `{"format":"date-time"}`, fails},
			{`"a@example.com"`, `{"format":"email"}`, holds},
			{`"A <a@example.com>"`, `{"format":"email"}`, fails},
			{`"a"`, `{"format":"email"}`, fails},
			{`"https://example.com/a?b=c#d"`, `{"format":"uri"}`, holds},
			{`"urn:isbn:123"`, `{"format":"uri"}`, holds},
			{`"/a/b"`, `{"format":"uri"}`, fails},
			{`"https://example.com/a b"`, `{"format":"uri"}`, fails},
			{`"127.0.0.1"`, `{"format":"ipv4"}`, holds},
			{`"127.0.0.01"`, `{"format":"ipv4"}`, fails},
			{`"::1"`, `{"format":"ipv4"}`, fails},
			{`"::1"`, `{"format":"ipv6"}`, holds},
			{`"fe80::1%eth0"`, `{"format":"ipv6"}`, fails},
			{`1`, `{"format":"uuid"}`, void},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, tt := range tests {
				run(t, tt)
			}
		})
	}
}

func TestMatchersOnText(t *testing.T) {
	type test struct {
		subject, matcher string
		want             verdict
	}
	for _, tt := range []test{
		{"12", `12`, holds},
		{"12.0", `12`, fails},
		{"1.10", `1.10`, holds},
		{"true", `true`, holds},
		{"12", `{"equals":"12"}`, holds},
		{"12", `{"gt":9}`, holds},
		{"012", `{"gt":"9"}`, holds},
		{"9007199254740993", `{"gt":9007199254740992}`, holds},
		{"abc", `{"gt":9}`, void},
		{"abc", `{"not":{"gt":9}}`, void},
		{"", `{"gte":0}`, void},
		{"12", `{"one_of":[12,13]}`, holds},
		{"12", `{"not":{"one_of":[12,13]}}`, fails},
		{"é", `{"length":1}`, holds},
		{"W/\"x\"", `{"starts_with":"W/"}`, holds},
		{"a, b", `{"contains":", "}`, holds},
	} {
		m, err := built(t, true, tt.matcher)
		if err != nil {
			t.Fatalf("matcher %s: %v", tt.matcher, err)
		}
		r := &run{ctx: context.Background()}
		if got := m.judge(r, subject{value: textValue(tt.subject), text: true}); got != tt.want {
			t.Errorf("%s of %q: got %d, want %d", tt.matcher, tt.subject, got, tt.want)
		}
	}
}

func TestOperandsRefused(t *testing.T) {
	for def, text := range map[string]bool{
		`{"contains":""}`:          false,
		`{"matches":""}`:           false,
		`{"matches":"("}`:          false,
		`{"contains":null}`:        false,
		`{"starts_with":[]}`:       false,
		`{"gt":"5"}`:               false,
		`{"gt":"x"}`:               true,
		`{"one_of":[]}`:            false,
		`{"one_of":1}`:             false,
		`{"unordered":{}}`:         false,
		`{"includes":{}}`:          false,
		`{"includes":[]}`:          false,
		`{"includes":"x"}`:         false,
		`{"type":"integer"}`:       false,
		`{"format":"url"}`:         false,
		`{"exists":"yes"}`:         false,
		`{"equals":null}`:          true,
		`{"equals":[1]}`:           true,
		`{"not":{"contains":""}}`:  true,
		`{"each":{"matches":"["}}`: false,
	} {
		if _, err := built(t, text, def); err == nil {
			t.Errorf("%s was not refused", def)
		}
	}
}
