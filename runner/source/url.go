package source

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// base is a base URL taken apart.
type base struct {
	text   string // the base itself, its host in ASCII, its path encoded
	origin string
	// scheme and host as they stand in text.
	scheme, host string
}

// url is the base as it was parsed.
func (b base) url() *url.URL {
	u, err := url.Parse(b.text)
	if err != nil { // parseBase has parsed it
		return &url.URL{}
	}
	return u
}

// CheckBaseURL says what is wrong with a base URL. The error is an *Error.
func CheckBaseURL(text string) error {
	if _, err := parseBase(text); err != nil {
		return err
	}
	return nil
}

// CheckPath says what is wrong with a query's path, as Client.URL would. The
// base is what the path would be joined to; "" where it is not known yet, which
// judges the path alone. The error is an *Error.
func CheckPath(baseURL, path string) error {
	var b base
	if baseURL != "" {
		var err *Error
		if b, err = parseBase(baseURL); err != nil {
			return err
		}
	}
	_, err := b.join(path)
	return err
}

func parseBase(text string) (base, *Error) {
	scheme, rest, ok := cutScheme(text)
	if !ok {
		return base{}, badRequest("base_url %q is not an absolute URL", text).
			hint("write it with http:// or https:// and a host, such as https://api.example.com/v1")
	}
	authority, path := cutAuthority(rest)
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		return base{}, badRequest("base_url has a %s, expected nothing after the path", partName(path[i])).
			hint("give parameters under params")
	}
	root, err := parseRoot("base_url", scheme, authority)
	if err != nil {
		return base{}, err
	}
	encoded, err := encode("base_url", path, isPathByte)
	if err != nil {
		return base{}, err
	}
	return base{text: root.String() + encoded, origin: originOf(root), scheme: root.Scheme, host: root.Host}, nil
}

func partName(mark byte) string {
	if mark == '?' {
		return "query (?…)"
	}
	return "fragment (#…)"
}

// cutScheme cuts "scheme://". It tells absolute URLs from paths: a path may
// hold a colon (/orders:search) but not the two slashes after it.
func cutScheme(text string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(text, "://")
	if !ok || scheme == "" {
		return "", text, false
	}
	for _, c := range []byte(scheme) {
		if !isAlphanumeric(c) && c != '+' && c != '-' && c != '.' {
			return "", text, false
		}
	}
	return strings.ToLower(scheme), rest, true
}

func cutAuthority(rest string) (authority, path string) {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[:i], rest[i:]
	}
	return rest, ""
}

// parseRoot judges scheme, host and port. What names the place in messages.
func parseRoot(what, scheme, authority string) (*url.URL, *Error) {
	if scheme != "http" && scheme != "https" {
		return nil, badRequest("%s begins with %s://, expected http:// or https://", what, scheme)
	}
	// Looked for before anything of the authority goes into a message.
	if strings.Contains(authority, "@") {
		return nil, badRequest("%s holds a user name or password", what).
			hint("give it under auth: {type: basic, username: …, password: …}")
	}
	u, err := url.Parse(scheme + "://" + authority)
	if err != nil || u.Path != "" {
		return nil, badRequest("%s has the host %q, which is not valid", what, authority)
	}
	if u.Hostname() == "" {
		return nil, badRequest("%s has no host", what).hint("write it as in https://api.example.com/v1")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, badRequest("%s has the port %s, expected one from 1 to 65535", what, port)
		}
	}
	host, ok := asciiHost(u.Hostname())
	if !ok {
		return nil, badRequest("%s has the host %q, which is not a valid domain name", what, u.Hostname())
	}
	return &url.URL{Scheme: scheme, Host: hostPort(host, u.Port())}, nil
}

// maxHost is beyond what any host name has in bytes (RFC 1035 allows 253
// characters). The time for an internationalised name grows with its square.
const maxHost = 1024

// asciiHost spells an internationalised domain name in ASCII (RFC 5891). Names
// in ASCII stay as they are: those of containers may hold underscores.
func asciiHost(host string) (string, bool) {
	if len(host) > maxHost {
		return "", false
	}
	for _, c := range []byte(host) {
		switch {
		case c >= 0x80:
			ascii, err := idna.Lookup.ToASCII(host)
			return ascii, err == nil && ascii != ""
		case c <= ' ' || c == 0x7f || strings.IndexByte(`"<>\^{|}`+"`", c) >= 0:
			return "", false
		}
	}
	return host, true
}

func hostPort(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return host + ":" + port
}

