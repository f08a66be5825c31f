package runner

import (
	"net/url"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/runner/source"
)

// routeOf is the route of a source's requests.
func routeOf(c *connection, config *source.Config, a *expr.Activation, redact func(string) string) *Route {
	r := &Route{
		Proxy: redact(config.Proxy), UnixSocket: redact(config.UnixSocket),
		Insecure: config.TLS.SkipVerify, ServerName: redact(config.TLS.ServerName), MinTLS: config.TLS.MinVersion,
		KeyPassword: config.TLS.ClientKeyPassword != "", Pins: config.TLS.PinSHA256,
	}
	if config.HTTP != source.HTTPAuto {
		r.HTTP = config.HTTP
	}
	for _, to := range config.Resolve {
		r.Resolve = append(r.Resolve, redact(to.From+"="+to.To))
	}
	if c.ssl != nil {
		r.CACert = redact(fileOf(c.ssl.ca, a))
		r.ClientCert = redact(fileOf(c.ssl.cert, a))
		r.ClientKey = redact(fileOf(c.ssl.key, a))
		if r.ClientKey == r.ClientCert {
			r.ClientKey = ""
		}
	}
	return r
}

// fileOf is the file that a text of ssl names, "-" where it is PEM itself.
func fileOf(t *expr.Template, a *expr.Activation) string {
	if t == nil {
		return ""
	}
	text, err := t.Text(background, a)
	if err != nil || isPEM(text) {
		return "-"
	}
	return beside(t.Source().Pos.File, text)
}

// to is the route of a request to a URL with its auth, nil where it is one that
// every client takes by itself.
func (r *Route) to(rawURL, base string, auth source.Auth) *Route {
	if r == nil {
		r = &Route{}
	}
	out := *r
	if !sameOrigin(rawURL, base) {
		// These hold for the source's origin only.
		out = Route{Proxy: r.Proxy, Resolve: r.Resolve, CACert: r.CACert}
	}
	if auth.AWS.Region != "" {
		out.AWS = auth.AWS.Region + ":" + auth.AWS.Service
	}
	if out.isZero() {
		return nil
	}
	return &out
}

func (r *Route) isZero() bool {
	return r.HTTP+r.Proxy+r.UnixSocket+r.CACert+r.ClientCert+r.ClientKey+r.ServerName+r.MinTLS+r.AWS == "" &&
		len(r.Resolve)+len(r.Pins) == 0 && !r.Insecure && !r.KeyPassword
}

func sameOrigin(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	v, err := url.Parse(b)
	return err == nil && strings.EqualFold(u.Scheme, v.Scheme) && strings.EqualFold(u.Host, v.Host)
}
