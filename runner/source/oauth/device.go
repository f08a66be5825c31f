package oauth

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

const (
	// defaultInterval is the time between two requests where the server does not
	// say one (RFC 8628, 3.2), and by how much slow_down makes it longer (3.5).
	defaultInterval = 5 * time.Second
	// maxInterval is the longest time between two requests.
	maxInterval = time.Minute
)

// device is what a device authorization endpoint answers (RFC 8628, 3.2).
type device struct {
	code     string
	prompt   Prompt
	interval time.Duration
}

// deviceFields are its members, as they stand there.
type deviceFields struct {
	DeviceCode  json.RawMessage `json:"device_code"`
	UserCode    json.RawMessage `json:"user_code"`
	URI         json.RawMessage `json:"verification_uri"`
	URL         json.RawMessage `json:"verification_url"` // a frequent mistake
	CompleteURI json.RawMessage `json:"verification_uri_complete"`
	ExpiresIn   json.RawMessage `json:"expires_in"`
	Interval    json.RawMessage `json:"interval"`
}

// byDevice is the device authorization grant (RFC 8628).
func (t *Tokens) byDevice(ctx context.Context, s *server, o LoginOptions) (*answer, *Error) {
	form := url.Values{}
	if t.config.ClientID != "" {
		form.Set("client_id", t.config.ClientID)
	}
	t.target(form, true)
	r, err := t.post(ctx, deviceEndpoint, s.Device, form, s)
	if err != nil {
		return nil, err
	}
	d, err := t.device(r)
	if err != nil {
		return nil, err
	}
	if err := o.present(d.prompt); err != nil {
		return nil, err
	}
	return t.poll(ctx, s, d)
}

// device reads the answer of the device authorization endpoint.
func (t *Tokens) device(r *reply) (*device, *Error) {
	f, found := parseFields(r.header, r.body)
	if err := t.refusal(r, f, found); err != nil {
		return nil, err
	}
	var fields deviceFields
	if err := json.Unmarshal(r.body, &fields); err != nil {
		return nil, newError(KindResponse, "%s answers with JSON that is not what RFC 8628 says", r.name())
	}
	uri := text(fields.URI)
	if uri == "" {
		uri = text(fields.URL)
	}
	d := &device{code: text(fields.DeviceCode), interval: seconds(fields.Interval)}
	t.learn("device_code", d.code)
	life := seconds(fields.ExpiresIn)
	if life == 0 {
		life = LoginTimeout
	}
	d.prompt = Prompt{URL: uri, Code: clean(text(fields.UserCode)), CompleteURL: text(fields.CompleteURI), Expires: r.asked.Add(life)}
	switch {
	case d.code == "" || d.prompt.Code == "":
		return nil, newError(KindResponse, "%s answers %d without device_code or user_code", r.name(), r.status)
	case checkPage(uri) != "":
		return nil, newError(KindResponse, "%s names a verification_uri that %s", r.name(), checkPage(uri))
	}
	if checkPage(d.prompt.CompleteURL) != "" {
		d.prompt.CompleteURL = ""
	}
	if d.interval == 0 {
		d.interval = defaultInterval
	}
	d.interval = min(max(d.interval, time.Second), maxInterval)
	return d, nil
}

// checkPage returns what is wrong with a URL that a browser shall open and a
// terminal show.
func checkPage(raw string) string {
	if wrong := checkURL(raw); wrong != "" {
		return wrong
	}
	if u, err := url.Parse(raw); err != nil || u.String() != raw {
		return "is not written as a URL is"
	}
	return ""
}

// poll asks for the token until the person is ready (RFC 8628, 3.4 and 3.5).
func (t *Tokens) poll(ctx context.Context, s *server, d *device) (*answer, *Error) {
	form := t.form(deviceGrant, false)
	form.Set("device_code", d.code)
	for {
		if !pause(ctx, d.interval) {
			return nil, leftWaiting(ctx, "waiting for somebody to enter the code at "+place(d.prompt.URL))
		}
		if !t.now().Before(d.prompt.Expires) {
			return nil, newError(KindLogin, "the code has expired: nobody entered it at %s in time", place(d.prompt.URL)).hint("log in again: apicel login SUITE")
		}
		got, err := t.askOnce(ctx, s, form)
		if err == nil {
			return got, nil
		}
		switch {
		case err.code == "authorization_pending":
		case err.code == "slow_down":
			d.interval = min(d.interval+defaultInterval, maxInterval)
		case err.after != nil:
			d.interval = min(max(d.interval, err.after.wait), maxInterval)
		case (err.Kind == KindNetwork || err.Kind == KindTimeout) && ctx.Err() == nil:
			d.interval = min(2*d.interval, maxInterval) // RFC 8628, 3.5
		case ctx.Err() != nil:
			return nil, leftWaiting(ctx, "waiting for "+place(s.Token))
		default:
			return nil, deviceRefused(err, d)
		}
	}
}

func deviceRefused(err *Error, d *device) *Error {
	switch err.code {
	case "expired_token":
		err.Kind = KindLogin
		err.Hint = "nobody entered the code in time; log in again: apicel login SUITE"
	case "access_denied":
		err.Hint = "whoever entered the code at " + place(d.prompt.URL) + " refused"
	}
	return err
}
