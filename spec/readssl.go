package spec

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"

	"go.yaml.in/yaml/v3"
)

var sslFields = fields[SSL]{
	"ca_cert":             func(l *loader, s *SSL, p place) { s.CACert = l.pem(p) },
	"client_cert":         func(l *loader, s *SSL, p place) { s.ClientCert = l.pem(p) },
	"client_key":          func(l *loader, s *SSL, p place) { s.ClientKey = l.pem(p) },
	"client_key_password": func(l *loader, s *SSL, p place) { s.ClientKeyPassword = l.nonEmpty(p, "a password") },
	"system_roots":        func(l *loader, s *SSL, p place) { s.SystemRoots = l.flag(p) },
	"server_name":         func(l *loader, s *SSL, p place) { s.ServerName = l.serverName(p) },
	"min_version":         func(l *loader, s *SSL, p place) { s.MinVersion = l.chosen(p, "1.0, 1.1, 1.2 or 1.3") },
	"pin_sha256":          func(l *loader, s *SSL, p place) { s.PinSHA256 = l.oneOrMore(p, "pin", l.pin) },
	"verify": func(l *loader, s *SSL, p place) {
		s.Verify, s.VerifyPos = l.flag(p), l.at(p)
	},
}

func (l *loader) ssl(p place) *SSL {
	if p.node.Kind != yaml.MappingNode {
		l.expected(p, "a map").WithHint("write, for example, ssl: {ca_cert: certs/ca.pem}")
		return nil
	}
	if len(p.node.Content) == 0 {
		l.problems.Errorf(l.at(p), "%s is empty, expected at least one of its keys", p.label()).
			WithHint("leave it out where the system's certificates are trusted and none is shown")
	}
	s := &SSL{Pos: p.key.Pos}
	read(l, p, Table{"ssl", SSLKeys}, sslFields, s)
	l.checkSSLPairs(p)
	l.checkTrust(s, p)
	return s
}

// sslPairs are keys and those that they are nothing without.
var sslPairs = []struct{ key, needs string }{
	{"client_cert", "client_key"},
	{"client_key", "client_cert"},
	{"client_key_password", "client_key"},
}

func (l *loader) checkSSLPairs(p place) {
	for _, pair := range sslPairs {
		if gives(p.node, pair.key) && !gives(p.node, pair.needs) {
			problem := l.problems.Errorf(l.valuePos(p, pair.key), "ssl has %q but no %q", pair.key, pair.needs)
			if pair.key != "client_key_password" {
				problem.WithHint("one file that holds both the certificate and its key is named by both")
			}
		}
	}
}

// checkTrust reports keys that take all trust away, and those that are not
// looked at where nothing is verified. Pins hold in any case.
func (l *loader) checkTrust(s *SSL, p place) {
	off := func(flag *bool) bool { return flag != nil && !*flag }
	switch {
	case off(s.Verify):
		for _, key := range []string{"ca_cert", "system_roots"} {
			if gives(p.node, key) {
				l.problems.Warnf(l.valuePos(p, key), "%q changes nothing, because verify is false", key).
					WithHint("leave verify out: the server's certificate is then verified by what ca_cert holds")
			}
		}
	case off(s.SystemRoots) && !gives(p.node, "ca_cert"):
		l.problems.Errorf(l.valuePos(p, "system_roots"), "without the system's roots and without ca_cert no server is trusted").
			WithHint("write ca_cert too, with the authorities that are to be trusted")
	}
}

// pem reads the path of a file, or PEM.
func (l *loader) pem(p place) String {
	s := l.nonEmpty(p, "the path of a file, or PEM")
	switch {
	case !s.IsSet() || holdsTemplate(s.Value):
		return s
	case !strings.Contains(s.Value, "-----BEGIN"):
		if !l.checkPath(p, s) {
			return String{}
		}
		return s
	}
	if block, _ := pem.Decode([]byte(s.Value)); block == nil || !strings.HasPrefix(s.Value, "-----BEGIN") {
		l.badPEM(p, s)
		return String{}
	}
	return s
}

func (l *loader) badPEM(p place, s String) {
	problem := l.problems.Errorf(s.Pos, "%s holds -----BEGIN but is not PEM (RFC 7468)", p.label())
	switch {
	case s.isFolded():
		problem.WithHint("YAML joins the lines of this text into one; write it as a block that keeps them: | and the lines below, indented")
	case !strings.HasPrefix(s.Value, "-----BEGIN"):
		problem.WithHint("leave out what stands before -----BEGIN")
	case !strings.Contains(s.Value, "-----END"):
		problem.WithHint("its end, the line with -----END, is missing")
	}
}

// serverName reads the name of a host.
func (l *loader) serverName(p place) String {
	s := l.nonEmpty(p, "the name of a host")
	if s.IsSet() && !holdsTemplate(s.Value) && strings.ContainsAny(s.Value, "/:@ ") && !strings.Contains(s.Value, "::") {
		l.problems.Errorf(s.Pos, "%s is not the name of a host", p.label()).
			WithHint("write the name alone, such as api.example.com, without a scheme, a port or a path")
		return String{}
	}
	return s
}

func (l *loader) pin(p place) String {
	if p.node.Kind == yaml.MappingNode {
		l.expected(p, "a pin or a list of pins")
		return String{}
	}
	s := l.nonEmpty(p, "the base64 SHA-256 of a public key")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return s
	}
	if sum, err := base64.StdEncoding.DecodeString(s.Value); err == nil && len(sum) == sha256.Size {
		return s
	}
	l.problems.Errorf(s.Pos, "this is not the base64 of a SHA-256, which has 44 characters").Hint = pinHint(s.Value)
	return String{}
}

// pinHint says how a pin that another tool wrote otherwise is written here.
func pinHint(text string) string {
	if strings.Count(text, ":") == sha256.Size-1 {
		return "this looks like the fingerprint of a certificate; a pin is the SHA-256 of its public key"
	}
	for _, prefix := range []string{"pin-sha256=", "sha256//", "sha256/", "sha256:"} {
		if cut, ok := strings.CutPrefix(text, prefix); ok {
			text = strings.Trim(cut, `"`)
			break
		}
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	sum, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil || len(sum) != sha256.Size {
		if sum, err = hex.DecodeString(text); err != nil || len(sum) != sha256.Size {
			return "make it with openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64"
		}
	}
	return "write " + base64.StdEncoding.EncodeToString(sum)
}
