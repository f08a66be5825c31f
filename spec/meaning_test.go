package spec

import (
	"fmt"
	"strings"
	"testing"
)

// This file holds the section "Scalars mean what they say" of the language, a
// test for each thing that it says.

// words are scalars that YAML, or an older version of it, takes for something
// else than text.
var words = []string{
	"2022-11-28", "2022-11-28T10:00:00Z", "0042", "1.10", "1_000", "0x1F", "0o17", ".5", "1.", "+1", "1e3", ".inf", ".nan",
	"true", "True", "yes", "NO", "on", "12:30:45", "12345678901234567890",
}

// TestTextIsTakenAsWritten reads each of the words where text stands.
func TestTextIsTakenAsWritten(t *testing.T) {
	for _, w := range words {
		s := parse(fmt.Sprintf(`name: %[1]s
source: {base_url: "http://127.0.0.1", headers: {A: %[1]s}, params: {a: [%[1]s]}, cookies: {a: %[1]s}}
queries:
  - name: %[1]s
    post: %[1]s
    headers: {A: [x, %[1]s]}
    params: {a: %[1]s}
    cookies: {a: %[1]s}
    body: {form: {a: %[1]s}}
  - name: text
    post: /
    body: {text: %[1]s, content_type: text/plain}
  - name: parts
    post: /
    body: {multipart: {a: %[1]s, b: {text: %[1]s, filename: %[1]s}}}
    auth: {type: basic, username: %[1]s, password: %[1]s}
`, w))
		if len(s.Problems) > 0 {
			t.Errorf("%s: %v", w, s.Problems)
			continue
		}
		one, text, parts := s.Queries[0], s.Queries[1], s.Queries[2]
		for i, got := range []String{
			s.Name, s.Source.Headers[0].Values[0], s.Source.Params[0].Values[0], s.Source.Cookies[0].Values[0],
			one.Name, one.Path, one.Headers[0].Values[1], one.Params[0].Values[0], one.Cookies[0].Values[0], one.Body.Form[0].Values[0],
			text.Body.Text, parts.Body.Multipart[0].Text, parts.Body.Multipart[1].Text, parts.Body.Multipart[1].Filename,
			parts.Auth.Username, parts.Auth.Password,
		} {
			if got.Value != w {
				t.Errorf("%s is %q at place %d", w, got.Value, i)
			}
		}
	}
}

// jsonPlaces reads a scalar in every place where JSON stands.
func jsonPlaces(scalar string) (*Suite, []*Value) {
	s := parse(strings.ReplaceAll(`vars: {a: SCALAR}
source: {base_url: "http://127.0.0.1"}
queries:
  - name: one
    post: /
    each: [SCALAR]
    body: {json: {a: [SCALAR]}}
    expect:
      json: [SCALAR]
      gjson: {a: SCALAR, b: {equals: SCALAR}, c: {one_of: [SCALAR]}, d: {unordered: [SCALAR]}, e: {includes: [SCALAR]}}
    capture: {a: {gjson: id, default: SCALAR}}
  - name: two
    post: /
    body: {multipart: {a: {json: SCALAR}}}
  - name: three
    post: /
    body: {graphql: {query: "{ a }", variables: {a: SCALAR}}}
`, "SCALAR", scalar))
	if s.Problems.HasErrors() {
		return s, nil
	}
	one, gjson := s.Queries[0], s.Queries[0].Expect.GJSON
	values := []*Value{
		&s.Vars[0].Value, &one.Each.Rows[0], &one.Body.JSON.Members[0].Value.Items[0], &one.Expect.JSON.Items[0],
		gjson[0].Matcher.Literal, &gjson[1].Matcher.Ops[0].Value, one.Capture[0].Default,
		s.Queries[1].Body.Multipart[0].JSON, &s.Queries[2].Body.GraphQL.Variables.Members[0].Value,
	}
	for _, e := range gjson[2:] {
		values = append(values, &e.Matcher.Ops[0].Value.Items[0])
	}
	return s, values
}

