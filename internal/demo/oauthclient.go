package demo

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// client is who asks for tokens.
type client struct {
	id     string
	secret string
	// keyed tells that it shows its certificate or signs an assertion.
	keyed  bool
	grants []string
}

// clients are all clients that the desk knows.
var clients = map[string]*client{
	ServiceClient: {id: ServiceClient, secret: ServiceSecret, grants: []string{"client_credentials", "password", "refresh_token"}},
	RobotClient:   {id: RobotClient, keyed: true, grants: []string{"client_credentials", "refresh_token", assertionGrant}},
	PublicClient:  {id: PublicClient, grants: []string{"authorization_code", "refresh_token", deviceGrant}},
}

// assertionType is what a client assertion is (RFC 7523, 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// authenticate returns the client that sends a form, once it has shown who it
// is in one of the ways that it has. The lock is held.
func (d *desk) authenticate(r *http.Request, form url.Values) (*client, error) {
	id, secret := form.Get("client_id"), form.Get("client_secret")
	name, password, inHeader := r.BasicAuth()
	if inHeader {
		if secret != "" {
			return nil, refuse("invalid_request", "the client shows who it is in the header and in the body, one is enough")
		}
		// RFC 6749, 2.3.1: both are form-urlencoded before they are joined.
		var wrongID, wrongSecret error
		id, wrongID = url.QueryUnescape(name)
		secret, wrongSecret = url.QueryUnescape(password)
		if wrongID != nil || wrongSecret != nil {
			return nil, unknownClient("the client in the header is not percent-encoded")
		}
	}
	switch c := clients[id]; {
	case form.Has("client_assertion"):
		return d.byAssertion(r, form)
	case id == "" && form.Get("grant_type") == assertionGrant:
		return clients[RobotClient], nil // its assertion is judged like any
	case id == "":
		return nil, unknownClient("there is no client_id, in the header or in the body")
	case c == nil:
		return nil, unknownClient("there is no such client")
	case c.keyed && !hasCertificate(r):
		return nil, unknownClient("the client shows neither its certificate nor an assertion")
	case !c.keyed && !same(secret, c.secret):
		return nil, unknownClient("the secret of the client is wrong")
	default:
		return c, nil
	}
}

// unknownClient is the refusal of a client that has not shown who it is.
func unknownClient(why string) *refusal {
	return &refusal{http.StatusUnauthorized, "invalid_client", why, `Basic realm="order desk", charset="UTF-8"`}
}

// hasCertificate tells whether the request comes with the certificate of the
// desk's own authority (RFC 8705, 2.1).
func hasCertificate(r *http.Request) bool { return r.TLS != nil && len(r.TLS.VerifiedChains) > 0 }

// byAssertion takes a client that has signed who it is.
func (d *desk) byAssertion(r *http.Request, form url.Values) (*client, error) {
	if form.Get("client_assertion_type") != assertionType {
		return nil, unknownClient("client_assertion_type must be " + assertionType)
	}
	subject, err := d.readAssertion(r, form.Get("client_assertion"))
	switch {
	case err != nil:
		return nil, unknownClient(err.Error())
	case subject != RobotClient:
		return nil, unknownClient("the subject of the assertion is not the client")
	}
	return clients[RobotClient], nil
}

// readAssertion returns whom an assertion of RobotClient speaks for (RFC 7523,
// 3). Each is good once. The lock is held.
func (d *desk) readAssertion(r *http.Request, text string) (subject string, err error) {
	if d.robotKey == nil {
		return "", errors.New("this desk knows no key, so that nobody can sign")
	}
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return "", errors.New("the assertion is no JSON Web Token that is signed with ES256")
	}
	var c jwt.Claims
	if token.Claims(d.robotKey, &c) != nil {
		return "", errors.New("the assertion is not signed with the key of the client")
	}
	now, at := d.now(), issuer(r)
	switch {
	case c.Issuer != RobotClient || c.Subject == "":
		return "", errors.New("the assertion must have iss " + RobotClient + " and a sub")
	case !c.Audience.Contains(at) && !c.Audience.Contains(at+"/oauth/token"):
		return "", errors.New("the assertion is not for this server: its aud must be " + at)
	case c.Expiry == nil || c.ID == "" || len(c.ID) > maxText:
		return "", errors.New("the assertion must have exp and jti")
	case c.ValidateWithLeeway(jwt.Expected{Time: now}, time.Minute) != nil:
		return "", errors.New("the assertion is not valid at this time")
	case d.authority.assertions.get(c.ID) != nil:
		return "", errors.New("the assertion was used before")
	}
	until := c.Expiry.Time()
	d.authority.assertions.add(c.ID, &until)
	return c.Subject, nil
}
