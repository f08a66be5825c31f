package spec

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

var authFields = fields[Auth]{
	"type":          func(l *loader, a *Auth, p place) {}, // has been read to choose the keys
	"username":      func(l *loader, a *Auth, p place) { a.Username = l.text(p) },
	"password":      func(l *loader, a *Auth, p place) { a.Password = l.text(p) },
	"token":         func(l *loader, a *Auth, p place) { a.Token = l.nonEmpty(p, "a token") },
	"header_prefix": func(l *loader, a *Auth, p place) { a.HeaderPrefix = l.text(p) },
	"name":          func(l *loader, a *Auth, p place) { a.Name = l.nonEmpty(p, "a name") },
	"value":         func(l *loader, a *Auth, p place) { a.Value = l.nonEmpty(p, "a key") },
	"in":            func(l *loader, a *Auth, p place) { a.In = l.authPlace(p) },
}

var awsFields = fields[AWSAuth]{
	"type":          func(l *loader, a *AWSAuth, p place) {}, // has been read to choose the keys
	"access_key_id": func(l *loader, a *AWSAuth, p place) { a.AccessKeyID = l.awsName(p, "an access key") },
	"secret_access_key": func(l *loader, a *AWSAuth, p place) {
		a.SecretAccessKey = l.nonEmpty(p, "the secret of the access key")
	},
	"session_token": func(l *loader, a *AWSAuth, p place) { a.SessionToken = l.nonEmpty(p, "a session token") },
	"region":        func(l *loader, a *AWSAuth, p place) { a.Region = l.awsName(p, "a region such as eu-central-1") },
	"service":       func(l *loader, a *AWSAuth, p place) { a.Service = l.awsName(p, "a service such as s3 or execute-api") },
}

// awsName reads a part of the scope that a signature is made for, which slashes
// separate.
func (l *loader) awsName(p place, want string) String {
	s := l.nonEmpty(p, want)
	if s.IsSet() && !holdsTemplate(s.Value) && !awsNameSyntax.MatchString(s.Value) {
		l.problems.Errorf(s.Pos, "%s holds a character that no such name has, expected %s", p.label(), want)
		return String{}
	}
	return s
}

var awsNameSyntax = lazyregexp.New("^[0-9A-Za-z_.:+-]+$")

// authPlaces are the values of `in`.
var authPlaces = []string{"header", "query", "cookie"}

func (l *loader) authPlace(p place) String {
	s := l.constant(p, "header, query or cookie")
	if s.IsSet() && !slices.Contains(authPlaces, s.Value) {
		l.problems.Errorf(s.Pos, "a key cannot be sent in %q, expected header, query or cookie", s.Value)
		return String{}
	}
	return s
}

func (l *loader) auth(p place) *Auth {
	if p.node.Kind != yaml.MappingNode {
		l.expected(p, "a map").WithHint("write auth: {type: …}; the types are %s", strings.Join(authNames(), ", "))
		return nil
	}
	if l.refuseBraces(p, "a map") {
		return nil
	}
	kind := l.authKind(p)
	if kind == nil {
		return nil
	}
	a := &Auth{Pos: p.key.Pos, Type: kind.Type}
	keys := append([]Key{{"type", "text", "The kind of auth.", true}}, kind.Keys...)
	t := Table{"auth of type " + string(kind.Type), keys}
	switch kind.Type {
	case AuthOAuth2:
		a.OAuth2 = l.oauth2(p, t)
	case AuthAWSSigV4:
		a.AWS = &AWSAuth{}
		read(l, p, t, awsFields, a.AWS)
	default:
		read(l, p, t, authFields, a)
	}
	if a.In.IsSet() && a.In.Value != "query" && a.Name.IsSet() && !holdsTemplate(a.Name.Value) && !token.MatchString(a.Name.Value) {
		l.problems.Errorf(a.Name.Pos, "the %s name %q holds a character that no such name has", a.In.Value, a.Name.Value)
	}
	return a
}

// authKind reads the type of an auth, which decides what other keys it has.
func (l *loader) authKind(p place) *AuthKind {
	names := authNames()
	for i := 0; i < len(p.node.Content); i += 2 {
		key := follow(p.node.Content[i])
		if isMerge(key) {
			return nil
		}
		if key.Value != "type" {
			continue
		}
		v := place{node: follow(p.node.Content[i+1]), key: l.scalar(key)}
		s := l.constant(v, "a type of auth")
		if n := slices.Index(names, s.Value); n >= 0 {
			return &AuthTypes[n]
		}
		if s.IsSet() {
			l.problems.Errorf(s.Pos, "unknown type of auth %q", s.Value).Hint =
				didYouMean(s.Value, names, "the types of auth are")
		}
		return nil
	}
	problem := l.problems.Errorf(l.mapPos(p), `missing key "type" in auth`)
	problem.Hint = didYouMean("", names, "the types of auth are")
	if gives(p.node, "grant_type") {
		problem.WithHint("write type: %s", AuthOAuth2)
	}
	return nil
}

func authNames() []string {
	names := make([]string, len(AuthTypes))
	for i, k := range AuthTypes {
		names[i] = string(k.Type)
	}
	return names
}
