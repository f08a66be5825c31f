package lazyregexp

import (
	"slices"
	"testing"
)

func TestRegexp(t *testing.T) {
	r := New(`(a)(b?)`)
	const text = "xab a"
	if !r.MatchString(text) || r.FindString(text) != "ab" || r.String() != `(a)(b?)` || string(r.Find([]byte(text))) != "ab" {
		t.Error("the first match")
	}
	if !slices.Equal(r.FindStringIndex(text), []int{1, 3}) || !slices.Equal(r.FindStringSubmatch(text), []string{"ab", "a", "b"}) ||
		!slices.Equal(r.FindStringSubmatchIndex(text), []int{1, 3, 1, 2, 2, 3}) {
		t.Error("its groups")
	}
	if !slices.Equal(r.FindAllString(text, -1), []string{"ab", "a"}) || len(r.FindAllStringIndex(text, 1)) != 1 ||
		len(r.FindAllStringSubmatch(text, -1)) != 2 || len(r.FindAllStringSubmatchIndex(text, -1)) != 2 {
		t.Error("all matches")
	}
	if r.ReplaceAllString(text, "-") != "x- -" || string(r.ReplaceAll([]byte(text), []byte("-"))) != "x- -" ||
		r.ReplaceAllStringFunc(text, func(s string) string { return s + s }) != "xabab aa" {
		t.Error("replaced")
	}
}

func TestWrongExpressionsPanicInTests(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	New(`(`)
}
