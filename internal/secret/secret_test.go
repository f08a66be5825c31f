package secret

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestSecretShowsNothing(t *testing.T) {
	s := New("topsecret")
	type holder struct {
		Public  Secret
		private Secret
		Pointer *Secret
	}
	h := holder{s, s, &s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", s, h, &h)
	}
	fmt.Fprintln(&out, s, []Secret{s}, map[string]Secret{"k": s})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "s", s, "h", h)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "s", s, "h", h)
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal, xml.Marshal} {
		data, err := marshal(struct{ S Secret }{s})
		if err != nil {
			// XML has no element name for an anonymous struct.
			data, err = marshal(s)
		}
		if err != nil || !bytes.Contains(data, []byte(Mask)) {
			t.Errorf("%s, %v", data, err)
		}
		out.Write(data)
	}
	for _, leak := range []string{"topsecret", "746f70736563726574", "116 111 112"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is in %s", leak, &out)
		}
	}
	if s.Reveal() != "topsecret" || (Secret{}).Reveal() != "" || s.String() != Mask {
		t.Error("Reveal or String is wrong")
	}
}

func TestMaskHeader(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"Authorization", "Bearer abc", "Bearer ***"},
		{"authorization", "Basic dTpw", "Basic ***"},
		{"Proxy-Authorization", "Digest username=\"a\", response=\"b\"", "Digest ***"},
		{"Authorization", "abc", "***"},
		{"Authorization", " abc", "***"},
		{"Authorization", "abc ", "***"},
		{"Authorization", "", ""},
		{"Cookie", "a=1; b=2=3; odd; c=", "a=***; b=***;***; c=***"},
		{"Cookie", "a=1;", "a=***;"},
		{"Set-Cookie", "a=1", "a=***"},
		{"Set-Cookie", "a=1;", "a=***;"},
		{"set-cookie", "sid=abc; Path=/; Max-Age=3; HttpOnly", "sid=***; Path=/; Max-Age=3; HttpOnly"},
		{"Set-Cookie", "odd", "***"},
		{"Set-Cookie", "Path=/", "Path=***"},
		{"Set-Cookie", "a=1; token=abc; odd", "a=***; token=***;***"},
		{"Set-Cookie", "a=1; Path=/, sid=abc; Secure", "a=***; Path=***; Secure"},
		{"Set-Cookie", "a=1; expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax", "a=***; expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax"},
		{"Set-Cookie", "a=1; expires=Thu, 01 Jan 1970 00:00:00 GMT, sid=abc", "a=***; expires=***"},
		{"Set-Cookie ", "sid=abc", "sid=***"}, // as net/http spells "Set-Cookie : sid=abc"
		{"x-api-key\t", "abc", "***"},
		{"X-API-Key", "abc", "***"},
		{"Private-Token", "abc def", "***"},
		{"Content-Type", "text/plain", "text/plain"},
		{"X-Keyboard", "abc", "abc"},
	} {
		if got := MaskHeader(tt.name, tt.value); got != tt.want {
			t.Errorf("%s: %s gives %q, expected %q", tt.name, tt.value, got, tt.want)
		}
	}
	if !Header("x-api-key") || Header("Accept") {
		t.Error("Header is wrong")
	}
}
