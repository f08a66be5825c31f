package assert

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apicel/apicel/internal/expr"
)

func TestParseDecimal(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "0.000": "0", "0e5": "0", "1": "1e1", "10": "1e2", "1.0": "1e1", "+7": "7e1",
		"007": "7e1", "0.05": "5e-1", "-12.50": "-125e2", "12e-1": "12e1", "1E+2": "1e3",
		"": "bad", "-": "bad", "1.": "bad", ".5": "bad", "1e": "bad", "1e+-2": "bad", "--1": "bad", "+-1": "bad",
		"0x10": "bad", "1_000": "bad", "Inf": "bad", "NaN": "bad", "1\n": "bad", "1e2.5": "bad", "１": "bad",
	} {
		got := "bad"
		if d, ok := expr.ParseDecimal(text); ok {
			got = d.Key()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestDecimalsCompareAsRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,4})(\.[0-9]{1,4})?([eE][+-]?[0-9])?`)
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, okX := expr.ParseDecimal(a)
		y, okY := expr.ParseDecimal(b)
		if !okX || !okY {
			t.Fatalf("%s or %s was refused", a, b)
		}
		p, _ := new(big.Rat).SetString(a)
		q, _ := new(big.Rat).SetString(b)
		if got, want := x.Compare(y), p.Cmp(q); got != want {
			t.Fatalf("%s and %s: got %d, want %d", a, b, got, want)
		}
		if (x.Key() == y.Key()) != (p.Cmp(q) == 0) {
			t.Fatalf("%s and %s: keys %s and %s", a, b, x.Key(), y.Key())
		}
	})
}

func TestHugeExponentsAreCheap(t *testing.T) {
	start := time.Now()
	for _, pair := range [][2]string{
		{"1e999999999", "1e-999999999"},
		{"1e" + strings.Repeat("9", expr.MaxExponentDigits), "2e" + strings.Repeat("9", expr.MaxExponentDigits)},
		{"1e" + strings.Repeat("9", 1<<20), "2e5"},
	} {
		if equalNumbers(pair[0], pair[1]) {
			t.Errorf("%.20s equals %.20s", pair[0], pair[1])
		}
	}
	if took := time.Since(start); took > patience {
		t.Errorf("took %s", took)
	}
	if huge := "1e" + strings.Repeat("9", 1<<20); !equalNumbers(huge, huge) {
		t.Error("a number does not equal itself")
	}
}
