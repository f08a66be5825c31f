package source

import (
	"net/url"
	"strings"
)

// Hosts are the hosts that requests may go to, which protects whoever runs
// suites that he does not trust. A nil *Hosts allows all.
type Hosts struct {
	exact   map[string]bool // "host" and "host:port"
	domains []string        // ".example.com", for all names below it
	sockets map[string]bool
}

// ParseHosts reads hosts as people write them: a host (example.com, 127.0.0.1,
// ::1), which allows all of its ports, a host with a port (example.com:8443,
// [::1]:80), *.example.com for all names below example.com, or unix:PATH for a
// socket of this machine. The error is an *Error that quotes what is wrong.
func ParseHosts(texts []string) (*Hosts, error) {
	h := &Hosts{exact: map[string]bool{}, sockets: map[string]bool{}}
	for _, text := range texts {
		if path, ok := strings.CutPrefix(text, "unix:"); ok && path != "" {
			h.sockets[path] = true
			continue
		}
		if domain, ok := strings.CutPrefix(text, "*."); ok {
			t, valid := parseTarget(domain)
			if !valid || t.port != "" || strings.Contains(t.host, ":") {
				return nil, notHost(text)
			}
			h.domains = append(h.domains, "."+t.host)
			continue
		}
		t, ok := parseTarget(text)
		if !ok {
			return nil, notHost(text)
		}
		h.exact[t.key()] = true
	}
	return h, nil
}

func notHost(text string) *Error {
	e := badRequest("%q is not a host", text)
	if strings.Contains(text, "://") {
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			return e.hint("leave out all but the host: %s", u.Host)
		}
	}
	return e.hint("write it as in api.example.com, api.example.com:8443, [::1]:8443, *.example.com or unix:/run/api.sock")
}

// allows tells whether a host, at a port, may be asked.
func (h *Hosts) allows(host, port string) bool {
	if h == nil {
		return true
	}
	t := target{sameHost(host), port}
	if h.exact[t.host] || h.exact[t.key()] {
		return true
	}
	for _, domain := range h.domains {
		if strings.HasSuffix(t.host, domain) {
			return true
		}
	}
	return false
}

// check refuses a URL whose host may not be asked.
func (h *Hosts) check(u *url.URL) *Error {
	if h.allowsURL(u) {
		return nil
	}
	return notAllowed("%s is", u.Host)
}

func (h *Hosts) allowsURL(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = proxyPorts[u.Scheme]
	}
	return h.allows(u.Hostname(), port)
}

func notAllowed(format string, args ...any) *Error {
	e := newError(KindOrigin, format, args...)
	e.Message += " not among the hosts that may be asked"
	return e.hint("--allow-host says which ones may; add this one if the suite is right to ask it")
}

// checkWay refuses a way that leads elsewhere than to hosts that may be asked.
// A proxy of the environment is not of the suite's choosing.
func (h *Hosts) checkWay(w *way, config Config) *Error {
	if h == nil {
		return nil
	}
	if config.UnixSocket != "" && !h.sockets[config.UnixSocket] {
		return notAllowed("the socket %s of unix_socket is", config.UnixSocket)
	}
	if w.given != nil && !h.allowsURL(w.given) {
		return notAllowed("the proxy %s is", w.given.Host)
	}
	for from, to := range w.instead {
		port := to.port
		if asked, ok := parseTarget(from); ok && port == "" {
			port = asked.port
		}
		if !h.allows(to.host, port) {
			return notAllowed("%s, where resolve sends what is for %s, is", to.key(), from)
		}
	}
	return nil
}
