package spec_test

import (
	"slices"
	"strings"
	"testing"
)

// TestEditor asks yaml-language-server what an editor would ask.
func TestEditor(t *testing.T) {
	e := startEditor(t)
	t.Run("completion", func(t *testing.T) { completions(t, e) })
	t.Run("hover", func(t *testing.T) { hovers(t, e) })
	t.Run("diagnostics", func(t *testing.T) { diagnostics(t, e) })
}

const head = "source: {base_url: \"https://api.example.com\"}\nqueries:\n"

func completions(t *testing.T, e *editor) {
	for _, c := range []struct{ text, offered, not string }{
		{"order: " + caret, "safe file free", "true null"},
		{"name: x\n" + caret, "source queries vars teardown", "name get base_url"},
		{"source:\n  base_url: http://x\n  http: " + caret, `auto "1.1" "2" h2c`, "1.1 true"},
		{"source:\n  base_url: http://x\n  timeout: " + caret, "30s", "true"},
		{"source:\n  base_url: http://x\n  auth:\n    type: " + caret, "none basic bearer api_key", "true"},
		{"source:\n  base_url: http://x\n  auth:\n    type: basic\n    " + caret, "username password", "token in"},
		{head + "  - " + caret, "name get post method expect", "base_url json"},
		{head + "  - name: a\n    " + caret, "get post method path expect poll capture", "name base_url"},
		{head + "  - name: a\n    get: /x\n    " + caret, "expect poll each capture auth", "get post method path"},
		{head + "  - name: a\n    method: TRACE\n    " + caret, "path expect", "get post"},
		{head + "  - name: a\n    get: " + caret, "", "true false null"},
		{head + "  - name: a\n    post: /x\n    body:\n      " + caret, "json text form multipart file content_type", "name"},
		{head + "  - name: a\n    post: /x\n    body:\n      json: {}\n      " + caret, "content_type", "text form json"},
		{head + "  - name: a\n    get: /x\n    expect:\n      status: 200\n      " + caret, "gjson headers cel max_duration", "status get"},
		{head + "  - name: a\n    get: /x\n    expect:\n      gjson:\n        id:\n          gt: 1\n          " + caret, "lt matches each length", "gt"},
		{head + "  - name: a\n    get: /x\n    expect:\n      headers:\n        etag:\n          exists: true\n          " + caret, "matches contains", "each includes type"},
		{head + "  - name: a\n    get: /x\n    expect:\n      gjson:\n        id:\n          type: " + caret, "null boolean string object", `"null"`},
		{head + "  - name: a\n    get: /x\n    capture:\n      id:\n        header: ETag\n        " + caret, "regex default secret", "gjson cookie"},
	} {
		offered := e.complete(t, c.text)
		for _, label := range strings.Fields(c.offered) {
			if !slices.Contains(offered, label) {
				t.Errorf("%s\n%s is not offered; offered are %q", c.text, label, offered)
			}
		}
		for _, label := range strings.Fields(c.not) {
			if slices.Contains(offered, label) {
				t.Errorf("%s\n%s is offered; offered are %q", c.text, label, offered)
			}
		}
	}
}

func hovers(t *testing.T, e *editor) {
	for text, want := range map[string]string{
		"ord" + caret + "er: safe\n" + head:                                                                        "Which queries wait for others without needing them; `safe` where it is not given.",
		head + "  - name: a\n    g" + caret + "et: /x\n":                                                           "Sends GET to the path.",
		head + "  - name: a\n    get: /x\n    expect:\n      max_dur" + caret + "ation: 2s\n":                      "The longest time from the start of the request to the end of the answer.",
		head + "  - name: a\n    get: /x\n    expect:\n      gjson:\n        a: {g" + caret + "te: 2}\n":           "The number is greater or equal.",
		head + "  - name: a\n    get: /x\n    auth: {type: basic, user" + caret + "name: x, password: y}\n":        "The name of the user.",
		head + "  - name: a\n    get: /x\n    capture: {a: {reg" + caret + "ex: x}}\n":                             "(RE2)",
		head + "  - name: a\n    get: /x\n    poll: {inter" + caret + "val: 1s, timeout: 3s}\n":                    "The time between two attempts.",
		head + "  - name: a\n    post: /x\n    body: {graph" + caret + "ql: {query: \"{a}\"}}\n":                   "A GraphQL operation, sent as JSON.",
		"source:\n  base_url: http://x\n  ssl: {ca_c" + caret + "ert: a.pem}\nqueries: [{name: a, get: /}]\n":      "Certificates of authorities",
		"source:\n  base_url: http://x\n  auth: {type: b" + caret + "asic, username: a, password: b}\nqueries: []": "HTTP Basic authentication (RFC 7617).",
	} {
		got := e.hover(t, text)
		if !strings.Contains(got, want) || strings.Contains(got, "||") {
			t.Errorf("%s\nshows %q, want %q", text, got, want)
		}
	}
}

func diagnostics(t *testing.T, e *editor) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{head + "  - name: a\n    get: /x\n    headers: {X-Day: 2022-11-28, X-Zip: 0042, X-Flag: true}\n", nil},
		{head + "  - name: a\n    get: /x\n    expect: {staus: 200}\n", []string{"5:14 Property staus is not allowed."}},
		{head + "  - name: a\n    get: /x\n    timeout: 5\n", []string{"5:14 write a duration with its unit, like 500ms, 2s or 1m30s"}},
		{"order: fast\n" + head + "  - {name: a, get: /x}\n", []string{`1:8 Value is not accepted. Valid values: "safe", "file", "free".`}},
		{head + "  - name: a\n", []string{"3:5 say what the query sends, for example get: /path"}},
		{head + "  - name: a\n    method: TRACE\n", []string{`3:5 Missing property "path".`}},
		{head + "  - name: a\n    get: /x\n    path: /y\n", []string{`4:5 "path" stands here already; remove one of the two`, `5:5 "get" stands here already; remove one of the two`}},
		{head + "  - name: a\n    post: /x\n    body: {json: 1, text: a}\n", []string{`5:12 "text" stands here already; remove one of the two`, `5:21 "json" stands here already; remove one of the two`}},
		{head + "  - name: a\n    get: /x\n    auth: {type: ntlm}\n", []string{`5:18 Value is not accepted. Valid values: "none", "basic", "bearer", "api_key", "digest", "aws_sigv4", "oauth2".`}},
		{head + "  - name: a\n    get: /x\n    auth: {type: bearer}\n", []string{`5:5 Missing property "token".`}},
		{head + "  - name: a\n    get: /x\n    if: ${vars.x}\n", []string{"5:9 write a CEL expression, without ${ } around it"}},
		{head + "  - name: a\n    get: /x\n    expect: {gjson: {a: {greater: 1}}}\n", []string{"5:26 Property greater is not allowed."}},
		{"vars: {a-b: 1, in: 2}\n" + head + "  - {name: a, get: /x}\n", []string{
			"1:8 a name consists of letters, digits and underscores, and does not begin with a digit",
			"1:16 this cannot be a name, because CEL keeps the word for itself",
		}},
		{"source: https://api.example.com\nqueries: [{name: a, get: /x}]\n", []string{"1:9 write the path of a source file; a URL is written source: {base_url: …}"}},
	} {
		if got := e.diagnose(t, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s\nmarked %q, want %q", c.text, got, c.want)
		}
	}
}
