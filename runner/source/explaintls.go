package source

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// explainTLS explains what kept a TLS connection from being made. It returns
// nil for errors that are none of TLS.
func (a *attempt) explainTLS(err error, target string) *Error {
	if e := a.explainCertificate(err, target); e != nil {
		return e
	}
	var (
		record tls.RecordHeaderError
		pins   *pinError
		op     *net.OpError
	)
	switch asked := a.trace.certificateRequest(); {
	case errors.As(err, &pins):
		return newError(KindNetwork, "the certificates of %s have none of the keys in ssl.pin_sha256; theirs are %s", target, pins.pins()).
			hint("take over the new pin if the key was changed on purpose; else somebody may be in between")
	case errors.Is(err, errNoHTTP2):
		return noHTTP2(target)
	case errors.Is(err, http.ErrSchemeMismatch):
		return answersHTTP(target)
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return answersHTTP(target)
	case errors.As(err, &record):
		return newError(KindNetwork, "%s does not speak TLS", target).hint("look whether the port is the one for https")
	case errors.As(err, &op) && op.Op == "remote error":
		return a.explainAlert(op.Err, target)
	case asked != nil && isBrokenOff(err):
		return a.brokenOff(asked, target)
	case strings.Contains(err.Error(), "server selected unsupported protocol version"):
		return a.tooOld(target)
	case strings.HasPrefix(err.Error(), "tls: "):
		return newError(KindNetwork, "no TLS connection to %s: %s", target, strings.TrimPrefix(err.Error(), "tls: "))
	}
	return nil
}

// isBrokenOff tells a connection that ended before its first answer, but not
// in an orderly way.
func isBrokenOff(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		strings.Contains(err.Error(), "client conn could not be established")
}

// brokenOff explains a server of TLS 1.3 that judged the client certificate when
// the request was on its way already, so that its alert may be lost.
func (a *attempt) brokenOff(asked *certificateRequest, target string) *Error {
	if alert := a.trace.alert(); alert != nil {
		return a.explainAlert(alert, target)
	}
	if asked.shown {
		return a.certificateRefused(asked, "", target)
	}
	e := a.certificateRequired(asked, target)
	e.Message = fmt.Sprintf("%s broke the connection off after it had asked for a client certificate%s", target, asked.accepted(", signed by "))
	return e
}

// explainCertificate explains a certificate that was not accepted here.
func (a *attempt) explainCertificate(err error, target string) *Error {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		leaf    *x509.Certificate
	)
	if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
		leaf = verify.UnverifiedCertificates[0]
	}
	switch {
	case errors.As(err, &unknown) && unknown.Cert != nil:
		return a.explainUnknown(unknown.Cert, leaf, target)
	case errors.As(err, &name):
		return a.explainName(name.Certificate, target)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return explainExpired(invalid.Cert, leaf, target)
	case verify != nil:
		return newError(KindNetwork, "the certificate of %s is not valid: %s", target, strings.TrimPrefix(verify.Err.Error(), "x509: "))
	}
	return nil
}

// explainUnknown explains a chain whose last certificate nobody trusted signed.
func (a *attempt) explainUnknown(last, leaf *x509.Certificate, target string) *Error {
	if leaf != nil && bytes.Equal(leaf.RawSubject, leaf.RawIssuer) {
		return newError(KindNetwork, "the certificate of %s is self-signed and not trusted here: %s", target, nameOf(leaf.RawSubject)).
			hint("give the certificate itself as ssl.ca_cert if it is the right one")
	}
	issuer := nameOf(last.RawIssuer)
	for _, known := range a.client.tls.authorities {
		if !bytes.Equal(known.RawSubject, last.RawIssuer) {
			continue
		}
		if now := time.Now(); now.After(known.NotAfter) || now.Before(known.NotBefore) {
			return newError(KindNetwork, "the certificate of %s is signed by %s, whose certificate in ssl.ca_cert is valid from %s to %s only",
				target, issuer, known.NotBefore.Format(time.RFC3339), known.NotAfter.Format(time.RFC3339)).hint("give the authority's new certificate")
		}
		return newError(KindNetwork, "the certificate of %s is signed by an authority that calls itself %s, like one in ssl.ca_cert, but did not sign it", target, issuer).
			hint("give the certificate of the authority that did; names are often used again")
	}
	e := newError(KindNetwork, "the certificate of %s is signed by an authority that is not trusted here: %s", target, issuer)
	if len(a.client.tls.authorities) > 0 {
		return e.hint("add the certificate of that authority to ssl.ca_cert, which has others")
	}
	return e.hint("give the certificate of that authority as ssl.ca_cert")
}

