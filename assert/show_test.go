package assert

import (
	"context"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

func TestShow(t *testing.T) {
	long := strings.Repeat("a", 150) + strings.Repeat("z", 150)
	r := &run{ctx: context.Background()}
	for raw, want := range map[string]string{
		`{ "a" : [ 1.50 , "x y" ] }`:       `{"a":[1.50,"x y"]}`,
		`"line\nnext\t\"q\" \\ \u0007é"`:   `"line\nnext\t\"q\" \\ \u0007é"`,
		"\"\u202etxt\u200b\"":              `"\u202etxt\u200b"`,
		"\"bad \xff byte \ufffd\"":         `"bad \xff byte ` + "\ufffd" + `"`,
		"[\"\u202e\"]":                     `["\u202e"]`,
		`"` + long + `"`:                   `"` + strings.Repeat("a", 132) + `…(103 more characters)…` + strings.Repeat("z", 65) + `"`,
		`[` + strings.Repeat(" ", 9) + `]`: `[]`,
	} {
		if got := r.show(gjson.Parse(raw)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", raw, got, want)
		}
	}
	huge := r.show(textValue(strings.Repeat("é", 1<<20)))
	if !strings.HasSuffix(huge, "é… (2080768 more bytes)") || len([]rune(huge)) > maxShown+40 {
		t.Errorf("got %s", huge)
	}
}

func TestSecretsAreHiddenBeforeTheCut(t *testing.T) {
	secret := strings.Repeat("s3cr3t", 10)
	r := &run{ctx: context.Background(), options: options{redact: func(s string) string { return strings.ReplaceAll(s, secret, "***") }}}
	for lead := 0; lead < 2*maxShown; lead++ {
		text := strings.Repeat("x", lead) + secret + strings.Repeat("y", maxShown)
		if got := r.show(textValue(text)); strings.Contains(got, "s3cr") {
			t.Fatalf("lead of %d: %s", lead, got)
		}
		if got := r.diffText(text+"\n", "\n"); strings.Contains(got, "s3cr") {
			t.Fatalf("lead of %d: %s", lead, got)
		}
	}
}

func TestDiffJSON(t *testing.T) {
	type test struct{ want, found, diff string }
	for _, tt := range []test{
		{`{"a":1,"b":{"c":[1,2]}}`, `{"b":{"c":[1,3]},"a":1.0}`, "~ b.c.1: expected 2, found 3"},
		{`{"a":1}`, `{"b":1}`, "- a: 1\n+ b: 1"},
		{`[1,2,3]`, `[0,1,2,3]`, "+ 0: 0"},
		{`[1,2,3]`, `[1,3]`, "- 1: 2"},
		{`{"a.b":1}`, `{"a.b":"1"}`, `~ a\.b: expected 1 (number), found "1" (string)`},
		{`1`, `2`, "~ expected 1, found 2"},
		{`{"a":null}`, `{}`, "- a: null"},
	} {
		r := &run{ctx: context.Background()}
		if got := r.diffAt(subject{value: gjson.Parse(tt.found)}, gjson.Parse(tt.want), false); got != tt.diff {
			t.Errorf("%s and %s:\ngot  %s\nwant %s", tt.want, tt.found, got, tt.diff)
		}
	}
	many := "[" + strings.Repeat("1,", 50) + "1]"
	r := &run{ctx: context.Background()}
	got := r.diffAt(subject{value: gjson.Parse("[]")}, gjson.Parse(many), false)
	if !strings.HasSuffix(got, "\n… and 31 more") {
		t.Errorf("got %s", got)
	}
}

func TestParseBody(t *testing.T) {
	for body, want := range map[string]string{
		"":                             "the body is empty",
		" \n":                          "the body is empty",
		"<html>":                       "the body is not JSON: line 1, column 1: invalid character '<' looking for beginning of value",
		"{\"é\": 1,\n \"b\": tru}":     "the body is not JSON: line 2, column 10: invalid character '}' in literal true (expecting 'e')",
		strings.Repeat("[", 1<<20):     "the body is not JSON: it is nested more than 10000 levels deep",
		strings.Repeat(`{"a":`, 20000): "the body is not JSON: it is nested more than 10000 levels deep",
		`[1] x`:                        "the body is not JSON: line 1, column 5: invalid character 'x' after top-level value",
	} {
		_, err := parseBody(body, false)
		if err == nil || err.Error() != want {
			t.Errorf("%.20q: got %v, want %s", body, err, want)
		}
	}
	for _, body := range []string{"1", `"x"`, " {} ", strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)} {
		if _, err := parseBody(body, false); err != nil {
			t.Errorf("%.20q: %v", body, err)
		}
	}
}
