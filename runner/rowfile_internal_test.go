package runner

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// readRows reads all rows.
func readRows(format string, r io.Reader) ([]string, error) {
	var rows []string
	for reader := newRowReader(format, "rows", r); ; {
		row, err := reader.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

// Rows are the same however the file comes in parts, and each is one JSON value
// in UTF-8.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{
		"\ufeffa,b\n1,\"x\ny\"\n", "[1, {\"a\": [2]}]", "1\n\n{\"ä\": null}\r\n", "- a: 1\n- b\n", "a\rb\r", "\xff\xfea", "a\n\xe2\x82", "[1]2", "[1,]", "\xef\xbb",
	} {
		for _, format := range []string{"csv", "json", "jsonl", "yaml"} {
			f.Add(format, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, format string, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		rows, err := readRows(format, bytes.NewReader(data))
		slow, slowErr := readRows(format, iotest.OneByteReader(bytes.NewReader(data)))
		if !slices.Equal(rows, slow) || (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
			t.Fatalf("%q %v, byte by byte %q %v", rows, err, slow, slowErr)
		}
		for _, row := range rows {
			if !gjson.Valid(row) || !utf8.ValidString(row) {
				t.Errorf("the row %q is not JSON", row)
			}
		}
	})
}

// A file that cannot be read any further says so.
func TestRowsOfBrokenReader(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, format := range []string{"csv", "json", "jsonl", "yaml"} {
		begin := map[string]string{"csv": "a\n", "json": "[1", "jsonl": "1\n"}[format]
		_, err := readRows(format, io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) && !errors.Is(err, errNotJSON) {
			t.Errorf("%s: %v", format, err)
		}
	}
}
