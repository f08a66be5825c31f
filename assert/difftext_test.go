package assert

import (
	"context"
	"strings"
	"testing"
)

func TestDiffText(t *testing.T) {
	r := &run{ctx: context.Background()}
	long := strings.Repeat("x", 300)
	for _, tt := range [][3]string{
		{"a\n  b\nc", "a\n\tb\nc", "-··b\n+→b\n c"},
		{"a\nb\n", "a\nb \n", "-b\n+b·"},
		{"a\nb\n", "a\nB  \n", "-b\n+B··"},
		{"a\n", "a\nnew\t\n", "+new→"},
		{"a\nb c\n", "a\nb d\n", "-b c\n+b d"},
		{"a\n" + long + "A" + long + "\n", "a\n" + long + "B" + long + "\n",
			"-(234 characters before)…" + strings.Repeat("x", 66) + "A" + strings.Repeat("x", 133) + "…(167 more characters)\n" +
				"+(234 characters before)…" + strings.Repeat("x", 66) + "B" + strings.Repeat("x", 133) + "…(167 more characters)"},
	} {
		got := r.diffText(tt[0], tt[1])
		if !strings.Contains(got, "\n"+tt[2]) || strings.Contains(got, "(· is") != strings.ContainsAny(tt[2], "·→") {
			t.Errorf("%q and %q:\n%s\nwant\n%s", tt[0], tt[1], got, tt[2])
		}
	}
}