// TestJSONKnowsItsOwnWords reads JSON's words where JSON stands.
func TestJSONKnowsItsOwnWords(t *testing.T) {
	for scalar, kind := range map[string]Kind{
		"true": Bool, "false": Bool, "null": Null, "0": Number, "-1.5e-3": Number, `"true"`: Text, "'1'": Text, `"null"`: Text,
		"v1.2": Text, "1.2.3": Text, "a b": Text, "12:30": Text, `"${vars.x}"`: Text, "nullable": Text, "2022-11": Text,
	} {
		s, values := jsonPlaces(scalar)
		if len(s.Problems) > 0 {
			t.Errorf("%s: %v", scalar, s.Problems)
		}
		for i, v := range values {
			if want := strings.Trim(scalar, `"'`); v.Kind != kind || v.Scalar.Value != want {
				t.Errorf("%s is the %v %q at place %d", scalar, v.Kind, v.Scalar.Value, i)
			}
		}
	}
}

// TestJSONRefusesWhatOnlyYAMLKnows says that the error shows the quoted form.
func TestJSONRefusesWhatOnlyYAMLKnows(t *testing.T) {
	for _, scalar := range []string{
		"2022-11-28", "2022-11-28T10:00:00Z", "0042", "1_000", "0x1F", "0o17", "0b1", ".5", "1.", "+1", "-.5", ".inf", ".NaN",
		"True", "FALSE", "Null", "NULL", "~",
	} {
		s, _ := jsonPlaces(scalar)
		const places = 12
		if len(s.Problems) != places {
			t.Errorf("%s: %d problems, expected one at each of %d places: %v", scalar, len(s.Problems), places, s.Problems)
		}
		for _, p := range s.Problems {
			if p.Severity != SeverityError || !strings.Contains(p.Message, scalar+" is ") || !strings.Contains(p.Hint, `"`+scalar+`"`) {
				t.Errorf("%s: %v, %s", scalar, p, p.Hint)
			}
		}
	}
	for _, scalar := range []string{"yes", "No", "on", "OFF"} {
		if s, _ := jsonPlaces(scalar); len(s.Problems) != 12 || s.Problems.HasErrors() || !strings.Contains(s.Problems[0].Hint, `"`+scalar+`"`) {
			t.Errorf("%s: %v", scalar, s.Problems)
		}
	}
}

// TestNumbersKeepTheirSpelling says that no number passes through a float.
func TestNumbersKeepTheirSpelling(t *testing.T) {
	for _, number := range []string{
		"12345678901234567890", "12345678.9", "1.10", "-0", "1e400", "1E+2", "0.1", "100000000000000000000000000000000000000001",
		"9007199254740993", "1.0", "-12345678901234567890.123456789",
	} {
		s, values := jsonPlaces(number)
		if len(s.Problems) > 0 {
			t.Errorf("%s: %v", number, s.Problems)
		}
		for i, v := range values {
			if v.Kind != Number || v.Scalar.Value != number {
				t.Errorf("%s is the %v %s at place %d", number, v.Kind, v.Scalar.Value, i)
			}
		}
	}
	s := parse(minimal + "    expect: {gjson: {a: {gt: 12345678901234567890}}}\n")
	if v := s.Queries[0].Expect.GJSON[0].Matcher.Ops[0].Value; v.Scalar.Value != "12345678901234567890" {
		t.Errorf("an operand is %q", v.Scalar.Value)
	}
}

// TestTextSubjectsCompareAsText says that on a header, a cookie and what XPath
// picks a literal is text, and the operand of gt and its like a number.
func TestTextSubjectsCompareAsText(t *testing.T) {
	for _, w := range words {
		s := parse(minimal + strings.ReplaceAll(`    expect:
      headers: {A: WORD, B: {equals: WORD}, C: {one_of: [WORD]}, D: {not: WORD}}
      cookies: {A: WORD, B: {equals: WORD}, C: {one_of: [WORD]}, D: {not: WORD}}
      xpath: {A: WORD, B: {equals: WORD}, C: {one_of: [WORD]}, D: {not: WORD}}
      text: WORD
`, "WORD", w))
		if len(s.Problems) > 0 {
			t.Errorf("%s: %v", w, s.Problems)
			continue
		}
		e := s.Queries[0].Expect
		values := []Value{*e.Text.Literal}
		for _, on := range [][]Expectation{e.Headers, e.Cookies, e.XPath} {
			values = append(values, *on[0].Matcher.Literal, on[1].Matcher.Ops[0].Value,
				on[2].Matcher.Ops[0].Value.Items[0], *on[3].Matcher.Ops[0].Sub.Literal)
		}
		for i, v := range values {
			if v.Kind != Text || v.Scalar.Value != w {
				t.Errorf("%s is the %v %q at place %d", w, v.Kind, v.Scalar.Value, i)
			}
		}
	}
	for _, on := range []string{"headers", "cookies", "xpath"} {
		s := parse(minimal + "    expect: {" + on + ": {A: {gt: 1, gte: 1.5, lt: 12345678901234567890, lte: 1e3}}}\n")
		e := s.Queries[0].Expect
		for _, list := range [][]Expectation{e.Headers, e.Cookies, e.XPath} {
			for _, x := range list {
				for _, op := range x.Matcher.Ops {
					if op.Value.Kind != Number {
						t.Errorf("%s: %s has a %v", on, op.Name.Value, op.Value.Kind)
					}
				}
			}
		}
		if s := parse(minimal + "    expect: {" + on + ": {A: {gt: x}}}\n"); len(s.Problems) != 1 {
			t.Errorf("%s: gt with a text: %v", on, s.Problems)
		}
	}
}

