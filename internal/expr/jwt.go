package expr

import (
	"encoding/base64"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// claims is the function jwt: the claims of a signed token in its compact form
// (RFC 7519, section 3; RFC 7515, section 7.1). No error quotes the token.
func claims(v ref.Val) ref.Val {
	token, _ := v.(types.String)
	parts := strings.Split(string(token), ".")
	switch {
	case token == "":
		return badToken("the text is empty", "")
	case strings.ContainsAny(string(token), jsonSpace):
		hint := ""
		if _, _, ok := strings.Cut(string(token), " "); ok {
			hint = `take the token alone, without a word such as "Bearer" before it`
		}
		return badToken("there is white space in it", hint)
	case len(parts) == 5:
		return badToken("it is encrypted (JWE, five parts), so that only who has the key can read its claims", "")
	case len(parts) != 3:
		return badToken("it has "+count(len(parts), "part")+", expected 3 with dots between them", "")
	}
	if _, fault := tokenPart(parts[0], "header"); fault != "" {
		return badToken(fault, "")
	}
	doc, fault := tokenPart(parts[1], "claims")
	if fault != "" {
		return badToken(fault, "")
	}
	return fromJSON(doc)
}

// tokenPart decodes a part of a token, which must be a JSON object.
func tokenPart(part, what string) (doc, fault string) {
	if strings.ContainsAny(part, "=+/") {
		return "", "the " + what + " part is in plain base64, expected base64url without ="
	}
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return "", "the " + what + " part is not base64url"
	}
	doc = strings.Trim(string(raw), jsonSpace)
	if !strings.HasPrefix(doc, "{") || CheckJSON(doc) != nil {
		return "", "the " + what + " part is not a JSON object"
	}
	return doc, ""
}

func badToken(fault, hint string) ref.Val {
	return types.WrapErr(&EvalError{Message: "jwt() got no JSON Web Token: " + fault, Hint: hint})
}
