package assert

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types/traits"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
)

// errEmpty is a body without anything in it.
var errEmpty = errors.New("the body is empty")

// byteOrderMark may stand before JSON and is no part of it (RFC 8259, section 8.1).
const byteOrderMark = "\uFEFF"

// json is the body as JSON, whatever its content type says. It is checked once
// for all checks, because gjson makes of wrong JSON what it can; and where an
// expression, too, reads the body as an object or array, once for these as well.
func (j *judging) json() (gjson.Result, error) {
	if !j.bodyRead {
		if err := j.activation.CheckText(); err != nil {
			return gjson.Result{}, err
		}
		j.body, j.bodyErr = parseBody(j.activation.Text(), isDecoded(j.activation))
		j.bodyRead = true
	}
	return j.body, j.bodyErr
}

// isDecoded tells whether the activation has found the body to be JSON.
func isDecoded(a *expr.Activation) bool {
	switch a.Body().(type) {
	case traits.Mapper, traits.Lister:
		return true
	}
	return false
}

func parseBody(text string, checked bool) (gjson.Result, error) {
	text = strings.TrimPrefix(text, byteOrderMark)
	if strings.TrimSpace(text) == "" {
		return gjson.Result{}, errEmpty
	}
	if !checked {
		if err := expr.CheckJSON(text); err != nil {
			return gjson.Result{}, fmt.Errorf("the body is not JSON: %w", err)
		}
	}
	return gjson.Parse(strings.TrimSpace(text)), nil
}
