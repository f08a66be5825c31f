package assert

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/spec"
)

var insertedSecret = lazyregexp.New(`\$\{\s*secrets\.(\w+)\s*\}`)

// insertedSecrets are the secrets of which an operand inserts each as a whole,
// so that a redactor finds them in its text. There are none where the operand
// may have anything else that is computed from a secret.
func insertedSecrets(v spec.Value) []string {
	if v.Kind != spec.Text {
		return nil
	}
	rest := insertedSecret.ReplaceAllString(v.Scalar.Value, "")
	if strings.Contains(rest, "secrets") || strings.Contains(rest, "captures") {
		return nil
	}
	var names []string
	for _, m := range insertedSecret.FindAllStringSubmatch(v.Scalar.Value, -1) {
		names = append(names, m[1])
	}
	return names
}

// maskedText is the operand as text with *** in place of each secret that it
// inserts. It reports false where that cannot be done, as with secrets that are
// too short for a redactor.
func (o *op) maskedText(j *judging, want gjson.Result) (gjson.Result, bool) {
	if len(o.inserts) == 0 || kindOf(want) != spec.Text {
		return gjson.Result{}, false
	}
	for _, name := range o.inserts {
		if value, ok := j.activation.Secrets[name]; !ok || j.hide(value) != hidden {
			return gjson.Result{}, false
		}
	}
	shown := j.hide(want.Str)
	return textValue(shown), shown != hidden
}
