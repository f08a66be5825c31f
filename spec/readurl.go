package spec

import (
	"net/netip"
	"net/url"
	"strings"
)

// onlyHere tells whether a host is this machine, which a request to it does not
// leave. Names below localhost are not: some systems look them up elsewhere.
func onlyHere(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// serverURL reads a URL of an authorization server. It is nil where the text
// holds an expression, or where it is wrong, which has been reported then.
func (l *loader) serverURL(p place) (String, *url.URL) {
	s := l.nonEmpty(p, "a URL")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return s, nil
	}
	u, err := url.Parse(s.Value)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		l.problems.Errorf(s.Pos, "%s is not a URL that requests can be sent to", p.label()).
			WithHint("write one that begins with https:// and names a host")
	case u.User != nil:
		l.problems.Errorf(s.Pos, "%s holds a user and password", p.label()).WithHint("write them as client_id and client_secret")
	case u.Fragment != "" || strings.HasSuffix(s.Value, "#"):
		l.problems.Errorf(s.Pos, "%s has a fragment, expected none", p.label()).WithHint("leave out the # and what follows it")
	default:
		return s, u
	}
	return String{}, nil
}

// endpoint reads a URL that tokens or codes are got from. Such a URL wants TLS;
// a token server inside of a closed network often does without, so that this is
// said and not refused.
func (l *loader) endpoint(p place) String {
	s, u := l.serverURL(p)
	if u != nil && u.Scheme == "http" && !onlyHere(u.Hostname()) {
		l.problems.Warnf(s.Pos, "%s begins with http, so that secrets and tokens are sent without encryption", p.label()).
			WithHint("write https where the server has it, as RFC 6749 demands")
	}
	return s
}

// issuer reads the URL of an authorization server. What its discovery document
// says decides where secrets are sent, so that it is read over TLS only.
func (l *loader) issuer(p place) String {
	s, u := l.serverURL(p)
	if u == nil {
		return s
	}
	base, _, discovery := strings.Cut(s.Value, "/.well-known/")
	switch {
	case u.Scheme == "http" && !onlyHere(u.Hostname()):
		l.problems.Errorf(s.Pos, "%s begins with http, expected https, because its discovery document says where secrets are sent", p.label()).
			WithHint("where the server has no https, write access_token_url and the other URLs themselves")
	case discovery:
		l.problems.Errorf(s.Pos, "%s is the URL of a discovery document, expected that of the authorization server", p.label()).
			WithHint("write %s", base)
	case u.RawQuery != "" || u.ForceQuery:
		l.problems.Errorf(s.Pos, "%s has a query, expected none", p.label()).WithHint("leave out the ? and what follows it")
	default:
		return s
	}
	return String{}
}

// resource reads a URI without a fragment, such as https://api.example.com (RFC
// 8707, section 2).
func (l *loader) resource(p place) String {
	s := l.nonEmpty(p, "a URI")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return s
	}
	u, err := url.Parse(s.Value)
	switch {
	case err != nil || !u.IsAbs() || strings.ContainsAny(s.Value, " \t\n"):
		l.problems.Errorf(s.Pos, "%s is not an absolute URI, which RFC 8707 demands", p.label()).
			WithHint("write one such as https://api.example.com; a server that knows APIs by other names wants audience")
	case u.Fragment != "" || strings.HasSuffix(s.Value, "#"):
		l.problems.Errorf(s.Pos, "%s has a fragment, expected none", p.label()).WithHint("leave out the # and what follows it")
	default:
		return s
	}
	return String{}
}
