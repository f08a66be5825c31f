package source

import (
	"encoding/base64"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// The types of auth.
const (
	AuthNone   = "none"
	AuthBasic  = "basic"
	AuthBearer = "bearer"
	AuthAPIKey = "api_key"
)

// Auth is an auth whose values are known. Type says which fields count; "" means none.
type Auth struct {
	Type string
	// Username and Password are those of basic.
	Username, Password string
	// Token is that of bearer.
	Token string
	// HeaderPrefix is the word before the token; "" means Bearer.
	HeaderPrefix string
	// Name and Value are those of api_key.
	Name, Value string
	// In is where an api_key stands: header, query or cookie; "" means header.
	In string
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
	return credential{}, badRequest("auth has the type %q, expected none, basic, bearer or api_key", a.Type)
}

// basic follows RFC 7617 with UTF-8.
func (a Auth) basic() (credential, *Error) {
	if strings.Contains(a.Username, ":") {
		return credential{}, badRequest("the username of auth basic holds a colon, which would begin the password")
	}
	for _, part := range []struct{ name, value string }{{"username", a.Username}, {"password", a.Password}} {
		if what := badHeaderByte(part.value); what != "" {
			return credential{}, badRequest("the %s of auth basic holds %s, which cannot be sent", part.name, what)
		}
	}
	pair := base64.StdEncoding.EncodeToString([]byte(a.Username + ":" + a.Password))
	return inHeader("Authorization", "Basic "+pair), nil
}

func (a Auth) bearer() (credential, *Error) {
	prefix := strings.TrimSpace(a.HeaderPrefix)
	if prefix == "" {
		prefix = "Bearer"
	}
	if err := checkSecret("the header_prefix of auth bearer", prefix); err != nil {
		return credential{}, err
	}
	if err := checkSecret("the token of auth bearer", a.Token); err != nil {
		return credential{}, err
	}
	return inHeader("Authorization", prefix+" "+a.Token), nil
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
