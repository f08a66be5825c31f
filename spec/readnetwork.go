package spec

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// NoProxy is the proxy of a source that has none, whatever the environment says.
const NoProxy = "none"

// proxySchemes are the schemes of the URLs of proxies. With socks5h, as with the
// two others, the proxy looks hosts up.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// proxy reads the URL of a proxy, or none.
func (l *loader) proxy(p place) String {
	s := l.nonEmpty(p, "the URL of a proxy, or none")
	if !s.IsSet() || holdsTemplate(s.Value) || s.Value == NoProxy {
		return s
	}
	u, err := url.Parse(s.Value)
	switch {
	case !strings.Contains(s.Value, "://"):
		l.problems.Errorf(s.Pos, "%s is not the URL of a proxy", p.label()).Hint = proxyHint(s.Value)
	case strings.Count(s.Value, "@") > 1:
		l.problems.Errorf(s.Pos, "%s is not the URL of a proxy: it holds more than one @", p.label()).
			WithHint("write %%40 for the @ of a name or a password, or better ${url_encode(secrets.NAME)}")
	case err != nil || u.Hostname() == "" || !isPort(u.Port(), true):
		l.problems.Errorf(s.Pos, "%s is not the URL of a proxy", p.label()).
			WithHint("write one such as http://proxy.example.com:3128, with a port up to 65535")
	case !slices.Contains(proxySchemes, u.Scheme):
		l.problems.Errorf(s.Pos, "%s begins with %s, expected http, https, socks5 or socks5h", p.label(), shorten(u.Scheme))
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		l.problems.Errorf(s.Pos, "the URL of a proxy has neither a path nor a query nor a fragment").
			WithHint("let it end behind the host and the port")
	default:
		if _, literal := u.User.Password(); literal {
			l.problems.Warnf(s.Pos, "%s holds a password, which everybody who reads the suite sees", p.label()).
				WithHint("declare it under secrets, and write ${url_encode(secrets.NAME)} in its place")
		}
		return s
	}
	return String{}
}

// proxyHint says what to write for a text that is no URL.
func proxyHint(text string) string {
	switch strings.ToLower(text) {
	case NoProxy, "direct", "false", "no", "off":
		return "write none for no proxy"
	}
	if isHost(text) {
		return "write http:// before it, or https://, socks5:// or socks5h://"
	}
	return "write one such as http://proxy.example.com:3128, or none"
}

// maxSocketPath is how many bytes of a socket's path all systems have room for.
const maxSocketPath = 103

// unixSocket reads the path of a socket. It is connected to and not read, so
// that, unlike the path of a file, it may lie anywhere and be a template.
func (l *loader) unixSocket(p place) String {
	s := l.nonEmpty(p, "the path of a socket")
	if !s.IsSet() {
		return s
	}
	switch {
	case isURL.MatchString(s.Value):
		problem := l.problems.Errorf(s.Pos, "%s is a URL, expected the path of a socket", p.label())
		if scheme, path, _ := strings.Cut(s.Value, "://"); strings.Contains(scheme, "unix") && path != "" {
			problem.WithHint("write %s", path)
		}
	case strings.ContainsFunc(s.Value, unicode.IsControl):
		l.problems.Errorf(s.Pos, "%s holds a line break or another control character, expected the path of a socket", p.label())
	case strings.HasSuffix(s.Value, "/"):
		l.problems.Errorf(s.Pos, "%s ends in a slash as the path of a folder does, expected the path of a socket", p.label())
	case !holdsTemplate(s.Value) && len(s.Value) > maxSocketPath:
		l.problems.Errorf(s.Pos, "%s has %d bytes, and the path of a socket has at most %d", p.label(), len(s.Value), maxSocketPath).
			WithHint("let the server listen at a shorter path")
	default:
		return s
	}
	return String{}
}

// resolve reads where to connect instead of to the hosts that are its keys.
func (l *loader) resolve(p place) []Field {
	var all []Field
	seen := map[string]Pos{}
	l.entries(p, "a map of hosts and addresses", func(name String, v place) {
		key := strings.ToLower(name.Value)
		if first, ok := seen[key]; ok {
			l.problems.Errorf(name.Pos, "duplicate host %q, first given at %s", name.Value, first)
		} else {
			seen[key] = name.Pos
		}
		from := holdsTemplate(name.Value) || l.checkHost(name, "host", name.Value)
		if to := l.resolveTo(v); from && to.IsSet() {
			all = append(all, Field{Name: name, Values: []String{to}})
		}
	})
	return all
}

