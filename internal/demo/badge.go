package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// badgeIssuer is who signs badges.
const badgeIssuer = "order-desk"

// badgeHeader is the header of all badges. Any other is refused, and with it
// every other algorithm.
var badgeHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

// claims are what a badge says (RFC 7519).
type claims struct {
	Issuer  string   `json:"iss"`
	Subject string   `json:"sub"`
	Groups  []string `json:"groups"`
	ID      string   `json:"jti"`
	Issued  int64    `json:"iat"` // in seconds since 1970
	Expires int64    `json:"exp"` // in seconds since 1970
}

// issueBadge gives a signed badge to a user who logs in by JSON.
func (d *desk) issueBadge(r *http.Request) (*reply, error) {
	var who credentials
	if _, err := readJSON(r, &who); err != nil {
		return nil, err
	}
	if err := who.check(); err != nil {
		return nil, err
	}
	now := d.now()
	badge, err := json.Marshal(claims{badgeIssuer, who.Username, []string{"desk", users[who.Username]}, newUUID(),
		now.Unix(), now.Add(tokenLife).Unix()})
	if err != nil {
		return nil, err
	}
	return answer(http.StatusCreated, map[string]any{"badge": signBadge(badge), "type": "JWT"}).
		with("Cache-Control", "no-store"), nil
}

// signBadge spells claims as a JSON Web Token.
func signBadge(claims []byte) string {
	signed := badgeHeader + "." + base64.RawURLEncoding.EncodeToString(claims)
	return signed + "." + badgeSignature(signed)
}

// badgeSignature is the HMAC-SHA-256 of what a badge says (RFC 7515).
func badgeSignature(signed string) string {
	mac := hmac.New(sha256.New, []byte(BadgeKey))
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// readBadge returns what a badge says, or nil where the desk has not signed it
// or it is no longer valid.
func readBadge(token string, now time.Time) *claims {
	signed, signature := token, ""
	if dot := strings.LastIndexByte(token, '.'); dot >= 0 {
		signed, signature = token[:dot], token[dot+1:]
	}
	header, payload, _ := strings.Cut(signed, ".")
	if header != badgeHeader || !same(signature, badgeSignature(signed)) {
		return nil
	}
	data, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return nil
	}
	var c claims
	if err := json.Unmarshal(data, &c); err != nil || !now.Before(time.Unix(c.Expires, 0)) {
		return nil
	}
	return &c
}

// showBadge answers with what the badge that was sent says.
func (d *desk) showBadge(r *http.Request) (*reply, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return nil, unauthorized("badge_missing", "this needs a badge from POST /badge as a bearer token").
			with("WWW-Authenticate", `Bearer realm="order desk"`)
	}
	c := readBadge(token, d.now())
	if c == nil {
		return nil, unauthorized("badge_invalid", "the badge is not one of the desk's or has expired").
			with("WWW-Authenticate", `Bearer realm="order desk", error="invalid_token"`)
	}
	return answer(http.StatusOK, c), nil
}
