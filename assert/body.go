package assert

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types/traits"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// errEmpty is a body without anything in it.
var errEmpty = errors.New("the body is empty")

// byteOrderMark may stand before JSON and is no part of it (RFC 8259, section 8.1).
const byteOrderMark = "\uFEFF"

// json is the body as JSON, whatever its content type says. It is checked once
// for all checks, because gjson makes of wrong JSON what it can; and where an
// expression, too, reads the body as an object or array, once for these as well.
// Of equal keys it has the first (see dispute).
func (j *judging) json() (gjson.Result, error) {
	if !j.bodyRead {
		if err := j.activation.CheckText(); err != nil {
			return gjson.Result{}, err
		}
		text := j.activation.Text()
		decoded := isDecoded(j.activation)
		if decoded && !expr.HasUniqueKeys(j.activation.Body()) {
			text = j.readBoth(text)
		}
		j.body, j.bodyErr = parseBody(text, decoded)
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

// readings are what the readers of a body disagree on in which an object has a
// key twice: what those see who take the last, and which keys these are.
type readings struct {
	last  gjson.Result
	twice []expr.DoubleKey
}

// readBoth returns the body as those see it who take the first of equal keys.
func (j *judging) readBoth(text string) string {
	first, last, twice := expr.Readings(text)
	if len(twice) > 0 {
		j.readings = &readings{gjson.Parse(strings.TrimSpace(last)), twice}
	}
	return first
}

// dispute says that readers of the body do not agree on a value that was found in
// it, or returns nil. find finds it for those who take the last of equal keys; path
// names the keys that it leads through.
func (j *judging) dispute(value gjson.Result, path string, find func(body gjson.Result) gjson.Result) *dispute {
	if j.readings == nil {
		return nil
	}
	last := find(j.readings.last)
	if expr.Agree(value, last) {
		return nil
	}
	return &dispute{value, last, j.hide(expr.Blame(j.readings.twice, path))}
}

// dispute is what the readers of a body find who do not agree, and why.
type dispute struct {
	first, last gjson.Result
	message     string
}

// failure is that of the check that reads it.
func (d *dispute) failure(j *judging, check string, at spec.Pos) *Failure {
	found := j.showOrNothing(d.first) + " or " + j.showOrNothing(d.last)
	return &Failure{Check: check, Pos: at, Found: found, Message: d.message}
}

// whole is the body that a check reads as a whole.
func whole(body gjson.Result) gjson.Result { return body }

// showOrNothing shows a value that may not be there.
func (r *run) showOrNothing(v gjson.Result) string {
	if !v.Exists() {
		return nothingThere
	}
	return r.show(v)
}
