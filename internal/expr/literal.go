package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// insert is a ${ in a string of an expression. It looks as if a value were
// inserted there, and none is.
type insert struct {
	at   int
	hint string
}

// literal judges a constant. A ${ that is meant can be written "$" + "{".
func (w *nameWalk) literal(e ast.Expr) {
	value, ok := literalString(e)
	if !ok || !strings.Contains(value, "${") {
		return
	}
	at := w.at(e)
	i := strings.Index(w.unit.text[at:], "${")
	if i < 0 { // written with escapes, so it is meant
		return
	}
	w.unit.inserts = append(w.unit.inserts, insert{at + i, insertHint(value)})
}

// insertHint says how the string is written with the value in it.
func insertHint(value string) string {
	from := strings.Index(value, "${")
	end, _ := insertionEnd(value, from)
	if end < 0 {
		return `write "$" + "{" for the two characters`
	}
	inside := strings.TrimSpace(value[from+len("${") : end])
	if from == 0 && end == len(value)-1 {
		return fmt.Sprintf("write %s, without quotes and ${ }", inside)
	}
	return fmt.Sprintf(`write %s without ${ } and join it with +, or "$" + "{" for the two characters`, inside)
}

// gjsonPath judges the path given to gjson() where it is a constant.
func (w *nameWalk) gjsonPath(e ast.Expr) {
	path, ok := literalString(e)
	if !ok {
		return
	}
	f := CheckPath(path)
	if f == nil {
		return
	}
	at := w.at(e)
	if i := strings.Index(w.unit.text[at:], path); i > 0 && i <= len(`r"""`) { // as it stands, without escapes
		at += i + f.At
	}
	w.unit.fail(at, f.Message, f.Hint)
}
