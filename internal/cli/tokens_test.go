package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The secrets of the test, each like nothing else in the output.
var tokenSecrets = map[string]string{
	"client secret": "cs17-/+&= client-secret-71sc",
	"access token":  "at29-access.token_value-92ta",
	"refresh token": "rt31-refresh~token/value-13tr",
	"AWS secret":    "aw43-aws+secret/key-34wa",
	"AWS session":   "as57-aws/session==token-75sa",
	"password":      "pw61-digest:pass\"word-16wp",
	"proxy":         "px83-proxy-password-38xp",
}

const tokenSuite = `
name: Tokens
vars: {api: null}
secrets:
  client: {env: CLIENT_SECRET}
  refresh: {env: REFRESH_TOKEN}
  aws: {env: AWS_SECRET}
  session: {env: AWS_SESSION}
  password: {env: PASSWORD}
source:
  base_url: ${vars.api}
  auth:
    type: oauth2
    grant_type: client_credentials
    access_token_url: ${vars.api}/token
    client_id: ci
    client_secret: ${secrets.client}
expect: {status: 299, text: nowhere, json: {other: true}, cel: ['text == ""']}
queries:
  - {name: header, get: /echo}
  - name: query
    get: /echo
    auth: {type: oauth2, grant_type: refresh_token, access_token_url: "${vars.api}/token", client_id: ci, client_secret: "${secrets.client}", client_auth: body, refresh_token: "${secrets.refresh}", add_token_to: query}
  - name: aws
    post: /echo
    body: {text: "some text"}
    auth: {type: aws_sigv4, access_key_id: AKIDEXAMPLE, secret_access_key: "${secrets.aws}", session_token: "${secrets.session}", region: eu-central-1, service: execute-api}
  - name: digest
    get: /digest
    auth: {type: digest, username: clerk, password: "${secrets.password}"}
    capture: {digest: headers.Authorization.0}
  - name: digest again
    get: /digest
    auth: {type: digest, username: clerk, password: "${secrets.password}"}
  - name: what an API echoed goes on
    post: /echo/${captures.digest}
    params: {p: "${captures.digest}"}
    body: {text: "${base64.encode(bytes(captures.digest))}"}
  - name: digest cut off
    get: /digest/cut
    auth: {type: digest, username: clerk, password: "${secrets.password}"}
  - name: signed and sent on
    get: /on
    auth: {type: aws_sigv4, access_key_id: AKIDEXAMPLE, secret_access_key: "${secrets.aws}", region: eu-central-1, service: s3}
  - name: refused
    get: /echo
    auth: {type: oauth2, grant_type: client_credentials, access_token_url: "${vars.api}/refused?secret=1", client_id: ci, client_secret: "${secrets.client}"}
  - name: a page
    get: /echo
    auth: {type: oauth2, grant_type: client_credentials, access_token_url: "${vars.api}/page", client_id: ci, client_secret: "${secrets.client}"}
  - name: turned away
    get: /away
`

// proofs are what a server saw that was made of a secret for one request.
type proofs struct{ seen sync.Map }

var proofText = regexp.MustCompile(`(?:response|cnonce|Signature)="?([0-9a-fA-F]+)`)

func (p *proofs) note(authorization string) {
	for _, found := range proofText.FindAllStringSubmatch(authorization, -1) {
		p.seen.Store(found[1], true)
	}
}

func (p *proofs) all() []string {
	var all []string
	p.seen.Range(func(value, _ any) bool { all = append(all, value.(string)); return true })
	return all
}

