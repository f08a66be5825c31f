package reporters

import (
	"strings"

	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner"
)

// route adds what curl must be told to send a request as it was sent: over which
// connection, and what is trusted and shown.
func (c *curl) route(r *runner.Route) {
	if r == nil {
		return
	}
	switch r.HTTP {
	case "1.1":
		c.add("--http1.1")
	case "2":
		c.add("--http2")
	case "h2c":
		c.add("--http2-prior-knowledge")
	}
	switch r.Proxy {
	case "":
	case "none":
		c.add("--noproxy '*'")
	default:
		c.add("--proxy " + c.word("PROXY_PASSWORD", r.Proxy))
	}
	if r.UnixSocket != "" {
		c.add("--unix-socket " + c.word("SOCKET", r.UnixSocket))
	}
	for _, rule := range r.Resolve {
		c.add("--connect-to " + c.word("ADDRESS", connectTo(rule)))
	}
	c.tls(r)
}

// connectTo is a rule for curl: HOST1:PORT1:HOST2:PORT2, of which the ports may be
// empty.
func connectTo(rule string) string {
	from, to, _ := strings.Cut(rule, "=")
	return withPort(from) + ":" + withPort(to)
}

// withPort is host:port or host: without one, the host in brackets where it is an
// IPv6 address.
func withPort(address string) string {
	if strings.HasPrefix(address, "[") {
		if strings.HasSuffix(address, "]") {
			return address + ":"
		}
		return address
	}
	switch strings.Count(address, ":") {
	case 0:
		return address + ":"
	case 1:
		return address
	}
	return "[" + address + "]:"
}

func (c *curl) tls(r *runner.Route) {
	for _, f := range []struct{ option, key, path string }{
		{"--cacert", "ca_cert", r.CACert}, {"--cert", "client_cert", r.ClientCert}, {"--key", "client_key", r.ClientKey},
	} {
		path := f.path
		switch path {
		case "":
			continue
		case "-":
			path = f.key + ".pem"
			c.comments = append(c.comments, "put ssl."+f.key+" into a file named "+path+" first")
		}
		c.add(f.option + " " + c.word("FILE", path))
	}
	if r.KeyPassword {
		c.add("--pass " + c.word("KEY_PASSWORD", secret.Mask))
	}
	if r.Insecure {
		c.add("--insecure")
	}
	if r.MinTLS != "" {
		c.add("--tlsv" + r.MinTLS)
	}
	if len(r.Pins) > 0 {
		c.add("--pinnedpubkey " + c.word("PIN", "sha256//"+strings.Join(r.Pins, ";sha256//")))
	}
	if r.ServerName != "" {
		c.comments = append(c.comments, "the certificate must be for "+inline(r.ServerName)+", for which curl has no option: name it in the URL, and the host in --connect-to")
	}
}

// fresh adds the auth that is made anew for each request, in the stead of its
// header, which would be refused: digest and AWS signatures. It tells whether
// the header is one of these.
func (c *curl) fresh(name, value string, r *runner.Route) bool {
	if name == "X-Amz-Date" && r != nil && r.AWS != "" {
		return true
	}
	if name != "Authorization" {
		return false
	}
	switch scheme, _, _ := strings.Cut(value, " "); {
	case strings.EqualFold(scheme, "Digest"):
		c.add("--digest --user " + c.pair("DIGEST_USER", "DIGEST_PASSWORD"))
	case strings.EqualFold(scheme, "AWS4-HMAC-SHA256") && r != nil && r.AWS != "":
		c.add("--aws-sigv4 " + c.word("AWS", "aws:amz:"+r.AWS) + " --user " + c.pair("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
	default:
		return false
	}
	return true
}

// pair is user:password from two variables.
func (c *curl) pair(user, password string) string {
	return `"$` + c.secrets(user, 1)[0] + `:$` + c.secrets(password, 1)[0] + `"`
}
