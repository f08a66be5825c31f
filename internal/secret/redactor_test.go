package secret

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func redactor(t testing.TB, values ...string) *Redactor {
	t.Helper()
	r := NewRedactor()
	for i, value := range values {
		if !r.Add(fmt.Sprint("s", i), value) {
			t.Fatalf("%q was not added", value)
		}
	}
	return r
}

func TestRedact(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []string
		text   string
		want   string
	}{
		{"nothing known", nil, "some text", "some text"},
		{"nothing there", []string{"topsecret"}, "some text", "some text"},
		{"empty text", []string{"topsecret"}, "", ""},
		{"short text", []string{"topsecret"}, "top", "top"},
		{"alone", []string{"topsecret"}, "topsecret", "***"},
		{"inside", []string{"topsecret"}, "a topsecret b topsecret", "a *** b ***"},
		{"at the end, cut", []string{"topsecret"}, "a topsecre", "a topsecre"},
		{"longest first", []string{"secret", "secret-key"}, "a secret-key b secret c", "a *** b *** c"},
		{"overlapping", []string{"abcdef", "defghi"}, "-abcdefghi-", "-***-"},
		{"one inside another, later", []string{"abcdefghi", "defghijkl"}, "-abcdefghijkl-", "-***-"},
		{"overlapping itself", []string{"aabaab"}, "-aabaabaab-", "-***-"},
		{"side by side", []string{"secret"}, "secretsecret", "***"},
		{"made by masking", []string{"ab***cd", "secret"}, "absecretcd", "***"},
		{"stars", []string{"********"}, "a ******** b", "a *** b"},
		{"utf-8", []string{"gehäim"}, "a gehäim b", "a *** b"},
		{"spaces around", []string{"topsecret\n"}, "a topsecret b", "a *** b"},
		{"lines", []string{"-----BEGIN KEY-----\nMIIEvQIBADANBgkqhki\nshort\n"}, "  MIIEvQIBADANBgkqhki\n  short", "  ***\n  short"},
	} {
		if got := redactor(t, tt.values...).Redact(tt.text); got != tt.want {
			t.Errorf("%s: %q, expected %q", tt.name, got, tt.want)
		}
	}
}

// known are the forms that the redactor promises, made here by other means.
func known(t testing.TB, value string) map[string]string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{
		"raw":             value,
		"query":           url.QueryEscape(value),
		"query, %20":      strings.ReplaceAll(url.QueryEscape(value), "+", "%20"),
		"path":            url.PathEscape(value),
		"query in a URL":  (&url.URL{RawQuery: url.Values{"k": {value}}.Encode()}).String(),
		"json":            string(encoded),
		"go":              strconv.Quote(value),
		"html":            html.EscapeString(value),
		"xml":             strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace(value),
		"hex":             fmt.Sprintf("%x", value),
		"HEX":             fmt.Sprintf("%X", value),
		"slashes in json": strings.ReplaceAll(string(encoded), "/", `\/`),
	}
	for _, before := range []string{"", "u", "us", "use", "user:"} {
		all["base64 behind "+before] = base64.StdEncoding.EncodeToString([]byte(before + value + "tail"))
		all["base64url behind "+before] = base64.RawURLEncoding.EncodeToString([]byte(before + value))
	}
	return all
}

func TestRedactForms(t *testing.T) {
	for _, value := range []string{"topsecret", "p&ss w<o>rd\"'/+=", "tab\tline\nend", "gehäim 🔑 x", `back\slash/es`, "a.b-c_d~e*f(g)"} {
		r := redactor(t, value)
		for name, text := range known(t, value) {
			got := r.Redact("before " + text + " after")
			if !strings.Contains(got, Mask) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
				t.Errorf("%q as %s: %q", value, name, got)
			}
			if found, ok := r.Find(text); !ok || found != "s0" {
				t.Errorf("%q as %s is not found", value, name)
			}
		}
		for _, other := range []string{asciiJSON(value), lowerPercent(url.QueryEscape(value))} {
			if got := r.Redact(other); strings.Contains(got, other) {
				t.Errorf("%q: %q", value, got)
			}
		}
	}
}

