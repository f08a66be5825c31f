package secret

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// maskedParameters are the query parameters and form fields that carry
// credentials, whatever their value: those of OAuth 2.0 (RFC 6749, 7521, 7636,
// 8628), of signed URLs (AWS, Google, Azure), and the common names of API keys.
var maskedParameters = map[string]bool{
	"access_token":         true,
	"refresh_token":        true,
	"id_token":             true,
	"client_secret":        true,
	"client_assertion":     true,
	"assertion":            true,
	"code_verifier":        true,
	"device_code":          true,
	"password":             true,
	"api_key":              true,
	"apikey":               true,
	"api-key":              true,
	"x-amz-signature":      true,
	"x-amz-security-token": true,
	"x-goog-signature":     true,
	"sig":                  true,
}

// Parameter tells whether the value of the query parameter or form field is
// masked wherever it is shown.
func Parameter(name string) bool { return maskedParameters[strings.ToLower(name)] }

// MaskURL returns a URL with the values of its secret parameters replaced by
// Mask: those for which [Parameter] holds, and the one called extra.
func MaskURL(rawURL, extra string) string {
	path, query, ok := strings.Cut(rawURL, "?")
	if !ok {
		return rawURL
	}
	query, fragment, hasFragment := strings.Cut(query, "#")
	masked := path + "?" + maskPairs(query, extra)
	if hasFragment {
		// The implicit grant sends tokens there.
		masked += "#" + maskPairs(fragment, extra)
	}
	return masked
}

// MaskForm returns a form (application/x-www-form-urlencoded) in the same way.
func MaskForm(body string) string { return maskPairs(body, "") }

func maskPairs(query, extra string) string {
	var pairs []string // nil until one is masked
	all := strings.Split(query, "&")
	for i, pair := range all {
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if secretName := Parameter(plain) || extra != "" && plain == extra; value == "" || err != nil || !secretName {
			continue
		}
		if pairs == nil {
			pairs = all
		}
		pairs[i] = name + "=" + Mask
	}
	if pairs == nil {
		return query
	}
	return strings.Join(pairs, "&")
}

// maxTokenAnswer is the length in bytes up to which an answer is searched for tokens.
const maxTokenAnswer = 64 << 10

var tokenFields = []string{"access_token", "refresh_token", "id_token"}

// Tokens returns the tokens in an answer that has the form of one to a token
// request (RFC 6749, 5.1), whoever asked for them.
func Tokens(body []byte) []string {
	if len(body) > maxTokenAnswer || !bytes.Contains(body, []byte(`"access_token"`)) || !gjson.ValidBytes(body) {
		return nil
	}
	var tokens []string
	gjson.ParseBytes(body).ForEach(func(name, v gjson.Result) bool { // also one that stands there twice
		if v.Type == gjson.String && v.String() != "" && slices.Contains(tokenFields, name.String()) {
			tokens = append(tokens, v.String())
		}
		return true
	})
	return tokens
}
