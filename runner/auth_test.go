package runner_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// authCase is one kind of auth: what a suite says, and what the API then gets.
type authCase struct{ keys, sent string }

var authCases = map[string]authCase{
	"none":    {"type: none", ""},
	"basic":   {"type: basic, username: ann, password: a-password", "Basic YW5uOmEtcGFzc3dvcmQ="},
	"bearer":  {"type: bearer, token: a-long-token, header_prefix: Token", "Token a-long-token"},
	"api_key": {"type: api_key, name: X-Key, value: a-long-key, in: header", "a-long-key"},
	"digest":  {"type: digest, username: ann, password: a-password", `Digest username="ann", `},
	"aws_sigv4": {
		"type: aws_sigv4, access_key_id: AKIDEXAMPLE, secret_access_key: a-secret-key, session_token: a-session-token, region: eu-central-1, service: execute-api",
		"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
	},
	"oauth2": {
		"type: oauth2, grant_type: client_credentials, access_token_url: \"${vars.api}/token\", client_id: ci, client_secret: a-client-secret, scopes: [read, \"${vars.scope}\"], custom_auth_params: {tenant: acme}",
		"Bearer token-for-read write-acme",
	},
}

// authAPI answers what it was sent, asks for digest where nothing was, and
// gives tokens.
func authAPI(t *testing.T, kind string, got *atomic.Value) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			reply(w, http.StatusOK, map[string]any{
				"access_token": "token-for-" + r.FormValue("scope") + "-" + r.FormValue("tenant"), "token_type": "Bearer", "expires_in": 3600,
			})
			return
		}
		sent := r.Header.Get("Authorization") + r.Header.Get("X-Key")
		if kind == "digest" && sent == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="desk", nonce="n-1", qop="auth", algorithm=SHA-256`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		got.Store(sent)
	})
}

// TestAuthTypes says that the client knows exactly the kinds of auth that the
// language has, with exactly their keys.
func TestAuthTypes(t *testing.T) {
	if len(spec.AuthTypes) != len(authCases) {
		t.Errorf("the table has %d kinds of auth, the test %d", len(spec.AuthTypes), len(authCases))
	}
	for _, kind := range spec.AuthTypes {
		name := string(kind.Type)
		var got atomic.Value
		got.Store("")
		url := authAPI(t, name, &got)
		r := run(t, fmt.Sprintf(`
vars: {api: %q, scope: write}
source: {base_url: "${vars.api}", auth: {%s}}
queries: [{name: one, get: /}, {name: two, get: /}]
`, url, authCases[name].keys), runner.RunOptions{})
		wantStatuses(t, r, "one: passed, two: passed")
		if sent := got.Load().(string); !strings.HasPrefix(sent, authCases[name].sent) || (sent != "") != (authCases[name].sent != "") {
			t.Errorf("%s: sent %q, expected %q", name, sent, authCases[name].sent)
		}
	}
	pool := source.NewPool(source.Options{})
	defer pool.Close()
	client, err := pool.Client(source.Config{BaseURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	request := &source.Request{URL: "http://127.0.0.1:1/", Auth: source.Auth{Type: "other"}}
	if _, _, _, err := client.Do(background, request); err == nil {
		t.Error("an unknown kind of auth was sent")
	}
}

// Tokens that live two seconds serve 500 queries on 64 jobs: no query fails, and
// there are about as many token requests as lifetimes.
func TestShortLivedTokens(t *testing.T) {
	const lifetime = 2 * time.Second
	var mu sync.Mutex
	given := map[string]time.Time{}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/token" {
			token := fmt.Sprintf("token-number-%d", len(given)+1)
			given[token] = time.Now()
			reply(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": lifetime.Seconds()})
			return
		}
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if at, ok := given[token]; !ok || time.Since(at) > lifetime {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	start := time.Now()
	r := run(t, fmt.Sprintf(`
vars: {api: %q}
source:
  base_url: ${vars.api}
  rate_limit: 200/s
  auth: {type: oauth2, grant_type: client_credentials, access_token_url: "${vars.api}/token", client_id: ci, client_secret: a-client-secret}
queries: [{name: q, each: "${lists.range(500)}", get: /}]
`, url), runner.RunOptions{Jobs: 64})
	if r.Counts.Passed != 500 {
		t.Errorf("counts are %+v", r.Counts)
	}
	// Renewed ahead of expiry, so a lifetime counts for a little less.
	if most := int(time.Since(start)/(lifetime/2)) + 1; len(given) < 2 || len(given) > most {
		t.Errorf("%d token requests in %v, expected 2 to %d", len(given), time.Since(start), most)
	}
}

// What auth adds to a URL is not what expressions see of it: a capture could
// take it elsewhere.
func TestURLsWithoutCredentials(t *testing.T) {
	var got atomic.Value
	api := authAPI(t, "oauth2", &got)
	for _, keys := range []string{
		"type: api_key, name: key, value: a-long-key, in: query",
		authCases["oauth2"].keys + ", add_token_to: query",
	} {
		r := run(t, fmt.Sprintf(`
vars: {api: %q, scope: write}
source: {base_url: "${vars.api}", auth: {%s}}
queries: [{name: one, get: "/x?a=1", expect: {cel: ['url == vars.api + "/x?a=1"', 'request.url == url']}}]
`, api, keys), runner.RunOptions{})
		wantStatuses(t, r, "one: passed")
	}
}
