package reporters

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apicel/apicel/runner"
)

// MaxReport is the number of bytes that ReadJSON reads at most.
const MaxReport = 256 << 20

// The numbers of objects and of values that ReadJSON takes at most. In memory
// they take many times the two bytes that {} has in a file.
const (
	maxObjects = 4 << 20
	maxValues  = 32 << 20
)

// ReadJSON reads a report that WriteJSON wrote. It refuses more than MaxReport
// bytes, text that is not such a report, and reports of another version; fields
// it does not know are ignored, since newer programs of the same version may
// write them. Its errors say where in the text they are.
func ReadJSON(r io.Reader) (*runner.Report, error) {
	report, err := readJSON(r, MaxReport)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	return report, nil
}

func readJSON(r io.Reader, limit int) (*runner.Report, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > limit {
		return nil, fmt.Errorf("found more than %s, expected less", size(limit))
	}
	if err := bounded(data); err != nil {
		return nil, err
	}
	if err := checkVersion(data); err != nil {
		return nil, located(data, err)
	}
	report := new(runner.Report)
	if err := json.Unmarshal(data, report); err != nil {
		return nil, located(data, err)
	}
	return report, complete(report)
}

// bounded refuses what would take too much memory before any of it is decoded.
func bounded(data []byte) error {
	objects, values, quoted := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			objects++
		case c == ',':
			values++
		}
	}
	if objects > maxObjects || values > maxValues {
		return fmt.Errorf("found %d objects and %d values, expected at most %d and %d", objects, values, maxObjects, maxValues)
	}
	return nil
}

// located says where in the text a mistake is, and what was found and expected.
func located(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case len(strings.TrimSpace(string(data[:min(len(data), 4<<10)]))) == 0 && len(data) < 4<<10:
		return errors.New("found nothing, expected a report written by apicel with --report json=FILE")
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(data)):
		return fmt.Errorf("the text ends in the middle, after %s: is the file complete?", size(len(data)))
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: %w", lineColumn(data, syntax.Offset), err)
	case errors.As(err, &kind):
		field := kind.Field
		if field == "" {
			field = "the report"
		}
		return fmt.Errorf("%s: found %s as %s, expected %s", lineColumn(data, kind.Offset), inline(kind.Value), inline(field), kindName(kind))
	}
	return err
}

// kindName is what JSON calls the type that a field has.
func kindName(err *json.UnmarshalTypeError) string {
	switch name := err.Type.Kind().String(); {
	case name == "slice":
		return "an array"
	case name == "struct", name == "ptr", name == "map":
		return "an object"
	case name == "string":
		return "a string"
	case name == "bool":
		return "true or false"
	case strings.HasPrefix(name, "uint"):
		return "a whole number from 0"
	case strings.HasPrefix(name, "int"):
		return "a whole number"
	default:
		return "a number"
	}
}

func lineColumn(data []byte, offset int64) string {
	before := string(data[:min(max(offset-1, 0), int64(len(data)))])
	line := strings.Count(before, "\n") + 1
	return fmt.Sprintf("line %d, column %d", line, len(before)-strings.LastIndexByte(before, '\n'))
}

// checkVersion comes before anything else is decoded, since another version
// may differ anywhere.
func checkVersion(data []byte) error {
	var head struct{ Version *int }
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	switch {
	case head.Version == nil:
		return errors.New(`no "version": expected a report written by apicel with --report json=FILE`)
	case *head.Version != runner.ReportVersion:
		return fmt.Errorf("found version %d, expected version %d: use the apicel that wrote it, or write it again",
			*head.Version, runner.ReportVersion)
	}
	return nil
}

// complete refuses what no run can have written and every format would trip over.
func complete(r *runner.Report) error {
	for i, s := range r.Suites {
		if s == nil {
			return fmt.Errorf("found null as suites[%d], expected an object", i)
		}
		if err := known(s.Status); err != nil {
			return fmt.Errorf("suites[%d].status: %w", i, err)
		}
		for k, q := range s.Queries {
			if q == nil {
				return fmt.Errorf("found null as suites[%d].queries[%d], expected an object", i, k)
			}
			if err := known(q.Status); err != nil {
				return fmt.Errorf("suites[%d].queries[%d].status: %w", i, k, err)
			}
		}
	}
	return nil
}

// known refuses a verdict that a format could take for a better one.
func known(s runner.Status) error {
	if _, ok := verdicts[s]; ok {
		return nil
	}
	return fmt.Errorf("found %q, expected passed, failed, errored or skipped", shorten(inline(string(s)), 40))
}
