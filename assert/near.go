package assert

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// near shows two values that differ. Where they are long and begin in the same
// way, it is what stands around the first difference that is shown of both.
func (r *run) near(want, got gjson.Result, limit int) (string, string) {
	if kindOf(want) != kindOf(got) {
		return r.showIn(want, limit), r.showIn(got, limit)
	}
	a, b := spelled(want), spelled(got)
	if max(len(a), len(b)) <= limit || differAt(a, b) < limit/2 {
		return r.showIn(want, limit), r.showIn(got, limit)
	}
	return r.around(a, b, limit)
}

// spelled is a value as it is shown, apart from what is hidden and cut.
func spelled(v gjson.Result) string {
	if v.Type == gjson.String {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v.Str) + `"`
	}
	return compact(v.Raw)
}

// around is what stands in two texts around their first difference.
func (r *run) around(a, b string, limit int) (string, string) {
	at := differAt(a, b)
	// Secrets are taken out before anything is cut, and what is read around the
	// difference begins and ends far from what is shown of it.
	from := backTo(a, max(at-maxRead, 0))
	left, right := r.readable(a, from, at), r.readable(b, from, at)
	first := 0
	for first < min(len(left), len(right)) && left[first] == right[first] {
		first++
	}
	before := utf8.RuneCountInString(a[:from])
	return window(left, first, before, a[min(at+maxRead, len(a)):], limit), window(right, first, before, b[min(at+maxRead, len(b)):], limit)
}

// readable is the part of a text around at, from from on, as it may be shown.
func (r *run) readable(s string, from, at int) []rune {
	return []rune(printable(r.hide(s[from:backTo(s, min(at+maxRead, len(s)))])))
}

// window is about limit characters around first. What stands before and behind
// them is counted.
func window(text []rune, first, before int, behind string, limit int) string {
	start := max(0, min(first-limit/3, len(text)-limit))
	end := min(start+limit, len(text))
	shown := string(text[start:end])
	if n := before + start; n > 0 {
		shown = fmt.Sprintf("(%d characters before)…%s", n, shown)
	}
	if n := len(text) - end + utf8.RuneCountInString(behind); n > 0 {
		shown = fmt.Sprintf("%s…(%d more characters)", shown, n)
	}
	return shown
}

// differAt is where two texts begin to differ, in bytes, at the beginning of a
// character.
func differAt(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	if n < len(a) && n < len(b) {
		return min(backTo(a, n), backTo(b, n))
	}
	return n
}

// backTo is the beginning of the character at i, i itself where that is none.
func backTo(s string, i int) int {
	for k := i; k >= 0 && k < len(s) && i-k < utf8.UTFMax; k-- {
		if utf8.RuneStart(s[k]) {
			return k
		}
	}
	return i
}
