package oauth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func pemOf(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestCheck(t *testing.T) {
	signing := signingPEM(t)
	ec, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	weak, _ := rsa.GenerateKey(rand.Reader, 1024)
	base := Config{TokenURL: "https://as.example/t", ClientID: "ci", ClientSecret: secretText}
	with := func(grant string, change func(*Config)) Config {
		c := base
		c.Grant = grant
		if change != nil {
			change(&c)
		}
		return c
	}
	cases := []struct {
		name   string
		config Config
		want   string // "key message", joined by "; "
	}{
		{"good", with(ClientCredentials, nil), ""},
		{"grant", with("implicit", nil), `grant_type is "implicit", expected client_credentials, authorization_code, refresh_token, password, device_code or jwt_bearer`},
		{"nothing", Config{Grant: ClientCredentials}, "access_token_url is missing; client_id is missing; client_secret is missing"},
		{"empty secret that is meant", with(ClientCredentials, func(c *Config) { c.ClientSecret, c.ClientAuth = "", AuthHeader }), ""},
		{"URLs of a login", with(AuthorizationCode, nil), "auth_url is missing"},
		{"URLs of a device", with(DeviceCode, nil), "device_authorization_url is missing"},
		{"issuer is enough", with(DeviceCode, func(c *Config) { c.TokenURL, c.Issuer = "", "http://[::1]:9/realm" }), ""},
		{"plain issuer", with(ClientCredentials, func(c *Config) { c.Issuer = "http://as.example" }), "issuer is not https, which an issuer has to be unless it is on this machine"},
		{"issuer with query", with(ClientCredentials, func(c *Config) { c.Issuer = "https://as.example?a" }), "issuer has a query, which an issuer cannot have"},
		{"odd URLs", with(AuthorizationCode, func(c *Config) { c.TokenURL, c.AuthURL, c.DeviceURL = "as.example/t", "https://u:p@h/", "https://h/#x" }),
			"access_token_url is not a URL with http or https; auth_url holds a user name, which belongs to username or client_id; device_authorization_url has a fragment, which the URL of an endpoint cannot have"},
		{"broken URL", with(ClientCredentials, func(c *Config) { c.TokenURL = "https://%zz/" + secretText }), "access_token_url is not a valid URL"},
		{"client_auth", with(ClientCredentials, func(c *Config) { c.ClientAuth = "basic" }), `client_auth is "basic", expected header, body, private_key_jwt, tls or none`},
		{"unused secret", with(ClientCredentials, func(c *Config) { c.ClientAuth = AuthTLS }), "client_secret is given, but client_auth tls does not send it"},
		{"password", with(Password, nil), "username is missing; password is missing"},
		{"unused password", with(ClientCredentials, func(c *Config) { c.Username, c.Password, c.RefreshToken, c.Subject = "a", "b", "c", "d" }),
			"username is given, but grant_type client_credentials does not send it; password is given, but grant_type client_credentials does not send it; refresh_token is given, but grant_type client_credentials does not send it; subject is given, but only grant_type jwt_bearer says it"},
		{"refresh token", with(RefreshToken, nil), "refresh_token is missing"},
		{"public password", Config{Grant: Password, TokenURL: "http://keycloak:8080/t", Username: "a", Password: "b"}, ""},
		{"no key", with(JWTBearer, nil), "private_key is missing"},
		{"key for nothing", with(ClientCredentials, func(c *Config) { c.PrivateKey, c.KeyID = signing, "k" }), "private_key is given, but nothing is signed; key_id is given, but nothing is signed"},
		{"no PEM", with(JWTBearer, func(c *Config) { c.PrivateKey = []byte(secretText) }), "private_key holds no private key in PEM, which begins with a line like -----BEGIN PRIVATE KEY-----"},
		{"encrypted", with(JWTBearer, func(c *Config) {
			c.PrivateKey = pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})
		}), "private_key is encrypted, expected a key without a password, from a secret"},
		{"damaged", with(JWTBearer, func(c *Config) {
			c.PrivateKey = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})
		}), "private_key is damaged, or of a kind that signs nothing"},
		{"weak", with(JWTBearer, func(c *Config) { c.PrivateKey = pemOf(t, weak) }), "private_key is an RSA key of 1024 bits, expected at least 2048"},
		{"algorithm", with(JWTBearer, func(c *Config) { c.PrivateKey, c.Algorithm = pemOf(t, ec), "RS256" }), "algorithm is RS256, but private_key is a key on P-384, which signs with ES384"},
		{"parameters", with(AuthorizationCode, func(c *Config) {
			c.AuthURL = "https://as.example/a"
			c.QueryParams = []Param{{"state", []string{"x"}}, {"prompt", []string{"login"}}, {"", nil}}
			c.AuthParams = []Param{{"code_verifier", []string{"x"}}, {"grant_type", []string{"x"}}}
		}), "custom_query_params holds state, which is not open to a value of one's own; custom_query_params holds a parameter without a name; custom_auth_params holds code_verifier, which is not open to a value of one's own"},
		{"headers", with(ClientCredentials, func(c *Config) {
			c.TokenHeaders = []Param{{"content-type", []string{"application/json"}}, {"authorization", []string{"x"}}, {"a b", nil}, {"X-A", []string{"a\r\nb"}}, {"X-B", []string{"fine"}}}
		}), `access_token_custom_headers holds Content-Type, which the request sets itself; access_token_custom_headers holds Authorization, which client_auth header sends; access_token_custom_headers holds the name "a b", which is not valid; access_token_custom_headers holds a value of X-A that cannot be sent`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range c.config.Check() {
				got = append(got, p.Key+" "+p.Message)
				if strings.Contains(p.Message+p.Hint, secretText) {
					t.Errorf("a secret in %q", p.Message)
				}
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("%q, expected %q", text, c.want)
			}
		})
	}
}

