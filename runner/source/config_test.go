package source

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// eachField calls do with the path of each field of a struct, those of structs
// in it included.
func eachField(v reflect.Value, path string, do func(path string, field reflect.Value)) {
	for i := range v.NumField() {
		name := path + v.Type().Field(i).Name
		if f := v.Field(i); f.Kind() == reflect.Struct {
			eachField(f, name+".", do)
		} else {
			do(name, f)
		}
	}
}

// mutations are other values for a field, all of them different in meaning.
func mutations(t *testing.T, f reflect.Value) []any {
	t.Helper()
	switch f.Interface().(type) {
	case string:
		return []any{"topsecret", "top", `top" "secret`, "\xff", "\ufffd"}
	case []byte:
		return []any{[]byte("topsecret"), []byte("top"), []byte{}, []byte{0xff}}
	case []string:
		return []any{[]string{"topsecret"}, []string{"topsecret", ""}, []string{"topsecret", "b"}, []string{`topsecret" "b`}}
	case []Resolution:
		return []any{[]Resolution{{"topsecret", "b"}}, []Resolution{{"b", "topsecret"}}, []Resolution{{"topsecret", "b"}, {"c", "d"}}, []Resolution{{`topsecret" "b`, ""}}}
	case bool:
		return []any{true}
	case time.Duration:
		return []any{time.Second, time.Millisecond}
	case int64:
		return []any{int64(1), int64(2)}
	}
	t.Fatalf("nothing is known to change a %s", f.Type())
	return nil
}

// Each field of a Config is in its key: two that differ share no client. A field
// that is added later is found here by itself.
func TestKeyHoldsEachField(t *testing.T) {
	keys := map[string]string{Config{}.Key(): "nothing"}
	var c Config
	eachField(reflect.ValueOf(&c).Elem(), "", func(path string, f reflect.Value) {
		for _, value := range mutations(t, f) {
			f.Set(reflect.ValueOf(value))
			key := c.Key()
			if other, known := keys[key]; known {
				t.Errorf("%s = %q has the key of %s", path, value, other)
			}
			keys[key] = fmt.Sprintf("%s = %q", path, value)
			if path != "BaseURL" && path != "HTTP" && strings.Contains(key, "top") {
				t.Errorf("%s shows in the key %s", path, key)
			}
			f.SetZero()
		}
	})
	if c.Key() != (Config{Timeout: DefaultTimeout, HTTP: HTTPAuto, TLS: TLS{MinVersion: "1.2"}}).Key() {
		t.Error("defaults that are written out have another key")
	}
}

func TestLimitsAreThoseOfTheClient(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 2000)) })
	pool := NewPool(Options{})
	t.Cleanup(pool.Close)
	for size, ok := range map[int64]bool{0: true, 1999: false, 2000: true} {
		c := must[*Client](t)(pool.Client(Config{BaseURL: api.URL, MaxResponseSize: size}))
		if ok {
			do(t, c, Request{URL: api.URL})
			continue
		}
		expectText(t, fail(t, c, Request{URL: api.URL}, KindResponse), "at most 1.952 KiB")
	}
}
