package assert

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cel.dev/cel-go/common/types/ref"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
)

// judged gives the failures of a query's checks on a body.
func judged(t *testing.T, query, body string) []Failure {
	t.Helper()
	b := load(t, "suite.yaml", suiteWith("", query))
	return b.compile(t).Judge(context.Background(), b.activation(answer(t, "HTTP/1.1 200 OK\nX-A: 1\n\n"+body)))
}

func TestTemplatesInMatchers(t *testing.T) {
	for query, ok := range map[string]bool{
		`gjson: {a: "${vars.want}"}`:                                true,
		`gjson: {a: {gte: "${vars.want}", lt: "${vars.want + 1}"}}`: true,
		`gjson: {a: "${string(vars.want)}"}`:                        false,
		`gjson: {b: "v${vars.want}"}`:                               true,
		`gjson: {c: {each: {one_of: ["${vars.want}", 4]}}}`:         true,
		`gjson: {c: {unordered: "${[4, vars.want]}"}}`:              true,
		`gjson: {c: {length: {gt: "${vars.want}"}}}`:                false,
		`gjson: {a: {type: "${'num' + 'ber'}"}}`:                    true,
		`gjson: {a: {exists: "${vars.want == 3}"}}`:                 true,
		`json: "${body}"`:                                           true,
		`headers: {x-a: "${captures.earlier - 6}"}`:                 true,
		`status: "${vars.want * 100 - 100}"`:                        true,
		`status: "${string(vars.want - 1) + 'xx'}"`:                 true,
		`gjson: {b: '$${x}'}`:                                       false,
	} {
		failures := judged(t, query, `{"a": 3, "b": "v3", "c": [3, 4]}`)
		if (len(failures) == 0) != ok {
			t.Errorf("%s: got %+v", query, failures)
		}
	}
}

func TestOperandsThatMakeNoSense(t *testing.T) {
	for query, want := range map[string]string{
		`gjson: {a: {gt: "${text}"}}`:                        "gt takes a number",
		`gjson: {b: {matches: "${string(vars.want)}("}}`:     "is not a regular expression (RE2): missing closing )",
		`gjson: {b: {contains: "${text.substring(0, 0)}"}}`:  "contains of an empty text holds of every text",
		`gjson: {c: {one_of: "${body.c.filter(x, x > 9)}"}}`: "at least one value",
		`status: "${vars.want}"`:                             "is not a status",
		`max_duration: "${string(vars.want)}"`:               "the duration 3 has no unit",
		`headers: {x-a: "${body.c}"}`:                        "never equals text",
		`gjson: {a: "${body.nope}"}`:                         "nope",
	} {
		failures := judged(t, query, `{"a": 3, "b": "v3", "c": [3, 4]}`)
		if len(failures) != 1 || !strings.Contains(failures[0].Message, want) || failures[0].Pos.IsZero() {
			t.Errorf("%s: got %+v", query, failures)
		}
	}
}

func TestByteOrderMark(t *testing.T) {
	if failures := judged(t, "json: {a: 1}", "\uFEFF{\"a\": 1}"); len(failures) != 0 {
		t.Errorf("got %+v", failures)
	}
}