func (a *attempt) explainName(cert *x509.Certificate, target string) *Error {
	e := newError(KindNetwork, "the certificate of %s is for another host: %s", target, certificateNames(cert))
	wanted := a.client.tls.serverName
	switch {
	case !a.lane.atSource():
		return e.hint("use a host name that the certificate is for")
	case wanted != "":
		e.Message = fmt.Sprintf("the certificate of %s is not for %s, the name in ssl.server_name, but for: %s", target, wanted, certificateNames(cert))
	}
	return e.hint("use a host name that the certificate is for, or give one as ssl.server_name")
}

// maxNames is the number of names of a certificate that a message shows.
const maxNames = 5

func certificateNames(cert *x509.Certificate) string {
	names := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		names = append(names[:len(names):len(names)], ip.String())
	}
	switch {
	case len(names) == 0 && cert.Subject.CommonName != "":
		return fmt.Sprintf("it names none but in its CN (%s), which does not count any more", shortened(cert.Subject.CommonName))
	case len(names) == 0:
		return "it names none"
	case len(names) > maxNames:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), len(names)-maxNames)
	}
	return strings.Join(names, ", ")
}

// explainExpired tells the two cases apart that x509 calls expired.
func explainExpired(cert, leaf *x509.Certificate, target string) *Error {
	what, renew := "the certificate of "+target, "renew the certificate"
	if leaf != nil && !cert.Equal(leaf) {
		what = fmt.Sprintf("the certificate of %s, in the chain of %s,", nameOf(cert.RawSubject), target)
		renew = "renew that certificate"
	}
	if now := time.Now(); now.Before(cert.NotBefore) {
		return newError(KindNetwork, "%s is not valid before %s", what, cert.NotBefore.Format(time.RFC3339)).
			hint("look whether this machine's clock is right: it says %s", now.UTC().Format(time.RFC3339))
	}
	return newError(KindNetwork, "%s expired on %s", what, cert.NotAfter.Format(time.RFC3339)).hint("%s", renew)
}

// The alerts of RFC 8446, 6, and RFC 7301, 3.2, that have an explanation.
const (
	alertBadCertificate      tls.AlertError = 42
	alertUnknownCA           tls.AlertError = 48
	alertProtocolVersion     tls.AlertError = 70
	alertUnrecognizedName    tls.AlertError = 112
	alertCertificateRequired tls.AlertError = 116
	alertNoProtocol          tls.AlertError = 120
)

// explainAlert explains what the server said when it hung up. Its type is not
// exported; its text is that of an AlertError.
func (a *attempt) explainAlert(alert error, target string) *Error {
	text := alert.Error()
	asked := a.trace.certificateRequest()
	switch {
	case asked != nil && asked.shown:
		return a.certificateRefused(asked, text, target)
	case asked != nil, text == alertCertificateRequired.Error():
		return a.certificateRequired(asked, target)
	case text == alertProtocolVersion.Error():
		return a.tooOld(target)
	case text == alertNoProtocol.Error() && a.lane.atSource() && a.client.config.HTTP == HTTP2:
		return noHTTP2(target)
	case text == alertUnrecognizedName.Error():
		return newError(KindNetwork, "%s refused the TLS connection: it does not know the name that it was asked for", target).
			hint("use a host name that the server knows, or give one as ssl.server_name")
	}
	return newError(KindNetwork, "%s refused the TLS connection: %s", target, strings.TrimPrefix(text, "tls: "))
}

