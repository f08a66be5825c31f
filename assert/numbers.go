package assert

import (
	"fmt"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// numberOperations are the matchers that compare numbers, exactly.
var numberOperations = map[string]*operation{
	"gt":  numberOperation(">", func(c int) bool { return c > 0 }),
	"gte": numberOperation(">=", func(c int) bool { return c >= 0 }),
	"lt":  numberOperation("<", func(c int) bool { return c < 0 }),
	"lte": numberOperation("<=", func(c int) bool { return c <= 0 }),
}

func numberOperation(sign string, ok func(c int) bool) *operation {
	return &operation{
		prepare: func(o *op) error {
			d, isNumber := numberOf(o.want, o.text)
			if !isNumber {
				return fmt.Errorf("%s takes a number, and this is none", o.name)
			}
			o.ready = d
			return nil
		},
		judge: func(o *op, _ *run, s subject) verdict {
			d, isNumber := numberOf(s.value, s.text)
			if !isNumber {
				return void
			}
			return verdictOf(ok(d.Compare(o.ready.(expr.Decimal))))
		},
		describe: func(o *op, r *run) string { return sign + " " + r.show(gjson.Result{Raw: textOf(o.want)}) },
		explain: func(o *op, r *run, s subject, f *fault) {
			f.found = r.show(s.value)
			if _, isNumber := numberOf(s.value, s.text); isNumber {
				return
			}
			f.note = "it is not a number"
			if !s.text {
				f.found = r.typed(s.value)
			}
		},
	}
}

// numberOf reads a number, out of text only where the text is not JSON's.
func numberOf(v gjson.Result, text bool) (expr.Decimal, bool) {
	if kind := kindOf(v); kind == spec.Number || text && kind == spec.Text {
		return expr.ParseDecimal(textOf(v))
	}
	return expr.Decimal{}, false
}
