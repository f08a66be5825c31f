package spec

import (
	"slices"
	"strings"
)

// authSchema is an auth, whose type decides what keys it has.
func authSchema(m *schemaMaker) *schemaNode {
	return m.ref("auth", func() *schemaNode {
		kind := &schemaNode{Title: "type", Type: typeList{"string"}, Doc: authTypeDoc, Markdown: authTypeDoc}
		n := &schemaNode{Title: "auth", Type: typeList{"object"}, Required: []string{"type"}, Properties: properties{{"type", kind}}}
		for _, a := range AuthTypes {
			kind.Enum = append(kind.Enum, string(a.Type))
			kind.EnumDocs = append(kind.EnumDocs, a.Doc)
			n.AllOf = append(n.AllOf, m.authKind(a))
		}
		return n
	})
}

const authTypeDoc = "The kind of auth."

// authKind is what holds for an auth of the kind.
func (m *schemaMaker) authKind(a AuthKind) *schemaNode {
	keys := m.table(Table{"auth", a.Keys})
	keys.Type = nil
	keys.Title = "auth of type " + string(a.Type)
	keys.Properties = append(properties{{"type", anything}}, keys.Properties...)
	if a.Type == AuthOAuth2 {
		for i := range keys.Properties {
			if p := &keys.Properties[i]; p.name == "grant_type" {
				p.schema.EnumDocs = grantDocs()
			}
		}
		keys.AllOf = oauth2Rules()
	}
	return &schemaNode{If: whereKey("type", string(a.Type)), Then: keys}
}

func grantDocs() []string {
	var docs []string
	for i := range Grants {
		docs = append(docs, Grants[i].Doc)
	}
	return docs
}

// whereKey holds of maps whose key has the value.
func whereKey(key, value string) *schemaNode {
	return &schemaNode{Properties: properties{{key, &schemaNode{Const: value}}}, Required: []string{key}}
}

// withoutKeys is what holds of maps that have none of the keys.
func withoutKeys(keys []string) properties {
	var none properties
	for _, key := range keys {
		none = append(none, property{key, nothing})
	}
	return none
}

// oauth2Rules are what the keys of an oauth2 ask of each other, as checkGrant
// and checkClient do.
func oauth2Rules() []*schemaNode {
	var rules []*schemaNode
	for i := range Grants {
		g := &Grants[i]
		others := slices.DeleteFunc(slices.Clone(grantKeys), g.has)
		named := &schemaNode{
			AnyOf:        []*schemaNode{{Required: []string{"issuer"}}, {Required: g.URLs}},
			ErrorMessage: "write " + strings.Join(g.URLs, " and ") + ", or issuer",
		}
		then := &schemaNode{Required: g.Needs, Properties: withoutKeys(others), AllOf: []*schemaNode{named}}
		if g.Name == "jwt_bearer" {
			then.Properties = append(then.Properties, ownParams(assertionParams))
		}
		rules = append(rules, &schemaNode{If: whereKey("grant_type", g.Name), Then: then})
	}
	for _, way := range clientAuths {
		then := &schemaNode{Required: way.needs}
		if !way.secret {
			then.Properties = withoutKeys([]string{"client_secret"})
		}
		if way.name == "private_key_jwt" {
			then.Properties = append(then.Properties, ownParams(clientAssertionParams))
		}
		rules = append(rules, &schemaNode{If: whereKey("client_auth", way.name), Then: then})
	}
	return append(rules, provingRule(), secretRule(), signingRule())
}

// ownParams are custom_auth_params without names that the request uses itself.
func ownParams(own ownNames) property {
	return property{"custom_auth_params", &schemaNode{Properties: withoutKeys(keysInOrder(own))}}
}

// provingRule says that a client that asks for itself proves who it is.
func provingRule() *schemaNode {
	return &schemaNode{If: whereKey("grant_type", "client_credentials"), Then: &schemaNode{
		AnyOf:        []*schemaNode{{Required: []string{"client_secret"}}, {Required: []string{"client_auth"}}},
		ErrorMessage: "write client_secret, or client_auth: private_key_jwt, tls or none",
	}}
}

// secretRule says that a secret is sent with the name of its client.
func secretRule() *schemaNode {
	return &schemaNode{Needs: map[string][]string{"client_secret": {"client_id"}}}
}