// resolveTo reads an address of resolve.
func (l *loader) resolveTo(p place) String {
	if p.node.Kind == yaml.SequenceNode {
		l.expected(p, "one address").WithHint(`write it alone; an IPv6 address with a port in brackets and quotes: "[::1]:8443"`)
		return String{}
	}
	s := l.nonEmpty(p, "an address, with or without a port")
	if !s.IsSet() || holdsTemplate(s.Value) || l.checkHost(s, "address", s.Value) {
		return s
	}
	return String{}
}

// checkHost reports a text that is neither a host nor one with a port.
func (l *loader) checkHost(s String, what, text string) bool {
	if isHost(text) {
		return true
	}
	problem := l.problems.Errorf(s.Pos, "found the %s %q, expected a name or an IP address, with or without a port", what, shorten(text))
	switch {
	case strings.Contains(text, "://"):
		problem.WithHint("leave out the scheme and the path")
	case strings.Contains(text, "*"):
		problem.WithHint("write out each host; * stands for none")
	case strings.Count(text, ":") > 1 && !strings.HasPrefix(text, "["):
		problem.WithHint(`write an IPv6 address with a port in brackets and quotes: "[::1]:8443"`)
	}
	return false
}

// hostSyntax is a name that is looked up, or an IPv4 address; what is not ASCII
// may be an internationalised name.
var hostSyntax = lazyregexp.New(`^[A-Za-z0-9_\x{80}-\x{10FFFF}]([A-Za-z0-9_.\x{80}-\x{10FFFF}-]*[A-Za-z0-9_.\x{80}-\x{10FFFF}])?$`)

// isHost tells whether text is a host, which may be in brackets, with or without
// a port. An IPv6 address without brackets has none.
func isHost(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	if inside, ok := strings.CutPrefix(text, "["); ok {
		host, rest, closed := strings.Cut(inside, "]")
		addr, err := netip.ParseAddr(host)
		port, hasPort := strings.CutPrefix(rest, ":")
		return closed && err == nil && addr.Is6() && (rest == "" || hasPort && isPort(port, false))
	}
	host, port, hasPort := strings.Cut(text, ":")
	return hostSyntax.MatchString(host) && (!hasPort || isPort(port, false))
}

// isPort tells whether text is the number of a port, or empty where that may be.
func isPort(text string, optional bool) bool {
	if text == "" {
		return optional
	}
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// checkRoute reports keys that say where to connect and that a proxy makes nothing of.
func (l *loader) checkRoute(s *Source, p place) {
	if !s.Proxy.IsSet() || s.Proxy.Value == NoProxy || holdsTemplate(s.Proxy.Value) {
		return
	}
	const hint = "leave one of them out, or write proxy: none"
	if s.UnixSocket.IsSet() {
		l.problems.Errorf(l.keyPos(p, "proxy"), "\"proxy\" and \"unix_socket\" both say where to connect, expected one of them").WithHint(hint)
	}
	if len(s.Resolve) > 0 {
		l.problems.Errorf(l.keyPos(p, "resolve"), "\"resolve\" changes nothing, because it is the proxy that looks hosts up").WithHint(hint)
	}
}

// checkCertificate reports a client that is to prove who it is with a certificate
// that the source does not show.
func (l *loader) checkCertificate(a *Auth, s *Source) {
	if a != nil && a.OAuth2 != nil && a.OAuth2.ClientAuth.Value == "tls" && !s.showsCert {
		l.problems.Errorf(a.OAuth2.ClientAuth.Pos, "with tls the client proves by its certificate who it is, but the source shows none").
			WithHint("write client_cert and client_key under ssl, in the source")
	}
}

// showsCert tells whether the source at p has a client certificate, or an ssl
// that could not be read and may be meant to have one.
func showsCert(p place) bool {
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		if follow(p.node.Content[i]).Value == "ssl" {
			ssl := follow(p.node.Content[i+1])
			return ssl.Kind != yaml.MappingNode || slices.Contains(meant(place{node: ssl}, Table{"ssl", SSLKeys}), "client_cert") || gives(ssl, "client_cert")
		}
	}
	return false
}
