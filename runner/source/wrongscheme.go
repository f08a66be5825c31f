package source

import (
	"bytes"
	"net/http"
)

// plainToTLS is how servers answer what is sent without TLS to a port of https:
// those of Go, nginx and Apache.
var plainToTLS = [][]byte{
	[]byte("Client sent an HTTP request to an HTTPS server."),
	[]byte("The plain HTTP request was sent to HTTPS port"),
	[]byte("You're speaking plain HTTP to an SSL-enabled server port."),
}

// maxNotice is the number of bytes up to which such an answer is looked for.
const maxNotice = 4 << 10

// isPlainToTLS tells that an answer comes from a server of https, which no
// request without TLS gets through to.
func isPlainToTLS(resp *http.Response, body []byte) bool {
	if resp.StatusCode != http.StatusBadRequest || resp.TLS != nil || len(body) > maxNotice {
		return false
	}
	for _, notice := range plainToTLS {
		if bytes.Contains(body, notice) {
			return true
		}
	}
	return false
}
