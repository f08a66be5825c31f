package assert

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// redactingWith is a redactor that knows the one secret as it is spelled.
func redactingWith(secret string) Option {
	return WithRedactor(func(s string) string { return strings.ReplaceAll(s, secret, hidden) })
}

// judgedHiding gives the failures of checks where the text is a secret.
func judgedHiding(t *testing.T, secret, query, body string) string {
	t.Helper()
	b := load(t, "suite.yaml", suiteWith("", query))
	a := b.activation(answer(t, "HTTP/1.1 200 OK\nX-A: 1\n\n"+body))
	a.Secrets = map[string]string{"token": secret}
	return fmt.Sprintf("%+v", b.compile(t, redactingWith(secret)).Judge(context.Background(), a))
}

// TestSecretsAsKeys: a path escapes what is special in a key, and a redactor
// knows the secret as it is.
func TestSecretsAsKeys(t *testing.T) {
	for _, query := range []string{
		`json: {a: {}, "": 1}`,
		`gjson: {a: {includes: {b: 1}}, a.nope: 1}`,
		`schema: {properties: {a: {additionalProperties: {type: string}}}}`,
		`gjson: {'a.tok@n|4z.k9': 1}`,
		`cel: ['body.a.nope == 1', 'has(body.a.nope)', 'body.a.?nope.hasValue()']`,
	} {
		got := judgedHiding(t, "tok@n|4z.k8", query, `{"a": {"tok@n|4z.k8": 1}}`)
		if strings.Contains(got, "4z") && !strings.Contains(query, "4z") || strings.Contains(got, "k8") || got == "[]" {
			t.Errorf("%s: got %s", query, got)
		}
	}
}

// TestMadeOfSecrets: what an expression computes from a value with a secret is
// no text that a redactor knows.
func TestMadeOfSecrets(t *testing.T) {
	const secret = "abcdefghijklmnop"
	for _, cel := range []string{
		`body.token.substring(0, 9) == "x"`,
		`body.token.upperAscii() == "x"`,
		`body.token.reverse() == "x"`,
		`body.token.split("").join(" ") == "x"`,
		`body.token.split("")[3] + body.note == "x"`,
		`body.token + "x" == "x"`,
		`bytes(body.token.substring(1)) == b"x"`,
		`[0, 5].map(i, body.token.substring(i, i + 9)) == ["x"]`,
		`body.list.map(l, l.token.substring(1, 9)) == ["x"]`,
		`body.list.all(l, l.token.substring(1, 9) == "x")`,
		`[body.token.substring(1, 9)].exists(l, l == "x")`,
		`{"a": body.token.substring(1, 9)}.a == "x"`,
		`gjson(body, "token|@pretty").upperAscii() == "x"`,
		`(status == 200 ? body.token.substring(1) : "x") == "x"`,
		`{body.token.substring(1, 9): 1}.all(k, k == "x")`,
		`text.substring(1, 20) == "x"`,
		`optional.of(body.token.substring(1)).orValue("") == "x"`,
	} {
		got := judgedHiding(t, secret, "cel: ['"+cel+"']", `{"token": "`+secret+`", "note": "", "list": [{"token": "`+secret+`"}]}`)
		if text := strings.ToLower(got); !strings.Contains(got, hidden) || strings.Contains(text, "ghi") ||
			strings.Contains(text, "ihg") || strings.Contains(text, "g h") || strings.Contains(got, `"d"`) {
			t.Errorf("%s: got %s", cel, got)
		}
	}
}

// TestNotMadeOfSecrets: what has nothing to do with the secret in the same body
// is shown.
func TestNotMadeOfSecrets(t *testing.T) {
	for cel, want := range map[string]string{
		`body.note.upperAscii() == "x"`:                            `body.note.upperAscii() = "HELLO"`,
		`size(body.token) == 3`:                                    `size(body.token) = 16, body.token = "***"`,
		`body.token == "x"`:                                        `body.token = "***"`,
		`gjson(body, "note") == "x"`:                               `gjson(body, "note") = "hello"`,
		`body.list.filter(l, l.n > 1) == []`:                       `[{"n":2,"token":"***"}]`,
		`body.nums.map(n, n * 2) == []`:                            `[2,4]`,
		`body.nums.map(n, n * body.factor) == []`:                  `[7,14]`,
		`"size " + string(size(body.token)) == "x"`:                `"size 16"`,
		`(body.token == "x" ? "yes" : "no") == "yes"`:              `= "no"`,
		`body.list.all(l, l.n > 2) && body.token.startsWith("ab")`: `body.list[0].n = 2`,
	} {
		got := judgedHiding(t, "abcdefghijklmnop", "cel: ['"+cel+"']",
			`{"token": "abcdefghijklmnop", "note": "hello", "nums": [1, 2], "factor": 7, "list": [{"n": 2, "token": "abcdefghijklmnop"}]}`)
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s", cel, got)
		}
	}
}

// TestSecretsAsBoundKeys: an explanation puts the key of an element in the place
// of its variable.
func TestSecretsAsBoundKeys(t *testing.T) {
	for _, cel := range []string{
		`body.all(k, k.substring(0, 9) + string(status) == "x")`,
		`body.all(k, k.substring(0, 9) + text.substring(0, 1) == "x")`,
		`body.all(k, v, k.substring(0, 9) == string(v))`,
		`{text.substring(2, 9): 1}.all(k, k + text.substring(0, 1) == "")`,
		`{text.substring(2, 9): 1}.all(k, v, v == 2)`,
	} {
		got := judgedHiding(t, "abcdefghijklmnop", "cel: ['"+cel+"']", `{"abcdefghijklmnop": 1}`)
		if strings.Contains(got, "bcd") || got == "[]" {
			t.Errorf("%s: got %s", cel, got)
		}
	}
}

// TestSecretInText: what stands around a secret in an operand is shown.
func TestSecretInText(t *testing.T) {
	const secret = "abcdefghijklmnop"
	for query, want := range map[string]string{
		`text: {equals: "one\ntwo ${secrets.token}\nthree\n"}`:                   "-three\n+four",
		`text: {contains: "two ${secrets.token}\nthree"}`:                        `Expected:text that contains "two ***\nthree"`,
		`text: {equals: "one ${secrets.token} ${secrets.token.substring(0,3)}"}`: `Expected:"***" `,
		`text: "${secrets.token}"`:                                               `Expected:"***" `,
	} {
		got := judgedHiding(t, secret, query, "one\ntwo "+secret+"\nfour\n")
		if !strings.Contains(got, want) || strings.Contains(got, "abc") {
			t.Errorf("%s: got %s", query, got)
		}
	}
	if got := judgedHiding(t, secret, `text: "x ${secrets.token}"`, "x abc\n"); !strings.Contains(got, `"x ***"`) {
		t.Errorf("got %s", got)
	}
}
