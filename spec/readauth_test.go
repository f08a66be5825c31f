package spec

import (
	"slices"
	"strings"
	"testing"
)

// TestGrantsAreTheirChoices says that the tables of grants and of ways of client
// authentication have what the keys may say, and name keys that there are.
func TestGrantsAreTheirChoices(t *testing.T) {
	var grants, ways []string
	var used []string
	for i := range Grants {
		g := &Grants[i]
		grants = append(grants, g.Name)
		used = append(used, slices.Concat(g.Needs, g.URLs, g.Takes)...)
		if !strings.HasSuffix(g.Doc, ".") {
			t.Errorf("%s: %q is not a sentence", g.Name, g.Doc)
		}
	}
	for _, w := range clientAuths {
		ways = append(ways, w.name)
		used = append(used, w.needs...)
	}
	if !slices.Equal(grants, Choices["grant"]) || !slices.Equal(ways, Choices["client authentication"]) {
		t.Errorf("grants are %v, ways %v", grants, ways)
	}
	for _, key := range slices.Concat(used, grantKeys, signingKeys) {
		if _, ok := oauth2Fields[key]; !ok {
			t.Errorf("%q is no key of an oauth2", key)
		}
	}
	for _, key := range grantKeys {
		if len(grantsWith(key)) == 0 {
			t.Errorf("no grant has %q", key)
		}
	}
	for other, word := range otherWords {
		if !slices.Contains(slices.Concat(grants, ways), word) {
			t.Errorf("%q is called %q, which there is not", word, other)
		}
	}
}

func authSuite(t *testing.T, name string) *Suite {
	t.Helper()
	s := Load([]string{"testdata/ok/" + name}, "testdata")[0]
	if len(s.Problems) > 0 {
		t.Fatal(s.Problems[0])
	}
	return s
}

func joined(all []String) string {
	var texts []string
	for _, s := range all {
		texts = append(texts, s.Value)
	}
	return strings.Join(texts, "|")
}

func TestReadOAuth2(t *testing.T) {
	s := authSuite(t, "auth.yaml")
	if o := s.Source.Auth.OAuth2; o.GrantType.Value != "client_credentials" || joined(o.Scopes) != "orders.read|orders.write|${vars.scopes}" || o.ClientAuth.IsSet() {
		t.Errorf("read as %+v", o)
	}
	o := s.query(t, "client credentials with everything").Auth.OAuth2
	for what, got := range map[string][2]string{
		"issuer": {o.Issuer.Value, "https://login.example.com/tenant"}, "token URL": {o.AccessTokenURL.Value, "https://login.example.com/token?tenant=a"},
		"client": {o.ClientID.Value, "ci"}, "client_auth": {o.ClientAuth.Value, "private_key_jwt"}, "key": {o.PrivateKey.Value, "keys/ci.pem"},
		"key_id": {o.KeyID.Value, "2022-11-28"}, "algorithm": {o.Algorithm.Value, "ES256"}, "scopes": {joined(o.Scopes), "orders.read|orders.write"},
		"audience": {o.Audience.Value, "https://api.example.com"}, "resource": {joined(o.Resource), "https://api.example.com/v1"},
		"header": {joined(o.TokenHeaders[1].Values), "application/json|*/*"}, "param": {joined(o.AuthParams[1].Values), "b|c"},
		"prefix": {o.HeaderPrefix.Value, "Token"}, "place": {o.AddTokenTo.Value, "header"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %q, expected %q", what, got[0], got[1])
		}
	}
	for _, scope := range o.Scopes {
		line := []rune(s.File.Line(scope.Pos.Line))
		if rest := string(line[scope.Pos.Col-1:]); !strings.HasPrefix(rest, scope.Value) {
			t.Errorf("the scope %s is at %v, where %q stands", scope.Value, scope.Pos, rest)
		}
	}
	o = s.query(t, "authorization code").Auth.OAuth2
	if o.AuthURL.Value != "https://login.example.com/authorize" || o.ClientSecret.Value != "${secrets.client}" || o.RefreshToken.Value != "${secrets.refresh}" ||
		joined(o.Scopes) != "openid ${vars.scopes}" || o.QueryParams[2].Name.Value != "acr_values" || o.AddTokenTo.Value != "query" {
		t.Errorf("read as %+v", o)
	}
	o = s.query(t, "device code").Auth.OAuth2
	if o.DeviceAuthorizationURL.Value != "http://[::1]:8080/device" || joined(o.Resource) != "urn:example:orders|${vars.server}" {
		t.Errorf("read as %+v", o)
	}
	if o = s.query(t, "password").Auth.OAuth2; o.Username.Value != "ann" || o.Password.Value != "${secrets.password}" {
		t.Errorf("read as %+v", o)
	}
	if o = s.query(t, "jwt bearer").Auth.OAuth2; o.Subject.Value != "ann@example.com" {
		t.Errorf("read as %+v", o)
	}
}

