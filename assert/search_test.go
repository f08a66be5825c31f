package assert

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestRegexOfCaptures has what is taken.
func TestRegexOfCaptures(t *testing.T) {
	b := load(t, "suite.yaml", suiteWith("", "")+`    capture:
      all: {regex: 'ref: \w+'}
      group: {regex: 'ref: (\w+)'}
      first: {regex: '(\w)(?:\w)-(?P<n>\d+)'}
      header: {header: location, regex: '/orders/(\d+)'}
      path: {gjson: id, regex: '^.'}
      flag: {gjson: flag, regex: 'tr(.*)'}
      cookie: {cookie: session, regex: '\d$'}
      whole: {cookie: session}
      cel: {cel: 'body.text.upperAscii()', regex: 'REF: (\w+)'}
      big: {gjson: big, regex: '\d+$'}
      template: {regex: '${vars.want}(\d)'}
      none: {regex: 'zzz', default: [1]}
      nil: {gjson: nil, regex: 'n', default: null}
      gone: {gjson: nope, regex: 'n', default: "é"}
      accent: {gjson: text, regex: 'é(.)'}
      blank: {gjson: text, regex: 'abc(x*)'}
`)
	captures, problems := CompileCaptures(b.compiler, b.query().Capture)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r := answer(t, "HTTP/1.1 200 OK\nLocation: /orders/17?a\nSet-Cookie: session=id-4\nSet-Cookie: session=id-5\n\n"+
		`{"text": "ref: abc-17 éà", "id": 765, "flag": true, "nil": null, "big": 9007199254740993, "x": 37}`)
	values, failures := captures.Take(context.Background(), b.activation(r))
	if len(failures) > 0 {
		t.Fatalf("%+v", failures)
	}
	for name, want := range map[string]string{
		"all": `"ref: abc"`, "group": `"abc"`, "first": `"b"`, "header": `"17"`, "path": `"7"`, "flag": `"ue"`, "cookie": `"5"`, "whole": `"id-5"`,
		"cel": `"ABC"`, "big": `"9007199254740993"`, "template": `"7"`, "none": `[1]`, "nil": "null", "gone": `"é"`, "accent": `"à"`, "blank": `""`,
	} {
		if got := jsonOf(t, values[name]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestRegexProblems(t *testing.T) {
	for capture, want := range map[string]string{
		`{regex: 'x*'}`:                   "warning: the regular expression finds an empty text in any text, so the capture may well be empty; write + instead of *, or what stands before it",
		`{cel: '1 == 1'}`:                 "warning: this capture looks at nothing, so it is the same for every answer; take something of the answer, or write the value into vars",
		`{cel: 'gjson({}, "a")'}`:         "warning: this capture looks at nothing",
		`{xpath: 'count(/)'}`:             "warning: this capture looks at nothing",
		`{regex: '${nope}'}`:              `error: unknown name "nope"`,
		`{cookie: '${nope}', regex: 'x'}`: `error: unknown name "nope"`,
		`{gjson: 'a.', regex: 'x'}`:       "error: the gjson path has an empty part",
	} {
		b := load(t, "suite.yaml", suiteWith("", "")+"    capture:\n      a: "+capture+"\n")
		_, problems := CompileCaptures(b.compiler, b.query().Capture)
		var got string
		for _, p := range problems {
			got += string(p.Severity) + ": " + addHint(p.Message, p.Hint)
		}
		if len(problems) != 1 || len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("%s: got %s", capture, got)
		}
	}
}

// TestRegexErrors has what is said of a text that is no regular expression: in a
// file, and where a template made it.
func TestRegexErrors(t *testing.T) {
	long := strings.Repeat("abcdefgh", 500)
	for text, want := range map[string]string{
		"(":          `"(" is not a regular expression (RE2): missing closing )`,
		`a(\d`:       `"a(\\d" is not a regular expression (RE2): missing closing )`,
		"a(?!b)c":    `"a(?!b)c" is not a regular expression (RE2): invalid or unsupported Perl syntax in "(?!"; RE2 knows no look-ahead and look-behind`,
		`(x)\1`:      `"(x)\\1" is not a regular expression (RE2): invalid escape sequence in "\\1"; RE2 knows no back-references`,
		long + "(?<": `"` + long[:52] + `…(3926 more characters)…` + (long + "(?<")[4003-25:] + `" is not a regular expression (RE2): invalid or unsupported Perl syntax in "(?<"; RE2 knows no look-ahead and look-behind`,
	} {
		_, err := newRegex(text)
		var bad *regexError
		if !errors.As(err, &bad) {
			t.Fatal(text, err)
		}
		if got := addHint(bad.short(), bad.hint()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
		if got := err.Error(); !strings.HasPrefix(got, `"`+text+`" is not a regular expression (RE2): `) || strings.Contains(got, " in ") {
			t.Error(got)
		}
	}
}

// TestCapturesThatMakeValues says that a capture may hold what is made up anew,
// or comes from elsewhere than the answer.
func TestCapturesThatMakeValues(t *testing.T) {
	for _, capture := range []string{"{cel: uuid()}", "{cel: 'now()'}", "{cel: 'header_values(\"x\")'}", "{cel: vars.want}", "{xpath: '//a'}", "{xpath: '${vars.want}'}"} {
		b := load(t, "suite.yaml", suiteWith("", "")+"    capture:\n      a: "+capture+"\n")
		if _, problems := CompileCaptures(b.compiler, b.query().Capture); len(problems) > 0 {
			t.Errorf("%s: %v", capture, problems)
		}
	}
}

// TestSecretCapturesAreNotQuoted says that a failure of a secret capture says
// nothing of what was looked at, whoever says that it is secret.
func TestSecretCapturesAreNotQuoted(t *testing.T) {
	for capture, option := range map[string]Option{
		"{gjson: a, regex: '^x'}":                WithSecretCaptures(func(string) bool { return true }),
		"{gjson: a, regex: '^x', secret: true}":  func(*options) {},
		"{regex: '^x', secret: true}":            func(*options) {},
		"{cel: 'int(body.a)', secret: true}":     func(*options) {},
		"{cel: 'body.a + 1', secret: true}":      func(*options) {},
		"{cel: 'body[body.a]', secret: true}":    func(*options) {},
		"{gjson: b, regex: 's', secret: true}":   func(*options) {},
		"{cookie: id, regex: 'x', secret: true}": func(*options) {},
	} {
		b := load(t, "suite.yaml", suiteWith("", "")+"    capture:\n      a: "+capture+"\n")
		captures, problems := CompileCaptures(b.compiler, b.query().Capture, option)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		a := b.activation(answer(t, "HTTP/1.1 200 OK\nSet-Cookie: id=s3cret\n\n"+`{"a": "s3cret", "b": ["s3cret"]}`))
		_, failures := captures.Take(context.Background(), a)
		if len(failures) != 1 {
			t.Fatalf("%s: %+v", capture, failures)
		}
		f := failures[0]
		for _, text := range []string{f.Expected, f.Found, f.Message, f.Detail} {
			if strings.Contains(text, "s3c") {
				t.Errorf("%s shows it: %s", capture, text)
			}
		}
	}
}
