package demo

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// person is who logs in where somebody must: the desk asks nobody.
const person = "clerk"

// code is an authorization code.
type code struct {
	permit
	redirect, challenge string
}

// device is a login by device code.
type device struct {
	permit
	userCode string
	approved bool
	asked    time.Time // when its token was last asked for
}

// deviceInterval is the time between two requests of a device.
const deviceInterval = time.Second

// authorize is the authorization endpoint (RFC 6749, 3.1), with PKCE (RFC 7636).
// It approves at once, in the name of the clerk.
func (d *desk) authorize(r *http.Request) (*reply, error) {
	query := r.URL.Query()
	back, err := readRedirect(query.Get("client_id"), query.Get("redirect_uri"))
	if err != nil {
		return nil, err // there is nowhere to go back to
	}
	to := back.Query()
	to.Set("iss", issuer(r)) // RFC 9207
	to.Set("state", query.Get("state"))
	if given, wrong := d.newCode(query); wrong != nil {
		to.Set("error", wrong.Code)
		to.Set("error_description", wrong.Why)
	} else {
		to.Set("code", given)
	}
	back.RawQuery = to.Encode()
	return redirect(http.StatusFound, back.String()).with("Cache-Control", "no-store"), nil
}

// readRedirect returns where a browser goes back to. It must be this machine, at
// any port (RFC 8252, 7.3).
func readRedirect(id, text string) (*url.URL, error) {
	if c := clients[id]; c == nil || !slices.Contains(c.grants, "authorization_code") {
		return nil, fail(http.StatusBadRequest, "unknown_client", "nobody logs in with this client_id")
	}
	back, err := url.Parse(text)
	if err != nil || back.Scheme != "http" || back.Path != "/callback" || back.Fragment != "" || back.User != nil || !isHere(back.Hostname()) {
		return nil, fail(http.StatusBadRequest, "wrong_redirect_uri", "redirect_uri must be http://127.0.0.1/callback, at any port")
	}
	return back, nil
}

