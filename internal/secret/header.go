package secret

import (
	"net/textproto"
	"strings"
)

// maskedHeaders are the headers that carry credentials, whatever their value.
var maskedHeaders = map[string]bool{
	"Authorization":             true,
	"Proxy-Authorization":       true,
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
func Header(name string) bool {
	return maskedHeaders[textproto.CanonicalMIMEHeaderKey(name)]
}

// MaskHeader returns the value of a header as it may be shown. Of a header for
// which [Header] holds it keeps what helps to understand an exchange: the scheme
// of Authorization, the names of cookies and the attributes of Set-Cookie.
func MaskHeader(name, value string) string {
	if !Header(name) || value == "" {
		return value
	}
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Authorization", "Proxy-Authorization":
		return maskCredentials(value)
	case "Cookie":
		return maskCookies(value)
	case "Set-Cookie":
		pair, _, _ := strings.Cut(value, ";")
		return maskCookie(pair) + value[len(pair):]
	}
	return Mask
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
