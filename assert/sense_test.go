package assert

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apicel/apicel/spec"
)

// problemsOf compiles the expect of a query and gives what is wrong with it:
// "severity column message; hint", a line each.
func problemsOf(t *testing.T, query string) string {
	t.Helper()
	b := load(t, "suite.yaml", suiteWith("", query))
	_, problems := Compile(b.compiler, b.suite.Expect, b.query().Expect)
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%s %d: %s", p.Severity, p.Pos.Col, addHint(p.Message, p.Hint)))
	}
	return strings.Join(lines, "\n")
}

// TestNeverHolds has the matchers that are errors of the file, because no answer
// could satisfy them.
func TestNeverHolds(t *testing.T) {
	const suffix = ", so this never holds"
	for matcher, want := range map[string]string{
		"{gt: 5, lt: 3}":    "nothing can be both > 5 and < 3" + suffix,
		"{gte: 5, lt: 5}":   "nothing can be both >= 5 and < 5" + suffix,
		"{gt: 5, lte: 5.0}": "nothing can be both > 5 and <= 5.0" + suffix,
		"{gt: 9007199254740993, lt: 9007199254740992}": "nothing can be both > 9007199254740993 and < 9007199254740992" + suffix,
		"{gt: 1, not: {gt: 1}}":                        "nothing can be both > 1 and not > 1" + suffix,
		"{not: {lt: 3}, lt: 2}":                        "nothing can be both not < 3 and < 2" + suffix,
		"{equals: 1, gt: 2}":                           "nothing can be both 1 and > 2" + suffix,
		"{lt: 1, equals: 1}":                           "nothing can be both < 1 and 1" + suffix,
		"{equals: 1, not: 1.0}":                        "nothing can be both 1 and not 1.0" + suffix,
		"{equals: 1, one_of: [2, \"1\"]}":              `nothing can be both 1 and one of 2, "1"` + suffix,
		"{one_of: [1, 2], gt: 2}":                      "nothing can be both one of 1, 2 and > 2" + suffix,
		"{one_of: [1, 2], not: {one_of: [2, 1, 3]}}":   "nothing can be both one of 1, 2 and not one of 2, 1, 3" + suffix,
		"{equals: abc, starts_with: b}":                `nothing can be both "abc" and text that starts with "b"` + suffix,
		"{equals: [1, 2], each: {gt: 1}}":              "nothing can be both [1,2] and each element: > 1" + suffix,
		"{type: string, gt: 1}":                        "nothing can be both type string and > 1" + suffix,
		"{gt: 1, matches: x}":                          `nothing can be both > 1 and text that matches "x"` + suffix + "; matches is for text",
		"{type: array, contains: x}":                   `nothing can be both type array and text that contains "x"` + suffix + "; contains is for text; a list or an object takes includes",
		"{equals: null, contains: x}":                  `nothing can be both null and text that contains "x"` + suffix + "; contains is for text; a list or an object takes includes",
		"{each: {gt: 0}, includes: {a: 1}}":            `nothing can be both each element: > 0 and at least {"a":1}` + suffix + "; includes is for lists and objects; text takes contains",
		"{not: {contains: x}, gt: '${vars.want}'}":     "nothing can be both not text that contains \"x\" and gt: …" + suffix,
		"{type: number, one_of: [a, null]}":            `nothing can be both type number and one of "a", null` + suffix,
		"{type: string, not: {type: string}}":          "nothing can be both type string and not type string" + suffix,
		"{exists: false, equals: 1}":                   "where nothing is there, nothing else can hold of it; leave out exists: false, or all that stands beside it",
		"{not: {exists: true}, type: 'null'}":          "where nothing is there, nothing else can hold of it; leave out exists: false, or all that stands beside it",
		"{starts_with: ORD-, length: 3}":               `nothing can be both text that starts with "ORD-" and length 3` + suffix,
		"{contains: éé, length: {lt: 2}}":              `nothing can be both text that contains "éé" and length < 2` + suffix,
		"{unordered: [1, 2], length: 3}":               "nothing can be both [1,2] in any order and length 3" + suffix,
		"{unordered: [1, 2], each: {gt: 1}}":           "nothing can be both [1,2] in any order and each element: > 1" + suffix,
		"{includes: [1, 2], length: {lte: 1}}":         "nothing can be both at least [1,2] and length <= 1" + suffix,
		"{each: {gt: 1}, length: 0}":                   "nothing can be both each element: > 1 and length 0" + suffix,
		"{length: {lt: 0}}":                            "a length is a whole number from 0, and that is never < 0",
		"{length: {gt: 1, lt: 2}}":                     "nothing can be both > 1 and < 2" + suffix,
		"{length: {lte: -1}}":                          "a length is a whole number from 0, and that is never <= -1",
		"{each: {exists: false}}":                      "an element is always there, and that is never nothing there",
		"{each: {gt: 5, lt: 3}}":                       "nothing can be both > 5 and < 3" + suffix,
		"{any: {not: {type: string, gt: 1}}}":          "nothing can be both type string and > 1" + suffix,
	} {
		got := problemsOf(t, "gjson: {a: "+matcher+"}")
		if !strings.HasPrefix(got, "error ") || !strings.HasSuffix(got, ": "+want) || strings.Count(got, "\n") > 0 {
			t.Errorf("%s:\n got %s\nwant %s", matcher, got, want)
		}
	}
}

