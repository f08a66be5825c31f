package assert

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"golang.org/x/text/unicode/norm"
)

// maxLookalike is the size, in bytes, of texts that are compared by their looks.
const maxLookalike = 64 << 10

// twins are letters and marks that a reader takes for the one behind them, in
// pairs: of Cyrillic and Greek, and the dashes and quotes of typography.
var twins = strings.NewReplacer(
	"а", "a", "с", "c", "ԁ", "d", "е", "e", "һ", "h", "і", "i", "ј", "j", "о", "o", "р", "p", "ԛ", "q", "ѕ", "s", "ԝ", "w", "х", "x", "у", "y",
	"А", "A", "В", "B", "С", "C", "Е", "E", "Н", "H", "І", "I", "Ј", "J", "К", "K", "М", "M", "О", "O", "Р", "P", "Ѕ", "S", "Т", "T", "Х", "X", "У", "Y",
	"Α", "A", "Β", "B", "Ε", "E", "Ζ", "Z", "Η", "H", "Ι", "I", "Κ", "K", "Μ", "M", "Ν", "N", "Ο", "O", "Ρ", "P", "Τ", "T", "Υ", "Y", "Χ", "X",
	"ο", "o", "ν", "v", "ι", "i", "α", "a",
	"‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "−", "-", "‘", "'", "’", "'", "ʼ", "'", "“", `"`, "”", `"`,
)

// lookalike says how two texts differ that look the same, "" for others.
func (r *run) lookalike(want, got gjson.Result) string {
	if want.Type != gjson.String || got.Type != gjson.String || !looksLike(want.Str, got.Str) {
		return ""
	}
	if r.hide(want.Str) != want.Str || r.hide(got.Str) != got.Str {
		return ""
	}
	at := differAt(want.Str, got.Str)
	at = baseOf(want.Str, got.Str, at)
	return fmt.Sprintf("they look the same: found %s, expected %s at character %d",
		codePoints(got.Str[at:]), codePoints(want.Str[at:]), utf8.RuneCountInString(want.Str[:at])+1)
}

// looksLike tells whether different texts look the same to a reader.
func looksLike(a, b string) bool {
	if a == b || max(len(a), len(b)) > maxLookalike || isASCII(a) && isASCII(b) {
		return false
	}
	return looks(a) == looks(b)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) < 0
}

func looks(s string) string { return twins.Replace(norm.NFKC.String(s)) }

// baseOf goes back from a mark that only one of two texts has, as an accent, to
// the letter that it belongs to.
func baseOf(a, b string, at int) int {
	for at > 0 && (startsWithMark(a[at:]) || startsWithMark(b[at:])) {
		at = backTo(a, at-1)
	}
	return at
}

func startsWithMark(s string) bool {
	c, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.M, c)
}

// codePoints are those of the first character of a text with its marks.
func codePoints(s string) string {
	var list []string
	for i, c := range s {
		if i > 0 && !unicode.Is(unicode.M, c) || len(list) == 4 {
			break
		}
		list = append(list, fmt.Sprintf("U+%04X", c))
	}
	if list == nil {
		return "the end"
	}
	return strings.Join(list, " ")
}
