package secret

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
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
		all["base32 behind "+before] = base32.StdEncoding.EncodeToString([]byte(before + value + "tail"))
		all["base32 in small letters behind "+before] = strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(before + value)))
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
	for value, want := range map[string]bool{"": false, "12345": false, "ääääa": false, "        ": false, "\n\t 12345 \n": false, " 123456 ": true, "123456": true, "ääääää": true} {
		if got := r.Add("n", value); got != want {
			t.Errorf("Add(%q) is %v, expected %v", value, got, want)
		}
	}
	if got := r.Redact("12345 ääääa 123456"); got != "12345 ääääa ***" {
		t.Errorf("%q", got)
	}
}

// What only may be a secret is known while it is one of the last, and as long as it
// comes again; what was added for good stays.
func TestAddRecent(t *testing.T) {
	r := NewRedactor()
	r.Add("n", "for-good")
	value := func(i int) string { return fmt.Sprintf("recent-%06d/+", i) }
	for i := range 3 * MaxRecent {
		if !r.AddRecent("cookie", value(i)) {
			t.Fatal("not added")
		}
		if i%1000 == 0 && !r.AddRecent("cookie", "comes-again") {
			t.Fatal("not added")
		}
	}
	for text, want := range map[string]string{
		"a for-good b":                  "a *** b",
		"a comes-again b":               "a *** b",
		value(3*MaxRecent - 1):          "***",
		value(2*MaxRecent + 1):          "***",
		url.QueryEscape(value(12_000)):  "***",
		`"recent-012000\/+"`:            `"***"`,
		value(0):                        value(0),
		value(MaxRecent / 2):            value(MaxRecent / 2),
		"for-goo " + value(12_287)[:12]: "for-goo " + value(12_287)[:12],
	} {
		if got := r.Redact(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if name, found := r.Find(value(12_000)); !found || name != "cookie" {
		t.Errorf("found %q", name)
	}
	values := 0
	for _, t := range []*table{r.recent.Load().now, r.recent.Load().before} {
		t.values.Range(func(_, _ any) bool { values++; return true })
	}
	if values > 2*MaxRecent {
		t.Errorf("%d values are kept", values)
	}
	if r.AddRecent("n", "short") || r.Len() != 1 {
		t.Errorf("%d for good", r.Len())
	}
}

func TestPlaced(t *testing.T) {
	header := http.Header{
		"Cookie": {`theme=dark; sid="0123456789abcdef"; long=a-long-value-of-it`}, "Authorization": {"Bearer token-1234"}, "X-Api-Key": {"key-12"},
		"x-auth-token": {"in-small-letters"}, "Accept": {"application/json-and-more"}, "X-Csrf-Token": {"short"}, "Set-Cookie": {"a=its-own-cookies-are-parsed"},
	}
	got := Placed(header, []*http.Cookie{{Value: "set-by-the-answer"}, {Value: "en-GB"}}, "http://a/?page=1000000&Access_token=t%2F1234#x", "http://a/")
	want := []string{"a-long-value-of-it", "set-by-the-answer", "0123456789abcdef", "in-small-letters", "token-1234", "t%2F1234", "t/1234", "key-12"}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestNilRedactor(t *testing.T) {
	var r *Redactor
	if r.Add("n", "topsecret") || r.AddRecent("n", "topsecret") || r.Len() != 0 || r.Redact("topsecret") != "topsecret" {
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
				if j%2 == 0 {
					r.Add("n", value)
				} else {
					r.AddRecent("n", value)
				}
				if got := r.Redact("a " + value); got != "a ***" {
					t.Errorf("%q", got)
				}
			}
		})
	}
	wg.Wait()
}

// A secret with lines of white space, and one that is nothing else.
func TestSecretsOfWhiteSpace(t *testing.T) {
	r := NewRedactor()
	if r.Add("n", "      ") || r.AddRecent("n", "\t\t\t\t\t\t") || !r.Add("n", "  a-secret-key\n      \n") {
		t.Error("white space counts")
	}
	if got := r.Redact("      a      a-secret-key      "); got != "      a    ***      " && got != "      a      ***      " {
		t.Errorf("got %q", got)
	}
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