// tooOld explains a server that has no version of TLS that is allowed here.
func (a *attempt) tooOld(target string) *Error {
	lowest := a.client.tls.minVersion
	if !a.lane.atSource() {
		lowest = max(lowest, tls.VersionTLS12)
	}
	e := newError(KindNetwork, "%s offers no TLS %s", target, orLater(lowest))
	switch {
	case !a.lane.atSource():
		return e.hint("ssl.min_version below 1.2 holds for the origin of base_url only")
	case lowest > tls.VersionTLS10:
		return e.hint("let the server offer it; ssl.min_version allows older versions")
	}
	return e
}

func orLater(version uint16) string {
	if version == tls.VersionTLS13 {
		return "1.3"
	}
	return versionText(version) + " or later"
}

// certificateRequired explains a server that got no client certificate.
func (a *attempt) certificateRequired(asked *certificateRequest, target string) *Error {
	e := newError(KindNetwork, "%s requires a client certificate%s", target, asked.accepted(", signed by "))
	switch {
	case a.client.tls.client == nil:
		return e.hint("give it as ssl.client_cert, its key as ssl.client_key")
	case a.lane == laneBack:
		return e.hint("the source's is not shown after a redirect through another origin; send the query to %s itself", a.client.base.origin)
	}
	return e.hint("the source's is shown to the origin of base_url only: %s", a.client.base.origin)
}

// certificateRefused explains a server that did not take the client certificate.
// The alert is "" where it hung up without one.
func (a *attempt) certificateRefused(asked *certificateRequest, alert, target string) *Error {
	shown := a.client.tls.client
	leaf := shown.Leaf
	doubted := fmt.Sprintf("%s did not accept the client certificate of %s", target, nameOf(leaf.RawSubject))
	if alert == "" {
		doubted = fmt.Sprintf("%s broke the connection off when it had got the client certificate of %s", target, nameOf(leaf.RawSubject))
	}
	switch {
	case time.Now().After(leaf.NotAfter):
		return newError(KindNetwork, "%s, which expired on %s", doubted, leaf.NotAfter.Format(time.RFC3339)).
			hint("give a new one as ssl.client_cert")
	case alert == alertUnknownCA.Error(), !asked.accepts(shown):
		return newError(KindNetwork, "%s does not know the authority that signed the client certificate: %s%s", target, nameOf(leaf.RawIssuer), asked.accepted("; it accepts those signed by ")).
			hint("give a certificate of an authority that it knows as ssl.client_cert, with all of its chain")
	case alert != "":
		doubted += ": " + strings.TrimPrefix(alert, "tls: ")
	}
	return newError(KindNetwork, "%s", doubted).hint("look which certificates the server accepts, and for what they may be used")
}

// accepted says which authorities the server names, if any.
func (r *certificateRequest) accepted(prefix string) string {
	if r == nil || len(r.authorities) == 0 {
		return ""
	}
	var names []string
	for _, der := range r.authorities[:min(len(r.authorities), maxNames)] {
		names = append(names, nameOf(der))
	}
	text := prefix + strings.Join(names, " or ")
	if more := len(r.authorities) - len(names); more > 0 {
		text += fmt.Sprintf(" or one of %d more", more)
	}
	return text
}

// accepts tells whether the server names an authority of the certificate's
// chain, or none at all.
func (r *certificateRequest) accepts(cert *tls.Certificate) bool {
	for _, authority := range r.authorities {
		for _, der := range cert.Certificate {
			if c, err := x509.ParseCertificate(der); err == nil && bytes.Equal(c.RawIssuer, authority) {
				return true
			}
		}
	}
	return len(r.authorities) == 0
}

func noHTTP2(target string) *Error {
	return newError(KindNetwork, "%s does not offer HTTP/2, which http: 2 asks for", target).
		hint("write http: auto to take what the server has")
}

func answersHTTP(target string) *Error {
	return newError(KindNetwork, "%s answers http, not https", target).hint("begin the URL with http://")
}

func answersHTTPS(target string) *Error {
	return newError(KindNetwork, "%s answers https, not http", target).hint("begin the URL with https://")
}
