package runner

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// MaxColumns is the number of columns that a file of rows in CSV may have.
const MaxColumns = 10_000

// rowReader reads the rows of a file one after another, each as JSON; io.EOF
// comes after the last. Nothing of the file is skipped or repaired; what cannot
// be read is an error that names the file and the line.
type rowReader interface{ next() (string, error) }

// newRowReader reads rows of a format from r. CSV, JSON Lines and JSON are read
// as a stream; YAML is read as a whole, up to the length that a suite may have.
func newRowReader(format, name string, r io.Reader) rowReader {
	text := newTextReader(name, r)
	switch format {
	case "csv":
		c := &csvRows{name: name, reader: csv.NewReader(text)}
		c.reader.ReuseRecord = true
		return c
	case "json":
		return &jsonRows{name: name, decoder: json.NewDecoder(text)}
	case "jsonl":
		return &lineRows{name: name, lines: bufio.NewReaderSize(text, 64<<10)}
	}
	return &yamlRows{name: name, text: text}
}

// csvRows reads CSV (RFC 4180). The first line names the columns; cells are text.
type csvRows struct {
	name    string
	reader  *csv.Reader
	columns []string
	line    int // up to which was read
}

func (f *csvRows) next() (string, error) {
	if f.columns == nil {
		header, err := f.cells()
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("%s is empty, expected a first line with the names of the columns", f.name)
		}
		if err != nil {
			return "", err
		}
		f.columns = slices.Clone(header)
		if err := f.checkColumns(); err != nil {
			return "", err
		}
	}
	cells, err := f.cells()
	if err != nil {
		return "", err
	}
	return f.row(cells), nil
}

// cells reads a line, and refuses an empty one before it, which the library
// would leave out though it may be meant as a row.
func (f *csvRows) cells() ([]string, error) {
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
	last := len(cells) - 1
	line, _ := f.reader.FieldPos(last)
	f.line = line + strings.Count(cells[last], "\n")
	return cells, nil
}

func (f *csvRows) row(cells []string) string {
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

func (f *csvRows) checkColumns() error {
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

func (f *csvRows) wrong(err error) error {
	var text textError
	if errors.As(err, &text) {
		return text.error
	}
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return err // of the file, which it names
	}
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("%s:%d: the line does not have %d cells as the first line has", f.name, parse.Line, len(f.columns))
	case errors.Is(err, csv.ErrQuote):
		return fmt.Errorf(`%s:%d: a quote in this line is not closed, or text follows it; a quote in a cell is written ""`, f.name, parse.StartLine)
	}
	return fmt.Errorf(`%s:%d:%d: a quote stands in a cell that does not begin with one; put the cell into quotes and write each quote in it as ""`, f.name, parse.Line, parse.Column)
}

// jsonRows reads the elements of a JSON array.
type jsonRows struct {
	name    string
	decoder *json.Decoder
	begun   bool
	n       int
}

// errNotJSON tells that what is wrong with the text is best said by who sees all of it.
var errNotJSON = errors.New("the file is not JSON")

func (f *jsonRows) next() (string, error) {
	if !f.begun {
		f.begun = true
		switch token, err := f.decoder.Token(); {
		case err != nil:
			return "", f.wrong(err)
		case token != json.Delim('['):
			return "", errNotJSON
		}
	}
	if !f.decoder.More() {
		if _, err := f.decoder.Token(); err != nil { // the end of the array
			return "", f.wrong(err)
		}
		if _, err := f.decoder.Token(); !errors.Is(err, io.EOF) {
			return "", f.wrong(err)
		}
		return "", io.EOF
	}
	var raw json.RawMessage
	if err := f.decoder.Decode(&raw); err != nil {
		return "", f.wrong(err)
	}
	row := string(raw)
	if expr.CheckJSON(row) != nil {
		return "", errNotJSON
	}
	if twice := doubleKey(gjson.Parse(row)); twice != "" {
		return "", fmt.Errorf("%s: row %d has the key %q twice", f.name, f.n, twice)
	}
	f.n++
	return row, nil
}

func (f *jsonRows) wrong(err error) error {
	var text textError
	if errors.As(err, &text) {
		return text.error
	}
	return errNotJSON
}

// explainJSON says what is wrong with a file that was to be an array of rows.
func explainJSON(name, text string) error {
	text = strings.TrimPrefix(text, "\ufeff")
	if err := expr.CheckJSON(text); err != nil {
		return fmt.Errorf("%s is not JSON: %w", name, err)
	}
	if !gjson.Parse(text).IsArray() {
		return fmt.Errorf("%s holds one JSON value, expected an array of rows", name)
	}
	return fmt.Errorf("%s is not JSON", name)
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

// lineRows reads JSON Lines. Empty lines are none.
type lineRows struct {
	name   string
	lines  *bufio.Reader
	number int
}

func (f *lineRows) next() (string, error) {
	for {
		line, err := f.lines.ReadString('\n')
		var text textError
		switch {
		case errors.As(err, &text):
			return "", text.error
		case err != nil && !errors.Is(err, io.EOF):
			return "", err
		}
		f.number++
		if line = strings.TrimSpace(line); line == "" {
			if err != nil {
				return "", io.EOF
			}
			continue
		}
		if err := expr.CheckJSON(line); err != nil {
			return "", fmt.Errorf("%s:%d: the line is not JSON: %w", f.name, f.number, err)
		}
		if twice := doubleKey(gjson.Parse(line)); twice != "" {
			return "", fmt.Errorf("%s:%d: the row has the key %q twice", f.name, f.number, twice)
		}
		return line, nil
	}
}

// yamlRows reads a YAML list.
type yamlRows struct {
	name string
	text io.Reader
	read bool
	rows []spec.Value
}

func (f *yamlRows) next() (string, error) {
	if !f.read {
		f.read = true
		data, err := io.ReadAll(f.text)
		if err != nil {
			var text textError
			if errors.As(err, &text) {
				return "", text.error
			}
			return "", err
		}
		var problems spec.Problems
		f.rows, problems = spec.ParseRows(spec.NewFile(f.name, data))
		for _, p := range problems {
			if p.Severity == spec.SeverityError {
				return "", p
			}
		}
	}
	if len(f.rows) == 0 {
		return "", io.EOF
	}
	row := string(appendJSON(nil, f.rows[0]))
	f.rows[0] = spec.Value{}
	f.rows = f.rows[1:]
	return row, nil
}