func TestAlgorithms(t *testing.T) {
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	for curve, want := range map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512", nil: "EdDSA"} {
		var key any = ed
		if curve != nil {
			key, _ = ecdsa.GenerateKey(curve, rand.Reader)
		}
		tokens := New(Config{PrivateKey: pemOf(t, key), ClientID: "ci"}, Options{})
		defer tokens.Close()
		signed, err := tokens.assertion("ci", "", &server{Token: "https://as.example/t"})
		if err != nil {
			t.Fatal(err)
		}
		parsed, problem := parseKey(tokens.config.PrivateKey)
		if alg, _ := algorithmFor(parsed, ""); string(alg) != want || problem != "" || strings.Count(signed, ".") != 2 {
			t.Errorf("%s, expected %s", alg, want)
		}
	}
	for _, key := range [][]byte{
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(signingKey())}),
		append([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), signingPEM(t)...),
	} {
		if _, problem := parseKey(key); problem != "" {
			t.Error(problem)
		}
	}
}

// Every field makes another key; an order of scopes and a spelled default do not.
func TestKey(t *testing.T) {
	base := Config{Grant: ClientCredentials, ClientID: "ci", ClientSecret: secretText, Scopes: []string{"a b"}}
	changes := []func(*Config){
		func(c *Config) { c.Grant = Password }, func(c *Config) { c.Issuer = "x" }, func(c *Config) { c.TokenURL = "x" },
		func(c *Config) { c.AuthURL = "x" }, func(c *Config) { c.DeviceURL = "x" }, func(c *Config) { c.ClientID = "x" },
		func(c *Config) { c.ClientSecret = "x" }, func(c *Config) { c.ClientAuth = AuthBody }, func(c *Config) { c.Scopes = []string{"a"} },
		func(c *Config) { c.Audience = "x" }, func(c *Config) { c.Resource = []string{"x"} }, func(c *Config) { c.Resource = []string{"x", "y"} },
		func(c *Config) { c.Username = "x" }, func(c *Config) { c.Password = "x" }, func(c *Config) { c.RefreshToken = "x" },
		func(c *Config) { c.PrivateKey = []byte("x") }, func(c *Config) { c.KeyID = "x" }, func(c *Config) { c.Algorithm = "x" },
		func(c *Config) { c.Subject = "x" }, func(c *Config) { c.TokenHeaders = []Param{{"x", []string{"y"}}} },
		func(c *Config) { c.QueryParams = []Param{{"x", []string{"y"}}} }, func(c *Config) { c.AuthParams = []Param{{"x", []string{"y"}}} },
		func(c *Config) { c.AuthParams = []Param{{"x", []string{"y", "z"}}} }, func(c *Config) { c.AuthParams = []Param{{"x", []string{"y"}}, {"z", nil}} },
	}
	seen := map[string]int{base.Key(): -1}
	for i, change := range changes {
		c := base
		change(&c)
		if other, known := seen[c.Key()]; known {
			t.Errorf("change %d has the key of %d", i, other)
		}
		seen[c.Key()] = i
	}
	same := base
	same.Scopes, same.ClientAuth = []string{"b", "a", "b"}, AuthHeader
	if same.Key() != base.Key() || strings.Contains(base.Key(), "s3cret") {
		t.Error("the key")
	}
}
