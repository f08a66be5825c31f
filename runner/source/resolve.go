package source

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// maxSocketPath is the length of a socket's path that all systems have room for.
const maxSocketPath = 103

// CheckNetwork says what is wrong with the way to a server that a config names,
// each part for itself and all of them together. The error is an *Error.
func CheckNetwork(proxy, unixSocket string, resolve []Resolution) error {
	if err := CheckProxy(proxy); err != nil {
		return err
	}
	if unixSocket != "" {
		if err := checkSocket(unixSocket); err != nil {
			return err
		}
	}
	known := map[string]bool{}
	for _, r := range resolve {
		from, _, err := parseResolution(r.From, r.To)
		if err != nil {
			return err
		}
		if known[from.key()] {
			return badRequest("resolve names %s twice", from.key())
		}
		known[from.key()] = true
	}
	if proxy == "" || proxy == ProxyNone {
		return nil
	}
	switch {
	case unixSocket != "":
		return badRequest("proxy and unix_socket are both given, but a proxy cannot connect to a socket of this machine").
			hint("leave one of them out")
	case len(resolve) > 0:
		return badRequest("proxy and resolve are both given, but it is the proxy that looks hosts up").
			hint("leave one of them out")
	}
	return nil
}

func checkSocket(path string) error {
	switch {
	case strings.ContainsRune(path, 0):
		return badRequest("unix_socket holds a NUL character")
	case len(path) > maxSocketPath:
		return badRequest("unix_socket has %d bytes, a path of a socket at most %d", len(path), maxSocketPath).
			hint("use a shorter path, or a link to it")
	}
	return nil
}

// CheckResolve says what is wrong with one entry of resolve. The error is an *Error.
func CheckResolve(from, to string) error {
	if _, _, err := parseResolution(from, to); err != nil {
		return err
	}
	return nil
}

// target is a host with a port, or with "" for any.
type target struct{ host, port string }

// key is as addresses are looked up.
func (t target) key() string {
	if t.port == "" {
		return t.host
	}
	return net.JoinHostPort(t.host, t.port)
}

func parseResolution(from, to string) (target, target, *Error) {
	f, ok := parseTarget(from)
	if !ok {
		return f, f, badRequest("resolve names %q, expected a host, or a host and a port", from).
			hint("write it as in api.example.com or api.example.com:8443, an IPv6 address with a port as in [::1]:8443")
	}
	t, ok := parseTarget(to)
	if !ok {
		return f, t, badRequest("resolve leads %s to %q, expected an address, with or without a port", from, to).
			hint("write it as in 127.0.0.1 or 127.0.0.1:8443, an IPv6 address with a port as in [::1]:8443")
	}
	return f, t, nil
}

// parseTarget reads a host, perhaps in brackets, perhaps with a port.
func parseTarget(text string) (target, bool) {
	t := target{host: text}
	if _, err := netip.ParseAddr(text); err != nil {
		inner, rest, bracketed := strings.Cut(strings.TrimPrefix(text, "["), "]")
		switch {
		case strings.HasPrefix(text, "["):
			ip, err := netip.ParseAddr(inner)
			if !bracketed || err != nil || !ip.Is6() || (rest != "" && !strings.HasPrefix(rest, ":")) {
				return t, false
			}
			t.host, t.port = inner, strings.TrimPrefix(rest, ":")
			if rest == ":" {
				return t, false
			}
		case strings.Contains(text, ":"):
			t.host, t.port, _ = strings.Cut(text, ":")
			if t.port == "" {
				return t, false
			}
		}
	}
	if t.port != "" && !isPort(t.port) {
		return t, false
	}
	t.host = sameHost(t.host)
	_, valid := asciiHost(t.host)
	isIP := strings.Contains(t.host, ":") // of names no colon is left
	return t, valid && t.host != "" && (isIP || !strings.ContainsAny(t.host, "/@?#[]%*"))
}

// sameHost spells a host in the one way that equal hosts have.
func sameHost(host string) string {
	host = strings.ToLower(host)
	if ascii, ok := asciiHost(host); ok {
		host = strings.ToLower(ascii)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String()
	}
	return host
}

// targets returns what is connected to instead, by what stands in URLs.
func targets(all []Resolution) map[string]target {
	instead := make(map[string]target, len(all))
	for _, r := range all {
		if from, to, err := parseResolution(r.From, r.To); err == nil {
			instead[from.key()] = to
		}
	}
	return instead
}

// lookup finds what stands for a host and port; the entry with the port wins.
func (w *way) lookup(host, port string) (target, bool) {
	host = sameHost(host)
	if to, ok := w.instead[net.JoinHostPort(host, port)]; ok {
		return to, true
	}
	to, ok := w.instead[host]
	return to, ok
}

// address returns where to connect for an address, which is itself for most.
func (w *way) address(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	to, ok := w.lookup(host, port)
	if !ok {
		return address
	}
	if to.port == "" {
		to.port = port
	}
	return net.JoinHostPort(to.host, to.port)
}

func (w *way) isResolved(u *url.URL) bool {
	if len(w.instead) == 0 {
		return false
	}
	port := u.Port()
	if port == "" {
		port = proxyPorts[u.Scheme]
	}
	_, ok := w.lookup(u.Hostname(), port)
	return ok
}
