package oauth

import (
	"net/http"
	"testing"
	"time"
)

// What a device authorization endpoint answers makes a prompt that a terminal
// and a browser can take, or one error.
func FuzzDeviceAnswer(f *testing.F) {
	f.Add(200, []byte(deviceAnswer))
	f.Add(200, []byte(`{"device_code": "the-device-code", "user_code": "A\u001b[2J", "verification_url": "https://a/?b", "interval": -1, "expires_in": "x"}`))
	f.Add(200, []byte(`{"device_code": 5, "user_code": ["A"], "verification_uri": "javascript:alert(1)"}`))
	f.Add(400, []byte(`{"error": "unauthorized_client"}`))
	f.Add(503, []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		tokens, w := newTokens(t, deviceConfig, Options{})
		d, err := tokens.device(&reply{what: deviceEndpoint, endpoint: deviceConfig.DeviceURL, status: status, header: http.Header{}, body: body, asked: time.Now()})
		if err != nil {
			w.expectError(t, err, err.Kind)
			return
		}
		if d.code == "" || d.prompt.Code != clean(d.prompt.Code) || checkPage(d.prompt.URL) != "" || d.interval < time.Second || d.interval > maxInterval {
			t.Errorf("%q: %+v", body, d)
		}
		if d.prompt.CompleteURL != "" && checkPage(d.prompt.CompleteURL) != "" {
			t.Errorf("%q: %+v", body, d)
		}
	})
}

// A wait that a server asks for is never negative, and bounded where it is kept.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"5", "-1", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", "Mon, 01 Jan 0000 00:00:00 GMT", "1.5", " 7 ", "\x00"} {
		f.Add(seed)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		after := retryAfter(http.Header{"Retry-After": {value}}, now)
		if after == nil {
			return
		}
		if after.wait < 0 {
			t.Errorf("%q: %s", value, after.wait)
		}
		failed := remember(&Error{after: after}, now, now)
		if memory := failed.until.Sub(now); memory <= 0 || memory > time.Minute {
			t.Errorf("%q is remembered for %s", value, memory)
		}
	})
}
