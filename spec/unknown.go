package spec

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// meant returns the keys that the unknown keys of a map were probably meant to
// be, or to stand below, so that one mistake is not reported as two. A merge key
// may stand for any.
func meant(p place, t Table) []string {
	var names []string
	for i := 0; i < len(p.node.Content); i += 2 {
		k := follow(p.node.Content[i])
		if isMerge(k) {
			return keyNames(t.Keys)
		}
		if hasKey(t.Keys, k.Value) {
			continue
		}
		if deeper := homesBelow(k.Value, t); len(deeper) > 0 {
			names = append(names, deeper...)
		} else if c := closestKey(beforeColon(k), t); c != "" {
			names = append(names, c)
		}
	}
	return names
}

// beforeColon is the part of a plain key that ends at the first colon within it.
func beforeColon(k *yaml.Node) string {
	if !isPlain(k) {
		return k.Value
	}
	name, _, _ := strings.Cut(k.Value, ":")
	return name
}

func (l *loader) unknownKey(key String, t Table) {
	if l.oddLine(key.Pos) {
		return
	}
	names := keyNames(t.Keys)
	p := l.problems.Errorf(key.Pos, "unknown key %q in %s", key.Value, t.Of)
	switch home := homeOf(key.Value, t); {
	case home != "":
		p.WithHint("%s belongs %s", key.Value, home)
	case len(names) == 1:
		p.WithHint("%s has no key but %s", t.Of, names[0])
	default:
		p.Hint = didYouMean(key.Value, names, "the keys of "+t.Of+" are")
		if other := closestKey(key.Value, t); other != "" {
			p.WithHint("did you mean %q?", other)
		}
	}
}

// otherKeys are what others call the keys of the language.
var otherKeys = map[string]string{
	"token_url": "access_token_url", "token_endpoint": "access_token_url", "token_uri": "access_token_url",
	"authorization_url": "auth_url", "authorization_endpoint": "auth_url", "authorize_url": "auth_url",
	"device_authorization_endpoint": "device_authorization_url", "device_url": "device_authorization_url",
	"issuer_url": "issuer", "discovery_url": "issuer", "kid": "key_id", "alg": "algorithm",
	"token_endpoint_auth_method": "client_auth", "client_authentication": "client_auth",
	"bearer_token": "token", "access_key": "access_key_id", "secret_key": "secret_access_key",
	"rate": "rate_limit", "max_connections": "max_concurrency", "proxy_url": "proxy", "socket": "unix_socket",
	"retries": "retry", "retry_network_errors": "retry", "max_attempts": "attempts", "count": "attempts", "delay": "interval",
	"back_off": "backoff", "retry_on": "on",
}

// closestKey returns the key of the table that an unknown one was probably meant
// to be, or "".
func closestKey(name string, t Table) string {
	if other := otherKeys[name]; hasKey(t.Keys, other) {
		return other
	}
	return Closest(name, keyNames(t.Keys))
}

// homes says of what kinds of maps the keys often stand one level too high, and
// where they belong.
var homes = []struct {
	key  string
	in   string // the kind of map that has the key's home
	keys []Key
}{
	{"source", "a suite", SourceKeys},
	{"source", "a source file", SourceKeys},
	{"ssl", "a source", SSLKeys},
	{"redirects", "a source", RedirectsKeys},
	{"redirects", "a query", RedirectsKeys},
	{"graphql", "a body", GraphQLKeys},
	{"expect", "a query", ExpectKeys},
	{"body", "a query", BodyKeys},
	{"poll", "a query", PollKeys},
	{"retry", "a source", RetryKeys},
	{"retry", "a query", RetryKeys},
	{"capture", "a query", CaptureKeys},
}

// homesBelow are the keys of t below which a key belongs that is none of t.
func homesBelow(key string, t Table) []string {
	var deeper []string
	for _, h := range homes {
		if t.Of == h.in && hasKey(h.keys, key) && !hasKey(t.Keys, key+"s") {
			deeper = append(deeper, h.key)
		}
	}
	return deeper
}

// homeOf says where a key belongs that is none of the kind of map it was found
// in: one level deeper, or, within a part of a query, one level higher.
func homeOf(key string, t Table) string {
	if deeper := homesBelow(key, t); len(deeper) > 0 {
		return "under " + strings.Join(deeper, " or ")
	}
	if t.Of == "a query" && hasKey(SourceKeys, key) {
		return "under source, for all queries"
	}
	for _, h := range homes {
		if h.in == "a query" && t.Of == article(h.key) && hasKey(QueryKeys, key) {
			return "beside " + h.key + ", in the query itself"
		}
	}
	return ""
}

// article puts a or an before a key.
func article(key string) string {
	if strings.IndexByte("aeiou", key[0]) >= 0 {
		return "an " + key
	}
	return "a " + key
}
