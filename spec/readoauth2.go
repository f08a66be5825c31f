package spec

import (
	"net/textproto"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

var oauth2Fields = fields[OAuth2]{
	"type":                        func(l *loader, o *OAuth2, p place) {}, // has been read to choose the keys
	"grant_type":                  func(l *loader, o *OAuth2, p place) { o.GrantType = l.word(p, "grant", "a grant", "the grants are") },
	"issuer":                      func(l *loader, o *OAuth2, p place) { o.Issuer = l.issuer(p) },
	"access_token_url":            func(l *loader, o *OAuth2, p place) { o.AccessTokenURL = l.endpoint(p) },
	"auth_url":                    func(l *loader, o *OAuth2, p place) { o.AuthURL = l.endpoint(p) },
	"device_authorization_url":    func(l *loader, o *OAuth2, p place) { o.DeviceAuthorizationURL = l.endpoint(p) },
	"client_id":                   func(l *loader, o *OAuth2, p place) { o.ClientID = l.nonEmpty(p, "the identifier of the client") },
	"client_secret":               func(l *loader, o *OAuth2, p place) { o.ClientSecret = l.nonEmpty(p, "the secret of the client") },
	"client_auth":                 func(l *loader, o *OAuth2, p place) { o.ClientAuth = l.clientAuth(p) },
	"scopes":                      func(l *loader, o *OAuth2, p place) { o.Scopes = l.scopes(p) },
	"audience":                    func(l *loader, o *OAuth2, p place) { o.Audience = l.nonEmpty(p, "an audience") },
	"resource":                    func(l *loader, o *OAuth2, p place) { o.Resource = l.oneOrMore(p, "resource", l.resource) },
	"username":                    func(l *loader, o *OAuth2, p place) { o.Username = l.text(p) },
	"password":                    func(l *loader, o *OAuth2, p place) { o.Password = l.text(p) },
	"refresh_token":               func(l *loader, o *OAuth2, p place) { o.RefreshToken = l.nonEmpty(p, "a refresh token") },
	"private_key":                 func(l *loader, o *OAuth2, p place) { o.PrivateKey = l.pem(p) },
	"key_id":                      func(l *loader, o *OAuth2, p place) { o.KeyID = l.nonEmpty(p, "the identifier of the key") },
	"algorithm":                   func(l *loader, o *OAuth2, p place) { o.Algorithm = l.algorithm(p) },
	"subject":                     func(l *loader, o *OAuth2, p place) { o.Subject = l.nonEmpty(p, "a subject") },
	"access_token_custom_headers": func(l *loader, o *OAuth2, p place) { o.TokenHeaders = l.tokenHeaders(p) },
	"custom_query_params": func(l *loader, o *OAuth2, p place) {
		o.QueryParams = l.params(p, false)
		l.refuseOwn(o.QueryParams, "authorization URL", "parameter", keyedParams, authURLParams)
	},
	"custom_auth_params": func(l *loader, o *OAuth2, p place) {
		o.AuthParams = l.params(p, false)
		l.refuseOwn(o.AuthParams, "token request", "parameter", keyedParams, tokenParams)
	},
	"header_prefix": func(l *loader, o *OAuth2, p place) { o.HeaderPrefix = l.text(p) },
	"add_token_to":  func(l *loader, o *OAuth2, p place) { o.AddTokenTo = l.chosen(p, "header or query") },
}

// oauth2 reads how an access token is got. What its grant and its client
// authentication need of the other keys is checked once all are known.
func (l *loader) oauth2(p place, t Table) *OAuth2 {
	o := &OAuth2{}
	if !read(l, p, t, oauth2Fields, o) {
		return o
	}
	// Of a grant or a client authentication that could not be read, nothing is
	// said: what is right depends on what was meant.
	grant := findGrant(o.GrantType.Value)
	if grant != nil {
		l.checkGrant(grant, p, t)
	}
	if grant != nil && (o.ClientAuth.IsSet() || !gives(p.node, "client_auth")) {
		l.checkClient(grant, o, p, t)
	}
	if o.AddTokenTo.Value == "query" && gives(p.node, "header_prefix") {
		l.problems.Warnf(l.valuePos(p, "header_prefix"), `"header_prefix" changes nothing, because add_token_to is query`)
	}
	return o
}

// lacks tells whether the map at p does not have the key, nor an unknown one that
// was probably meant to be it.
func lacks(p place, t Table, key string) bool {
	return !gives(p.node, key) && !slices.Contains(meant(p, t), key)
}

// checkGrant reports what a grant needs and does not have, and what it has and
// can do nothing with.
func (l *loader) checkGrant(g *Grant, p place, t Table) {
	for _, key := range g.Needs {
		if lacks(p, t, key) {
			l.problems.Errorf(l.mapPos(p), "missing key %q in auth, which the grant %s needs", key, g.Name)
		}
	}
	l.checkURLs(g, p, t)
	for _, key := range grantKeys {
		if gives(p.node, key) && !g.has(key) {
			names := grantsWith(key)
			l.problems.Errorf(l.keyPos(p, key), "the grant %s can do nothing with %q", g.Name, key).
				WithHint("leave it out, or write grant_type: %s", strings.Join(names, " or "))
		}
	}
}

// checkURLs reports that neither a URL that the grant asks is given nor an issuer,
// whose discovery document would name it.
func (l *loader) checkURLs(g *Grant, p place, t Table) {
	if !lacks(p, t, "issuer") {
		return
	}
	var missing []string
	for _, key := range g.URLs {
		if lacks(p, t, key) {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		l.problems.Errorf(l.mapPos(p), "missing key %q in auth, which the grant %s needs", missing[0], g.Name).
			WithHint("write %s; or issuer, the URL of the authorization server, whose discovery document says it", strings.Join(missing, " and "))
	}
}

// checkClient reports a client that cannot prove who it is, and what would prove
// it but is not used.
func (l *loader) checkClient(g *Grant, o *OAuth2, p place, t Table) {
	way := findClientAuth(o.ClientAuth.Value)
	switch {
	case !l.checkSigns(g, o, p):
	case way != nil:
		l.checkClientAuth(way, g, p, t)
	case gives(p.node, "client_secret"):
		l.checkClientAuth(findClientAuth("header"), g, p, t)
	case g.Name == "client_credentials" && lacks(p, t, "client_secret"):
		l.problems.Errorf(l.mapPos(p), "missing key \"client_secret\" in auth, with which the client proves who it is").
			WithHint("write client_secret, or say what else proves it, as client_auth: private_key_jwt, tls or none")
	}
	own := []ownNames{}
	if g.Name == "jwt_bearer" {
		own = append(own, assertionParams)
	}
	if way != nil && way.name == "private_key_jwt" {
		own = append(own, clientAssertionParams)
	}
	l.refuseOwn(o.AuthParams, "token request", "parameter", own...)
}

// checkSigns reports a key that signs nothing, and returns false then.
func (l *loader) checkSigns(g *Grant, o *OAuth2, p place) bool {
	if g.Name == "jwt_bearer" || o.ClientAuth.Value == "private_key_jwt" {
		return true
	}
	for _, key := range signingKeys {
		if gives(p.node, key) {
			l.problems.Errorf(l.keyPos(p, key), "nothing is signed, so that %q is never used", key).
				WithHint("write client_auth: private_key_jwt where the client proves with it who it is, or grant_type: jwt_bearer")
			return false
		}
	}
	return true
}

// checkClientAuth reports what a way of client authentication lacks. What the
// grant needs as well has been reported with it.
func (l *loader) checkClientAuth(way *clientAuth, g *Grant, p place, t Table) {
	given := gives(p.node, "client_auth")
	for _, key := range way.needs {
		if !lacks(p, t, key) || slices.Contains(g.Needs, key) {
			continue
		}
		if !given {
			l.problems.Errorf(l.mapPos(p), "missing key %q in auth, whose client_secret is sent together with it", key)
			continue
		}
		problem := l.problems.Errorf(l.mapPos(p), "missing key %q in auth, which client_auth: %s needs", key, way.name)
		if key == "client_secret" {
			problem.WithHint("a client that has no secret has client_auth: none")
		}
	}
	if !way.secret && gives(p.node, "client_secret") {
		l.problems.Errorf(l.keyPos(p, "client_secret"), "\"client_secret\" is never sent, because client_auth is %s", way.name).
			WithHint("leave it out, or write client_auth: header or body")
	}
}

// otherWords are what others call the words of Choices.
var otherWords = map[string]string{
	"urn:ietf:params:oauth:grant-type:jwt-bearer":  "jwt_bearer",
	"urn:ietf:params:oauth:grant-type:device_code": "device_code",
	"device_flow":                 "device_code",
	"pkce":                        "authorization_code",
	"implicit":                    "authorization_code",
	"ropc":                        "password",
	"client_secret_basic":         "header",
	"basic":                       "header",
	"basic_auth":                  "header",
	"client_secret_post":          "body",
	"post":                        "body",
	"tls_client_auth":             "tls",
	"self_signed_tls_client_auth": "tls",
	"mtls":                        "tls",
}

// word reads one of the Choices of a type of keys. The message calls one what and
// lists all after heading.
func (l *loader) word(p place, kind, what, heading string) String {
	s := l.constant(p, what)
	names := Choices[kind]
	if !s.IsSet() || slices.Contains(names, s.Value) {
		return s
	}
	problem := l.problems.Errorf(s.Pos, "%s is %q, expected %s", p.label(), shorten(s.Value), what)
	problem.Hint = didYouMean(s.Value, names, heading)
	if word := otherWords[strings.ToLower(s.Value)]; slices.Contains(names, word) {
		problem.WithHint("write %s", word)
	}
	return String{}
}

func (l *loader) clientAuth(p place) String {
	return l.word(p, "client authentication", "a way to prove who the client is", "the ways are")
}

// algorithm reads how assertions are signed.
func (l *loader) algorithm(p place) String {
	if s := p.node.Value; p.node.Kind == yaml.ScalarNode && !l.bad[p.node] && (s == "HS256" || s == "HS384" || s == "HS512") {
		at := l.scalar(p.node)
		l.problems.Errorf(at.Pos, "%s is %s, which signs with a shared secret, expected one that signs with a private key", p.label(), s).
			Hint = "the algorithms are " + strings.Join(Choices["signature algorithm"], ", ")
		return String{}
	}
	return l.word(p, "signature algorithm", "an algorithm of signatures", "the algorithms are")
}

// tokenHeaders reads headers of the token request.
func (l *loader) tokenHeaders(p place) []Field {
	all := l.headers(p, false)
	l.refuseOwn(all, "token request", "header", tokenHeaders)
	return all
}

// refuseOwn reports names that a request uses itself. Those of headers are in
// their canonical form.
func (l *loader) refuseOwn(given []Field, request, what string, all ...ownNames) {
	for _, f := range given {
		name := f.Name.Value
		if what == "header" {
			name = textproto.CanonicalMIMEHeaderKey(name)
		}
		for _, own := range all {
			if n, ok := own[name]; ok {
				l.problems.Errorf(f.Name.Pos, "the %s %q of the %s %s", what, f.Name.Value, request, n.why).Hint = n.instead
			}
		}
	}
}

// oneOrMore reads what one reads, or a list of it, in which nothing stands twice.
func (l *loader) oneOrMore(p place, what string, one func(place) String) []String {
	if p.node.Kind != yaml.SequenceNode {
		if s := one(p); s.IsSet() {
			return []String{s}
		}
		return nil
	}
	if len(p.node.Content) == 0 {
		l.problems.Errorf(l.at(p), "%s is an empty list, expected at least one %s", p.label(), what)
	}
	var all []String
	l.items(p, "", func(item place) { all = l.addNew(all, one(item), what) })
	return all
}

// addNew adds to all a text that is not among them.
func (l *loader) addNew(all []String, s String, what string) []String {
	if !s.IsSet() {
		return all
	}
	if n := slices.IndexFunc(all, func(o String) bool { return o.Value == s.Value }); n >= 0 {
		l.problems.Errorf(s.Pos, "this %s is listed twice, first at %s", what, all[n].Pos)
		return all
	}
	return append(all, s)
}

// scopeSyntax is RFC 6749, section 3.3.
var scopeSyntax = lazyregexp.New(`^[\x21\x23-\x5B\x5D-\x7E]+$`)

var wordSyntax = lazyregexp.New(`\S+`)

// scopes reads a list of scopes, or a text with spaces between them. A text that
// holds an expression is one entry: what it gives may hold several.
func (l *loader) scopes(p place) []String {
	if p.node.Kind == yaml.SequenceNode {
		return l.oneOrMore(p, "scope", l.scope)
	}
	s := l.nonEmpty(p, "scopes, as a text with spaces between them or as a list")
	switch {
	case !s.IsSet():
		return nil
	case holdsTemplate(s.Value):
		return []String{s}
	}
	var all []String
	for _, at := range wordSyntax.FindAllStringIndex(s.Value, -1) {
		part := s.Slice(at[0], at[1])
		if strings.HasSuffix(part.Value, ",") {
			l.problems.Errorf(s.At(at[1]-1), "found a comma after the scope %q, expected spaces between scopes", shorten(strings.TrimRight(part.Value, ","))).
				WithHint("write them as a list, or leave out the commas")
			return nil
		}
		if l.checkScope(part) {
			all = l.addNew(all, part, "scope")
		}
	}
	return all
}

// scope reads a scope of a list.
func (l *loader) scope(p place) String {
	s := l.nonEmpty(p, "a scope")
	if !s.IsSet() || holdsTemplate(s.Value) || l.checkScope(s) {
		return s
	}
	return String{}
}

func (l *loader) checkScope(s String) bool {
	if scopeSyntax.MatchString(s.Value) {
		return true
	}
	problem := l.problems.Errorf(s.Pos, "the scope %q holds a character that no scope has", shorten(s.Value))
	if strings.ContainsAny(s.Value, " \t\n") {
		problem.WithHint("write each scope as an item of its own")
	}
	return false
}