// isHere tells whether a host is this machine by its name.
func isHere(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// newCode gives out an authorization code.
func (d *desk) newCode(query url.Values) (string, *refusal) {
	challenge := query.Get("code_challenge")
	sum, err := base64.RawURLEncoding.DecodeString(challenge)
	switch {
	case query.Get("response_type") != "code":
		return "", refuse("unsupported_response_type", "response_type must be code")
	case query.Get("code_challenge_method") != "S256" || err != nil || len(sum) != sha256.Size:
		return "", refuse("invalid_request", "the desk wants a code_challenge of the method S256")
	}
	asked, err := readScopes(query.Get("scope"), scopes, []string{scopeRead})
	if err != nil {
		return "", refuse("invalid_scope", err.Error())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	given := "code-" + newUUID()
	d.authority.codes.add(given, &code{
		permit:   permit{client: query.Get("client_id"), user: person, scopes: asked, expires: d.now().Add(codeLife)},
		redirect: query.Get("redirect_uri"), challenge: challenge,
	})
	return given, nil
}

// grantCode is RFC 6749, 4.1.3. A code is good once.
func (d *desk) grantCode(req *tokenRequest) (*permit, error) {
	given := req.form.Get("code")
	c := d.authority.codes.get(given)
	d.authority.codes.remove(given)
	sum := sha256.Sum256([]byte(req.form.Get("code_verifier")))
	switch {
	case c == nil || c.client != req.client.id || !d.now().Before(c.expires):
		return nil, refuse("invalid_grant", "the code is unknown, used or expired")
	case req.form.Get("redirect_uri") != c.redirect:
		return nil, refuse("invalid_grant", "redirect_uri is not that of the login")
	case !same(base64.RawURLEncoding.EncodeToString(sum[:]), c.challenge):
		return nil, refuse("invalid_grant", "code_verifier does not fit the code_challenge of the login")
	}
	return &c.permit, nil
}

// startDevice is the device authorization endpoint (RFC 8628, 3.1).
func (d *desk) startDevice(r *http.Request) (*reply, error) {
	form, err := readParams(r)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.authenticate(r, form)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(c.grants, deviceGrant) {
		return nil, refuse("unauthorized_client", "device codes are not for "+c.id)
	}
	asked, err := readScopes(form.Get("scope"), scopes, []string{scopeRead})
	if err != nil {
		return nil, err
	}
	given, userCode, page := "dc-"+newUUID(), newUserCode(), issuer(r)+"/oauth/device"
	d.authority.devices.add(given, &device{
		permit:   permit{client: c.id, user: person, scopes: asked, expires: d.now().Add(deviceLife)},
		userCode: userCode,
	})
	return answer(http.StatusOK, map[string]any{
		"device_code": given, "user_code": userCode, "verification_uri": page,
		"verification_uri_complete": page + "?user_code=" + userCode,
		"expires_in":                int(deviceLife.Seconds()), "interval": int(deviceInterval.Seconds()),
	}).with("Cache-Control", "no-store"), nil
}

// newUserCode returns a code that people type: two groups of four letters, of
// which none is a vowel (RFC 8628, 6.1).
func newUserCode() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	var random, out [8]byte
	_, _ = rand.Read(random[:]) // never fails since Go 1.24
	for i, b := range random {
		out[i] = letters[int(b)%len(letters)]
	}
	return string(out[:4]) + "-" + string(out[4:])
}

// grantDevice is RFC 8628, 3.4.
func (d *desk) grantDevice(req *tokenRequest) (*permit, error) {
	given := req.form.Get("device_code")
	dev := d.authority.devices.get(given)
	now := d.now()
	if dev == nil || dev.client != req.client.id {
		return nil, refuse("invalid_grant", "the device code is unknown or used")
	}
	early := !dev.asked.IsZero() && now.Sub(dev.asked) < deviceInterval/2
	dev.asked = now
	switch {
	case !now.Before(dev.expires):
		return nil, refuse("expired_token", "nobody entered the code in time")
	case early:
		return nil, refuse("slow_down", "ask once a second")
	case !dev.approved:
		return nil, refuse("authorization_pending", "nobody has entered the code yet")
	}
	d.authority.devices.remove(given)
	return &dev.permit, nil
}

// The pages for people.
const (
	pageHead   = "<!doctype html>\n<html lang=\"en\"><title>Order desk</title>\n"
	pageEnter  = pageHead + `<form><label>Code <input name="user_code" autofocus></label> <button>Log in</button></form>` + "\n"
	pageDone   = pageHead + "<p>You are logged in. Back to your device.</p>\n"
	pageWrong  = pageHead + "<p>This code is unknown, used or expired. <a href=\"device\">Another one</a></p>\n"
	pageLogin  = pageHead + "<p>This is a page for people, and no token endpoint: that is /oauth/token.</p>\n"
	mimeHTML   = "text/html; charset=utf-8"
	maxUserLen = 20 // characters of a code as somebody types it
)

// enterCode is the page at which a person enters the code of a device. It
// approves at once, in the name of the clerk.
func (d *desk) enterCode(r *http.Request) (*reply, error) {
	typed := r.URL.Query().Get("user_code")
	if typed == "" {
		return content(http.StatusOK, mimeHTML, pageEnter), nil
	}
	typed = strings.ToUpper(strings.TrimSpace(clipTo(typed, maxUserLen)))
	d.mu.Lock()
	defer d.mu.Unlock()
	found := false
	d.authority.devices.each(func(dev *device) {
		if !found && !dev.approved && same(dev.userCode, typed) && d.now().Before(dev.expires) {
			dev.approved, found = true, true
		}
	})
	if !found {
		return content(http.StatusNotFound, mimeHTML, pageWrong), nil
	}
	return content(http.StatusOK, mimeHTML, pageDone), nil
}

// clipTo returns at most n bytes of a text.
func clipTo(text string, n int) string { return text[:min(len(text), n)] }

// loginPage answers anything with a page, as what stands before an API often does.
func (d *desk) loginPage(*http.Request) (*reply, error) {
	return content(http.StatusOK, mimeHTML, pageLogin), nil
}
