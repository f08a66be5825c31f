package demo

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the authorization server of the desk knows. The values are public and
// protect nothing. The clients differ in how they prove who they are:
//
//   - ServiceClient has a secret, sent in the header or in the body;
//   - RobotClient has a key, which signs assertions, and its certificate;
//   - PublicClient has neither, and people log in with it.
const (
	ServiceClient = "desk-service"
	ServiceSecret = "desk-service-secret"
	RobotClient   = "desk-robot"
	PublicClient  = "desk-app"
	// RefreshToken is a refresh token of ServiceClient and the clerk. It is not used
	// up, as all others are.
	RefreshToken = "rt-demo-0815-of-the-clerk"
)

// The scopes. offlineAccess asks for a refresh token.
const (
	scopeRead     = "orders.read"
	scopeWrite    = "orders.write"
	offlineAccess = "offline_access"
)

var scopes = []string{scopeRead, scopeWrite, offlineAccess}

// How long things of the authorization server last. The life of an access token
// may be chosen by the parameter expires_in.
const (
	accessLife    = time.Minute
	maxAccessLife = time.Hour
	refreshLife   = 24 * time.Hour
	codeLife      = time.Minute
	deviceLife    = 5 * time.Minute
)

// permit is what a token is good for.
type permit struct {
	number  int // of the token, by which answers name it
	client  string
	user    string // "" where the client speaks for itself
	scopes  []string
	expires time.Time
}

// authority is the state of the authorization server. The desk's mutex guards it.
type authority struct {
	access     *store[permit]
	refresh    *store[permit]
	codes      *store[code]
	devices    *store[device]
	assertions *store[time.Time] // identifiers of those that were used → when they end
}

func newAuthority() authority {
	a := authority{
		access: newStore[permit](maxTickets), refresh: newStore[permit](maxTickets),
		codes: newStore[code](maxTickets), devices: newStore[device](maxTickets),
		assertions: newStore[time.Time](maxTickets),
	}
	a.refresh.add(RefreshToken, &permit{client: ServiceClient, user: "clerk", scopes: []string{scopeRead, scopeWrite}})
	a.refresh.pin()
	return a
}

// refusal is an error of the authorization server, which has a shape of its own
// (RFC 6749, 5.2).
type refusal struct {
	status    int
	Code      string `json:"error"`
	Why       string `json:"error_description"`
	challenge string
}

// Error returns the explanation.
func (e *refusal) Error() string { return e.Why }

// refuse returns a refusal with status 400.
func refuse(code, why string) *refusal {
	return &refusal{status: http.StatusBadRequest, Code: code, Why: why}
}

// authorizing sends refusals in their own shape.
func authorizing(next handler) handler {
	return func(r *http.Request) (*reply, error) {
		rep, err := next(r)
		var e *refusal
		if !errors.As(err, &e) {
			return rep, err
		}
		rep = answer(e.status, e).with("Cache-Control", "no-store")
		if e.challenge != "" {
			rep.with("WWW-Authenticate", e.challenge)
		}
		return rep, nil
	}
}

// readParams reads a form each of whose parameters stands there once (RFC 6749, 3.2).
func readParams(r *http.Request) (url.Values, error) {
	if _, err := contentType(r, mimeForm); err != nil {
		return nil, refuse("invalid_request", "this takes a form, with the content type "+mimeForm)
	}
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, refuse("invalid_request", "the body is not a valid form")
	}
	for name, values := range form {
		if len(values) > 1 && name != "resource" {
			return nil, refuse("invalid_request", "a parameter stands there twice: "+clip(name))
		}
	}
	return form, nil
}

// tokenRequest is a token request of a client that has shown who it is.
type tokenRequest struct {
	*http.Request
	form   url.Values
	client *client
	life   time.Duration
}

// grants are the ways to a token: grant_type → what it makes of a request. They
// are called with the lock held.
var grants = map[string]func(*desk, *tokenRequest) (*permit, error){
	"client_credentials": (*desk).grantClient,
	"password":           (*desk).grantPassword,
	"refresh_token":      (*desk).grantRefresh,
	"authorization_code": (*desk).grantCode,
	deviceGrant:          (*desk).grantDevice,
	assertionGrant:       (*desk).grantAssertion,
}