func TestJudgeEndsWithItsContext(t *testing.T) {
	b := load(t, "suite.yaml", suiteWith("", "gjson: {'@this': {not: {includes: [2]}}}"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	body := "[" + strings.Repeat("1,", 10_000) + "1]"
	failures := b.compile(t).Judge(ctx, b.activation(answer(t, "HTTP/1.1 200 OK\n\n"+body)))
	if len(failures) != 1 || !strings.Contains(failures[0].Message, "canceled") {
		t.Errorf("got %+v", failures)
	}
}

func TestDeepAnswersEndSoon(t *testing.T) {
	deep := strings.Repeat("[", 9_999) + `"` + strings.Repeat("x", 1<<20) + `"` + strings.Repeat("]", 9_999)
	start := time.Now()
	judged(t, "gjson: {'@this': {unordered: [[[1]]], includes: [[[1]]], each: {not: 1}, any: '${captures.earlier}'}}\njson: [[[1]]]", deep)
	if took := time.Since(start); took > patience {
		t.Errorf("took %s", took)
	}
}

// TestLargeAnswersAreReportedSoon: what fails on megabytes is explained in
// seconds, and the explanation is short.
func TestLargeAnswersAreReportedSoon(t *testing.T) {
	item := func(i int) string { return fmt.Sprintf(`{"id":%d,"name":"%s"}`, i, strings.Repeat("n", 100)) }
	var found, wanted []string
	for i := range 8_000 {
		found = append(found, item(i))
		wanted = append(wanted, item(2*i))
	}
	b := load(t, "suite.yaml", suiteWith("", `
json: "${captures.earlier}"
gjson:
  "@this": {unordered: "${captures.earlier}", includes: "${captures.earlier}", each: {equals: 1}, any: 1, length: 1}
  "#.id": {each: {gt: 1000000}}
  "#.nme": {each: 1}
text: {matches: zzz, equals: azzz}
cel: ['body.all(x, x.id < 10)']`))
	a := b.activation(answer(t, "HTTP/1.1 200 OK\n\n["+strings.Join(found, ",")+"]"))
	a.Captures["earlier"] = expr.FromJSON([]byte("[" + strings.Join(wanted, ",") + "]"))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	start := time.Now()
	failures := b.compile(t).Judge(ctx, a)
	if took := time.Since(start); len(failures) != 6 || took > patience {
		t.Errorf("%d failures in %s", len(failures), took)
	}
	if n := len(fmt.Sprint(failures)); n > 20_000 {
		t.Errorf("%d bytes of explanation", n)
	}
}

func TestRedactor(t *testing.T) {
	b := load(t, "suite.yaml", suiteWith("", `
gjson: {t: "${secrets.token}x", "list.#": {equals: "${secrets.token}"}}
headers: {x-a: "${secrets.token}"}
json: {t: 1}
text: {equals: "a\n${secrets.token}"}
cel: ['body.t == secrets.token + "y"', {that: 'body[secrets.token] == 1', message: "m ${secrets.token}"}]
`)+"    capture: {a: 'gone.${secrets.token}'}\n")
	hide := WithRedactor(func(s string) string { return strings.ReplaceAll(s, "s3cr3t", "***") })
	checks, problems := Compile(b.compiler, nil, b.query().Expect, hide)
	captures, more := CompileCaptures(b.compiler, b.query().Capture, hide)
	if problems = append(problems, more...); len(problems) > 0 {
		t.Fatal(problems)
	}
	a := b.activation(answer(t, "HTTP/1.1 500 Oops\nX-A: s3cr3t-\n\n"+`{"t": "s3cr3t", "s3cr3t": {}, "list": [1]}`))
	failures := checks.Judge(context.Background(), a)
	_, missed := captures.Take(context.Background(), a)
	text := fmt.Sprint(append(failures, missed...))
	if strings.Contains(text, "s3cr3t") || strings.Count(text, "***") < 8 {
		t.Error(text)
	}
}

// TestComputedSecrets says that no part of a secret and nothing computed from
// one is shown, which the redactor could not recognise, nor what is expected
// because of one. What is not secret still is.
func TestComputedSecrets(t *testing.T) {
	for query, want := range map[string]string{
		`cel: ['secrets.token.split("-")[0] == text']`:                                             `secrets.token.split("-")[0] = ***`,
		`cel: ['secrets.token.upperAscii() == text']`:                                              `secrets.token.upperAscii() = ***`,
		`cel: ['secrets.token.substring(0, 4) == text']`:                                           `secrets.token.substring(0, 4) = ***`,
		`cel: ['text.startsWith(secrets.token.reverse())']`:                                        `secrets.token.reverse() = ***`,
		`cel: ['text.contains("a" + secrets.token.replace("-", ""))']`:                             `= ***`,
		`cel: ['size(secrets.token) == 2']`:                                                        `size(secrets.token) = ***`,
		`cel: ['dyn(size(secrets.token)) == dyn(text)']`:                                           `*** (number)`,
		`cel: ['secrets.token.split("-").all(p, p == text)']`:                                      `secrets.token.split("-")[0] = ***`,
		`cel: ['!secrets.token.split("-").exists(p, p == "bcd")']`:                                 `[1] = ***`,
		`cel: ['{"a": [secrets.token.upperAscii()]}.a == [text]']`:                                 `= ***`,
		`cel: ['(true ? secrets.token.upperAscii() : "") == text']`:                                `= ***`,
		`cel: ['string(captures.earlier).reverse() == text']`:                                      `string(captures.earlier).reverse() = ***`,
		`cel: ['captures.?earlier.orValue(0) == 1']`:                                               `= ***`,
		`cel: ['body.a == 4 || secrets.token.upperAscii() == text']`:                               `body.a = 3`,
		`cel: ['int(secrets.token.substring(0, 3)) == 1']`:                                         `a string cannot be made an int`,
		`gjson: {a: "${secrets.token.upperAscii()}"}`:                                              `***|3`,
		`gjson: {b: {contains: "${secrets.token.split('-')[1]}x"}}`:                                `text that contains "***"|"v3"`,
		`gjson: {b: {matches: "^${secrets.token.upperAscii()}$"}}`:                                 `text that matches "***"`,
		`gjson: {b: {matches: "${secrets.token.upperAscii()}("}}`:                                  `matches cannot work with this value`,
		`gjson: {b: {format: "${secrets.token.upperAscii()}"}}`:                                    `format cannot work with this value`,
		`gjson: {a: {gt: "${captures.earlier * 11}"}}`:                                             `> ***|3`,
		`gjson: {a: {gt: "${captures.earlier * 11}", lt: "${vars.want}"}}`:                         `> *** and < 3|3`,
		`gjson: {b: {one_of: ["${secrets.token.upperAscii()}", other]}}`:                           `one of "***", "other"|"v3"`,
		`gjson: {b: {one_of: "${secrets.token.split('-')}"}}`:                                      `one of ***|"v3"`,
		`gjson: {b: {not: {equals: "${'v3' + secrets.token.substring(0, 0)}"}}}`:                   `not ***|"v3"`,
		`gjson: {b: {exists: "${secrets.token == ''}"}}`:                                           `***|"v3"`,
		`gjson: {c: {each: {equals: "${captures.earlier * 11}"}}}`:                                 `each element: ***`,
		`gjson: {c: {unordered: [3, "${captures.earlier * 11}"]}}`:                                 `[3,"***"] in any order|[3,4]`,
		`gjson: {c: {includes: "${[captures.earlier * 11]}"}}`:                                     `at least ***|[3,4]`,
		`gjson: {b: {includes: ["${captures.earlier * 11}"]}}`:                                     `at least ["***"]|"v3" (string)`,
		`gjson: {c: "${[captures.earlier * 11]}"}`:                                                 `***|[3,4]`,
		`headers: {x-a: "${secrets.token.upperAscii()}"}`:                                          `"***"|"1"`,
		`text: {equals: "x\n${secrets.token.upperAscii()}"}`:                                       `"***"`,
		`json: {a: 3, b: "${secrets.token.upperAscii()}", c: [3, 4]}`:                              `what is computed from a secret differs`,
		`json: {a: 5, b: "${secrets.token.upperAscii()}", c: [3, 4]}`:                              `~ a: expected 5, found 3`,
		`json: {a: 3, b: "v3", c: [3, "${captures.earlier * 11}"], d: "${captures.earlier * 11}"}`: `- d: "***"`,
		`json: [1, "${captures.earlier * 11}"]`:                                                    `[1,"***"]`,
		`status: ["${captures.earlier * 11 + 400}", 201]`:                                          `*** or 201|200 OK`,
		`status: "${captures.earlier * 11}"`:                                                       `*** is not a status`,
		`max_duration: "${string(captures.earlier * 11) + 'us'}"`:                                  `at most ***|took`,
		`max_duration: "${string(captures.earlier * 11)}"`:                                         `the text is no duration`,
	} {
		b := load(t, "suite.yaml", suiteWith("", query))
		secret := WithSecretCaptures(func(name string) bool { return name == "earlier" })
		checks, problems := Compile(b.compiler, nil, b.query().Expect, secret)
		if len(problems) > 0 {
			t.Errorf("%s: %v", query, problems)
			continue
		}
		a := b.activation(answer(t, "HTTP/1.1 200 OK\nX-A: 1\n\n"+`{"a": 3, "b": "v3", "c": [3, 4]}`))
		a.Secrets["token"] = "abc-bcd-key"
		failures := checks.Judge(context.Background(), a)
		var text string
		for _, f := range failures {
			text += strings.Join([]string{f.Expected + "|" + f.Found, f.Message, f.Detail}, "; ")
		}
		if len(failures) != 1 || !strings.Contains(text, want) {
			t.Errorf("%s:\n got %s\nwant %s", query, text, want)
		}
		for _, part := range []string{"abc", "bcd", "ABC", "BCD", "cba", "77", "477"} {
			if strings.Contains(text, part) {
				t.Errorf("%s shows %s: %s", query, part, text)
			}
		}
	}
}

func TestCapturesBySecretPaths(t *testing.T) {
	b := load(t, "suite.yaml", suiteWith("", "")+`    capture:
      one: "gone.${secrets.token.upperAscii()}"
      two: {header: "${secrets.token.upperAscii()}"}
      three: "${secrets.token.upperAscii()}.."
`)
	captures, problems := CompileCaptures(b.compiler, b.query().Capture)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, missed := captures.Take(context.Background(), b.activation(answer(t, "HTTP/1.1 200 OK\n\n{}")))
	if text := fmt.Sprint(missed); len(missed) != 3 || strings.Contains(text, "S3CR3T") || strings.Count(text, "***") != 2 {
		t.Error(text)
	}
}

func TestJudgeManyAtATime(t *testing.T) {
	b := load(t, "suite.yaml", suiteWith("", `
gjson: {a: {gt: 1, not: {lt: "${vars.want}"}}, lines.#.qty: {each: {contains: x}}, t: {contains: b, matches: z}}
cel: ['body.lines.all(l, l.qty > 3)']`))
	checks := b.compile(t)
	r := answer(t, "HTTP/1.1 200 OK\n\n"+`{"a": 1, "t": "abc", "lines": [{"qty": 4}, {"qty": 1}]}`)
	first := fmt.Sprint(checks.Judge(context.Background(), b.activation(r)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := fmt.Sprint(checks.Judge(context.Background(), b.activation(r))); got != first {
					t.Errorf("got %s, first %s", got, first)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCaptures(t *testing.T) {
	b := load(t, "suite.yaml", suiteWith("", "")+`    capture:
      id: id
      big: big
      skus: lines.#.sku
      name: lines.#(sku=="${string('B')}").name
      header: {header: x-a}
      sum: {cel: body.big}
      list: {cel: "status == 500 ? [1, 'a', {'k': 2.5}] : []"}
      none: nothing
      preset: {gjson: gone, default: {a: "${vars.want}"}}
      optional: {cel: "body.?gone", default: x}
      missing: {cel: body.gone, default: y}
      past: {cel: "body.lines[7].sku", default: y}
      below: {cel: body.nothing.here, default: y}
      unnamed: {cel: 'headers["x-gone"]', default: y}
      absent: {header: X-Gone, default: z}
      lost: gone
      worse: {cel: "body.id + 1", default: no}
      bytes: {cel: 'sha256(status == 500 ? "x" : "")'}
`)
	captures, problems := CompileCaptures(b.compiler, b.query().Capture)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a := b.activation(answer(t, "HTTP/1.1 500 Oops\nX-A: 1\nX-A: 2\n\n"+
		`{"id": "7", "big": 12345678901234567890.10, "lines": [{"sku": "A"}, {"sku": "B", "name": "b"}], "nothing": null}`))
	values, failures := captures.Take(context.Background(), a)
	for name, want := range map[string]string{
		"id": `"7"`, "big": `12345678901234567890.10`, "skus": `["A","B"]`, "name": `"b"`, "header": `"1, 2"`,
		"sum": `12345678901234567890.10`, "list": `[1,"a",{"k":2.5}]`, "none": "null", "preset": `{"a":3}`,
		"optional": `"x"`, "missing": `"y"`, "past": `"y"`, "below": `"y"`, "unnamed": `"y"`, "absent": `"z"`,
	} {
		if got := jsonOf(t, values[name]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	var failed []string
	for _, f := range failures {
		failed = append(failed, f.Check+": "+f.Message)
	}
	if len(values) != 15 || len(failed) != 3 || !strings.HasPrefix(failed[0], "capture lost: found nothing at gone") {
		t.Errorf("%d values, failed %q", len(values), failed)
	}
	if captures.Len() != 18 || captures.Names()[0] != "id" {
		t.Errorf("got %v", captures.Names())
	}
}

func jsonOf(t *testing.T, v ref.Val) string {
	t.Helper()
	if v == nil {
		return "not captured"
	}
	raw, err := expr.ToJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// BenchmarkJudge judges four paths of an answer of about 1 KB. ByHand reads the
// same with gjson and compares, which is what the checks cannot be faster than.
func BenchmarkJudge(b *testing.B) {
	var lines []string
	for i := range 18 {
		lines = append(lines, fmt.Sprintf(`{"sku": "SKU-%d", "qty": %d, "note": "gift wrapped"}`, i, i+1))
	}
	body := `{"id": 7, "state": "pending", "lines": [` + strings.Join(lines, ", ") + `], "total": 12.5}`
	bench := load(b, "suite.yaml", suiteWith("", "status: 200\ngjson: {id: 7, state: pending, lines.#: 18, total: {gt: 1}}"))
	checks := bench.compile(b)
	r := &exchange.Response{Status: 200, Body: []byte(body)}
	b.Run("Judge", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if f := checks.Judge(context.Background(), &expr.Activation{Vars: bench.vars, Response: r}); len(f) > 0 {
				b.Fatal(f)
			}
		}
	})
	b.Run("ByHand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ok := r.Status == 200 && gjson.ValidBytes(r.Body) &&
				gjson.GetBytes(r.Body, "id").Int() == 7 && gjson.GetBytes(r.Body, "state").Str == "pending" &&
				gjson.GetBytes(r.Body, "lines.#").Int() == 18 && gjson.GetBytes(r.Body, "total").Num > 1
			if !ok {
				b.Fatal("failed")
			}
		}
	})
}

// TestNothingIsMade says that a path that finds nothing has no value, whatever
// gjson makes of nothing.
func TestNothingIsMade(t *testing.T) {
	for path, want := range map[string]string{
		"nope.@keys": "{exists: true}", "nope|@keys|#": "0", "nope.@values": "[]", "nope.@tostr": "{exists: true}", "nope.{a,b}": "{type: object}",
		"{a,b}": "{type: object}", "[a,b]": "[]", "[a,b].#": "0", "@dig:nope": "[]", "status.@keys": "{exists: true}",
	} {
		b := load(t, "suite.yaml", suiteWith("", fmt.Sprintf("gjson: {'%s': %s}", path, want))+fmt.Sprintf("    capture: {v: '%s'}\n", path))
		a := b.activation(answer(t, "HTTP/1.1 200 OK\n\n{\"status\": \"x\"}"))
		failures := b.compile(t).Judge(context.Background(), a)
		if len(failures) != 1 || !strings.Contains(failures[0].Found, "nothing") {
			t.Errorf("%s: got %+v", path, failures)
		}
		captures, problems := CompileCaptures(b.compiler, b.query().Capture)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		if values, missed := captures.Take(context.Background(), a); len(values) > 0 || len(missed) != 1 {
			t.Errorf("%s: captured %v, missed %+v", path, values, missed)
		}
	}
}
