package oauth

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestWellKnown(t *testing.T) {
	for issuer, want := range map[string][]string{
		"https://as.example":              {"https://as.example/.well-known/openid-configuration", "https://as.example/.well-known/oauth-authorization-server"},
		"https://as.example/":             {"https://as.example/.well-known/openid-configuration", "https://as.example/.well-known/oauth-authorization-server"},
		"https://as.example:8443/realm/a": {"https://as.example:8443/realm/a/.well-known/openid-configuration", "https://as.example:8443/.well-known/oauth-authorization-server/realm/a", "https://as.example:8443/.well-known/openid-configuration/realm/a"},
		"https://as.example/a%2Fb/":       {"https://as.example/a%2Fb/.well-known/openid-configuration", "https://as.example/.well-known/oauth-authorization-server/a%2Fb", "https://as.example/.well-known/openid-configuration/a%2Fb"},
	} {
		if got := wellKnown(issuer); !slices.Equal(got, want) {
			t.Errorf("%s: %q", issuer, got)
		}
	}
}

// documents is a server with discovery documents at paths, and a token endpoint.
func documents(asked *[]string, at map[string]*http.Response) transport {
	return func(r *http.Request) (*http.Response, error) {
		*asked = append(*asked, r.Method+" "+r.URL.String())
		if r.Method == http.MethodPost {
			return respond(200, `{"access_token": "tok"}`), nil
		}
		if resp, ok := at[r.URL.Path]; ok {
			return resp, nil
		}
		return respond(404, "not here"), nil
	}
}

func document(pairs ...string) *http.Response {
	body := `{"issuer": "https://as.example/a"`
	for i := 0; i < len(pairs); i += 2 {
		body += fmt.Sprintf(", %q: %s", pairs[i], pairs[i+1])
	}
	return respond(200, body+"}")
}

func TestDiscovery(t *testing.T) {
	const tokenURL = `"https://tokens.example/t"`
	const openid, rfc8414, mixed = "/a/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/a", "/.well-known/openid-configuration/a"
	cases := []struct {
		name  string
		at    map[string]*http.Response
		auth  string
		kind  string // "": it works
		asked int
		parts []string
	}{
		{"OpenID", map[string]*http.Response{openid: document("token_endpoint", tokenURL)}, "", "", 2, []string{"https://tokens.example/t"}},
		{"RFC 8414", map[string]*http.Response{rfc8414: document("token_endpoint", tokenURL)}, "", "", 3, []string{"https://tokens.example/t"}},
		{"mixed", map[string]*http.Response{openid: respond(200, "<html>"), mixed: document("token_endpoint", tokenURL)}, "", "", 4, []string{"https://tokens.example/t"}},
		{"alias for certificates", map[string]*http.Response{openid: document("token_endpoint", tokenURL, "mtls_endpoint_aliases", `{"token_endpoint": "https://mtls.example/t"}`)}, AuthTLS, "", 2, []string{"https://mtls.example/t"}},
		{"nowhere", nil, "", KindResponse, 3, []string{"the issuer has no discovery document: https://as.example/a/.well-known/openid-configuration (404), https://as.example/.well-known/oauth", "look at issuer"}},
		{"a page", map[string]*http.Response{openid: respond(200, "<html>")}, "", KindResponse, 3, []string{"openid-configuration (an HTML page)"}},
		{"other issuer", map[string]*http.Response{openid: respond(200, `{"issuer": "https://as.example/a/", "token_endpoint": "https://evil.example/"}`)}, "", KindResponse, 1, []string{"names the issuer https://as.example/a/, expected https://as.example/a", "exactly"}},
		{"no issuer", map[string]*http.Response{openid: respond(200, `{"token_endpoint": "https://evil.example/"}`)}, "", KindResponse, 1, []string{"names no issuer"}},
		{"plain token endpoint", map[string]*http.Response{openid: document("token_endpoint", `"http://tokens.example/t"`)}, "", KindResponse, 1, []string{"names a token_endpoint that is not https"}},
		{"odd token endpoint", map[string]*http.Response{openid: document("token_endpoint", `"file:///etc/passwd"`)}, "", KindResponse, 1, []string{"names a token_endpoint that is not a URL with http or https"}},
		{"no token endpoint", map[string]*http.Response{openid: document()}, "", KindResponse, 1, []string{"names no URL for access_token_url", "give access_token_url"}},
		{"wrong types", map[string]*http.Response{openid: document("token_endpoint", "5")}, "", KindResponse, 1, []string{"is not what a discovery document looks like"}},
		{"redirect", map[string]*http.Response{openid: respond(301, "", "Location", "https://else.example/")}, "", KindResponse, 1, []string{"the discovery document https://as.example/a/.well-known/openid-configuration answers 301, a redirect to https://else.example/, which"}},
		{"server error", map[string]*http.Response{openid: respond(500, "")}, "", KindResponse, 1, []string{"answers 500"}},
		{"too large", map[string]*http.Response{openid: respond(200, "{"+strings.Repeat(" ", MaxAnswer))}, "", KindResponse, 1, []string{"more than 1048576 bytes"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var asked []string
			config := Config{Grant: ClientCredentials, Issuer: "https://as.example/a", ClientID: "ci", ClientAuth: c.auth}
			if c.auth == "" {
				config.ClientSecret = secretText
			}
			tokens, w := newTokens(t, config, Options{HTTP: documents(&asked, c.at).client()})
			_, err := tokens.Token(t.Context())
			if len(asked) != c.asked {
				t.Errorf("asked %q", asked)
			}
			if c.kind != "" {
				w.expectError(t, err, c.kind, c.parts...)
				return
			}
			if err != nil || asked[len(asked)-1] != "POST "+c.parts[0] {
				t.Errorf("asked %q, error %v", asked, err)
			}
		})
	}
}

// A server that says which client authentications it takes helps to find the mistake.
func TestClientAuthHint(t *testing.T) {
	resp := document("token_endpoint", `"https://as.example/t"`, "token_endpoint_auth_methods_supported", `["client_secret_post"]`)
	tokens, w := newTokens(t, Config{Grant: ClientCredentials, Issuer: "https://as.example/a", ClientID: "ci", ClientSecret: secretText}, Options{HTTP: transport(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return resp, nil
		}
		return respond(401, `{"error": "invalid_client"}`), nil
	}).client()})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindDenied, "the server does not take client_auth: header; try body")
}

func FuzzDiscovery(f *testing.F) {
	const issuer = "https://as.example/a"
	f.Add([]byte(`{"issuer": "https://as.example/a", "token_endpoint": "https://as.example/t"}`))
	f.Add([]byte(`{"issuer": "https://as.example/a", "device_authorization_endpoint": "http://127.0.0.1/d"}`))
	f.Add([]byte(`{"issuer": "https://as.example/a/"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, problem := parseMetadata(body, issuer)
		if problem != "" {
			if problem != clean(problem) && len(problem) < maxDescription {
				t.Errorf("%q", problem)
			}
			return
		}
		if m.Issuer != issuer {
			t.Errorf("issuer %q", m.Issuer)
		}
		for _, u := range []string{m.Token, m.Auth, m.Device, m.Aliases.Token, m.Aliases.Device} {
			if u != "" && (checkURL(u) != "" || (!strings.HasPrefix(strings.ToLower(u), "https:") && !strings.HasPrefix(strings.ToLower(u), "http:"))) {
				t.Errorf("endpoint %q", u)
			}
		}
	})
}