// The grant types whose names are URNs (RFC 8628, RFC 7523).
const (
	deviceGrant    = "urn:ietf:params:oauth:grant-type:device_code"
	assertionGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// giveToken is the token endpoint (RFC 6749, 3.2).
func (d *desk) giveToken(r *http.Request) (*reply, error) {
	form, err := readParams(r)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	req := &tokenRequest{Request: r, form: form}
	if req.client, err = d.authenticate(r, form); err != nil {
		return nil, err
	}
	if req.life, err = readLife(form.Get("expires_in")); err != nil {
		return nil, err
	}
	kind := form.Get("grant_type")
	grant := grants[kind]
	switch {
	case grant == nil:
		return nil, refuse("unsupported_grant_type", "the desk does not know this grant_type")
	case !slices.Contains(req.client.grants, kind):
		return nil, refuse("unauthorized_client", "this grant_type is not for "+req.client.id)
	}
	p, err := grant(d, req)
	if err != nil {
		return nil, err
	}
	return d.issue(p, req), nil
}

// readLife reads how long the token shall live.
func readLife(text string) (time.Duration, error) {
	if text == "" {
		return accessLife, nil
	}
	n, err := strconv.Atoi(text)
	if life := time.Duration(n) * time.Second; err == nil && n > 0 && n <= int(maxAccessLife.Seconds()) {
		return life, nil
	}
	return 0, refuse("invalid_request", "expires_in must be from 1 to 3600")
}

// issue gives out an access token, and a refresh token where there shall be one.
// The lock is held.
func (d *desk) issue(p *permit, req *tokenRequest) *reply {
	access := *p
	access.number, access.expires = d.next(), d.now().Add(req.life)
	token := "at-" + newUUID()
	d.authority.access.add(token, &access)
	body := map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(req.life.Seconds()), "scope": strings.Join(p.scopes, " "),
	}
	if slices.Contains(p.scopes, offlineAccess) {
		next := "rt-" + newUUID()
		d.authority.refresh.add(next, &permit{client: p.client, user: p.user, scopes: p.scopes, expires: d.now().Add(refreshLife)})
		body["refresh_token"] = next
	}
	return answer(http.StatusOK, body).with("Cache-Control", "no-store")
}

// readScopes returns the scopes that are asked for, of those that may be; the
// fallback where none is.
func readScopes(text string, allowed, fallback []string) ([]string, error) {
	var asked []string
	for scope := range strings.FieldsSeq(text) {
		if !slices.Contains(allowed, scope) {
			return nil, refuse("invalid_scope", "there is no scope "+clip(scope)+" here, but "+strings.Join(allowed, ", "))
		}
		if !slices.Contains(asked, scope) {
			asked = append(asked, scope)
		}
	}
	if asked == nil {
		return fallback, nil
	}
	return asked, nil
}

// permit is what the request asks for, in the name of a user or of none.
func (req *tokenRequest) permit(user string) (*permit, error) {
	asked, err := readScopes(req.form.Get("scope"), scopes, []string{scopeRead})
	return &permit{client: req.client.id, user: user, scopes: asked}, err
}

// grantClient is RFC 6749, 4.4. A client needs nobody to ask again, and so gets
// no refresh token.
func (d *desk) grantClient(req *tokenRequest) (*permit, error) {
	asked, err := readScopes(req.form.Get("scope"), []string{scopeRead, scopeWrite}, []string{scopeRead})
	return &permit{client: req.client.id, scopes: asked}, err
}

// grantPassword is RFC 6749, 4.3.
func (d *desk) grantPassword(req *tokenRequest) (*permit, error) {
	if !knows(req.form.Get("username"), req.form.Get("password")) {
		return nil, refuse("invalid_grant", "the user name or the password is wrong")
	}
	return req.permit(req.form.Get("username"))
}

// grantRefresh is RFC 6749, 6. A refresh token is good until the answer holds the
// next, which is at once for all but the well-known one.
func (d *desk) grantRefresh(req *tokenRequest) (*permit, error) {
	token := req.form.Get("refresh_token")
	p := d.authority.refresh.get(token)
	if p == nil || p.client != req.client.id || (token != RefreshToken && !d.now().Before(p.expires)) {
		return nil, refuse("invalid_grant", "the refresh token is unknown, used up or expired")
	}
	asked, err := readScopes(req.form.Get("scope"), p.scopes, p.scopes)
	if err != nil {
		return nil, err
	}
	if slices.Contains(asked, offlineAccess) {
		d.authority.refresh.remove(token)
	}
	return &permit{client: p.client, user: p.user, scopes: asked}, nil
}

// grantAssertion is RFC 7523, 2.1.
func (d *desk) grantAssertion(req *tokenRequest) (*permit, error) {
	subject, err := d.readAssertion(req.Request, req.form.Get("assertion"))
	if err != nil {
		return nil, refuse("invalid_grant", err.Error())
	}
	if _, ok := users[subject]; !ok && subject != RobotClient {
		return nil, refuse("invalid_grant", "the desk does not know the subject of the assertion")
	}
	if subject == RobotClient {
		subject = ""
	}
	return req.permit(subject)
}

// issuer is the authorization server as the client reaches it.
func issuer(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// discover answers with the discovery document (RFC 8414).
func (d *desk) discover(r *http.Request) (*reply, error) {
	at := issuer(r)
	kinds := make([]string, 0, len(grants))
	for kind := range grants {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return answer(http.StatusOK, map[string]any{
		"issuer":                                           at,
		"token_endpoint":                                   at + "/oauth/token",
		"authorization_endpoint":                           at + "/oauth/authorize",
		"device_authorization_endpoint":                    at + "/oauth/device",
		"grant_types_supported":                            kinds,
		"response_types_supported":                         []string{"code"},
		"scopes_supported":                                 scopes,
		"code_challenge_methods_supported":                 []string{"S256"},
		"token_endpoint_auth_methods_supported":            []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "none"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"ES256"},
		"authorization_response_iss_parameter_supported":   true,
	}), nil
}
