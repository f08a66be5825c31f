package reporters

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	tests := []struct{ in, visible, inline string }{
		{"plain é 日本 👩‍💻", "plain é 日本 👩‍💻", "plain é 日本 👩‍💻"},
		{"a\tb\nc", "a\tb\nc", `a\tb\nc`},
		{"\x1b[31mred", `\x1b[31mred`, `\x1b[31mred`},
		{"over\rwritten\b\a\x7f", `over\rwritten\x08\x07\x7f`, `over\rwritten\x08\x07\x7f`},
		{"\u0085\u009b1m", `\x85\x9b1m`, `\x85\x9b1m`},
		{"\u202ea\u202c\u2066b\u2069\u200f\u061c", `\u202ea\u202c\u2066b\u2069\u200f\u061c`, `\u202ea\u202c\u2066b\u2069\u200f\u061c`},
		{"\u2028\u2029\ufeff\u200b", `\u2028\u2029\ufeff\u200b`, `\u2028\u2029\ufeff\u200b`},
		{"\x00\ufffe\uffff", `\x00\ufffe\uffff`, `\x00\ufffe\uffff`},
		{"bad \xff\xc3 end", `bad \xff\xc3 end`, `bad \xff\xc3 end`},
		{"\U000e0041", `\U000e0041`, `\U000e0041`},
		{"�", "�", "�"},
	}
	for _, tt := range tests {
		if got := visible(tt.in); got != tt.visible {
			t.Errorf("visible(%q) = %q, want %q", tt.in, got, tt.visible)
		}
		if got := inline(tt.in); got != tt.inline {
			t.Errorf("inline(%q) = %q, want %q", tt.in, got, tt.inline)
		}
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("a\x1b[0m\r\n\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := inline(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r < 0x20 || hostile(r) }) {
			t.Fatalf("inline(%q) = %q", s, got)
		}
		if inline(got) != got {
			t.Fatalf("inline is not stable for %q", s)
		}
	})
}

func TestDisplayWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "ｱ": 1, "Ａ": 2, "😀": 2} {
		if got := displayWidth(s); got != want {
			t.Errorf("displayWidth(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestMiddle(t *testing.T) {
	tests := []struct {
		in    string
		limit int
		want  string
	}{
		{"", 5, ""},
		{"short", 5, "short"},
		{"longer", 5, "lo…er"},
		{"longer!", 6, "lon…r!"},
		{"/products?per_page=100&category=light", 20, "/products?…ory=light"},
		{"日本語の名前です", 8, "日本…す"},
		{"e\u0301e\u0301e\u0301e\u0301e\u0301", 4, "e\u0301e\u0301…e\u0301"},
	}
	for _, tt := range tests {
		got := middle(tt.in, tt.limit)
		if got != tt.want || displayWidth(got) > tt.limit {
			t.Errorf("middle(%q, %d) = %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:              "0 ms",
		0:                         "0 ms",
		40 * time.Microsecond:     "0.0 ms",
		310 * time.Microsecond:    "0.3 ms",
		9949 * time.Microsecond:   "9.9 ms",
		9950 * time.Microsecond:   "10 ms",
		999 * time.Millisecond:    "999 ms",
		999_600_000:               "1.00 s",
		59_994 * time.Millisecond: "59.99 s",
		59_996 * time.Millisecond: "1m00s",
		125 * time.Second:         "2m05s",
		2*time.Hour + time.Minute: "2h01m00s",
	} {
		if got := duration(d); got != want {
			t.Errorf("duration(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestAim(t *testing.T) {
	long := strings.Repeat("x", 500)
	tests := []struct {
		name        string
		line        string
		column      int
		text, under string
	}{
		{"first", "querys:", 1, "querys:", ""},
		{"characters, not bytes", "é: ü", 4, "é: ü", "   "},
		{"a tab stays one", "\t- x", 4, "\t- x", "\t  "},
		{"wide", "日本 x", 4, "日本 x", "     "},
		{"combining", "e\u0301 x", 4, "e\u0301 x", "  "},
		{"spelled out", "\x1b x", 3, `\x1b x`, "     "},
		{"past the end", "ab", 9, "ab", "  "},
		{"no column", "ab", 0, "ab", ""},
		{"byte order mark", "\ufeffname", 1, "name", ""},
		{"not UTF-8", "a\xffb", 3, "a�b", "  "},
		{
			"in the middle of a long line", long, 250,
			"…" + strings.Repeat("x", 160) + "…", strings.Repeat(" ", 81),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, under := aim(tt.line, tt.column)
			if text != tt.text || under != tt.under {
				t.Errorf("got %q, %q, want %q, %q", text, under, tt.text, tt.under)
			}
		})
	}
}

func TestDefuse(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a :: b\n", "a :: b\n"},
		{"::error::x\n", "\\::error::x\n"},
		{"ok\n \t::error::x\n::y\n", "ok\n \t\\::error::x\n\\::y\n"},
		{"x ##[group]y ##vso[task.x]z ## title\n", "x #\\#[group]y #\\#vso[task.x]z ## title\n"},
	}
	for _, tt := range tests {
		if got := string(defuse([]byte(tt.in))); got != tt.want {
			t.Errorf("defuse(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestLayoutBody(t *testing.T) {
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	tests := []struct{ name, in, want string }{
		{"keys and numbers as they came", ` {"b":1.50,"a":12345678901234567890}`, "{\n  \"b\": 1.50,\n  \"a\": 12345678901234567890\n}\n"},
		{"not JSON", "a\r\nb\rc", "a\nb\rc"},
		{"cut JSON", `{"a": [1,`, `{"a": [1,`},
		{"a scalar", `"x"`, `"x"`},
		{"too deep", deep, deep},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := layoutBody(tt.in); got != tt.want {
				t.Errorf("got %.80q, want %.80q", got, tt.want)
			}
		})
	}
}

// zeros never ends.
type zeros struct{ read int }

func (z *zeros) Read(p []byte) (int, error) {
	z.read += len(p)
	return len(p), nil
}

func TestReadJSONIsBounded(t *testing.T) {
	z := &zeros{}
	if _, err := readJSON(z, 1000); err == nil || err.Error() != "found more than 1.0 kB, expected less" {
		t.Errorf("got %v", err)
	}
	if z.read > 1001 {
		t.Errorf("%d bytes were read", z.read)
	}
}

func TestClassname(t *testing.T) {
	for file, want := range map[string]string{
		"examples/orders.apicel.yaml":    "examples.orders",
		"./orders.apicel.yaml":           "orders",
		"../v1.2/orders.apicel.yaml":     "v1_2.orders",
		"/abs/a.b/smoke.yaml":            "abs.a_b.smoke",
		"":                               "suite",
		"..":                             "suite",
		"C:/x/new\nline.apicel.yaml":     `C:.x.new\nline`,
		"orders.apicel.yaml.apicel.yaml": "orders_apicel_yaml",
	} {
		if got := classname(file); got != want {
			t.Errorf("classname(%q) = %q, want %q", file, got, want)
		}
	}
}