// originOf returns scheme, host and port in the one spelling that equal origins
// have (RFC 6454): lower case, ASCII, the default port written out.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if ascii, ok := asciiHost(host); ok {
		host = strings.ToLower(ascii)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return u.Scheme + "://" + hostPort(host, port)
}

// originOf is [originOf], at once for URLs of the source as the client makes them.
func (c *Client) originOf(u *url.URL) string {
	if u.Scheme == c.base.scheme && u.Host == c.base.host {
		return c.base.origin
	}
	return originOf(u)
}

// URL returns the absolute URL of a query: the path joined to the base URL with
// exactly one slash, the base's own path kept, or the path itself where it is an
// absolute URL. An empty path means the base. What is percent-encoded stays so;
// what may not stand in a URL is encoded. The params are appended to the path's
// own, in order, with everything but letters, digits and "-._~" encoded, a space
// as %20 (RFC 3986). A fragment, which is never sent, is refused.
func (c *Client) URL(path string, params []Field) (string, error) {
	joined, err := c.base.join(path)
	if err != nil {
		return "", err
	}
	return appendParams(joined, params), nil
}

// SameOrigin tells whether the URL has the origin of the base URL. A text that
// is not an absolute URL is a path below the base and has.
func (c *Client) SameOrigin(rawURL string) bool {
	scheme, rest, ok := cutScheme(rawURL)
	if !ok {
		return true
	}
	authority, _ := cutAuthority(rest)
	root, err := parseRoot("the URL", scheme, authority)
	return err == nil && originOf(root) == c.base.origin
}

// join returns an *Error as error, so that nil stays nil.
func (b base) join(path string) (string, error) {
	root, rest := b.text, path
	scheme, after, absolute := cutScheme(path)
	if absolute {
		var authority string
		authority, rest = cutAuthority(after)
		u, err := parseRoot("the URL", scheme, authority)
		if err != nil {
			return "", err
		}
		root = u.String()
	}
	if strings.Contains(rest, "#") {
		return "", badRequest("the path has a fragment (#…), which is never sent").
			hint("leave it out, or write %%23 for a # that belongs to the path")
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	encoded, err := encode("the path", rest, isPathByte)
	if err != nil {
		return "", err
	}
	if encoded != "" && !absolute {
		root, encoded = strings.TrimRight(root, "/"), "/"+strings.TrimLeft(encoded, "/")
	}
	if !hasQuery {
		return root + encoded, nil
	}
	query, err = encode("the query part of the path", query, isQueryByte)
	if err != nil {
		return "", err
	}
	return root + encoded + "?" + query, nil
}

// encode percent-encodes the bytes that are not allowed, and keeps what is
// encoded already.
func encode(what, text string, allowed func(byte) bool) (string, *Error) {
	const digits = "0123456789ABCDEF"
	if isEncoded(text, allowed) {
		return text, nil
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])):
			return "", badRequest("%s has a %% that begins no percent-encoding", what).hint("write %%25 for a %%")
		case c < ' ' || c == 0x7f:
			return "", badRequest("%s has the control character %q", what, c).
				hint("write it percent-encoded (%%%02X) if it is meant", c)
		case c == '%' || allowed(c):
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&0xf]})
		}
	}
	return b.String(), nil
}

// isEncoded tells that nothing of text is left to encode or to judge.
func isEncoded(text string, allowed func(byte) bool) bool {
	for i := range len(text) {
		if !allowed(text[i]) {
			return false
		}
	}
	return true
}

func appendParams(rawURL string, params []Field) string {
	if len(params) == 0 {
		return rawURL
	}
	var b strings.Builder
	b.WriteString(rawURL)
	separator := byte('?')
	if _, query, found := strings.Cut(rawURL, "?"); found {
		separator = '&'
		if query == "" || strings.HasSuffix(query, "&") {
			separator = 0
		}
	}
	for _, p := range params {
		for _, value := range p.Values {
			if separator != 0 {
				b.WriteByte(separator)
			}
			separator = '&'
			b.WriteString(encodeParam(p.Name))
			b.WriteByte('=')
			b.WriteString(encodeParam(value))
		}
	}
	return b.String()
}

// encodeParam is url.QueryEscape with a space as %20, which every server
// understands; "+" is a space in forms only.
func encodeParam(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isPathByte tells the characters of pchar (RFC 3986, 3.3) and the slash.
func isPathByte(c byte) bool { return pathBytes[c] }

var pathBytes = func() (is [256]bool) {
	for c := range is {
		is[c] = isAlphanumeric(byte(c)) || strings.IndexByte("-._~!$&'()*+,;=:@/", byte(c)) >= 0
	}
	return is
}()

func isQueryByte(c byte) bool { return isPathByte(c) || c == '?' }
