package spec

import "slices"

// Grant is a way to get an access token, and the keys of an oauth2 that are its own.
type Grant struct {
	Name string
	// Doc is how the token is got, in one sentence.
	Doc string
	// Needs are the keys that it cannot do without.
	Needs []string
	// URLs are the keys of the URLs that it asks. An issuer stands for all of them.
	URLs []string
	// Takes are further keys that it has and other grants do not.
	Takes []string
}

// Grants are the grants, in the order of their Choices.
var Grants = []Grant{
	{"client_credentials", "The client asks for itself (RFC 6749, section 4.4).",
		[]string{"client_id"}, []string{"access_token_url"}, nil},
	{"authorization_code", "A user logs in with a browser once (`apicel login`), with PKCE (RFC 7636).",
		[]string{"client_id"}, []string{"auth_url", "access_token_url"}, []string{"custom_query_params", "refresh_token"}},
	{"refresh_token", "A refresh token that was got elsewhere is exchanged (RFC 6749, section 6).",
		[]string{"refresh_token"}, []string{"access_token_url"}, nil},
	{"password", "The name and password of a user are exchanged (RFC 6749, section 4.3).",
		[]string{"username", "password"}, []string{"access_token_url"}, nil},
	{"device_code", "A user logs in on another device once (`apicel login`, RFC 8628).",
		[]string{"client_id"}, []string{"device_authorization_url", "access_token_url"}, []string{"refresh_token"}},
	{"jwt_bearer", "A signed assertion is exchanged (RFC 7523).",
		[]string{"client_id", "private_key"}, []string{"access_token_url"}, []string{"key_id", "algorithm", "subject"}},
}

// has tells whether the grant has the key, of those that not all grants have.
func (g *Grant) has(key string) bool {
	return slices.Contains(g.Needs, key) || slices.Contains(g.URLs, key) || slices.Contains(g.Takes, key)
}

// findGrant returns the grant of the name, or nil.
func findGrant(name string) *Grant {
	for i := range Grants {
		if Grants[i].Name == name {
			return &Grants[i]
		}
	}
	return nil
}

// grantKeys are the keys that some grants have and others make nothing of. The
// key that signs is not among them, because every grant can have it for its client.
var grantKeys = []string{
	"auth_url", "device_authorization_url", "username", "password", "refresh_token", "subject", "custom_query_params",
}

// grantsWith are the names of the grants that have the key.
func grantsWith(key string) []string {
	var names []string
	for i := range Grants {
		if Grants[i].has(key) {
			names = append(names, Grants[i].Name)
		}
	}
	return names
}

// signingKeys are the keys of what signs assertions: those of jwt_bearer, and
// those of the client where it proves who it is with private_key_jwt.
var signingKeys = []string{"private_key", "key_id", "algorithm"}

// clientAuth is a way in which a client proves who it is.
type clientAuth struct {
	name  string
	needs []string
	// secret tells that it sends client_secret.
	secret bool
}

var clientAuths = []clientAuth{
	{"header", []string{"client_id", "client_secret"}, true},
	{"body", []string{"client_id", "client_secret"}, true},
	{"private_key_jwt", []string{"client_id", "private_key"}, false},
	{"tls", []string{"client_id"}, false},
	{"none", nil, false},
}

// findClientAuth returns the way of the name, or nil.
func findClientAuth(name string) *clientAuth {
	for i := range clientAuths {
		if clientAuths[i].name == name {
			return &clientAuths[i]
		}
	}
	return nil
}

// ownNames are the names that the requests to an authorization server use
// themselves, so that nobody can give them in a map of custom ones: why, and
// what is written instead.
type ownNames map[string]struct{ why, instead string }

const hasKeyOfItsOwn = "has a key of its own"

// Parameters with keys, which no request takes from a map.
var keyedParams = ownNames{
	"client_id": {hasKeyOfItsOwn, "write client_id"},
	"scope":     {hasKeyOfItsOwn, "write scopes"},
	"audience":  {hasKeyOfItsOwn, "write audience"},
	"resource":  {hasKeyOfItsOwn, "write resource"},
}

var tokenParams = ownNames{
	"grant_type":    {hasKeyOfItsOwn, "write grant_type"},
	"client_secret": {hasKeyOfItsOwn, "write client_secret, and client_auth: body where it is to be sent as a parameter"},
	"username":      {hasKeyOfItsOwn, "write username, with grant_type: password"},
	"password":      {hasKeyOfItsOwn, "write password, with grant_type: password"},
	"refresh_token": {hasKeyOfItsOwn, "write refresh_token"},
	"code":          {"is what the login gives", "leave it out"},
	"code_verifier": {"is made anew for each login", "leave it out"},
	"device_code":   {"is what the login gives", "leave it out"},
	"redirect_uri":  {"is where the login listens", "leave it out"},
}

// The parameters of assertions are taken from a map where no key signs one.
var assertionParams = ownNames{
	"assertion": {"is made with private_key", "leave it out"},
}

var clientAssertionParams = ownNames{
	"client_assertion":      {"is made with private_key", "leave it out, or write client_auth: none"},
	"client_assertion_type": {"is made with private_key", "leave it out, or write client_auth: none"},
}

var authURLParams = ownNames{
	"response_type":         {"is always code", "leave it out"},
	"response_mode":         {"is always query, which is where the login reads the code", "leave it out"},
	"redirect_uri":          {"is where the login listens", "leave it out"},
	"state":                 {"is made anew for each login", "leave it out"},
	"code_challenge":        {"is made anew for each login", "leave it out"},
	"code_challenge_method": {"is always S256", "leave it out"},
}

var tokenHeaders = ownNames{
	"Authorization":     {"is how the client proves who it is", "write client_id and client_secret; client_auth says how they are sent"},
	"Content-Type":      {"is always that of a form (RFC 6749)", "leave it out"},
	"Content-Length":    {"is the length of the form", "leave it out"},
	"Transfer-Encoding": {"is never sent, because the length of the form is", "leave it out"},
	"Connection":        {"is the business of the client", "leave it out"},
	"Upgrade":           {"is the business of the client", "leave it out"},
	"Trailer":           {"is the business of the client", "leave it out"},
	"Te":                {"is the business of the client", "leave it out"},
}
