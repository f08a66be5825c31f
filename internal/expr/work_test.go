package expr

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

// Every function that an expression may call counts its work or does not need to:
// one that is added is in exactly one of the two tables.
func TestEveryFunctionIsCountedOrConstant(t *testing.T) {
	env, err := base()
	if err != nil {
		t.Fatal(err)
	}
	for name := range env.Functions() {
		if counts := workOf[name] != nil; counts == constantWork[name] {
			t.Errorf("%s: counted %t, constant %t, expected one of the two", name, counts, constantWork[name])
		}
	}
	for name := range workOf {
		if !env.HasFunction(name) {
			t.Errorf("there is no function %s", name)
		}
	}
	for _, table := range []map[string]bool{searches, unlimited, constantFolds} {
		for name := range table {
			if workOf[name] == nil {
				t.Errorf("%s is not counted", name)
			}
		}
	}
}

// made is how many MiB an evaluation allocates, and what it gives.
func made(t *testing.T, c *Compiler, a *Activation, text string) (mib uint64, err error) {
	t.Helper()
	e := mustExpr(t, c, text, spec.ScopeCheck)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = e.Eval(background, a)
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) >> 20, err
}

// What is made of a large answer again and again is counted before it is made.
func TestMakingIsBounded(t *testing.T) {
	c := newStrictCompiler(t)
	a := &Activation{Response: &exchange.Response{Header: http.Header{"Content-Type": {"application/json"}}, Body: orders(1 << 18)}}
	for _, call := range []string{
		`base64.encode(raw)`, `base64.decode(base64.encode(raw))`, `base64.encodeUrl(raw)`, `"%s".format([text])`, `"%s".format([body])`, `"%s".format([raw])`, `text.split("")`, `text.split("a")`,
		`[text, text].join("")`, `text.lowerAscii()`, `text.replace("a", "bb")`, `strings.quote(text)`, `text.reverse()`, `bytes(text)`, `string(raw)`,
		`text.substring(1)`, `text.lastIndexOf("nope")`, `hex(raw)`, `url_encode(text)`, `json.encode(body)`, `json.parse(text)`, `merge(body, body)`,
		`gjson(text, "total")`, `gjson(body, "@this|@pretty")`, `gjson(body, "[@this,@this,@this]")`, `sha256(text)`, `hmac_sha256(text, text)`, `lists.range(10000)`, `body.lines.reverse()`,
		`body.lines.flatten()`, `body.lines.slice(1, 1000)`, `body.lines.sortBy(l, l.qty)`, `regex.replace(text, "a", "bb")`, `regex.extractAll(text, "a")`, `regex.extract(text, "nope")`,
		`text.matches("nope(x|y)")`, `jwt(text)`,
	} {
		mib, err := made(t, c, a, `lists.range(1000).all(i, size(dyn([`+call+`])) == 1)`)
		if err == nil || !strings.Contains(err.Error(), "too much work") && !strings.Contains(err.Error(), "takes longer than") && !strings.Contains(call, "jwt") {
			t.Errorf("%s: %v", call, err)
		}
		if mib > 200 {
			t.Errorf("%s: %d MiB", call, mib)
		}
	}
}

// One call of each on an answer of some MB is no work to speak of.
func TestUsualWorkIsAllowed(t *testing.T) {
	c := newTestCompiler(t)
	a := &Activation{Response: &exchange.Response{Header: http.Header{"Content-Type": {"application/json"}}, Body: orders(4 << 20)}}
	for _, call := range []string{
		`base64.encode(raw)`, `"%s".format([text])`, `text.split("\n")`, `text.lowerAscii()`, `text.replace("a", "bb")`, `text.reverse()`, `string(raw)`, `hex(sha256(text))`, `json.encode(body)`,
		`gjson(body, "lines.#.sku")`, `gjson(text, "{id,total}")`, `gjson(body, "@dig:total")`, `body.lines.map(l, l.sku)`, `body.lines.sortBy(l, l.qty)`, `text.matches("nope(x|y)")`, `merge(body, {"a": 1})`,
		`regex.extract(text, "total.: ([0-9]+)")`, `size(text) > 10 && text.contains("total") && text.matches("\"total\"")`, `"%.2f %d".format([1.5, 2])`,
	} {
		if _, err := made(t, c, a, call); err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestSearchesAreBounded(t *testing.T) {
	c := newTestCompiler(t)
	a := &Activation{Response: &exchange.Response{Body: []byte(strings.Repeat("x", 1_100_000))}, Row: FromJSON([]byte(`"(x*.*x*.*){400}q$"`))}
	for _, text := range []string{
		`text.matches("(x*.*x*.*){400}q$")`, `text.matches(row)`, `dyn(text).matches(dyn(row))`, `matches(text, row)`, `regex.extract(text, row)`, `regex.extractAll(text, row)`, `regex.replace(text, row, "")`,
	} {
		_, err := made(t, c, a, text)
		if err == nil || !strings.Contains(err.Error(), "steps × bytes are searched") && !strings.Contains(text, "regex.") {
			t.Errorf("%s: %v", text, err)
		}
	}
	a.Response = &exchange.Response{Body: a.Response.Body[:1000]}
	if ok, err := mustExpr(t, c, `!text.matches("(x*.*x*.*){400}q$")`, spec.ScopeCheck).EvalBool(background, a); !ok {
		t.Error(err)
	}
	if err := CheckSearch(1, MaxSearch); err != nil {
		t.Error(err)
	}
	if err := CheckSearch(2, MaxSearch); err == nil || !strings.Contains(err.Error(), fmt.Sprint(MaxSearch)) {
		t.Error(err)
	}
}
