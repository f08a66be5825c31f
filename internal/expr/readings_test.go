package expr

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

func TestReadings(t *testing.T) {
	for _, tt := range []struct{ text, first, last, twice string }{
		{`{"ok":true,"ok":false}`, `{"ok":true}`, `{"ok":false}`, "ok 1:12"},
		{"{\"a\" : 1 ,\n \"b\":2, \"a\":3}", "{\"a\" : 1 ,\n \"b\":2}", `{"b":2, "a":3}`, "a 2:9"},
		{`{"a":1,"a":2,"b":0,"a":3,"b":0}`, `{"a":1,"b":0}`, `{"a":3,"b":0}`, "a 1:20"},
		{`[{"a":1},{"a":{"b":[1],"b":[2]},"c":{}}]`, `[{"a":1},{"a":{"b":[1]},"c":{}}]`, `[{"a":1},{"a":{"b":[2]},"c":{}}]`, "b 1:24"},
		{`{"a":{"x":1,"x":2},"a":{"x":3,"x":4}}`, `{"a":{"x":1}}`, `{"a":{"x":4}}`, "x 1:13 a 1:20 x 1:31"},
		{`{"a":1,"\u0061":2}`, `{"a":1}`, `{"\u0061":2}`, "a 1:8"},
		{`{"a": {"b": 1}, "a":{"b":1}}`, `{"a": {"b": 1}}`, `{"a":{"b":1}}`, ""},
		{`{"a":"x y","a":"xy"}`, `{"a":"x y"}`, `{"a":"xy"}`, "a 1:12"},
		{`{"a":1,"a":10}`, `{"a":1}`, `{"a":10}`, "a 1:8"},
		{` {"a":1} `, ` {"a":1} `, ` {"a":1} `, ""},
		{`[]`, `[]`, `[]`, ""}, {`{}`, `{}`, `{}`, ""}, {`"a"`, `"a"`, `"a"`, ""},
	} {
		first, last, list := Readings(tt.text)
		var twice []string
		for _, k := range list {
			twice = append(twice, fmt.Sprintf("%s %d:%d", k.Key, k.Line, k.Col))
		}
		if first != tt.first || last != tt.last || strings.Join(twice, " ") != tt.twice {
			t.Errorf("%s: got %s and %s, %v", tt.text, first, last, twice)
		}
	}
}

// checkReadings holds readings of JSON to what a walk through all members gives.
func checkReadings(t *testing.T, text string, unique bool) {
	if strings.Count(text, "{")+strings.Count(text, "[") > 100 {
		return
	}
	v := gjson.Parse(text)
	first, last, twice := Readings(text)
	if CheckJSON(first) != nil || CheckJSON(last) != nil {
		t.Fatalf("got %s and %s", first, last)
	}
	if !reflect.DeepEqual(plainJSON(gjson.Parse(first), false), plainJSON(v, false)) || !reflect.DeepEqual(plainJSON(gjson.Parse(last), true), plainJSON(v, true)) {
		t.Errorf("got %s and %s", first, last)
	}
	for _, one := range []string{first, last} {
		if u, _ := checkUnique(one); !u {
			t.Errorf("%s still has a key twice", one)
		}
	}
	if unique != (first == text) || unique && len(twice) > 0 {
		t.Errorf("got unique %v, %s, twice %v", unique, first, twice)
	}
}

// plainJSON reads a value as those do who take the first of equal keys, or the last.
func plainJSON(v gjson.Result, last bool) any {
	switch {
	case v.IsObject():
		object := map[string]any{}
		v.ForEach(func(key, value gjson.Result) bool {
			if _, again := object[key.String()]; last || !again {
				object[key.String()] = plainJSON(value, last)
			}
			return true
		})
		return object
	case v.IsArray():
		list := []any{}
		v.ForEach(func(_, value gjson.Result) bool {
			list = append(list, plainJSON(value, last))
			return true
		})
		return list
	}
	return v.Raw
}

