package oauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// server is where the authorization server is reached.
type server struct {
	Token, Auth, Device string
	// methods are the client authentications that it names, nil where it names none.
	methods []string
}

// metadata is a discovery document (RFC 8414, 2; OpenID Connect Discovery, 3).
type metadata struct {
	Issuer  string   `json:"issuer"`
	Token   string   `json:"token_endpoint"`
	Auth    string   `json:"authorization_endpoint"`
	Device  string   `json:"device_authorization_endpoint"`
	Methods []string `json:"token_endpoint_auth_methods_supported"`
	// Aliases are the endpoints for client certificates (RFC 8705, 5).
	Aliases struct {
		Token  string `json:"token_endpoint"`
		Device string `json:"device_authorization_endpoint"`
	} `json:"mtls_endpoint_aliases"`
}

// wellKnown are the URLs at which the document of an issuer may be, in the order
// in which they are asked: OpenID's, where the issuer's path comes first; RFC
// 8414's, where it comes last; and the mix that RFC 8414, 5 allows.
func wellKnown(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	base := u.Scheme + "://" + u.Host
	all := []string{
		base + path + "/.well-known/openid-configuration",
		base + "/.well-known/oauth-authorization-server" + path,
	}
	if path != "" {
		all = append(all, base+"/.well-known/openid-configuration"+path)
	}
	return all
}

// find returns the server: as the config names it, and for what it does not name
// as the issuer's discovery document does. The document is read once.
func (t *Tokens) find(ctx context.Context, f *flight) (*server, *Error) {
	t.mu.Lock()
	known := t.server
	t.mu.Unlock()
	if known != nil {
		return known, nil
	}
	c := t.config
	s := &server{Token: c.TokenURL, Auth: c.AuthURL, Device: c.DeviceURL}
	if c.Issuer != "" && s.missing(c.Grant) != "" {
		m, err := t.discover(ctx, f)
		if err != nil {
			return nil, err
		}
		s.fill(m, c.clientAuth() == AuthTLS)
	}
	if missing := s.missing(c.Grant); missing != "" {
		e := newError(KindConfig, "%s is missing", missing)
		if c.Issuer != "" {
			e = newError(KindResponse, "the discovery document of %s names no URL for %s", place(c.Issuer), missing).hint("give %s", missing)
		}
		return nil, e
	}
	t.mu.Lock()
	t.server = s
	t.mu.Unlock()
	return s, nil
}

// missing is the key of a URL that the grant needs, "" where all are there. A
// login's URLs are asked for by a run too, so that both find the same server.
func (s *server) missing(grant string) string {
	switch {
	case s.Token == "":
		return "access_token_url"
	case grant == AuthorizationCode && s.Auth == "":
		return "auth_url"
	case grant == DeviceCode && s.Device == "":
		return "device_authorization_url"
	}
	return ""
}

// fill takes what is not known yet.
func (s *server) fill(m *metadata, withCertificate bool) {
	take := func(to *string, from ...string) {
		for _, u := range from {
			if *to == "" {
				*to = u
			}
		}
	}
	if withCertificate {
		take(&s.Token, m.Aliases.Token)
		take(&s.Device, m.Aliases.Device)
	}
	take(&s.Token, m.Token)
	take(&s.Auth, m.Auth)
	take(&s.Device, m.Device)
	s.methods = m.Methods
}

// discover asks for the document at each of the places where it may be.
func (t *Tokens) discover(ctx context.Context, f *flight) (*metadata, *Error) {
	if e := checkIssuer(t.config.Issuer); e != "" {
		return nil, newError(KindConfig, "issuer %s", e)
	}
	var tried []string
	for _, at := range wellKnown(t.config.Issuer) {
		f.say("waiting for the discovery document " + place(at))
		r, err := t.get(ctx, at)
		switch {
		case err != nil:
			return nil, err
		case r.status == http.StatusOK && isObject(r.body):
			return t.metadata(r)
		case r.status >= 500 || r.status == http.StatusTooManyRequests:
			return nil, newError(KindResponse, "%s answers %d", r.name(), r.status).hint("%s", statusHint(r))
		}
		what := strconv.Itoa(r.status)
		if r.status == http.StatusOK { // many sites answer any path with a page
			_, what = parseFields(r.header, r.body)
		}
		tried = append(tried, place(at)+" ("+t.safe(what)+")")
	}
	return nil, newError(KindResponse, "the issuer has no discovery document: %s", strings.Join(tried, ", ")).
		hint("look at issuer, or give the URLs themselves")
}

func isObject(body []byte) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(body, &object) == nil && object != nil
}

func (t *Tokens) get(ctx context.Context, at string) (*reply, *Error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, http.NoBody)
	if err != nil {
		return nil, newError(KindConfig, "the issuer %s is not a valid URL", place(at))
	}
	req.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"apicel"}}
	return t.send(ctx, "discovery document", req)
}

// metadata reads a document and holds it to what was asked for.
func (t *Tokens) metadata(r *reply) (*metadata, *Error) {
	m, problem := parseMetadata(r.body, t.config.Issuer)
	if problem != "" {
		e := newError(KindResponse, "%s %s", r.name(), problem).hint("give the URLs themselves, where the document is wrong")
		if m.Issuer != "" && m.Issuer != t.config.Issuer {
			e.Hint = "write the issuer exactly as the server does, if it is the one that is meant"
		}
		return nil, e
	}
	return &m, nil
}

// parseMetadata returns a document and what is wrong with it.
func parseMetadata(body []byte, issuer string) (m metadata, problem string) {
	if err := json.Unmarshal(body, &m); err != nil {
		return m, "is not what a discovery document looks like"
	}
	// RFC 8414, 3.3: identical, character by character, or another server speaks
	// in the name of this one.
	if m.Issuer != issuer {
		if m.Issuer == "" {
			return m, "names no issuer"
		}
		return m, "names the issuer " + clean(m.Issuer) + ", expected " + clean(issuer)
	}
	for _, e := range []struct{ name, url string }{
		{"token_endpoint", m.Token},
		{"authorization_endpoint", m.Auth},
		{"device_authorization_endpoint", m.Device},
		{"mtls_endpoint_aliases", m.Aliases.Token},
		{"mtls_endpoint_aliases", m.Aliases.Device},
	} {
		if e.url == "" {
			continue
		}
		if wrong := checkURL(e.url); wrong != "" {
			return m, "names a " + e.name + " that " + wrong
		}
		if u, err := url.Parse(e.url); err != nil || !trustworthy(u) {
			return m, "names a " + e.name + " that is not https"
		}
	}
	return m, ""
}
