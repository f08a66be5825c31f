package oauth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// given are the names under which a token request holds what nobody may read.
var given = []string{"client_secret", "client_assertion", "assertion", "password", "refresh_token", "device_code", "code_verifier", "code"}

// secretsOf are the secrets of a request as they stand in it.
func secretsOf(r *http.Request) []string {
	var all []string
	for _, name := range given {
		if v := r.PostForm.Get(name); v != "" {
			all = append(all, v)
		}
	}
	if pair, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Basic "); ok {
		decoded, _ := base64.StdEncoding.DecodeString(pair)
		_, secret, _ := strings.Cut(string(decoded), ":")
		plain, _ := url.QueryUnescape(secret)
		all = append(all, pair, secret, plain)
	}
	return all
}

// pieces are ways in which a server quotes a part of what it got.
var pieces = map[string]func(string) string{
	"the beginning":     func(s string) string { return s[:12] },
	"the end":           func(s string) string { return s[len(s)-12:] },
	"the middle":        func(s string) string { return s[len(s)/3 : len(s)*2/3] },
	"all but the end":   func(s string) string { return s[:len(s)-1] },
	"the signature":     func(s string) string { return s[strings.LastIndexByte(s, '.')+1:] },
	"the payload":       func(s string) string { parts := strings.Split(s, "."); return parts[min(1, len(parts)-1)] },
	"URL-encoded, cut":  func(s string) string { e := url.QueryEscape(s); return e[:len(e)*2/3] },
	"base64, cut":       func(s string) string { e := base64.StdEncoding.EncodeToString([]byte(s)); return e[:len(e)/2] },
	"base64, shifted":   func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("x" + s))[2:20] },
	"in HTML":           func(s string) string { return html.EscapeString(s[:len(s)/2]) },
	"over lines":        func(s string) string { return s[:len(s)/2] + "\n" + s[len(s)/2:] },
	"after other words": func(s string) string { return strings.Repeat("blah ", 30) + s[:15] },
}

// places are where a server puts it.
var places = map[string]func(piece string) *http.Response{
	"description": func(p string) *http.Response {
		body, _ := json.Marshal(map[string]string{"error": "invalid_request", "error_description": "wrong: " + p})
		return respond(400, string(body))
	},
	"code": func(p string) *http.Response {
		body, _ := json.Marshal(map[string]string{"error": p})
		return respond(401, string(body))
	},
	"message": func(p string) *http.Response {
		body, _ := json.Marshal(map[string]any{"error": map[string]string{"message": p}})
		return respond(500, string(body))
	},
	"page":         func(p string) *http.Response { return respond(400, "<html>"+p, "Content-Type", "text/html") },
	"content type": func(p string) *http.Response { return respond(400, "x", "Content-Type", "text/"+url.PathEscape(p)) },
	"redirect":     func(p string) *http.Response { return respond(302, "", "Location", "/x/"+url.PathEscape(p)) },
	"broken HTTP":  func(string) *http.Response { return nil },
}

// No part of what a token request holds comes back in an error, whatever the
// server makes of it.
func TestPartsOfSecretsAreMasked(t *testing.T) {
	pem := signingPEM(t)
	base := Config{TokenURL: "https://as.example/token", ClientID: "ci"}
	grants := map[string]func(c *Config){
		"header": func(c *Config) { c.Grant, c.ClientSecret = ClientCredentials, "cs17-/+&= cli3nt-s3cret~71sc" },
		"body": func(c *Config) {
			c.Grant, c.ClientSecret, c.ClientAuth = ClientCredentials, "cs17-/+&= cli3nt-s3cret~71sc", AuthBody
		},
		"private_key_jwt":    func(c *Config) { c.Grant, c.PrivateKey, c.ClientAuth = ClientCredentials, pem, AuthPrivateKeyJWT },
		"jwt_bearer":         func(c *Config) { c.Grant, c.PrivateKey = JWTBearer, pem },
		"password":           func(c *Config) { c.Grant, c.Username, c.Password = Password, "ada", "pw61:\"päss\"<word>-16wp" },
		"refresh_token":      func(c *Config) { c.Grant, c.RefreshToken = RefreshToken, "rt31-refresh~token/v4lue-13tr" },
		"device_code":        func(c *Config) { *c = deviceConfig },
		"authorization_code": func(c *Config) { *c = browserConfig },
	}
	for grant, configure := range grants {
		for where, answer := range places {
			for what, cut := range pieces {
				all := where == "description" && (grant == "header" || grant == "private_key_jwt")
				if !all && what != "the middle" && what != "the signature" {
					continue // the others go the same way
				}
				t.Run(grant+"/"+where+"/"+what, func(t *testing.T) {
					config := base
					configure(&config)
					for nth := range 3 { // of the secrets of the request
						if !echoes(t, config, nth, cut, answer) {
							break
						}
					}
				})
			}
		}
	}
}

// echoes gets an error from a server that sends a piece of the nth secret back;
// false is a request that has no such secret.
func echoes(t *testing.T, config Config, nth int, cut func(string) string, answer func(string) *http.Response) bool {
	t.Helper()
	piece, found := "", false
	server := transport(func(r *http.Request) (*http.Response, error) {
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		if r.URL.Path == "/device" {
			return respond(200, strings.Replace(deviceAnswer, "the-device-code", "dc47-the-dev1ce-code-74cd", 1)), nil
		}
		all := secretsOf(r)
		if nth >= len(all) {
			return respond(400, "{}"), nil
		}
		piece, found = cut(all[nth]), true
		if resp := answer(piece); resp != nil {
			return resp, nil
		}
		return nil, errors.New("malformed HTTP response \"" + piece + "\"")
	}).client()
	var err error
	switch config.Grant {
	case AuthorizationCode:
		_, _, err = loginWith(t, config, Options{HTTP: server}, func(at string) {
			comeBack(t, at, "/callback", url.Values{"code": {"co59-the-c0de-95oc"}, "state": {"%s"}})
		})
	case DeviceCode:
		synctest.Test(t, func(t *testing.T) {
			tokens, _ := newTokens(t, config, Options{HTTP: server})
			err = tokens.Login(t.Context(), LoginOptions{Show: func(Prompt) {}})
		})
	default:
		tokens, _ := newTokens(t, config, Options{HTTP: server})
		_, err = tokens.Token(t.Context())
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %T %v", err, err)
	}
	if found {
		noPart(t, e.Message+"\n"+e.Hint, piece)
	}
	return found
}

// noPart looks for pieces of a piece: what is left of it where it was cut.
func noPart(t *testing.T, text, piece string) {
	t.Helper()
	for line := range strings.FieldsSeq(piece) {
		for _, part := range slices.Compact([]string{line, line[:min(8, len(line))], line[max(0, len(line)-8):]}) {
			if len(part) >= 8 && part != "blah" && strings.Contains(text, part) {
				t.Fatalf("%q holds %q of %q", text, part, piece)
			}
		}
	}
}
