package assert

import "github.com/apicel/apicel/internal/expr"

// equalNumbers tells whether two spellings are of one number. Spellings that
// cannot be computed with are equal where they are the same text.
func equalNumbers(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := expr.ParseDecimal(a)
	y, okY := expr.ParseDecimal(b)
	return okX && okY && x.Compare(y) == 0
}

// numberKey is a text that equal numbers share, by the rules of equalNumbers.
func numberKey(text string) string {
	if d, ok := expr.ParseDecimal(text); ok {
		return d.Key()
	}
	return text
}
