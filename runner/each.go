package runner

import (
	"fmt"

	"cel.dev/cel-go/common/types"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// MaxRows is the number of rows that a file may have.
const MaxRows = 1_000_000

func (b *builder) each(c *query) {
	e := c.spec.Each
	if e == nil {
		return
	}
	if e.Path.IsSet() {
		c.fileRows, c.hasFileRows = b.rowsOf(e), true
		return
	}
	if !e.Expr.IsSet() {
		c.rows = make([]*expr.JSON, 0, len(e.Rows))
		for _, row := range e.Rows {
			if j := b.json(row, spec.ScopeEach, &c.own); j != nil {
				c.rows = append(c.rows, j)
			}
		}
		return
	}
	t := b.template(e.Expr, spec.ScopeEach, &c.own)
	if t == nil {
		return
	}
	if c.eachExpr = t.Whole(); c.eachExpr == nil {
		b.suite.problems.Errorf(e.Expr.Pos, "each has text around ${…}, expected a list of rows or one whole ${…}")
		return
	}
	if kind := c.eachExpr.Type().Kind(); kind != types.ListKind && kind != types.DynKind {
		b.suite.problems.Errorf(e.Expr.Pos, "each gives %s, expected a list of rows", typeName(c.eachExpr.Type()))
	}
}

// rowsOf reads the rows of a file, each as JSON. They are data: no text in them
// is a template.
func (b *builder) rowsOf(e *spec.Each) []string {
	from, path := e.Path.Pos.File.Name, e.Path.Value
	data, err := b.files.policy.Read(from, path, MaxRowsFile)
	var rows []string
	if err == nil {
		rows, err = parseRows(e.Format, files.Shown(from, path), data)
	}
	if err == nil && len(rows) > MaxRows {
		err = fmt.Errorf("%s has %d rows, at most %d are sent", files.Shown(from, path), len(rows), MaxRows)
	}
	if err != nil {
		b.fileProblem(e.Path.Pos, err)
		return nil
	}
	if len(rows) == 0 {
		b.suite.problems.Warnf(e.Path.Pos, "%s has no rows, so that the query is never sent", files.Shown(from, path))
	}
	return rows
}
