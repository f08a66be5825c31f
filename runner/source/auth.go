package source

import (
	"encoding/base64"
	"fmt"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/apicel/apicel/runner/source/oauth"
)

// The types of auth.
const (
	AuthNone     = "none"
	AuthBasic    = "basic"
	AuthBearer   = "bearer"
	AuthAPIKey   = "api_key"
	AuthDigest   = "digest"
	AuthAWSSigV4 = "aws_sigv4"
	AuthOAuth2   = "oauth2"
)

// Auth is an auth whose values are known. Type says which fields count; "" means none.
type Auth struct {
	Type string
	// Username and Password are those of basic and digest.
	Username, Password string
	// Token is that of bearer.
	Token string
	// HeaderPrefix is the word before the token of bearer and oauth2; "" means Bearer.
	HeaderPrefix string
	// Name and Value are those of api_key.
	Name, Value string
	// In is where an api_key stands: header, query or cookie; "" means header.
	In string
	// AWS are the credentials of aws_sigv4.
	AWS AWS
	// OAuth2 says how the token of oauth2 is got.
	OAuth2 *oauth.Config
	// AddTokenTo is where the token of oauth2 stands: header or query; "" means header.
	AddTokenTo string
}

// Key is equal for auths that are the same, and only for those. It may hold
// secrets: it is for the memory of a run, not for its output.
func (a Auth) Key() string {
	if a == (Auth{Type: a.Type}) { // as with most queries
		return a.Type
	}
	token := ""
	if a.OAuth2 != nil {
		token = a.OAuth2.Key()
	}
	return fmt.Sprintf("%q", []string{a.Type, a.Username, a.Password, a.Token, a.HeaderPrefix, a.Name, a.Value, a.In,
		a.AWS.AccessKeyID, a.AWS.SecretAccessKey, a.AWS.SessionToken, a.AWS.Region, a.AWS.Service, token, a.AddTokenTo})
}

// CheckAuth says what is wrong with an auth, as Client.Do would; nil is nothing.
// No text of it holds a secret.
func CheckAuth(a Auth) *Error {
	switch a.Type {
	case AuthDigest, AuthAWSSigV4, AuthOAuth2:
		return a.checkScheme()
	}
	_, err := a.credential()
	return err
}

// credential is what an auth adds to a request. At most one part of it is filled.
type credential struct {
	header Field // with one value
	cookie []cookiePair
	param  Field // with one value
}

// credential returns what to send. Its errors hold no value.
func (a Auth) credential() (credential, *Error) {
	switch a.Type {
	case "", AuthNone:
		return credential{}, nil
	case AuthBasic:
		return a.basic()
	case AuthBearer:
		return a.bearer()
	case AuthAPIKey:
		return a.apiKey()
	}
	return credential{}, badRequest("auth has the type %q, expected none, basic, bearer, api_key, digest, aws_sigv4 or oauth2", a.Type)
}

// basic follows RFC 7617 with UTF-8.
func (a Auth) basic() (credential, *Error) {
	if strings.Contains(a.Username, ":") {
		return credential{}, badRequest("the username of auth basic holds a colon, which would begin the password")
	}
	if err := a.checkUser(); err != nil {
		return credential{}, err
	}
	pair := base64.StdEncoding.EncodeToString([]byte(a.Username + ":" + a.Password))
	return inHeader("Authorization", "Basic "+pair), nil
}

// checkUser judges the user of basic and digest.
func (a Auth) checkUser() *Error {
	for _, part := range []struct{ name, value string }{{"username", a.Username}, {"password", a.Password}} {
		if what := badHeaderByte(part.value); what != "" {
			return badRequest("the %s of auth %s holds %s, which cannot be sent", part.name, a.Type, what)
		}
	}
	return nil
}

func (a Auth) bearer() (credential, *Error) {
	if err := checkSecret("the header_prefix of auth bearer", a.prefix()); err != nil {
		return credential{}, err
	}
	if err := checkSecret("the token of auth bearer", a.Token); err != nil {
		return credential{}, err
	}
	return inHeader("Authorization", a.prefix()+" "+a.Token), nil
}

// prefix is the word before a token.
func (a Auth) prefix() string {
	if prefix := strings.TrimSpace(a.HeaderPrefix); prefix != "" {
		return prefix
	}
	return "Bearer"
}

func (a Auth) apiKey() (credential, *Error) {
	if a.Name == "" {
		return credential{}, badRequest("auth api_key has no name")
	}
	if err := checkSecret("the value of auth api_key", a.Value); err != nil && (a.In != "query" || a.Value == "") {
		return credential{}, err
	}
	switch a.In {
	case "", "header":
		return a.apiKeyHeader()
	case "query":
		return credential{param: Field{a.Name, []string{a.Value}}}, nil
	case "cookie":
		pairs, err := newCookiePairs([]Field{{a.Name, []string{a.Value}}})
		return credential{cookie: pairs}, err
	}
	return credential{}, badRequest("auth api_key has in: %q, expected header, query or cookie", a.In)
}

func (a Auth) apiKeyHeader() (credential, *Error) {
	if err := checkHeader(a.Name, []string{a.Value}); err != nil {
		return credential{}, err
	}
	switch name := textproto.CanonicalMIMEHeaderKey(a.Name); name {
	case "Cookie":
		return credential{}, badRequest("auth api_key names the header Cookie").hint("write in: cookie and the cookie's name")
	case "Host", "Connection":
		return credential{}, badRequest("auth api_key names the header %s, which carries no key", name)
	}
	return inHeader(a.Name, a.Value), nil
}

// checkSecret refuses what would be an empty or a broken credential.
func checkSecret(what, value string) *Error {
	if value == "" {
		return badRequest("%s is empty", what)
	}
	if found := badHeaderByte(value); found != "" {
		return badRequest("%s holds %s, which cannot be sent", what, found).
			hint("files often end in a line break that is not part of the secret")
	}
	if !httpguts.ValidHeaderFieldValue(value) {
		return badRequest("%s holds characters that cannot be sent", what)
	}
	return nil
}

func inHeader(name, value string) credential {
	return credential{header: Field{textproto.CanonicalMIMEHeaderKey(name), []string{value}}}
}
