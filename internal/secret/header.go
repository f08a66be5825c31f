package secret

import (
	"net/textproto"
	"strings"
)

// maskedHeaders are the headers that carry credentials, whatever their value.
var maskedHeaders = map[string]bool{
	"Authorization":             true,
	"Proxy-Authorization":       true,
	"Authentication-Info":       true, // of digest: a hash of the password, like the request's
	"Proxy-Authentication-Info": true,
	"Cookie":                    true,
	"Set-Cookie":                true,
	"Api-Key":                   true,
	"Apikey":                    true,
	"X-Api-Key":                 true,
	"X-Api-Token":               true,
	"X-Access-Token":            true,
	"X-Auth-Token":              true,
	"X-Amz-Security-Token":      true,
	"X-Csrf-Token":              true,
	"X-Functions-Key":           true,
	"X-Gitlab-Token":            true,
	"X-Goog-Api-Key":            true,
	"X-Session-Token":           true,
	"X-Vault-Token":             true,
	"X-Xsrf-Token":              true,
	"Private-Token":             true,
	"Job-Token":                 true,
	"Ocp-Apim-Subscription-Key": true,
}

// Header tells whether the value of the header is masked wherever it is shown.
func Header(name string) bool { return maskedHeaders[name] || maskedHeaders[canonical(name)] }

// canonical forgives a space before the colon, which net/http leaves in the name.
func canonical(name string) string {
	return textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
}

// MaskHeader returns the value of a header as it may be shown. Of a header for
// which [Header] holds it keeps what helps to understand an exchange: the scheme
// of Authorization, the names of cookies and the attributes of Set-Cookie.
func MaskHeader(name, value string) string {
	if !Header(name) || value == "" {
		return value
	}
	switch canonical(name) {
	case "Authorization", "Proxy-Authorization":
		return maskCredentials(value)
	case "Cookie":
		return maskCookies(value)
	case "Set-Cookie":
		return maskSetCookie(value)
	}
	return Mask
}

// cookieAttributes are those that say nothing secret (RFC 6265, 4.1.1, and what
// browsers added), with the number of commas that a value may have: behind one
// more a server may have put another cookie.
var cookieAttributes = map[string]int{
	"path": 0, "domain": 0, "max-age": 0, "samesite": 0, "priority": 0, "expires": 1,
	"secure": 0, "httponly": 0, "partitioned": 0,
}

func maskSetCookie(value string) string {
	parts := strings.Split(value, ";")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		commas, known := cookieAttributes[strings.ToLower(strings.TrimSpace(name))]
		if i == 0 || !known || strings.Count(part, ",") > commas {
			parts[i] = maskCookie(part)
		}
	}
	return strings.Join(parts, ";")
}

// maskCredentials keeps the scheme, which is a word of its own before the credentials.
func maskCredentials(value string) string {
	scheme, rest, found := strings.Cut(value, " ")
	if !found || scheme == "" || rest == "" {
		return Mask
	}
	return scheme + " " + Mask
}

func maskCookies(value string) string {
	parts := strings.Split(value, ";")
	for i, part := range parts {
		parts[i] = maskCookie(part)
	}
	return strings.Join(parts, ";")
}

func maskCookie(pair string) string {
	name, _, found := strings.Cut(pair, "=")
	switch {
	case found:
		return name + "=" + Mask
	case strings.TrimSpace(pair) == "":
		return pair
	}
	return Mask
}
