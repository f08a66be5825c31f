package oauth

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Problem is something wrong with one key of a config, or missing there. Key is
// its name in a suite.
type Problem struct {
	Key, Message, Hint string
}

// checker collects problems.
type checker struct {
	Config
	problems []*Problem
}

func (c *checker) add(key, hint, format string, args ...any) {
	c.problems = append(c.problems, &Problem{Key: key, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// Check returns what can be known to be wrong before a request is sent. The
// messages continue the name of their key and hold no secret.
func (c Config) Check() []*Problem {
	k := &checker{Config: c}
	if !slices.Contains([]string{ClientCredentials, AuthorizationCode, RefreshToken, Password, DeviceCode, JWTBearer}, c.Grant) {
		k.add("grant_type", "", "is %q, expected client_credentials, authorization_code, refresh_token, password, device_code or jwt_bearer", clean(c.Grant))
		return k.problems
	}
	k.urls()
	k.client()
	k.user()
	k.key()
	k.params()
	return k.problems
}

func (k *checker) urls() {
	if k.Issuer != "" {
		if e := checkIssuer(k.Issuer); e != "" {
			hint := ""
			if strings.HasPrefix(e, "is not https") {
				hint = "give the URLs themselves, such as access_token_url, instead"
			}
			k.add("issuer", hint, "%s", e)
		}
	}
	for _, u := range []struct {
		key, value string
		needed     bool
	}{
		{"access_token_url", k.TokenURL, true},
		{"auth_url", k.AuthURL, k.Grant == AuthorizationCode},
		{"device_authorization_url", k.DeviceURL, k.Grant == DeviceCode},
	} {
		switch {
		case u.value != "":
			if e := checkURL(u.value); e != "" {
				k.add(u.key, "", "%s", e)
			}
		case u.needed && k.Issuer == "":
			k.add(u.key, "give it, or the issuer whose discovery document names it", "is missing")
		}
	}
}

// checkURL returns what is wrong with an endpoint, "" where nothing is. RFC
// 6749, 3.1 and 3.2: it may have a query and has no fragment.
func checkURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "is not a valid URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return "is not a URL with http or https"
	case u.Hostname() == "":
		return "is a URL without a host"
	case u.User != nil:
		return "holds a user name, which belongs to username or client_id"
	case u.Fragment != "":
		return "has a fragment, which the URL of an endpoint cannot have"
	}
	return ""
}

// checkIssuer holds an issuer to RFC 8414, 2: https, no query, no fragment;
// plain http on this machine only.
func checkIssuer(raw string) string {
	if e := checkURL(raw); e != "" {
		return e
	}
	u, _ := url.Parse(raw)
	switch {
	case u.RawQuery != "" || u.ForceQuery:
		return "has a query, which an issuer cannot have"
	case !trustworthy(u):
		return "is not https, which an issuer has to be unless it is on this machine"
	}
	return ""
}

// trustworthy tells that what u answers is the word of its host: over TLS, or
// from this machine.
func trustworthy(u *url.URL) bool {
	return u.Scheme == "https" || (u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

func (k *checker) client() {
	auth := k.clientAuth()
	switch auth {
	case AuthHeader, AuthBody, AuthPrivateKeyJWT, AuthTLS, AuthNone:
	default:
		k.add("client_auth", "", "is %q, expected header, body, private_key_jwt, tls or none", clean(auth))
		return
	}
	optional := (k.Grant == Password || k.Grant == RefreshToken) && auth == AuthNone
	if k.ClientID == "" && !optional {
		k.add("client_id", "", "is missing")
	}
	if k.ClientSecret != "" && auth != AuthHeader && auth != AuthBody {
		k.add("client_secret", "leave it out, or write client_auth: header", "is given, but client_auth %s does not send it", auth)
	}
	if k.Grant == ClientCredentials && k.ClientAuth == "" && k.ClientSecret == "" {
		k.add("client_secret", "give it from a secret, or say client_auth", "is missing")
	}
}

func (k *checker) user() {
	if k.Grant != Password {
		for _, field := range []struct{ key, value string }{{"username", k.Username}, {"password", k.Password}} {
			if field.value != "" {
				k.add(field.key, "leave it out, or write grant_type: password", "is given, but grant_type %s does not send it", k.Grant)
			}
		}
	}
	if k.Grant == Password && k.Username == "" {
		k.add("username", "", "is missing")
	}
	if k.Grant == Password && k.Password == "" {
		k.add("password", "give it from a secret", "is missing")
	}
	switch {
	case k.Grant == RefreshToken && k.RefreshToken == "":
		k.add("refresh_token", "give it from a secret", "is missing")
	case k.RefreshToken != "" && !k.refreshes():
		k.add("refresh_token", "leave it out, or write grant_type: refresh_token", "is given, but grant_type %s does not send it", k.Grant)
	}
	if k.Subject != "" && k.Grant != JWTBearer {
		k.add("subject", "leave it out", "is given, but only grant_type jwt_bearer says it")
	}
}

func (k *checker) key() {
	if !k.signs() {
		for _, field := range []struct{ key, value string }{{"private_key", string(k.PrivateKey)}, {"key_id", k.KeyID}, {"algorithm", k.Algorithm}} {
			if field.value != "" {
				k.add(field.key, "leave it out, or write client_auth: private_key_jwt", "is given, but nothing is signed")
			}
		}
		return
	}
	if len(k.PrivateKey) == 0 {
		k.add("private_key", "give the key that signs assertions", "is missing")
		return
	}
	key, e := parseKey(k.PrivateKey)
	if e != "" {
		k.add("private_key", "", "%s", e)
		return
	}
	if _, e := algorithmFor(key, k.Algorithm); e != "" {
		k.add("algorithm", "leave it out: the kind of key says it", "%s", e)
	}
}

// The parameters that tie an answer to its request, and what only the client
// itself knows. Replaced, they would make it unsafe, or not work.
var (
	reservedQuery = []string{"response_type", "redirect_uri", "state", "code_challenge", "code_challenge_method"}
	reservedToken = []string{"code", "code_verifier", "redirect_uri", "device_code", "refresh_token", "client_assertion", "client_assertion_type"}
	// Headers that frame the request.
	reservedHeader = []string{"Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Trailer", "Te"}
)

func (k *checker) params() {
	for _, list := range []struct {
		key      string
		params   []Param
		reserved []string
	}{{"custom_query_params", k.QueryParams, reservedQuery}, {"custom_auth_params", k.AuthParams, reservedToken}} {
		for _, p := range list.params {
			switch {
			case p.Name == "":
				k.add(list.key, "", "holds a parameter without a name")
			case slices.Contains(list.reserved, p.Name):
				k.add(list.key, "leave it out", "holds %s, which is not open to a value of one's own", p.Name)
			}
		}
	}
	for _, h := range k.TokenHeaders {
		k.header(h)
	}
}

func (k *checker) header(h Param) {
	const key = "access_token_custom_headers"
	name := http.CanonicalHeaderKey(h.Name)
	switch {
	case !httpguts.ValidHeaderFieldName(h.Name):
		k.add(key, "", "holds the name %q, which is not valid", clean(h.Name))
	case slices.Contains(reservedHeader, name):
		k.add(key, "leave it out", "holds %s, which the request sets itself", name)
	case name == "Authorization" && k.clientAuth() == AuthHeader:
		k.add(key, "leave it out, or write client_auth: body", "holds Authorization, which client_auth header sends")
	case !slices.ContainsFunc(h.Values, invalidHeaderValue):
	default:
		k.add(key, "", "holds a value of %s that cannot be sent", name)
	}
}

func invalidHeaderValue(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }
