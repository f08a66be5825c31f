package source

import "net/http"

// The versions of HTTP.
const (
	// HTTPAuto is HTTP/2 where the server offers it over TLS, else HTTP/1.1.
	HTTPAuto = "auto"
	// HTTP1 is HTTP/1.1 alone.
	HTTP1 = "1.1"
	// HTTP2 is HTTP/2 over TLS alone.
	HTTP2 = "2"
	// HTTP2Plain is HTTP/2 without TLS, whose server is known to speak it
	// (RFC 9113, 3.3).
	HTTP2Plain = "h2c"
)

// CheckHTTP says what is wrong with a version of HTTP for a base URL; "" stands
// for auto, and for a base URL that is not known yet. The error is an *Error.
func CheckHTTP(baseURL, version string) error {
	scheme, _, _ := cutScheme(baseURL)
	switch version {
	case "", HTTPAuto, HTTP1:
		return nil
	case HTTP2:
		if scheme == "http" {
			return badRequest("http: 2 is HTTP/2 over TLS, but base_url begins with http://").
				hint("write http: h2c for HTTP/2 without TLS, or begin base_url with https://")
		}
		return nil
	case HTTP2Plain:
		if scheme == "https" {
			return badRequest("http: h2c is HTTP/2 without TLS, but base_url begins with https://").
				hint("write http: 2, or begin base_url with http://")
		}
		return nil
	}
	return badRequest("http is %q, expected auto, 1.1, 2 or h2c", version)
}

// protocols are those of a lane. A version that the source asks for is asked of
// its own origin only: others need not speak it.
func protocols(l lane, version string) *http.Protocols {
	var p http.Protocols
	if !l.atSource() && version != HTTP1 {
		version = HTTPAuto
	}
	switch version {
	case HTTP1:
		p.SetHTTP1(true)
	case HTTP2:
		p.SetHTTP2(true)
	case HTTP2Plain:
		p.SetUnencryptedHTTP2(true)
	default:
		p.SetHTTP1(true)
		p.SetHTTP2(true)
	}
	return &p
}

// nextProtos are what a lane offers in a TLS handshake (RFC 7301).
func nextProtos(l lane, version string) []string {
	switch p := protocols(l, version); {
	case p.HTTP1() && p.HTTP2():
		return []string{"h2", "http/1.1"}
	case p.HTTP2():
		return []string{"h2"}
	}
	return []string{"http/1.1"}
}

// protoText spells a protocol as RFC 9113 names it, which net/http calls HTTP/2.0.
func protoText(proto string) string {
	if proto == "HTTP/2.0" {
		return "HTTP/2"
	}
	return proto
}
