package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// users are who may log in: user name → role. All share Password.
var users = map[string]string{"clerk": "clerk", "manager": "manager"}

// How long a session and a token last.
const (
	sessionLife = 30 * time.Minute
	tokenLife   = time.Hour
)

// same compares in constant time, as one compares secrets.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// knows tells whether a user logs in with this password.
func knows(username, password string) bool {
	_, ok := users[username]
	return same(password, Password) && ok
}

// credentials are what a user logs in with.
type credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// check refuses credentials that are incomplete or wrong.
func (c credentials) check() error {
	if c.Username == "" {
		return invalid("username", "username must not be empty")
	}
	if !knows(c.Username, c.Password) {
		return unauthorized("wrong_credentials", "the user name or the password is wrong")
	}
	return nil
}

// unauthorized returns a problem with status 401.
func unauthorized(code, message string) *problem {
	return fail(http.StatusUnauthorized, code, "%s", message)
}

// ticket is a bearer token that was given out.
type ticket struct {
	user    string
	expires time.Time
}

// issueToken gives a bearer token to a user who logs in by JSON.
func (d *desk) issueToken(r *http.Request) (*reply, error) {
	var who credentials
	if _, err := readJSON(r, &who); err != nil {
		return nil, err
	}
	if err := who.check(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	token := "tok-" + newUUID()
	d.tokens.add(token, &ticket{who.Username, d.now().Add(tokenLife)})
	return answer(http.StatusOK, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()),
	}).with("Cache-Control", "no-store"), nil
}

// userHandler answers a request of a user who has shown who they are.
type userHandler func(r *http.Request, user string) (*reply, error)

// bearer lets requests with a token through, of the given role where it is not "".
func (d *desk) bearer(role string, next userHandler) handler {
	return func(r *http.Request) (*reply, error) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		d.mu.Lock()
		t := d.tokens.get(token)
		now := d.now()
		d.mu.Unlock()
		switch {
		case !strings.EqualFold(scheme, "bearer"):
			return nil, unauthorized("token_missing", "this needs a bearer token from POST /token").
				with("WWW-Authenticate", `Bearer realm="order desk"`)
		case t == nil || now.After(t.expires):
			return nil, unauthorized("token_invalid", "the token is unknown or has expired").
				with("WWW-Authenticate", `Bearer realm="order desk", error="invalid_token"`)
		case role != "" && users[t.user] != role:
			return nil, fail(http.StatusForbidden, "forbidden", "this is for a %s, not for %q", role, t.user)
		}
		return next(r, t.user)
	}
}

// basic lets requests with a user name and password through (RFC 7617).
func (d *desk) basic(next handler) handler {
	return func(r *http.Request) (*reply, error) {
		if username, password, ok := r.BasicAuth(); ok && knows(username, password) {
			return next(r)
		}
		return nil, unauthorized("wrong_credentials", "this needs a user name and password").
			with("WWW-Authenticate", `Basic realm="order desk", charset="UTF-8"`)
	}
}

// partner lets requests with the API key through, wherever they carry it.
func (d *desk) partner(next handler) handler {
	return func(r *http.Request) (*reply, error) {
		keys := []string{r.Header.Get("X-Api-Key"), r.URL.Query().Get("api_key")}
		if c, err := r.Cookie("api_key"); err == nil {
			keys = append(keys, c.Value)
		}
		for _, key := range keys {
			if same(key, APIKey) {
				return next(r)
			}
		}
		return nil, unauthorized("api_key_missing", "this needs the API key of a partner")
	}
}

// whoAmI answers with whose token was sent.
func (d *desk) whoAmI(_ *http.Request, user string) (*reply, error) {
	return answer(http.StatusOK, map[string]any{"username": user, "role": users[user]}), nil
}

// takePayment takes an event that is signed with SigningKey.
func (d *desk) takePayment(r *http.Request) (*reply, error) {
	var event struct {
		Type   string `json:"type"`
		Order  string `json:"order"`
		Amount int    `json:"amount"`
	}
	if _, err := contentType(r, mimeJSON); err != nil {
		return nil, err
	}
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if err := checkSignature(r.Header.Get("X-Signature"), data); err != nil {
		return nil, err
	}
	if err := decodeJSON(data, &event); err != nil {
		return nil, err
	}
	if event.Type != "payment.received" && event.Type != "payment.failed" {
		return nil, invalid("type", "type must be payment.received or payment.failed")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events++
	return answer(http.StatusAccepted, map[string]any{"accepted": true, "type": event.Type, "order": event.Order}), nil
}

// checkSignature refuses a body whose signature is missing or wrong.
func checkSignature(signature string, data []byte) error {
	if signature == "" {
		return unauthorized("signature_missing", "X-Signature must be sha256= and the HMAC of the body in hexadecimal")
	}
	mac := hmac.New(sha256.New, []byte(SigningKey))
	mac.Write(data)
	if !same(signature, "sha256="+hex.EncodeToString(mac.Sum(nil))) {
		return unauthorized("signature_invalid", "X-Signature does not fit the body")
	}
	return nil
}
