package runner_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner"
)

// Credentials that stand in the suite are warned of and shown nowhere, not even
// in the line that the warning quotes.
func TestLiteralCredentials(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("K") // too short to be known again in an answer
		reply(w, http.StatusTeapot, map[string]any{"headers": r.Header})
	})
	p := compile(t, fmt.Sprintf(`
source:
  base_url: %s
  headers: {X-Vault-Token: vault-literal-1, Accept: "*/*"}
  auth: {type: basic, username: ann, password: basic-literal-2}
queries:
  - {name: one, get: /, headers: {Authorization: Bearer bearer-literal-3}}
  - {name: two, get: /, auth: {type: bearer, token: token-literal-4}, expect: {text: {contains: token-literal-4}}}
  - {name: short, get: /, auth: {type: api_key, in: header, name: K, value: 4711x}, expect: {json: {}, cel: [attempt < 5]}}
  - {name: refused, get: /, auth: {type: bearer, token: made-up-5}, expect: {status: [401, 403]}}
  - {name: may be let in, get: /, auth: {type: bearer, token: made-up-6}, expect: {status: [200, 401]}}
`, url))
	var found []string
	for _, w := range p.Problems() {
		found = append(found, w.Message+" | "+w.Hint)
	}
	const where = " stands in the suite, where everybody who reads the file can use it | declare it under secrets and write ${secrets."
	want := []string{
		"the header X-Vault-Token" + where + "x_vault_token} here",
		"the password" + where + "password} here",
		"the header Authorization" + where + "authorization} here",
		"the token" + where + "token} here",
		"the value" + where + "value} here",
		"the token" + where + "token} here",
	}
	if strings.Join(found, "\n") != strings.Join(want, "\n") {
		t.Errorf("warned of\n%s\nexpected\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
	r := p.Run(background, runner.RunOptions{}, discard{})
	if r.Counts.Failed != 5 {
		t.Errorf("%d queries failed", r.Counts.Failed)
	}
	wantHidden(t, r, "literal-", "4711x", "made-up")
}

// The caret stands under the place though a secret before it was masked.
func TestCaretBehindMask(t *testing.T) {
	red := secret.NewRedactor()
	p := compileWith(t, runner.CompileOptions{Redactor: red}, `
source: {base_url: "http://127.0.0.1:1", headers: {X-Api-Key: a-very-long-literal-key, X-Auth-Token: another-literal-key}}
queries:
  - {name: one, get: /}
`)
	second := runner.ReportProblems(p.Problems(), red)[1]
	before := string([]rune(second.Source)[:second.Caret()-1])
	if !strings.HasSuffix(before, "X-Auth-Token: ") || second.Column == second.SourceColumn {
		t.Errorf("the caret stands behind %q, column %d of %d", before, second.SourceColumn, second.Column)
	}
}

// What a query gets from a token endpoint of its own, and sends to it, is masked
// without being captured as a secret: by the form of the answer, and by the
// names of fields and parameters.
func TestTokensOfOwnQueries(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/token":
			reply(w, 200, map[string]any{"access_token": "at-0123456789", "refresh_token": "rt-0123456789", "token_type": "Bearer"})
		case "/moved":
			w.Header().Set("Location", "/to?x=1&sig=sig-0123456789#access_token=in-fragment")
			w.WriteHeader(http.StatusTeapot)
		default:
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte("you sent " + r.Header.Get("X-Token")))
		}
	})
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
order: file
queries:
  - name: log in
    post: /token
    body: {form: {grant_type: password, username: ann, password: pw1, client_secret: cs1, keep: seen}}
    expect: {gjson: {access_token: other}, cel: ['body.refresh_token == "x"']}
    capture: {token: access_token}
  - {name: use, get: /use, headers: {X-Token: "at-0123456789"}}
  - {name: in the url, get: "/use?API_KEY=k1&access_token=t1&x-amz-signature=s1&page=2"}
  - {name: moved, get: /moved}
`, url), runner.RunOptions{})
	wantHidden(t, r, "at-0123456789", "rt-0123456789", "=pw1", "=cs1", "=k1", "=t1", "=s1", "sig-0123456789", "in-fragment")
	if got := find(r, "log in").Attempts[0].Request.Body; !strings.Contains(got, "password=***") || !strings.Contains(got, "client_secret=***") || !strings.Contains(got, "keep=seen") {
		t.Errorf("the form is shown as %s", got)
	}
	if got := find(r, "in the url").Path; got != "/use?API_KEY=***&access_token=***&x-amz-signature=***&page=2" {
		t.Errorf("the path is shown as %s", got)
	}
	if data, _ := json.Marshal(r); !strings.Contains(string(data), "x=1\\u0026sig=***#access_token=***") {
		t.Error("the Location is not shown, or not masked")
	}
}