// TestNeverHoldsAtPath is about paths that give a list or a number only.
func TestNeverHoldsAtPath(t *testing.T) {
	const list = "this path gives an array, because of its #, and that is never %s; write {each: …} for what holds of every element, {any: …} for what holds of one"
	const number = "this path gives the number of elements, because it ends in #, and that is never "
	for query, want := range map[string]string{
		"gjson: {a.#.b: 3}":                        fmt.Sprintf(list, "3"),
		"gjson: {a.#.b: {gt: 0}}":                  fmt.Sprintf(list, "> 0"),
		"gjson: {a.#.b: {not: 3}}":                 fmt.Sprintf(list, "3"),
		"gjson: {'a.#(b>1)#': {matches: x}}":       fmt.Sprintf(list, `text that matches "x"`),
		"gjson: {a.#.b.#: 3}":                      fmt.Sprintf(list, "3"),
		"gjson: {a.#: \"3\"}":                      number + `"3"`,
		"gjson: {a.#: -1}":                         number + "-1",
		"gjson: {a.#: 1.5}":                        number + "1.5",
		"gjson: {a.#: {each: 1}}":                  number + "each element: 1",
		"gjson: {'#': {one_of: [x, -1]}}":          number + `one of "x", -1`,
		"headers: {x: {gt: 5, lt: 3}}":             "nothing can be both > 5 and < 3, so this never holds",
		"headers: {x: {equals: a, gt: 3}}":         `nothing can be both "a" and > 3, so this never holds`,
		"headers: {x: {exists: false, length: 3}}": "where nothing is there, nothing else can hold of it; leave out exists: false, or all that stands beside it",
		"text: {starts_with: abc, length: 2}":      `nothing can be both text that starts with "abc" and length 2, so this never holds`,
		"text: {one_of: [a, 5], gt: 6}":            `nothing can be both one of "a", "5" and > 6, so this never holds`,
	} {
		if got := problemsOf(t, query); !strings.HasPrefix(got, "error ") || !strings.HasSuffix(got, ": "+want) {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
}

// TestAlwaysHolds has what is worth a warning, because no answer could fail it.
func TestAlwaysHolds(t *testing.T) {
	const everyStatus = " holds for every status from 100 to 599, so it checks nothing; " +
		"say which are right, as in status < 400, which is what is expected where nothing reads the status"
	for query, want := range map[string]string{
		"gjson: {a: {length: {gte: 0}}}":               "a length is a whole number from 0, so >= 0 always holds",
		"gjson: {a: {length: {gt: -1}}}":               "a length is a whole number from 0, so > -1 always holds",
		"gjson: {a.#: {gte: 0}}":                       "this path gives the number of elements, because it ends in #, so >= 0 always holds",
		"gjson: {a: {any: {exists: true}}}":            "an element is always there, so exists: true checks nothing; say of which type it is, or {length: {gt: 0}} of the list",
		"gjson: {a: {matches: x*}}":                    "the regular expression finds an empty text in any text, so it always holds; write ^ and $ around what the whole text must be, or type: string for any text",
		"headers: {a: {matches: '(x|y?)'}}":            "the regular expression finds an empty text in any text, so it always holds; write ^ and $ around what the whole text must be",
		"gjson: {a: {one_of: [1, x, 1.0]}}":            "one_of has 1.0 twice",
		"headers: {a: {one_of: [1, \"1\"]}}":           `one_of has "1" twice`,
		"status: [200, 201, 200]":                      "the status 200 stands here twice",
		"status: [200, 2xx]":                           "the status 200 is among 2xx, which is expected as well; leave out the one that is not meant",
		"cel: [body.a == 1, ' body.a == 1 ']":          "the same expression stands at suite.yaml:7:13 already; leave one of them out",
		"cel: ['status == 200 && true']":               "true reads no variable, so it is the same for every answer; leave it out, or compare something of the answer with it",
		"cel: ['!(status == 5 || 1 == 1)']":            "1 == 1 reads no variable, so it is the same for every answer; leave it out, or compare something of the answer with it",
		"cel: ['body.a == body.a']":                    "body.a is compared with itself",
		"cel: ['status > 0']":                          "status > 0" + everyStatus,
		"cel: ['!(status < 100)']":                     "!(status < 100)" + everyStatus,
		"cel: ['status < 300 || status>=300']":         "status < 300 || status >= 300" + everyStatus,
		"cel: ['status >= 100 && body.a == 1']":        "status >= 100" + everyStatus,
		"cel: ['status != 0 && status in [200, 201]']": "status != 0" + everyStatus,
		"cel: ['[0, 99].all(s, s != status)']":         "[0, 99].all(s, s != status)" + everyStatus,
	} {
		if got := problemsOf(t, query); !strings.HasPrefix(got, "warning ") || !strings.HasSuffix(got, ": "+want) || strings.Count(got, "\n") > 0 {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
}

// TestMakesSense has matchers that look odd and may hold.
func TestMakesSense(t *testing.T) {
	for _, query := range []string{
		"gjson: {a: {gte: 5, lte: 5}}", "gjson: {a: {gt: 5, lt: 5.1}}", "gjson: {a: {length: {gt: 1, lt: 3}}}", "gjson: {a: {length: {gte: 1.5, lt: 3}}}",
		"gjson: {a: {type: number, not: 0}}", "gjson: {a: {not: null}}", "gjson: {a: {type: array, not: {includes: [1]}}}",
		"gjson: {a: {exists: true, not: 1}}", "gjson: {a: {not: {exists: false}}}", "gjson: {a: {not: {exists: true}}}", "gjson: {a: {exists: false, not: {exists: true}}}",
		"gjson: {a: {unordered: [], length: 0}}", "gjson: {a: {unordered: []}}", "gjson: {a: {equals: {}}}", "gjson: {a: {length: 0}}",
		"gjson: {a: {starts_with: ab, ends_with: bc, length: 3}}", "gjson: {a: {includes: {a: 1}, length: {gte: 1}}}",
		"gjson: {a: {matches: '^[a-z]*$'}}", "gjson: {a: {matches: 'a+b?'}}", "gjson: {a: {not: {gt: 1, lt: 3}}}",
		"gjson: {a: {gt: '${vars.want}', lt: 1}}", "gjson: {a: {equals: '${vars.want}', gt: 5}}", "gjson: {a: {one_of: [1, 2], gt: 1}}",
		"gjson: {a.#.b: {each: {gt: 0}, length: 3}}", "gjson: {a.#.b: [1, 2]}", "gjson: {a.#.b: '${vars.want}'}", "gjson: {a.#: 0}", "gjson: {'a\\.#.b': 3}",
		"gjson: {a.#: {gt: 0}}", "gjson: {a.#.b.@reverse.0: 3}", "gjson: {'a.#.b|0': 3}", "gjson: {'a.#(b==1).c': 3}", "gjson: {'\\#': x}",
		"headers: {x: {equals: 12, gt: 9}}", "headers: {x: {gt: 5, starts_with: '7'}}", "headers: {x: {one_of: [1, 1.0]}}",
		"status: [200, 3xx, 404]", "cel: ['body.all(x, true) && status == 200']", "cel: [uuid() == uuid() + text]", "cel: ['body.a in body.a']",
		`cel: ['header_values("x-a") == ["one", "two"] && status == 200']`, `cel: ['header_values("x-a") == header_values("x-b")']`,
		`cel: ['status == 200 && now() > timestamp("2022-11-28T09:00:00Z")']`, "cel: ['status == 200 || random_int(0, 1) == 1']",
		"cel: [status < 500]", "cel: ['status < 400 && status > 0 == body.ok']", "cel: ['status > vars.want']", "cel: ['status >= 100 + int(row)']", "cel: ['[200, 201].exists(s, s == status)']", "cel: ['1000 / (status - 200) < 1001']",
	} {
		if got := problemsOf(t, query); got != "" {
			t.Errorf("%s: %s", query, got)
		}
	}
}

// TestSenseIsSaidOnce says that a problem of a matcher is one problem, and that
// one which does not compile is not judged.
func TestSenseIsSaidOnce(t *testing.T) {
	got := problemsOf(t, "gjson: {a: {gt: '${nope}', lt: 3, matches: x}}")
	if strings.Count(got, "\n") > 0 || !strings.Contains(got, "nope") {
		t.Error(got)
	}
	var ps spec.Problems
	b := load(t, "suite.yaml", suiteWith("gjson: {a: {gt: 5, lt: 3}}", "gjson: {a: null}\nstatus: 200"))
	if _, ps = Compile(b.compiler, b.suite.Expect, b.query().Expect); len(ps) > 0 {
		t.Errorf("what is lifted is judged: %v", ps)
	}
}

// patience is far more than anything here takes on the slowest machine, and far
// less than what costs the square of it.
const patience = 2 * time.Minute

// TestLargeMatchersAreSensedSoon says that what a file holds is judged in a time
// that nobody notices.
func TestLargeMatchersAreSensedSoon(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("1, x, ", 20_000), ", ")
	start := time.Now()
	problemsOf(t, "gjson: {a: {one_of: ["+many+"], not: {one_of: ["+many+"]}, each: {unordered: ["+many+"], includes: [2]}}}")
	if took := time.Since(start); took > patience {
		t.Errorf("took %s", took)
	}
}
