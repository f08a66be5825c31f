package demo

import (
	"net/http"
	"net/url"
	"time"
)

// cookieName is the cookie that carries a session.
const cookieName = "desk_session"

// session is a user who is logged in, and their basket.
type session struct {
	user    string
	expires time.Time
	basket  []lineInput
}

// login starts a session for a user who logs in by JSON or by form.
func (d *desk) login(r *http.Request) (*reply, error) {
	who, err := readCredentials(r)
	if err != nil {
		return nil, err
	}
	if err := who.check(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	id := newUUID()
	s := &session{user: who.Username, expires: d.now().Add(sessionLife)}
	d.sessions.add(id, s)
	return answer(http.StatusCreated, s.view()).with("Set-Cookie", sessionCookie(id, sessionLife)), nil
}

// readCredentials reads a login by JSON or by form.
func readCredentials(r *http.Request) (credentials, error) {
	var who credentials
	kind, err := contentType(r, mimeJSON, mimeForm)
	if err != nil {
		return who, err
	}
	data, err := readBody(r)
	if err != nil {
		return who, err
	}
	if kind == mimeJSON {
		return who, decodeJSON(data, &who)
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return who, fail(http.StatusBadRequest, "invalid_form", "the body is not a valid form")
	}
	return credentials{form.Get("username"), form.Get("password")}, nil
}

// sessionCookie spells the cookie of a session; a life of 0 or less removes it.
func sessionCookie(id string, life time.Duration) string {
	c := http.Cookie{Name: cookieName, Value: id, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if life <= 0 {
		c.MaxAge = -1
	}
	return c.String()
}

// view is the session as answers show it.
func (s *session) view() map[string]any {
	return map[string]any{"username": s.user, "role": users[s.user], "expires_at": stamp(s.expires)}
}

// findSession returns the session whose cookie the request carries. The lock is held.
func (d *desk) findSession(r *http.Request) (*session, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil, unauthorized("session_missing", "log in first: POST /session")
	}
	s := d.sessions.get(c.Value)
	if s == nil || d.now().After(s.expires) {
		return nil, unauthorized("session_ended", "the session has ended: log in again")
	}
	return s, nil
}

// showSession answers with who is logged in.
func (d *desk) showSession(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.findSession(r)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, s.view()), nil
}

// logout ends the session, if there is one, and takes the cookie away.
func (d *desk) logout(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c, err := r.Cookie(cookieName); err == nil {
		d.sessions.remove(c.Value)
	}
	return answer(http.StatusNoContent, nil).with("Set-Cookie", sessionCookie("", 0)), nil
}

// showBasket answers with what the session has put into its basket.
func (d *desk) showBasket(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.findSession(r)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, s.basketView()), nil
}

// basketView is the basket as answers show it.
func (s *session) basketView() map[string]any {
	total := 0
	for _, line := range s.basket {
		total += line.Qty * findProduct(line.SKU).Price
	}
	return map[string]any{"lines": append([]lineInput{}, s.basket...), "total": total}
}

// fillBasket puts a line into the basket of the session.
func (d *desk) fillBasket(r *http.Request) (*reply, error) {
	var line lineInput
	if _, err := readJSON(r, &line); err != nil {
		return nil, err
	}
	if err := line.check(""); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.findSession(r)
	if err != nil {
		return nil, err
	}
	if len(s.basket) >= maxBasket {
		return nil, fail(http.StatusConflict, "basket_full", "a basket holds %d lines", maxBasket)
	}
	s.basket = append(s.basket, line)
	return answer(http.StatusOK, s.basketView()), nil
}
