package assert

import (
	"context"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

func TestNear(t *testing.T) {
	r := &run{ctx: context.Background()}
	long := strings.Repeat("x", 300)
	for _, tt := range [][4]string{
		{`"abc"`, `"abd"`, `"abc"`, `"abd"`},
		{`"` + long + `A` + long + `"`, `"` + long + `B` + long + `"`,
			"(275 characters before)…" + strings.Repeat("x", 26) + "A" + strings.Repeat("x", 53) + "…(248 more characters)",
			"(275 characters before)…" + strings.Repeat("x", 26) + "B" + strings.Repeat("x", 53) + "…(248 more characters)"},
		{`"` + long + `"`, `"` + long + `é"`,
			"(222 characters before)…" + strings.Repeat("x", 79) + `"`, "(223 characters before)…" + strings.Repeat("x", 78) + `é"`},
		{`"abc` + long + `"`, `"abd` + long + `"`,
			`"abc` + strings.Repeat("x", 49) + "…(226 more characters)…" + strings.Repeat("x", 25) + `"`,
			`"abd` + strings.Repeat("x", 49) + "…(226 more characters)…" + strings.Repeat("x", 25) + `"`},
	} {
		want, got := r.near(gjson.Parse(tt[0]), gjson.Parse(tt[1]), maxShownInDiff)
		if want != tt[2] || got != tt[3] {
			t.Errorf("%s and %s:\ngot  %s\n     %s", tt[0], tt[1], want, got)
		}
	}
}

func TestNearHidesSecrets(t *testing.T) {
	secret := strings.Repeat("s3cr3t", 10)
	r := &run{ctx: context.Background(), options: options{redact: func(s string) string { return strings.ReplaceAll(s, secret, hidden) }}}
	for lead := range 2 * maxShown {
		text := strings.Repeat("x", lead) + secret
		for _, other := range []string{strings.Repeat("x", lead) + strings.Repeat("s3cr3t", 9) + "other", text + "other", ""} {
			a, b := r.near(textValue(text+strings.Repeat("y", maxShown)), textValue(other+strings.Repeat("y", maxShown)), maxShownInDiff)
			if strings.Contains(a, "s3cr") || strings.Contains(b, "s3cr") && !strings.Contains(other, "t"+"other") {
				t.Fatalf("lead of %d: %s and %s", lead, a, b)
			}
		}
	}
}

func TestLookalike(t *testing.T) {
	r := &run{ctx: context.Background()}
	for _, tt := range [][3]string{
		{"caf\u00e9", "cafe\u0301", "they look the same: found U+0065 U+0301, expected U+00E9 at character 4"},
		{"cafe\u0301", "caf\u00e9", "they look the same: found U+00E9, expected U+0065 U+0301 at character 4"},
		{"paypal", "p\u0430ypal", "they look the same: found U+0430, expected U+0061 at character 2"},
		{"a-b", "a–b", "they look the same: found U+2013, expected U+002D at character 2"},
		{"a b", "a\u00a0b", "they look the same: found U+00A0, expected U+0020 at character 2"},
		{"abc", "abd", ""},
		{"é", "è", ""},
	} {
		if got := r.lookalike(textValue(tt[0]), textValue(tt[1])); got != tt[2] {
			t.Errorf("%q and %q: got %s", tt[0], tt[1], got)
		}
	}
}