func TestDoubleKeysInExpressions(t *testing.T) {
	const body = `{"ok":true,"ok":false,"id":7,"same":{"a": 1},"same":{"a":1},"list":[{"n":1},{"n":2,"n":3}],"text":"{\"a\":1,\"a\":2}"}`
	a := &Activation{Response: &exchange.Response{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}}
	for source, want := range map[string]string{
		`body.id == 7`:                                   "true",
		`body.same.a == 1`:                               "true",
		`"ok" in body`:                                   "true",
		`has(body.ok)`:                                   `"ok"`,
		`size(body) == 5`:                                "true",
		`body.list[0].n == 1`:                            "true",
		`body.list.exists(l, l.n == 1)`:                  "true",
		`gjson(body, "id") == 7`:                         "true",
		`gjson(body, "same.a") == 1`:                     "true",
		`gjson(body, "list.0.n") == 1`:                   "true",
		`gjson(body, "list.#") == 2`:                     "true",
		`body.list == body.list`:                         "true",
		`body.ok`:                                        `"ok"`,
		`body["ok"] == true`:                             `"ok"`,
		`body.?ok.orValue(true)`:                         `"ok"`,
		`!body.ok`:                                       `"ok"`,
		`body == {"ok": true}`:                           "false", // of another size
		`body.list[1] == {"n": 2}`:                       `"n"`,
		`body.list[1] != {"n": 2}`:                       `"n"`,
		`{"n": 2} in body.list`:                          `"n"`,
		`!({"n": 2} in body.list)`:                       `"n"`,
		`body.list.all(l, l.n > 0)`:                      `"n"`,
		`body.list.map(l, l.n) == [1, 2]`:                `"n"`,
		`body.list[1].all(k, v, v == 2)`:                 `"n"`,
		`merge(body.list[1], {"b": 1}) == {"b": 1}`:      `"n"`,
		`merge({}, body.list[1]) == {}`:                  `"n"`,
		`gjson(body, "ok") == true`:                      `"ok"`,
		`gjson(body, "list.#.n") == [1, 2]`:              `"n"`,
		`gjson(body, "list.#(n==3)#") == []`:             `"n"`,
		`gjson(body, "list|@reverse|0.n") == 2`:          `"n"`,
		`gjson(body.text, "a") == 1`:                     `"a"`,
		`json.parse(body.text).value().a == 1`:           `"a"`,
		`gjson(body, "@this").id == 7`:                   `stands twice`,
		`body.list[1].transformMap(k, v, v) == {"n": 2}`: `"n"`,
	} {
		e, problems := newTestCompiler(t).Expr(plain(source), spec.ScopeCheck, cel.BoolType)
		if problems.HasErrors() {
			t.Fatalf("%s: %v", source, problems[0])
		}
		ok, err := e.EvalBool(background, a)
		got := fmt.Sprint(ok)
		if bad := (*EvalError)(nil); errors.As(err, &bad) {
			if got = bad.Message; bad.Missing || !strings.Contains(got, "stands twice in its object, with different values") {
				t.Errorf("%s: got %q", source, got)
			}
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
}

// Keys of objects with more members than are searched from the front.
func TestDoubleKeysAmongMany(t *testing.T) {
	m := FromJSON([]byte(`{` + manyMembers() + `"a": 1, "b": 2, "a": 3, "k0": 9, "k1": 1}`)).(traits.Mapper)
	if m.Size() != types.Int(42) {
		t.Errorf("got %v keys", m.Size())
	}
	for key, want := range map[string]ref.Type{"a": types.ErrType, "k0": types.ErrType, "k1": types.IntType, "b": types.IntType} {
		if v, found := m.Find(types.String(key)); !found || v.Type() != want {
			t.Errorf("%s is %v %v", key, v, found)
		}
	}
}

// manyMembers are members of an object with 40 keys, k0 to k39, and a comma.
func manyMembers() string {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, `"k%d": %d, `, i, i)
	}
	return b.String()
}
