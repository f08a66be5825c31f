package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxDepth is how deeply JSON may be nested, as in encoding/json.
const maxDepth = 10000

// CheckJSON says whether text is one valid JSON value and, if not, what is
// wrong with it and where in the text: "line 2, column 7: …".
func CheckJSON(text string) error {
	if tooDeep(text) {
		return errTooDeep
	}
	return checkSyntax(text)
}

// checkUnique is CheckJSON, and tells whether no object in the text has a key
// twice.
func checkUnique(text string) (unique bool, err error) {
	deep, unique := scanJSON(text)
	if deep {
		return false, errTooDeep
	}
	return unique, checkSyntax(text)
}

var errTooDeep = fmt.Errorf("it is nested more than %d levels deep", maxDepth)

func checkSyntax(text string) error {
	if gjson.Valid(text) {
		return nil
	}
	var v json.RawMessage
	err := json.Unmarshal([]byte(text), &v)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return errors.New("it is not valid JSON") // gjson is the stricter of the two here
	}
	message, at := syntax.Error(), int(syntax.Offset)-1
	switch {
	case message == "unexpected end of JSON input":
		at = len(text)
	case at >= 0 && at < len(text) && text[at] >= utf8.RuneSelf:
		// encoding/json speaks of the first byte as if it were the character.
		r, _ := utf8.DecodeRuneInString(text[at:])
		message = strings.Replace(message, strconv.QuoteRune(rune(text[at])), strconv.QuoteRune(r), 1)
	}
	line, col := place(text, at)
	return fmt.Errorf("line %d, column %d: %s", line, col, message)
}

// tooDeep counts brackets. It runs before the recursive parsers do.
func tooDeep(s string) bool {
	if len(s) <= maxDepth {
		return false
	}
	depth := 0
	for i := 0; i < len(s); {
		switch class[s[i]] {
		case quoteClass:
			i = skipString(s, i)
			continue
		case openClass:
			if depth++; depth > maxDepth {
				return true
			}
		case closeClass:
			depth--
		}
		i++
	}
	return false
}

// place returns line and column, from 1 and in characters, of a byte offset.
func place(text string, offset int) (line, col int) {
	offset = min(max(offset, 0), len(text))
	before := text[:offset]
	line = strings.Count(before, "\n") + 1
	return line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}
