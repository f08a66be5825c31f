package runner

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// MaxColumns is the number of columns that a file of rows in CSV may have.
const MaxColumns = 10_000

// parseRows reads the rows of a file, each as JSON. Nothing of the file is
// skipped or repaired; what cannot be read is an error that names the file and
// the line.
func parseRows(format, name string, data []byte) ([]string, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which some spreadsheets write
	if err := checkText(name, data); err != nil {
		return nil, err
	}
	switch format {
	case "csv":
		return csvRows(name, data)
	case "json":
		return jsonRows(name, string(data))
	case "jsonl":
		return jsonLines(name, string(data))
	}
	return yamlRows(name, data)
}

// checkText refuses what is not text in UTF-8 with the line ends of Unix or
// Windows: read as such, its cells would be other ones than those that were written.
func checkText(name string, data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return fmt.Errorf("%s is in UTF-16, expected UTF-8", name)
	case bytes.IndexByte(data, '\n') < 0 && bytes.IndexByte(bytes.TrimRight(data, "\r"), '\r') >= 0:
		return fmt.Errorf("the lines of %s end in a carriage return alone, expected the line ends of Unix or Windows", name)
	}
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			line := bytes.Count(data[:at], []byte("\n")) + 1
			return fmt.Errorf("%s:%d: the byte 0x%02X is not UTF-8", name, line, data[at])
		}
		at += size
	}
	return nil
}

// csvFile reads CSV (RFC 4180). The first line names the columns; cells are text.
type csvFile struct {
	name    string
	data    []byte
	reader  *csv.Reader
	columns []string
	line    int   // up to which was read
	offset  int64 // the same, in bytes
}

func csvRows(name string, data []byte) ([]string, error) {
	f := &csvFile{name: name, data: data, reader: csv.NewReader(bytes.NewReader(data))}
	f.reader.ReuseRecord = true
	header, err := f.next()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is empty, expected a first line with the names of the columns", name)
	}
	if err != nil {
		return nil, err
	}
	f.columns = slices.Clone(header)
	if err := f.checkColumns(); err != nil {
		return nil, err
	}
	var rows []string
	for {
		cells, err := f.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, f.row(cells))
	}
}

// next reads a line, and refuses an empty one before it, which the library
// would leave out though it may be meant as a row.
func (f *csvFile) next() ([]string, error) {
	cells, err := f.reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, err
	}
	if err != nil {
		return nil, f.wrong(err)
	}
	if begins, _ := f.reader.FieldPos(0); begins > f.line+1 {
		return nil, fmt.Errorf(`%s:%d: the line is empty, expected cells; an empty cell alone on its line is written ""`, f.name, f.line+1)
	}
	end := f.reader.InputOffset()
	f.line += bytes.Count(f.data[f.offset:end], []byte("\n"))
	f.offset = end
	return cells, nil
}

func (f *csvFile) row(cells []string) string {
	row := []byte{'{'}
	for i, cell := range cells {
		if i > 0 {
			row = append(row, ',')
		}
		row = append(appendQuoted(row, f.columns[i]), ':')
		row = appendQuoted(row, cell)
	}
	return string(append(row, '}'))
}

func (f *csvFile) checkColumns() error {
	if len(f.columns) > MaxColumns {
		return fmt.Errorf("%s has %d columns, at most %d are read", f.name, len(f.columns), MaxColumns)
	}
	seen := make(map[string]bool, len(f.columns))
	for i, c := range f.columns {
		switch {
		case strings.TrimSpace(c) == "":
			return fmt.Errorf("%s:1: column %d has no name", f.name, i+1)
		case strings.TrimSpace(c) != c:
			return fmt.Errorf("%s:1: the name of column %q begins or ends with a space, which would be part of it", f.name, c)
		case seen[c]:
			return fmt.Errorf("%s:1: two columns are called %q", f.name, c)
		}
		seen[c] = true
	}
	return nil
}

func (f *csvFile) wrong(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("%s:%d: the line does not have %d cells as the first line has", f.name, parse.Line, len(f.columns))
	case errors.Is(err, csv.ErrQuote):
		return fmt.Errorf(`%s:%d: a quote in this line is not closed, or text follows it; a quote in a cell is written ""`, f.name, parse.StartLine)
	}
	return fmt.Errorf(`%s:%d:%d: a quote stands in a cell that does not begin with one; put the cell into quotes and write each quote in it as ""`, f.name, parse.Line, parse.Column)
}

func jsonRows(name, text string) ([]string, error) {
	if err := expr.CheckJSON(text); err != nil {
		return nil, fmt.Errorf("%s is not JSON: %w", name, err)
	}
	list := gjson.Parse(text)
	if !list.IsArray() {
		return nil, fmt.Errorf("%s holds one JSON value, expected an array of rows", name)
	}
	var rows []string
	twice := ""
	list.ForEach(func(_, row gjson.Result) bool {
		rows = append(rows, row.Raw)
		twice = doubleKey(row)
		return twice == ""
	})
	if twice != "" {
		return nil, fmt.Errorf("%s: row %d has the key %q twice", name, len(rows)-1, twice)
	}
	return rows, nil
}

// doubleKey is a key that an object has twice, or "".
func doubleKey(row gjson.Result) string {
	if !row.IsObject() {
		return ""
	}
	seen := map[string]bool{}
	twice := ""
	row.ForEach(func(key, _ gjson.Result) bool {
		if k := key.String(); seen[k] {
			twice = k
			return false
		}
		seen[key.String()] = true
		return true
	})
	return twice
}

func jsonLines(name, text string) ([]string, error) {
	var rows []string
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := expr.CheckJSON(line); err != nil {
			return nil, fmt.Errorf("%s:%d: the line is not JSON: %w", name, number, err)
		}
		if twice := doubleKey(gjson.Parse(line)); twice != "" {
			return nil, fmt.Errorf("%s:%d: the row has the key %q twice", name, number, twice)
		}
		rows = append(rows, line)
	}
	return rows, nil
}

func yamlRows(name string, data []byte) ([]string, error) {
	values, problems := spec.ParseRows(spec.NewFile(name, data))
	for _, p := range problems {
		if p.Severity == spec.SeverityError {
			return nil, p
		}
	}
	rows := make([]string, len(values))
	for i, v := range values {
		rows[i] = string(appendJSON(nil, v))
	}
	return rows, nil
}