// mistake is a part of a suite, put into a query, and what is said of it.
type mistake struct{ part, message, hint string }

// checkMistakes expects one error for each, which says what it should.
func checkMistakes(t *testing.T, all []mistake) {
	t.Helper()
	for _, m := range all {
		s := parse(minimal + "    " + strings.ReplaceAll(m.part, "\n", "\n    ") + "\n")
		if len(s.Problems) != 1 || s.Problems[0].Severity != SeverityError {
			t.Errorf("%s: found %v, expected one error", m.part, s.Problems)
			continue
		}
		p := s.Problems[0]
		if !strings.Contains(p.Message, m.message) || !strings.Contains(p.Hint, m.hint) {
			t.Errorf("%s: %v (%s), expected %q (%q)", m.part, p, p.Hint, m.message, m.hint)
		}
	}
}

// TestTagsAreNoText says that what YAML takes for a tag is not lost silently.
func TestTagsAreNoText(t *testing.T) {
	checkMistakes(t, []mistake{
		{"expect: {status: 200, cel: [!body.deleted ]}", "found the YAML tag !body.deleted", "begins with ! into quotes"},
		{"expect:\n  cel:\n    - !body.deleted", "found the YAML tag !body.deleted", "quotes"},
		{"expect:\n  cel:\n    - ! body.deleted", "found the YAML tag !", "quotes"},
		{"if: !vars.skip", "found the YAML tag !vars.skip", "quotes"},
		{"skip: !!str 1", "found the YAML tag !!str", "leave the tag out"},
		{"expect: {gjson: {a: !!int 1}}", "found the YAML tag !!int", "leave the tag out"},
		{"expect: {gjson: {!a b: 1}}", "found the YAML tag !a", "quotes"},
	})
}

// TestNothingIsNoCheck says that null and an empty text check nothing.
func TestNothingIsNoCheck(t *testing.T) {
	for _, nothing := range []string{"null", "~", `""`, "''", `"  "`} {
		var all []mistake
		for _, part := range []string{
			"expect: {cel: [NOTHING]}", "expect: {cel: [{that: NOTHING}]}", "if: NOTHING",
			"poll: {interval: 1s, timeout: 2s, give_up: NOTHING}",
			"expect: {gjson: {a: {matches: NOTHING}}}", "expect: {gjson: {a: {contains: NOTHING}}}",
			"expect: {headers: {a: {starts_with: NOTHING}}}", "expect: {text: {ends_with: NOTHING}}",
			"capture: {a: NOTHING}", "capture: {a: {gjson: NOTHING}}", "capture: {a: {regex: NOTHING}}", "capture: {a: {xpath: NOTHING}}",
			"capture: {a: {cookie: NOTHING}}", "expect: {status: [NOTHING]}", "expect: {snapshot: {path: NOTHING}}",
		} {
			all = append(all, mistake{strings.ReplaceAll(part, "NOTHING", nothing), "expected ", ""})
		}
		checkMistakes(t, all)
	}
	checkMistakes(t, []mistake{
		{"expect:\n  cel:\n    -", "has no value", ""},
		{"expect:\n  gjson:\n    a:", "has no value", `write null, or ""`},
		{"expect:\n  cel:", "has no value", ""},
		{"expect: {gjson: {a: {}}}", "so it checks nothing", ""},
		{"expect: {cel: []}", "so it checks nothing", ""},
		{"expect: {}", "so it checks nothing", ""},
		{"expect: {cookies: {}}", "so it checks nothing", ""},
		{"expect: {xpath: {}}", "so it checks nothing", ""},
		{"expect: {schema: {}}", "so it checks nothing", ""},
		{`expect: {gjson: {"": 1}}`, "a gjson path is empty", "@this"},
		{`expect: {xpath: {"": 1}}`, "an XPath expression is empty", "/*"},
	})
}