func TestReadOtherAuth(t *testing.T) {
	s := authSuite(t, "auth.yaml")
	if a := s.query(t, "digest").Auth; a.Type != AuthDigest || a.Username.Value != "ann" || a.Password.Value != "${secrets.password}" || a.OAuth2 != nil || a.AWS != nil {
		t.Errorf("read as %+v", a)
	}
	a := s.query(t, "aws").Auth.AWS
	if a.AccessKeyID.Value != "AKIDEXAMPLE" || a.SecretAccessKey.Value != "${secrets.password}" || a.SessionToken.Value != "${secrets.refresh}" ||
		a.Region.Value != "eu-central-1" || a.Service.Value != "execute-api" {
		t.Errorf("read as %+v", a)
	}
}

func TestReadNetwork(t *testing.T) {
	s := authSuite(t, "network/suite.yaml").Source
	var resolve []string
	for _, f := range s.Resolve {
		resolve = append(resolve, f.Name.Value+" "+joined(f.Values))
	}
	want := []string{
		"api.example.com 127.0.0.1", "api.example.com:443 [::1]:8443", "login.example.com ::1", "2001:db8::1 localhost:8080",
		"[2001:db8::1]:443 10.0.0.1:8443", "münchen.example proxy", "10.0.0.7 ${vars.address}",
	}
	if !slices.Equal(resolve, want) {
		t.Errorf("resolve is %q", resolve)
	}
	if s.RateLimit.Count != 100 || s.RateLimit.Per.String() != "1m30s" || *s.MaxConcurrency != 1 || s.Proxy.IsSet() {
		t.Errorf("read as %+v", s)
	}
	s = everything(t).Source
	if s.Proxy.Value != NoProxy || !s.UnixSocket.HoldsTemplate() || !s.RateLimit.IsSet() || *s.MaxConcurrency != 8 {
		t.Errorf("read as %+v", s)
	}
}

// TestProxyURLs says which constants are the URL of a proxy. No message repeats it:
// it may hold a password.
func TestProxyURLs(t *testing.T) {
	for text, good := range map[string]bool{
		"none": true, "http://proxy": true, "HTTP://proxy:3128/": true, "https://10.0.0.1:8443": true, "socks5://[::1]": true, "socks5h://ann@proxy:1080": true,
		"http://${vars.x}": true, "${vars.x}": true, "http://ann:p%40ss-w0rd@proxy:1": true,
		"http://": false, "http://:3128": false, "proxy": false, "//proxy": false, "ftp://proxy": false, "http://ann:p@ss-w0rd@proxy": false,
		"http://ann:p#ss-w0rd@proxy": false, "http://ann:p%ss-w0rd@proxy": false, "http://proxy:0": false, "http://proxy?a": false, "http://a b": false,
	} {
		s := parse("source: {base_url: \"http://127.0.0.1\", proxy: \"" + text + "\"}\n" + oneQuery)
		if s.Problems.HasErrors() == good {
			t.Errorf("%s: %v", text, s.Problems)
		}
		if strings.Contains(describe(s), "ss-w0rd") {
			t.Errorf("%s: the password is in %s", text, describe(s))
		}
	}
}

// TestLoopback says which hosts a request does not leave this machine for.
func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "localhost.": false, "auth.localhost": false, "127.0.0.1": true, "127.8.9.1": true, "::1": true, "::ffff:127.0.0.1": true,
		"localhost.example.com": false, "127.0.0.1.example.com": false, "10.0.0.1": false, "::": false, "0.0.0.0": false, "mylocalhost": false, "": false,
	} {
		if got := onlyHere(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
