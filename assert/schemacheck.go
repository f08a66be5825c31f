package assert

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/apicel/apicel/spec"
)

// schemaCheck expects the body to satisfy a JSON Schema.
type schemaCheck struct {
	name   string
	at     spec.Pos
	schema *jsonschema.Schema
}

func (c *schemaCheck) pos() spec.Pos { return c.at }

func (c *schemaCheck) judge(j *judging) *Failure {
	body, err := j.json()
	if err != nil {
		return j.notJSON(c.name, c.at, err)
	}
	j.begin(path{})
	if d := j.dispute(body, "", whole); d != nil {
		return d.failure(j, c.name, c.at)
	}
	value, err := decodeForSchema(body.Raw)
	if err != nil {
		return &Failure{Check: c.name, Pos: c.at, Message: j.cut(err.Error(), 0, maxMessage)}
	}
	bad, err := c.validate(value)
	switch {
	case err != nil:
		return &Failure{Check: c.name, Pos: c.at, Message: j.cut(err.Error(), 0, maxMessage)}
	case bad == nil:
		return nil
	}
	v := violations{run: &j.run, body: body}
	list := v.collect(bad)
	v.write(list, "")
	return &Failure{
		Check: c.name, Pos: c.at, Expected: "a body that satisfies the schema",
		Found: count(len(list), "violation"), Detail: v.lines.String(),
	}
}

// validate judges a value. The library panics on nothing that is known, and on
// what is not known it must not end the run.
func (c *schemaCheck) validate(value any) (bad *jsonschema.ValidationError, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the schema could not be judged: %v", r)
		}
	}()
	err = c.schema.Validate(value)
	if errors.As(err, &bad) {
		return bad, nil
	}
	return nil, err
}

// maxSchemaNumber is the number of characters, and the exponent, of a number
// that a schema judges: the library computes with fractions of any size, and a
// server could keep it busy for hours.
const maxSchemaNumber = 1000

// decodeForSchema reads JSON that is known to be valid: numbers as they are
// spelled. Keys that stand twice have the same value (see dispute).
func decodeForSchema(raw string) (any, error) {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	return nextValue(d)
}

func nextValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Number:
		return t, checkNumber(string(t))
	case json.Delim:
		if t == '[' {
			return nextList(d)
		}
		return nextObject(d)
	}
	return token, nil
}

func nextList(d *json.Decoder) (any, error) {
	list := []any{}
	for d.More() {
		v, err := nextValue(d)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

func nextObject(d *json.Decoder) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := nextValue(d)
		if err != nil {
			return nil, err
		}
		key, _ := token.(string)
		if _, twice := object[key]; !twice {
			object[key] = v
		}
	}
	_, err := d.Token()
	return object, err
}

func checkNumber(text string) error {
	exponent := ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent = text[i+1:]
	}
	n, err := strconv.Atoi(cmp.Or(exponent, "0"))
	if len(text) <= maxSchemaNumber && err == nil && -maxSchemaNumber <= n && n <= maxSchemaNumber {
		return nil
	}
	shown := text[:min(len(text), 40)]
	return fmt.Errorf("the body has a number that is too large for a schema to judge: %s", shown)
}