// TestNullThatRemovesNothing says so of what is inherited and of what is lifted.
func TestNullThatRemovesNothing(t *testing.T) {
	checkMistakes(t, []mistake{
		{"headers: {Accept: null}", "removes nothing", ""},
		{"params: {a: null}", "removes nothing", ""},
		{"cookies: {a: null}", "removes nothing", ""},
		{"expect: {status: 200, max_duration: null}", "lifts nothing", ""},
		{"expect: {status: 200, max_size: null}", "lifts nothing", ""},
		{"expect: {status: 200, cookies: null}", "lifts nothing", ""},
		{"expect: {status: 200, schema: null}", "lifts nothing", ""},
	})
}

// TestCommentsThatCutOff says that a comment that reads like text is an error.
func TestCommentsThatCutOff(t *testing.T) {
	checkMistakes(t, []mistake{
		{"expect: {gjson: {a: {contains: Order #17\n}}}", "cut off as a comment", `"Order #17`},
		{"expect:\n  gjson:\n    a: {contains: x}\n    #: 3", "this line is a comment", `"#"`},
		{"expect:\n  gjson:\n    a: 1\n    #.id: 3", "this line is a comment", `"#.id"`},
		{"expect:\n  gjson:\n    lines: Order #17", "cut off as a comment", `"Order #17"`},
		{"skip: see #12", "cut off as a comment", `"see #12"`},
	})
	if s := parse(minimal + "    skip: see # 12\n    # a comment\n"); len(s.Problems) > 0 {
		t.Errorf("comments that are meant: %v", s.Problems)
	}
}

// TestSyntaxErrorsSayToQuote says that where an expression broke YAML, the hint
// is to quote it, at the line where it stands.
func TestSyntaxErrorsSayToQuote(t *testing.T) {
	for part, line := range map[string]int{
		"expect:\n  cel:\n    - body.a ? 1: 2 : 3":       7,
		"expect:\n  cel:\n    - \"a\" in body.tags":      7,
		"expect:\n  cel:\n    - &a && b":                 7,
		"expect:\n  cel:\n    - *a":                      7,
		"if: @a":                                         5,
		"if: `a`":                                        5,
		"if: %a":                                         5,
		"headers: {A: ${captures.a}}":                    5,
		"each: [${captures.a}]":                          5,
		"expect:\n  cel: [body.a ? b : {c: d}]":          6,
		"expect:\n  cel:\n    - '\"a\" in body' && true": 7,
	} {
		s := parse(minimal + "    " + strings.ReplaceAll(part, "\n", "\n    ") + "\n")
		if len(s.Problems) != 1 || s.Problems[0].Pos.Line != line || !strings.Contains(s.Problems[0].Hint, "quotes") {
			t.Errorf("%s: %v (%s)", part, s.Problems, describe(s))
		}
	}
}

// TestCommentsInFoldedExpressions says that // is refused where it would swallow
// the lines after it, and nowhere else.
func TestCommentsInFoldedExpressions(t *testing.T) {
	const swallows, block = "swallows the lines after it", "(|)"
	checkMistakes(t, []mistake{
		{"if: >\n  true // first\n  && false", swallows, block},
		{"if: true // first\n  && false", swallows, block},
		{"if: \"true // first\n  && false\"", swallows, block},
		{"expect:\n  cel:\n    - >-\n      true // first\n      && false", swallows, block},
		{"skip: >\n  ${ 1 // first\n  + 2 }", swallows, block},
	})
	for _, fine := range []string{
		"if: |\n  true // first\n  && false", "if: true // all of it", "if: >\n  text != \"http://a\"\n  && true", "skip: >\n  see http://a\n  and more",
	} {
		if s := parse(minimal + "    " + strings.ReplaceAll(fine, "\n", "\n    ") + "\n"); len(s.Problems) > 0 {
			t.Errorf("%s: %v", fine, s.Problems)
		}
	}
}
