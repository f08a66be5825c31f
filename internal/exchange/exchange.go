// Package exchange holds what was sent and what came back: plain data that the
// client fills in, the checks judge and the reports show. Nothing in it is
// changed after the client has returned it.
package exchange

import (
	"net/http"
	"time"
)

// Request is a request as it was sent.
type Request struct {
	Method string
	// URL is absolute and holds the query parameters.
	URL    string
	Header http.Header
	Body   []byte
}

// Response is an answer, read whole.
type Response struct {
	Status int
	// Proto is the protocol: HTTP/1.0, HTTP/1.1 or HTTP/2.
	Proto  string
	Header http.Header
	// Body is the body with its content encoding undone.
	Body []byte
	// URL is where the answer came from, after redirects.
	URL string
	// Redirects are the URLs that were asked before URL, in order.
	Redirects []string
	// Cookies are those that any hop set, in order; of one name, the last counts.
	Cookies []*http.Cookie
	// TLS is nil where the last hop was not encrypted.
	TLS *TLS
	// Received is when the head of the answer came.
	Received time.Time
	// Duration is the time from the start of the request to the end of the body.
	Duration time.Duration
	Timing   Timing
	// Size is the number of bytes of the body before its content encoding was undone.
	Size int64
}

// Timing splits the duration of the last hop of an exchange. A part that did
// not happen, such as DNS on a reused connection, is 0.
type Timing struct {
	DNS       time.Duration
	Connect   time.Duration
	TLS       time.Duration
	FirstByte time.Duration // from the request being written to the first byte of the answer
	Transfer  time.Duration // from the first byte to the end of the body
	Reused    bool          // the connection had been used before
}

// TLS is the encryption of the last hop and the certificate that the server showed.
type TLS struct {
	Version  string // 1.0 to 1.3
	Cipher   string // as IANA names it
	Subject  string // RFC 4514
	Issuer   string
	DNSNames []string
	NotAfter time.Time
}
