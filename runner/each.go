package runner

import (
	"errors"
	"fmt"
	"io"

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
		c.rowFile = b.rowsOf(e)
		return
	}
	if !e.Expr.IsSet() {
		c.rows = make([]*expr.JSON, 0, len(e.Rows))
		for _, row := range e.Rows {
			if j := b.json(row, spec.ScopeEach, c.own); j != nil {
				c.rows = append(c.rows, j)
			}
		}
		return
	}
	t := b.template(e.Expr, spec.ScopeEach, c.own)
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

// rowFile is a file of rows that was found to be right. Its rows are read again
// when they are sent, so that none of them is kept.
type rowFile struct {
	files      suiteFiles
	format     string
	from, path string
	rows       int
	columns    []string // of CSV
}

// rowsOf checks a file of rows. They are data: no text in them is a template.
func (b *builder) rowsOf(e *spec.Each) *rowFile {
	f := &rowFile{files: b.files, format: e.Format, from: e.Path.Pos.File.Name, path: e.Path.Value}
	err := f.check()
	b.columns = f.columns
	switch {
	case err != nil:
		b.fileProblem(e.Path.Pos, err)
	case f.rows == 0:
		b.suite.problems.Warnf(e.Path.Pos, "%s has no rows, so that the query is never sent", f.name())
	}
	return f
}

func (f *rowFile) name() string { return files.Shown(f.from, f.path) }

// check reads the whole file and counts its rows.
func (f *rowFile) check() error {
	rows, closeFile, err := f.open()
	if err != nil {
		return err
	}
	defer closeFile()
	for {
		_, err := rows.next()
		switch {
		case errors.Is(err, io.EOF):
			if c, ok := rows.(*csvRows); ok {
				f.columns = c.columns
			}
			return nil
		case errors.Is(err, errNotJSON):
			return f.explain()
		case err != nil:
			return err
		}
		if f.rows++; f.rows > MaxRows {
			return fmt.Errorf("%s has more than %d rows, at most so many are sent", f.name(), MaxRows)
		}
	}
}

// explain says what is wrong with a file that is not JSON.
func (f *rowFile) explain() error {
	data, err := f.files.policy.Read(f.from, f.path, MaxRowsFile)
	if err != nil {
		return err
	}
	return explainJSON(f.name(), string(data))
}

// open begins to read the rows. The function that it returns ends that.
func (f *rowFile) open() (rowReader, func(), error) {
	file, err := f.files.policy.Open(f.from, f.path, MaxRowsFile)
	if err != nil {
		return nil, nil, err
	}
	return newRowReader(f.format, f.name(), file), func() { _ = file.Close() }, nil
}
