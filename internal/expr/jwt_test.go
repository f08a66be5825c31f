package expr

import (
	"encoding/base64"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/apicel/apicel/spec"
)

// token makes a token of a header and claims.
func token(header, claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(claims)) + "." + encode([]byte("signature"))
}

func TestJWT(t *testing.T) {
	const head = `{"alg":"HS256"}`
	const no = `jwt() got no JSON Web Token: `
	for _, tt := range []struct{ name, token, want string }{
		{"claims", token(head, `{"sub":"a","n":12345678901234567890,"f":1.10,"aud":["x"]}`), `{"sub":"a","n":12345678901234567890,"f":1.10,"aud":["x"]}`},
		{"unsigned", strings.TrimSuffix(token(`{"alg":"none"}`, `{}`), "c2lnbmF0dXJl"), `{}`},
		{"empty", "", no + `the text is empty`},
		{"scheme", "Bearer " + token(head, `{}`), no + `there is white space in it`},
		{"line", token(head, `{}`) + "\n", no + `there is white space in it`},
		{"encrypted", "a.b.c.d.e", no + `it is encrypted (JWE, five parts), so that only who has the key can read its claims`},
		{"opaque", "d41d8cd98f00b204e9800998ecf8427e", no + `it has 1 part, expected 3 with dots between them`},
		{"padded", "e30.e30=.x", no + `the claims part is in plain base64, expected base64url without =`},
		{"header", "e3!.e30.x", no + `the header part is not base64url`},
		{"no JSON", token(head, `not JSON`), no + `the claims part is not a JSON object`},
		{"no object", token(head, `"eyJ"`), no + `the claims part is not a JSON object`},
		{"broken", token(head, `{"a":`), no + `the claims part is not a JSON object`},
	} {
		v := claims(types.String(tt.token))
		got := ""
		if err, ok := v.(*types.Err); ok {
			got = err.Unwrap().Error()
			if len(tt.token) > 10 && strings.Contains(got, tt.token) {
				t.Errorf("%s: the error quotes the token", tt.name)
			}
		} else if raw, err := ToJSON(v); err == nil {
			got = string(raw)
		}
		if got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestJWTInExpressions(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	a.Secrets["signing_key"] = token(`{"alg":"none"}`, `{"sub":"a","exp":1893456000,"roles":["admin"]}`)
	for text, want := range map[string]string{
		`jwt(secrets.signing_key).sub + jwt(secrets.signing_key).roles[0]`: `aadmin`,
		`timestamp(jwt(secrets.signing_key).exp) > now()`:                  `true`,
		`jwt(secrets.signing_key).?aud.hasValue()`:                         `false`,
		`jwt(secrets.signing_key).su`:                                      `1:26: jwt(secrets.signing_key) has no key "su" [did you mean "sub"? it has sub, exp, roles]`,
	} {
		if got := outcome(t, c, a, spec.ScopeCheck, text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
	if e := mustExpr(t, c, `jwt(text)`, spec.ScopeCheck); !e.Type().IsExactType(cel.MapType(cel.StringType, cel.DynType)) {
		t.Errorf("jwt() is %s", e.Type())
	}
}