// Parts of a URL and names of files are encoded by rules of their own, which leave
// more as it is than a query value does.
func TestRedactFormsOfWholeURLs(t *testing.T) {
	r := NewRedactor()
	r.Add("key", `Zx9/Qw"7-Kp+3&L!m<8?z`)
	for name, text := range map[string]string{
		"quoted by a library":     "/echo?x=Zx9/Qw%227-Kp%2B3%26L%21m%3C8%3Fz",
		"encodeURI":               "/echo?x=Zx9/Qw%227-Kp+3&L!m%3C8?z",
		"a path that is inserted": "http://a.example/Zx9/Qw%227-Kp+3&L!m%3C8%3Fz",
		"a file name of a form":   `form-data; name="g"; filename="Zx9/Qw%227-Kp+3&L!m<8?z.txt"`,
		"that in JSON":            `{"x":"filename=\"Zx9/Qw%227-Kp+3&L!m<8?z.txt\""}`,
	} {
		if got := r.Redact(text); strings.Contains(got, "Zx9") || strings.Contains(got, "8") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestAddRefusesShortValues(t *testing.T) {
	r := NewRedactor()
	for value, want := range map[string]bool{"": false, "12345": false, "ääääa": false, "123456": true, "ääääää": true} {
		if got := r.Add("n", value); got != want {
			t.Errorf("Add(%q) is %v, expected %v", value, got, want)
		}
	}
	if got := r.Redact("12345 ääääa 123456"); got != "12345 ääääa ***" {
		t.Errorf("%q", got)
	}
}

func TestNilRedactor(t *testing.T) {
	var r *Redactor
	if r.Add("n", "topsecret") || r.Redact("topsecret") != "topsecret" {
		t.Error("a nil Redactor does something")
	}
	if _, found := r.Find("topsecret"); found {
		t.Error("a nil Redactor finds something")
	}
}

func TestRedactorIsConcurrent(t *testing.T) {
	r := NewRedactor()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				value := fmt.Sprintf("secret-%d-%d", i, j)
				r.Add("n", value)
				if got := r.Redact("a " + value); got != "a ***" {
					t.Errorf("%q", got)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzRedact(f *testing.F) {
	f.Add("topsecret", "other-secret", "a topsecret b")
	f.Add("******", "ab***cd", "abtopsecretcd")
	f.Add("aabaab", "abaaba", "aabaabaabaab")
	f.Add("p&ss w<o>rd\"'", "ä€🔑ä€🔑", "x")
	f.Fuzz(func(t *testing.T, one, two, text string) {
		r := NewRedactor()
		var added []string
		for _, value := range []string{one, two} {
			if r.Add("n", value) {
				added = append(added, value)
			}
		}
		if len(added) == 0 && r.Redact(text) != text {
			t.Fatalf("%q became %q for no secret", text, r.Redact(text))
		}
		for _, value := range added {
			texts := []string{text, text + value + text, value + value, value[:len(value)/2] + value}
			for _, form := range known(t, value) {
				texts = append(texts, text+form+text)
			}
			for _, text := range texts {
				got := r.Redact(text)
				for _, secret := range added {
					if strings.Contains(got, secret) {
						t.Fatalf("%q is in %q, made of %q", secret, got, text)
					}
				}
				if name, found := r.Find(got); found {
					t.Fatalf("a form of %s is in %q", name, got)
				}
			}
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	for _, secrets := range []int{0, 5, 1000} {
		r := NewRedactor()
		for i := range secrets {
			r.Add("n", fmt.Sprintf("k%d-topsecret-%d", i, i*7919))
		}
		text := strings.Repeat(`{"id":12345,"name":"Ada Lovelace","email":"ada@example.com"},`, 34)[:2048]
		for name, text := range map[string]string{"clean": text, "hit": text[:1000] + "k1-topsecret-7919" + text[1000:]} {
			b.Run(fmt.Sprintf("%d/%s", secrets, name), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					r.Redact(text)
				}
			})
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	r := NewRedactor()
	i := 0
	for b.Loop() {
		r.Add("n", fmt.Sprintf("k%d-topsecret-%d", i, i*7919))
		i++
	}
}

func TestRedactPrefix(t *testing.T) {
	r := NewRedactor()
	r.Add("token", "a-secret-word")
	for cut := range len("begin a-secret-word end") {
		if got := r.RedactPrefix("begin a-secret-word end"[:cut]); strings.Contains(got, "a-s") {
			t.Errorf("cut at %d: %q", cut, got)
		}
	}
	var none *Redactor
	if got := none.RedactPrefix("text"); got != "text" {
		t.Errorf("without secrets: %q", got)
	}
}
