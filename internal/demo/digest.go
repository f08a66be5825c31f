package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	httpdigest "github.com/icholy/digest"
)

// digestRealm is the realm of digest authentication.
const digestRealm = "order desk"

// nonceLife is how long a nonce is good.
const nonceLife = 30 * time.Second

// digested lets requests with a user name and password through that send neither
// (RFC 7616, SHA-256, qop auth).
func (d *desk) digested(next userHandler) handler {
	return func(r *http.Request) (*reply, error) {
		user, stale := d.checkDigest(r)
		if user != "" && !stale {
			return next(r, user)
		}
		challenge := fmt.Sprintf(`Digest realm="%s", qop="auth", algorithm=SHA-256, nonce="%s"`, digestRealm, d.newNonce())
		if stale {
			challenge += ", stale=true"
		}
		return nil, unauthorized("wrong_credentials", "this needs a user name and password, as a digest").
			with("WWW-Authenticate", challenge)
	}
}

// checkDigest returns the user that a request comes from, "" for none, and
// whether all but the age of the nonce is right.
func (d *desk) checkDigest(r *http.Request) (user string, stale bool) {
	c, err := httpdigest.ParseCredentials(r.Header.Get("Authorization"))
	if err != nil || c.Realm != digestRealm || c.URI != r.RequestURI || c.QOP != "auth" || !strings.EqualFold(c.Algorithm, "SHA-256") {
		return "", false
	}
	if _, ok := users[c.Username]; !ok {
		return "", false
	}
	want := sha256Hex(strings.Join([]string{
		sha256Hex(c.Username + ":" + digestRealm + ":" + Password), c.Nonce, fmt.Sprintf("%08x", c.Nc), c.Cnonce, c.QOP,
		sha256Hex(r.Method + ":" + c.URI),
	}, ":"))
	made, ok := d.readNonce(c.Nonce)
	if !ok || !same(c.Response, want) {
		return "", false
	}
	return c.Username, d.now().Sub(made) > nonceLife
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// newNonce returns a nonce that says itself when it was made, so that the desk
// need not remember it.
func (d *desk) newNonce() string {
	at := strconv.FormatInt(d.now().UnixNano(), 36)
	return at + "-" + d.nonceMAC(at)
}

// readNonce returns when a nonce of this desk was made.
func (d *desk) readNonce(nonce string) (time.Time, bool) {
	at, mac, _ := strings.Cut(nonce, "-")
	n, err := strconv.ParseInt(at, 36, 64)
	return time.Unix(0, n), err == nil && same(mac, d.nonceMAC(at))
}

func (d *desk) nonceMAC(at string) string {
	mac := hmac.New(sha256.New, []byte(d.nonceKey))
	mac.Write([]byte(at))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// showLedger answers with how many orders there are.
func (d *desk) showLedger(r *http.Request, user string) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return answer(http.StatusOK, map[string]any{"month": clip(r.PathValue("month")), "orders": d.orders.len(), "user": user}), nil
}
