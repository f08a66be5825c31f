package source

import (
	"crypto/tls"

	"github.com/apicel/apicel/internal/exchange"
)

// describeTLS returns what an answer says of its connection, nil without TLS.
func describeTLS(state *tls.ConnectionState) *exchange.TLS {
	if state == nil {
		return nil
	}
	described := &exchange.TLS{Version: versionText(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite)}
	if len(state.PeerCertificates) > 0 {
		leaf := state.PeerCertificates[0]
		described.Subject = distinguishedName(leaf.RawSubject)
		described.Issuer = distinguishedName(leaf.RawIssuer)
		described.DNSNames = leaf.DNSNames
		described.NotAfter = leaf.NotAfter
	}
	return described
}
