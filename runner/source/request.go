package source

import (
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Field is a name with its values: a header, a cookie or a parameter. Several
// values are sent as several headers, cookies or parameters; none sends nothing.
type Field struct {
	Name   string
	Values []string
}

// Request is one attempt of a query, all its values known.
type Request struct {
	// Method is sent as it is; "" means GET.
	Method string
	// URL is absolute, as Client.URL returns it.
	URL string
	// Header are the query's own headers.
	Header []Field
	// SourceHeader are those of the source. A header that the query has too is
	// not sent twice.
	SourceHeader []Field
	// Cookies are the query's own cookies.
	Cookies []Field
	// SourceCookies are those of the source.
	SourceCookies []Field
	// Jar are the cookies that earlier answers set, or nil.
	Jar *Cookies
	// Index is the place of the query in the file. It goes into the cookies
	// that its answers set.
	Index int
	// Auth is the auth in force. It goes to the source's origin only.
	Auth Auth
	// OwnAuth tells that Auth stands in the query itself. Then it belongs to
	// what is the query's own and goes to where the query is sent.
	OwnAuth bool
	// Body is sent with any method. Empty means none.
	Body []byte
	// ContentType is sent with a body where no header names another.
	ContentType string
	// Timeout is the time for the attempt; 0 means the config's.
	Timeout time.Duration
	// NoRedirects makes an answer that redirects the answer.
	NoRedirects bool
	// MaxRedirects is the number of redirects that are followed; 0 means
	// DefaultMaxRedirects. One more is an error of the kind response.
	MaxRedirects int
}

// layer is what one of source and query adds to a request, found valid.
type layer struct {
	header     http.Header // without those below
	cookies    []cookiePair
	host       string
	connection string
}

func newLayer(header, cookies []Field) (layer, *Error) {
	if len(header) == 0 && len(cookies) == 0 {
		return layer{}, nil
	}
	l := layer{header: make(http.Header, len(header))}
	for _, f := range header {
		if err := l.add(f); err != nil {
			return l, err
		}
	}
	named, err := newCookiePairs(cookies)
	if err != nil {
		return l, err
	}
	l.cookies = slices.DeleteFunc(l.cookies, func(p cookiePair) bool { return hasCookie(named, p.name) })
	l.cookies = append(l.cookies, named...)
	return l, nil
}

func (l *layer) has(name string) bool { return len(l.header[name]) > 0 }

func (l *layer) add(f Field) *Error {
	if err := checkHeader(f.Name, f.Values); err != nil {
		return err
	}
	if len(f.Values) == 0 {
		return nil
	}
	name := textproto.CanonicalMIMEHeaderKey(f.Name)
	switch name {
	case "Host":
		l.host = f.Values[0]
	case "Connection":
		l.connection = strings.ToLower(f.Values[0])
	case "Cookie":
		for _, value := range f.Values {
			l.cookies = append(l.cookies, parseCookieHeader(value)...)
		}
	default:
		for _, value := range f.Values {
			l.header[name] = append(l.header[name], textproto.TrimString(value))
		}
	}
	return nil
}

// onlyByClient are the headers that say how the message is framed. Sent with
// other values than the client's they would break the connection, or be dropped
// by net/http without a word.
var onlyByClient = map[string]string{
	"Content-Length":    "it is the length of the body",
	"Transfer-Encoding": "the body is sent with its length",
	"Trailer":           "a body is sent without trailers",
	"Te":                "answers are read without trailers",
	"Upgrade":           "connections stay HTTP",
	"Keep-Alive":        "connections are kept as long as they are of use",
	"Proxy-Connection":  "it belongs to the connection to the proxy",
}

// CheckHeader says what is wrong with a header, as Client.Do would. No values
// are those of a header that is taken away. The error is an *Error, whose texts
// hold no value.
func CheckHeader(name string, values []string) error {
	if err := checkHeader(name, values); err != nil {
		return err
	}
	return nil
}

func checkHeader(name string, values []string) *Error {
	if !httpguts.ValidHeaderFieldName(name) {
		return badRequest("header %q has a character in its name that is not allowed there", name).
			hint("use letters, digits and hyphens")
	}
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	if why, ok := onlyByClient[canonical]; ok && len(values) > 0 {
		return badRequest("header %s is set by the client: %s", name, why).hint("leave the header out")
	}
	for _, value := range values {
		if what := badHeaderByte(value); what != "" {
			return badRequest("the value of header %s holds %s, which cannot be sent", name, what).
				hint("take it out, or encode the value")
		}
	}
	switch {
	case len(values) == 0:
	case len(values) > 1 && (canonical == "Host" || canonical == "User-Agent" || canonical == "Connection"):
		return badRequest("header %s has %d values, expected one", name, len(values))
	case canonical == "Host" && !httpguts.ValidHostHeader(values[0]):
		return badRequest("header Host holds a value that is not a host")
	case canonical == "Connection" && !isConnectionOption(values[0]):
		return badRequest("header Connection has a value that the client does not support").hint("expected close or keep-alive")
	}
	return nil
}

func isConnectionOption(value string) bool {
	return strings.EqualFold(value, "close") || strings.EqualFold(value, "keep-alive")
}

// badHeaderByte names what may not stand in the value of a header (RFC 9110,
// 5.5), "" if all may.
func badHeaderByte(value string) string {
	for _, c := range []byte(value) {
		switch {
		case c == '\r' || c == '\n':
			return "a line break"
		case c == 0:
			return "a NUL character"
		case (c < ' ' && c != '\t') || c == 0x7f:
			return fmt.Sprintf("the control character %q", c)
		}
	}
	return ""
}
