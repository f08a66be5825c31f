package secret

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

const (
	partsJWT    = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjaSIsImp0aSI6IlgzIn0.Qm9zc1NpZ25hdHVyZU9mVGhpc0Fzc2VydGlvbl8tMTIz"
	partsSecret = "cs17-/+&= client-secret-71sc"
)

func TestRedactParts(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("ci:" + url.QueryEscape(partsSecret)))
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "the secret of the client is wrong", "the secret of the client is wrong"},
		{"signature", "bad signature Qm9zc1NpZ25hdHVyZU9mVGhpc0Fzc2VydGlvbl8tMTIz in it", "bad signature *** in it"},
		{"payload", "payload=eyJpc3MiOiJjaSIsImp0aSI6IlgzIn0", "payload=***"},
		{"beginning", "secret cs17… is wrong", "secret ***… is wrong"},
		{"end", "a secret that ends in 71sc", "a secret that ends in ***"},
		{"basic credentials, cut", "got Basic " + basic[:24] + "…", "got Basic ***…"},
		{"form, cut", "client_secret=" + url.QueryEscape(partsSecret)[:12], "client_secret=***"},
		{"whole", "got " + partsSecret, "got ***"},
		{"words of it", "no client-secret was given", "no *** was given"},
		{"broken line", strings.Join([]string{partsJWT[:30], partsJWT[30:60], partsJWT[60:]}, "\n"), "***\n***\n***"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := NewRedactor()
			r.Add("assertion", partsJWT)
			r.Add("client_secret", partsSecret)
			r.Add("client_secret", basic)
			if got := r.RedactParts(tt.text); got != tt.want {
				t.Errorf("%q, expected %q", got, tt.want)
			}
		})
	}
}

func TestRedactPartsIsBounded(t *testing.T) {
	r := NewRedactor()
	if r.RedactParts("as it is") != "as it is" {
		t.Error("changed where nothing is known")
	}
	r.Add("assertion", strings.Repeat("ab1c", 2000))
	text := strings.Repeat("ab1cé", 1<<18)
	if got := r.RedactParts(text); len(got) > maxParts || strings.Contains(got, "ab1c") {
		t.Errorf("%d bytes: %.40q", len(got), got)
	}
}

// No run of a secret that is long enough is left, wherever it was cut out.
func FuzzRedactParts(f *testing.F) {
	f.Add("wrong: ", uint(3), uint(9))
	f.Add("\x00", uint(0), uint(100))
	f.Fuzz(func(t *testing.T, before string, from, length uint) {
		r := NewRedactor()
		r.Add("assertion", partsJWT)
		from %= uint(len(partsJWT) - minWordPart)
		part := partsJWT[from:min(uint(len(partsJWT)), from+minWordPart+length%64)]
		if len(before) > maxParts/2 {
			return
		}
		if got := r.RedactParts(before + part); strings.Contains(got, part) {
			t.Errorf("%q holds %q", got, part)
		}
	})
}