// leakyServer sends all that it gets back, in answers and in errors.
func (p *proofs) leakyServer(w http.ResponseWriter, r *http.Request) {
	p.note(r.Header.Get("Authorization"))
	_ = r.ParseForm()
	body, _ := io.ReadAll(r.Body)
	all := map[string]any{"url": r.URL.String(), "headers": r.Header, "form": r.Form, "body": string(body)}
	everything, _ := json.Marshal(all)
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/token":
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": tokenSecrets["access token"], "refresh_token": tokenSecrets["refresh token"], "token_type": "Bearer", "expires_in": 3600,
		})
		return
	case "/refused":
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_client", "error_description": "no: " + string(everything)})
		return
	case "/page":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>"+string(everything))
		return
	case "/digest", "/digest/cut":
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="desk", nonce="n-1", qop="auth", algorithm=MD5`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Authentication-Info", r.Header.Get("Authorization"))
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		w.Header().Set("Set-Cookie", "echo="+url.QueryEscape(r.Header.Get("Authorization")))
		if r.URL.Path == "/digest/cut" {
			w.Header().Set("Content-Length", strconv.Itoa(len(everything)+100))
		}
	case "/on":
		http.Redirect(w, r, "/echo?"+url.Values{"from": {r.Header.Get("Authorization")}}.Encode(), http.StatusFound)
		return
	case "/away":
		w.WriteHeader(http.StatusUnauthorized)
	}
	_, _ = w.Write(everything)
}

// TestTokensStayHidden sends every kind of credential to a server that sends
// them back, and looks for them in every byte of output.
func TestTokensStayHidden(t *testing.T) {
	var sent proofs
	server := httptest.NewServer(http.HandlerFunc(sent.leakyServer))
	defer server.Close()
	dir := t.TempDir()
	suite := writeFile(t, dir, "tokens.apicel.yaml", tokenSuite)
	proxied := writeFile(t, dir, "proxied.apicel.yaml", "vars: {api: null}\nsecrets: {proxy: {env: PROXY_PASSWORD}}\n"+
		"source: {base_url: '${vars.api}', proxy: 'http://me:${url_encode(secrets.proxy)}@127.0.0.1:1'}\nqueries: [{name: by proxy, get: /echo}]\n")
	env := []string{
		"CLIENT_SECRET=" + tokenSecrets["client secret"], "REFRESH_TOKEN=" + tokenSecrets["refresh token"], "AWS_SECRET=" + tokenSecrets["AWS secret"],
		"AWS_SESSION=" + tokenSecrets["AWS session"], "PASSWORD=" + tokenSecrets["password"], "PROXY_PASSWORD=" + tokenSecrets["proxy"],
		"APICEL_VAR_api=" + server.URL,
	}
	flags, outputs := everyFormat(dir)
	got := apicel(t, env, append(flags, "-v", suite, proxied)...)
	if got.code != ExitFailed || !strings.Contains(got.stdout, "Digest ***") || !strings.Contains(got.stdout, "access_token=***") {
		t.Fatalf("exit code %d, expected %d and masked credentials\n%s%s", got.code, ExitFailed, got.stdout, got.stderr)
	}
	for where, text := range outputs(t, got) {
		for name, secret := range tokenSecrets {
			for form, written := range writtenAs(secret) {
				if i := strings.Index(text, written); i >= 0 {
					t.Errorf("%s holds the %s as %s: …%s…", where, name, form, text[max(0, i-80):min(len(text), i+len(written)+40)])
				}
			}
		}
		for _, proof := range sent.all() {
			for form, written := range writtenAs(proof) {
				// Five characters of a hash stand in many a number.
				if !strings.HasPrefix(form, "its ") && strings.Contains(text, written) {
					t.Errorf("%s holds %s, made of a secret, as %s", where, proof, form)
				}
			}
		}
	}
	if n := len(sent.all()); n < 8 { // four digests with their nonces, three signatures
		t.Errorf("the server saw %d digests and signatures", n)
	}
}

// A query whose token never came was never sent, and looks so everywhere.
func TestUnsentIsNotShown(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(new(proofs).leakyServer))
	defer server.Close()
	dir := t.TempDir()
	suite := writeFile(t, dir, "unsent.apicel.yaml", "vars: {api: null}\nsecrets: {client: {env: CLIENT_SECRET}}\nsource:\n  base_url: ${vars.api}\n"+
		"  auth: {type: oauth2, grant_type: client_credentials, access_token_url: '${vars.api}/refused', client_id: ci, client_secret: '${secrets.client}'}\n"+
		"queries: [{name: waits for a token, get: /echo}]\n")
	flags, outputs := everyFormat(dir)
	got := apicel(t, []string{"APICEL_VAR_api=" + server.URL, "CLIENT_SECRET=client-secret-4711"}, append(flags, "-v", suite)...)
	if got.code != ExitFailed || !strings.Contains(got.stdout, server.URL+"/refused answers 400: invalid_client") {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for where, text := range outputs(t, got) {
		for _, sign := range []string{"curl 'http", "> GET", server.URL + "/echo", "Accept-Encoding"} {
			if strings.Contains(text, sign) {
				t.Errorf("%s holds %q, as if the request had been sent:\n%s", where, sign, text)
			}
		}
	}
}
