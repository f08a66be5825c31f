package runner

import (
	"context"
	"fmt"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/apicel/apicel/assert"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// query is one compiled query.
type query struct {
	suite *suite
	spec  *spec.Query
	// index counts the queries of the suite that run, over all phases; -1 is one
	// that was not selected.
	index int
	// needed tells that it runs only because others that were selected need it.
	needed bool
	// onlyRows, where it is not nil, are the names of the rows to send.
	onlyRows []string
	// tags are those of the suite and its own, each once.
	tags []string

	name *expr.Template
	skip *expr.Template
	// shownName and skipReason are what name and skip give without a row.
	shownName, skipReason string
	cond                  *expr.Expr
	rows                  []*expr.JSON
	eachExpr              *expr.Expr
	rowFile               *rowFile

	path    *expr.Template
	params  []field
	headers []field
	cookies []field
	auth    *auth // nil inherits the source's
	body    *body
	timeout *duration
	poll    *poll
	retry   *retry // its own or the source's, nil for none
	// redirects is nil where the source's hold.
	redirects *redirects

	checks   *assert.Checks
	captures *assert.Captures

	// own is what the query's parts read, refs that and what it inherits from
	// the source. Once the query is built they hold the captures only.
	own, refs *expr.Refs
	safe      bool

	// needs are what must have passed (in teardown: been captured) before the
	// query is sent.
	needs []need
	// waits are the queries of its own phase that must be done before it is
	// sent, for its needs' or for order's sake, without duplicates.
	waits []*query
	// level is the wave of its phase that the query belongs to, from 0.
	level int
}

// need is a query that another one needs and the capture or the after that says so.
type need struct {
	query   *query
	capture string // "" for an after
}

// field is a header, param, cookie or form field whose values are templates.
type field struct {
	name   string
	values []*expr.Template
	remove bool
}

// duration is a length of time that may be a template.
type duration struct {
	value time.Duration
	text  *expr.Template
}

// poll is a compiled poll.
type poll struct {
	interval, timeout duration
	giveUp            *expr.Expr
}

func (q *query) phase() spec.Phase { return q.spec.Phase }

// each tells whether the query is sent once a row.
func (q *query) each() bool { return q.rows != nil || q.eachExpr != nil || q.rowFile != nil }

// inherited are the source's fields that the query neither sets nor removes.
func inherited(from, own []field, same func(a, b string) bool) []field {
	if len(own) == 0 {
		return from
	}
	var kept []field
	for _, f := range from {
		if !hasField(own, f.name, same) {
			kept = append(kept, f)
		}
	}
	return kept
}

func hasField(fields []field, name string, same func(a, b string) bool) bool {
	for _, f := range fields {
		if same(f.name, name) {
			return true
		}
	}
	return false
}

// resolve evaluates the fields in order. A value of one whole ${ … } that gives
// a list is sent as several values; one that gives null is an error.
func resolve(ctx context.Context, fields []field, a *expr.Activation) ([]source.Field, error) {
	out := make([]source.Field, 0, len(fields))
	for _, f := range fields {
		if f.remove {
			continue
		}
		values := make([]string, 0, len(f.values))
		for _, t := range f.values {
			texts, err := texts(ctx, t, a)
			if err != nil {
				return nil, err
			}
			values = append(values, texts...)
		}
		out = append(out, source.Field{Name: f.name, Values: values})
	}
	return out, nil
}

// texts evaluates a template that may give several texts.
func texts(ctx context.Context, t *expr.Template, a *expr.Activation) ([]string, error) {
	if t.Whole() == nil {
		text, err := t.Text(ctx, a)
		return []string{text}, err
	}
	v, err := t.Value(ctx, a)
	if err != nil {
		return nil, err
	}
	list, ok := expr.Elements(v)
	if !ok {
		text, err := fieldText(v, t)
		return []string{text}, err
	}
	var out []string
	for _, item := range list {
		text, err := fieldText(item, t)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// fieldText gives the text that a header, param, cookie or form field sends for a value.
func fieldText(v ref.Val, t *expr.Template) (string, error) {
	pos := t.Whole().Source().Pos
	switch expr.Native(v).(type) {
	case types.Null:
		return "", &expr.EvalError{Pos: pos, Message: "the value is null, which cannot be sent", Hint: "give a text, or use if to leave the query out"}
	case traits.Mapper, traits.Lister:
		return "", &expr.EvalError{Pos: pos, Message: fmt.Sprintf("the value is a %s, expected a text, a number or a boolean", v.Type().TypeName())}
	}
	text, err := expr.ToText(v)
	if err != nil {
		return "", &expr.EvalError{Pos: pos, Message: err.Error()}
	}
	return text, nil
}

// resolve returns the duration, which is positive.
func (d *duration) resolve(ctx context.Context, a *expr.Activation) (time.Duration, error) {
	if d.text == nil {
		return d.value, nil
	}
	text, err := d.text.Text(ctx, a)
	if err != nil {
		return 0, err
	}
	v, err := spec.ParseDuration(text)
	if err != nil {
		return 0, &expr.EvalError{Pos: d.text.Source().Pos, Message: err.Error()}
	}
	return v, nil
}
