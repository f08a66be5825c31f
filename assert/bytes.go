package assert

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// maxShownBytes is the number of bytes that are shown of what is no text.
const maxShownBytes = 16

// showBytes says how many bytes there are and shows those around at: as text
// where all of them are a short one, else in hexadecimal.
func (r *run) showBytes(b []byte, at int) string {
	size, text := count(len(b), "byte"), string(b)
	switch {
	case len(b) == 0:
		return size
	case r.hide(text) != text:
		return size + ": " + hidden
	case len(b) <= maxShownInDiff && utf8.Valid(b) && printable(text) == text:
		return size + ": " + strconv.Quote(text)
	}
	from := max(0, min(at, len(b))-maxShownBytes/2)
	shown := b[from:min(from+maxShownBytes, len(b))]
	if from > 0 {
		size += fmt.Sprintf(", from byte %d on", from+1)
	}
	if from+len(shown) < len(b) {
		return fmt.Sprintf("%s: % x…", size, shown)
	}
	return fmt.Sprintf("%s: % x", size, shown)
}

// compareBytes shows two sides that are bytes. It reports false where they are
// not, or must not be shown.
func (e *explainer) compareBytes(left, right ast.Expr) bool {
	x, _ := e.result(e.text(left))
	y, _ := e.result(e.text(right))
	a, okA := x.(types.Bytes)
	b, okB := y.(types.Bytes)
	if !okA || !okB || e.hides(left) || e.hides(right) {
		return false
	}
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	e.sides(left, right, e.showBytes(a, at), e.showBytes(b, at), true)
	if at > 0 {
		e.note(fmt.Sprintf("they differ from byte %d on", at+1))
	}
	return true
}
