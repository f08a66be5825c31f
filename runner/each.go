package runner

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"github.com/tidwall/gjson"

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

// parseRows reads rows in one of the formats. Its errors name the file and the line.
func parseRows(format, name string, data []byte) ([]string, error) {
	switch format {
	case "csv":
		return csvRows(name, data)
	case "json":
		return jsonRows(name, data)
	case "jsonl":
		return jsonLines(name, data)
	}
	return yamlRows(name, data)
}

// byteOrderMark begins files that some spreadsheets write.
var byteOrderMark = []byte("\ufeff")

// csvRows reads CSV (RFC 4180). The first line names the columns; cells are text.
func csvRows(name string, data []byte) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, byteOrderMark)))
	r.ReuseRecord = true
	header, err := r.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("%s is empty, expected a first line with the names of the columns", name)
	}
	if err != nil {
		return nil, csvError(name, 0, err)
	}
	columns := slices.Clone(header)
	if err := checkColumns(name, columns); err != nil {
		return nil, err
	}
	var rows []string
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, csvError(name, len(columns), err)
		}
		rows = append(rows, csvRow(columns, cells))
	}
}

func csvRow(columns, cells []string) string {
	row := []byte{'{'}
	for i, cell := range cells {
		if i > 0 {
			row = append(row, ',')
		}
		row = append(appendQuoted(row, columns[i]), ':')
		row = appendQuoted(row, cell)
	}
	return string(append(row, '}'))
}

func checkColumns(name string, columns []string) error {
	for i, c := range columns {
		switch {
		case strings.TrimSpace(c) == "":
			return fmt.Errorf("%s:1: column %d has no name", name, i+1)
		case slices.Contains(columns[:i], c):
			return fmt.Errorf("%s:1: two columns are called %q", name, c)
		}
	}
	return nil
}

func csvError(name string, columns int, err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return fmt.Errorf("%s: %w", name, err)
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return fmt.Errorf("%s:%d: the line does not have %d cells as the first line has", name, parse.Line, columns)
	}
	return fmt.Errorf("%s:%d:%d: this is not CSV: %w", name, parse.Line, parse.Column, parse.Err)
}

func jsonRows(name string, data []byte) ([]string, error) {
	text := string(bytes.TrimPrefix(data, byteOrderMark))
	if err := expr.CheckJSON(text); err != nil {
		return nil, fmt.Errorf("%s is not JSON: %w", name, err)
	}
	list := gjson.Parse(text)
	if !list.IsArray() {
		return nil, fmt.Errorf("%s holds one JSON value, expected an array of rows", name)
	}
	var rows []string
	list.ForEach(func(_, row gjson.Result) bool {
		rows = append(rows, row.Raw)
		return true
	})
	return rows, nil
}

func jsonLines(name string, data []byte) ([]string, error) {
	var rows []string
	number := 0
	for line := range strings.SplitSeq(string(bytes.TrimPrefix(data, byteOrderMark)), "\n") {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := expr.CheckJSON(line); err != nil {
			return nil, fmt.Errorf("%s:%d: the line is not JSON: %w", name, number, err)
		}
		rows = append(rows, line)
	}
	return rows, nil
}

func yamlRows(name string, data []byte) ([]string, error) {
	values, problems := spec.ParseRows(spec.NewFile(name, data))
	if problems.HasErrors() {
		for _, p := range problems {
			if p.Severity == spec.SeverityError {
				return nil, p
			}
		}
	}
	rows := make([]string, len(values))
	for i, v := range values {
		rows[i] = string(appendJSON(nil, v))
	}
	return rows, nil
}
