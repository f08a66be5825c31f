package runner_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// TestAuthTypes says that the client knows exactly the kinds of auth that the
// language has, with exactly their keys.
func TestAuthTypes(t *testing.T) {
	known := map[string]string{
		"none": "type: none", "basic": "type: basic, username: ann, password: a-password",
		"bearer":  "type: bearer, token: a-long-token, header_prefix: Token",
		"api_key": "type: api_key, name: X-Key, value: a-long-key, in: header",
	}
	sent := map[string]string{
		"none": "", "basic": "Basic YW5uOmEtcGFzc3dvcmQ=", "bearer": "Token a-long-token", "api_key": "a-long-key",
	}
	if len(spec.AuthTypes) != len(known) {
		t.Errorf("the table has %d kinds of auth, the test %d", len(spec.AuthTypes), len(known))
	}
	for _, kind := range spec.AuthTypes {
		name := string(kind.Type)
		var got string
		url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("Authorization") + r.Header.Get("X-Key")
		})
		r := run(t, fmt.Sprintf("source: {base_url: %q, auth: {%s}}\nqueries: [{name: one, get: /}]", url, known[name]), runner.RunOptions{})
		wantStatuses(t, r, "one: passed")
		if got != sent[name] {
			t.Errorf("%s: sent %q, expected %q", name, got, sent[name])
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