// signingRule says where a key signs something.
func signingRule() *schemaNode {
	signs := &schemaNode{AnyOf: []*schemaNode{whereKey("grant_type", "jwt_bearer"), whereKey("client_auth", "private_key_jwt")}}
	return &schemaNode{If: signs, Else: &schemaNode{Properties: withoutKeys(signingKeys)}}
}

// paramsOf is a map of parameters that a request does not use itself.
func paramsOf(all ...ownNames) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		n := mapOf(fieldSchema)(m)
		var names []string
		for _, own := range all {
			names = append(names, keysInOrder(own)...)
		}
		n.Properties = withoutKeys(names)
		return n
	}
}

// tokenHeadersSchema is headers of a token request, which does not use them itself.
func tokenHeadersSchema(m *schemaMaker) *schemaNode {
	n := tokensOf("header", fieldSchema)(m)
	var names []string
	for _, name := range keysInOrder(tokenHeaders) {
		names = append(names, anyCase(name))
	}
	n.Names.If = &schemaNode{Pattern: "^(" + strings.Join(names, "|") + ")$"}
	n.Names.Then = &schemaNode{Pattern: "^$", ErrorMessage: "the token request sets this header itself"}
	return n
}

func keysInOrder(own ownNames) []string {
	var names []string
	for name := range own {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// anyCase is a pattern of a word in upper and lower case; what is not a letter
// stands for itself.
func anyCase(word string) string {
	var b strings.Builder
	for _, r := range word {
		if lower, upper := strings.ToLower(string(r)), strings.ToUpper(string(r)); lower != upper {
			b.WriteString("[" + upper + lower + "]")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// The parts of the URLs of servers.
const (
	urlHost  = `[^\s/?#@]+`
	hereHost = `([Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127(\.[0-9]+){3}|\[::1\]|\[::[Ff]{4}:127[^\]]*\])(:[0-9]+)?`
)

// endpointSchema is a URL that an authorization server is asked at.
func endpointSchema(*schemaMaker) *schemaNode {
	return &schemaNode{
		Type: typeList{"string"}, Pattern: `^[Hh][Tt][Tt][Pp][Ss]?://` + urlHost + `([/?][^#]*)?$` + orTemplate,
		ErrorMessage: "write a URL that begins with https:// and has neither user nor fragment",
	}
}

// issuerSchema is the URL of an authorization server.
func issuerSchema(*schemaMaker) *schemaNode {
	const path = `(/[^?#]*)?$`
	return &schemaNode{
		Type:         typeList{"string"},
		Pattern:      `^[Hh][Tt][Tt][Pp][Ss]://` + urlHost + path + `|^[Hh][Tt][Tt][Pp]://` + hereHost + path + orTemplate,
		ErrorMessage: "write a URL that begins with https:// and has neither user, query nor fragment",
		If:           &schemaNode{Pattern: `^[^$]*/\.well-known/`},
		Then:         &schemaNode{Pattern: "^$", ErrorMessage: "write the URL of the authorization server, without /.well-known/ and what follows it"},
	}
}

// scopesSchema is a list of scopes, or a text with spaces between them.
func scopesSchema(*schemaMaker) *schemaNode {
	const scope = `[\x21\x23-\x5B\x5D-\x7E]`
	message := "write scopes as a list, or as a text with spaces between them"
	item := &schemaNode{Type: scalarTypes, Pattern: "^" + scope + "+$" + orTemplate, ErrorMessage: "write a scope, which has no spaces"}
	return &schemaNode{
		Type: append(typeList{"array"}, scalarTypes...), Items: orBoolean(item), MinItems: 1, Unique: true,
		Pattern: `^\s*` + scope + `*[\x21\x23-\x2B\x2D-\x5B\x5D-\x7E](\s+` + scope + `*[\x21\x23-\x2B\x2D-\x5B\x5D-\x7E])*\s*$` + orTemplate, ErrorMessage: message,
	}
}

// resourceSchema is a URI, or a list of them.
func resourceSchema(*schemaMaker) *schemaNode {
	one := schemaNode{
		Type: typeList{"string"}, Pattern: `^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$` + orTemplate,
		ErrorMessage: "write an absolute URI without a fragment, such as https://api.example.com",
	}
	item := one
	one.Type, one.Items, one.MinItems, one.Unique = typeList{"array", "string"}, &item, 1, true
	return &one
}

// awsNameSchema is a part of the scope of a signature.
var awsNameSchema = textOf("aws-name", awsNameSyntax.String()+orTemplate, "write letters, digits and hyphens, such as eu-central-1")
