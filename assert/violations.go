package assert

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/tidwall/gjson"

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
// spelled, and of a key that stands twice the first, as gjson has it.
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
	_, exponent, _ := cutAny(text, "eE")
	n, err := strconv.Atoi(cmp.Or(exponent, "0"))
	if len(text) <= maxSchemaNumber && err == nil && -maxSchemaNumber <= n && n <= maxSchemaNumber {
		return nil
	}
	shown := text[:min(len(text), 40)]
	return fmt.Errorf("the body has a number that is too large for a schema to judge: %s", shown)
}

// violation is one thing that a schema does not allow.
type violation struct {
	at    []string // keys and indices
	where string   // the keyword, as an address
	kind  jsonschema.ErrorKind
	// name is the key whose name it is about, where isName says so.
	name   string
	isName bool
	// branches are why none of the schemas of anyOf or oneOf fits.
	branches []violation
}

// violations writes violations as lines.
type violations struct {
	run   *run
	body  gjson.Result
	lines diff
}

// collect lists the violations in the order of their places. What only groups
// others is left out, so that each is there once.
func (v *violations) collect(e *jsonschema.ValidationError) []violation {
	list := v.flatten(e)
	slices.SortStableFunc(list, func(a, b violation) int {
		return cmp.Or(comparePlaces(a.at, b.at), cmp.Compare(a.where, b.where))
	})
	return list
}

func (v *violations) flatten(e *jsonschema.ValidationError) []violation {
	this := violation{at: e.InstanceLocation, where: keyword(e), kind: e.ErrorKind}
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf:
		this.branches = v.causes(e)
	case *kind.OneOf:
		this.branches = v.causes(e)
	case *kind.PropertyNames:
		return v.names(e, k.Property)
	case *kind.Required:
		return eachOf(this, k.Missing, func(key string) jsonschema.ErrorKind { return &kind.Required{Missing: []string{key}} })
	case *kind.AdditionalProperties:
		return eachOf(this, k.Properties, func(key string) jsonschema.ErrorKind {
			return &kind.AdditionalProperties{Properties: []string{key}}
		})
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		return v.causes(e)
	}
	return []violation{this}
}

func (v *violations) causes(e *jsonschema.ValidationError) []violation {
	var list []violation
	for _, cause := range e.Causes {
		list = append(list, v.collect(cause)...)
	}
	return list
}

// names are the violations of the name of a key. The library may have
// overwritten where they are, so that the place is looked for: it is an object
// on the right level that has the key.
func (v *violations) names(e *jsonschema.ValidationError, key string) []violation {
	list := v.causes(e)
	at := objectsWith(v.body, len(e.InstanceLocation), key)
	for i := range list {
		list[i].at, list[i].name, list[i].isName, list[i].branches = e.InstanceLocation, key, true, nil
		if len(at) == 1 {
			list[i].at = at[0]
		}
	}
	return list
}

// objectsWith finds the objects that have a key, on one level of nesting.
func objectsWith(v gjson.Result, level int, key string) [][]string {
	var list [][]string
	i := 0
	v.ForEach(func(k, child gjson.Result) bool {
		if kindOf(v) == spec.List {
			k = textValue(strconv.Itoa(i))
			i++
		}
		switch {
		case level > 0:
			for _, at := range objectsWith(child, level-1, key) {
				list = append(list, append([]string{k.Str}, at...))
			}
		case kindOf(v) == spec.Map && k.Str == key:
			list = [][]string{{}}
		}
		return len(list) < 2
	})
	return list
}

func eachOf(this violation, keys []string, of func(key string) jsonschema.ErrorKind) []violation {
	var list []violation
	for _, key := range slices.Sorted(slices.Values(keys)) {
		one := this
		one.kind = of(key)
		list = append(list, one)
	}
	return list
}

// keyword is the address of the keyword that an error is about.
func keyword(e *jsonschema.ValidationError) string {
	where := e.SchemaURL
	if !strings.Contains(where, "#") {
		where += "#"
	}
	path := e.ErrorKind.KeywordPath()
	switch k := e.ErrorKind.(type) { // where the library does not say it rightly
	case *kind.Not:
		path = []string{"not"}
	case *kind.Dependency:
		path = []string{"dependencies", k.Prop}
	}
	for _, token := range path {
		where += "/" + token
	}
	return where
}

// comparePlaces orders places: indices by number, keys by their text.
func comparePlaces(a, b []string) int {
	return slices.CompareFunc(a, b, func(x, y string) int {
		i, errX := strconv.Atoi(x)
		j, errY := strconv.Atoi(y)
		if errX == nil && errY == nil {
			return cmp.Compare(i, j)
		}
		return cmp.Compare(x, y)
	})
}

// write adds a line for each violation, and indented below it one for each of
// its branches. Only violations are counted where there is no more room.
func (v *violations) write(list []violation, indent string) {
	for _, one := range list {
		if indent != "" && len(v.lines.lines) == maxDiffLines {
			return
		}
		v.lines.add(func() string { return indent + v.line(one) })
		v.write(one.branches, indent+"  ")
	}
}

// line is a violation as in "lines.0.qty: expected integer, found "x" (string)
// [order.json#/…/type]".
func (v *violations) line(one violation) string {
	d := diff{run: v.run}
	at := ""
	for _, key := range one.at {
		at = d.join(at, key)
	}
	text := v.words(one, at)
	if at == "" {
		at = "the body"
	}
	if one.isName {
		at += ": the name " + v.run.quoteIn(one.name, maxShownInDiff)
	}
	return fmt.Sprintf("%s: %s [%s]", at, text, printable(shownAddress(one.where)))
}

func (v *violations) words(one violation, at string) string {
	value := v.body
	if at != "" {
		value = v.body.Get(pathTo(one.at))
	}
	if one.isName {
		value = textValue(one.name)
	}
	expected, found := wordsOf(one.kind)
	if expected == "" {
		return "it does not fit"
	}
	if found == "" {
		found = v.run.showIn(value, maxShownInDiff)
		if _, ok := one.kind.(*kind.Type); ok {
			found += " (" + kindOf(value).String() + ")"
		}
	} else {
		found = printable(v.run.hide(found))
	}
	return "expected " + printable(v.run.hide(expected)) + ", found " + found
}

func pathTo(keys []string) string {
	escaped := make([]string, len(keys))
	for i, key := range keys {
		escaped[i] = gjson.Escape(key)
	}
	return join(escaped)
}

// wordsOf says what a keyword expects and, where the value itself does not show
// it, what was found. Both are "" for a keyword without words.
func wordsOf(k jsonschema.ErrorKind) (expected, found string) {
	switch k := k.(type) {
	case *kind.Type:
		return strings.Join(k.Want, " or "), ""
	case *kind.Enum:
		return "one of " + spell(k.Want...), ""
	case *kind.Const:
		return spell(k.Want), ""
	case *kind.Format:
		return "the format " + k.Want, ""
	case *kind.Pattern:
		return "text that matches " + strconv.Quote(k.Want), ""
	case *kind.Not:
		return "anything that does not fit the schema of not", ""
	case *kind.AnyOf:
		return "what fits one of the schemas of anyOf", ""
	case *kind.OneOf:
		if len(k.Subschemas) > 1 {
			return "what fits exactly one of the schemas of oneOf", fmt.Sprintf("that it fits those at %d and %d", k.Subschemas[0], k.Subschemas[1])
		}
		return "what fits one of the schemas of oneOf", ""
	case *kind.FalseSchema:
		return "nothing here", ""
	case *kind.RefCycle:
		return "a schema that does not refer to itself", "a circle through " + k.URL
	}
	if expected, found = wordsOfSize(k); expected != "" {
		return expected, found
	}
	return wordsOfKeys(k)
}

func wordsOfSize(k jsonschema.ErrorKind) (expected, found string) {
	switch k := k.(type) {
	case *kind.Minimum:
		return ">= " + spellRat(k.Want), ""
	case *kind.Maximum:
		return "<= " + spellRat(k.Want), ""
	case *kind.ExclusiveMinimum:
		return "> " + spellRat(k.Want), ""
	case *kind.ExclusiveMaximum:
		return "< " + spellRat(k.Want), ""
	case *kind.MultipleOf:
		return "a multiple of " + spellRat(k.Want), ""
	case *kind.MinLength:
		return "at least " + count(k.Want, "character"), strconv.Itoa(k.Got)
	case *kind.MaxLength:
		return "at most " + count(k.Want, "character"), strconv.Itoa(k.Got)
	case *kind.MinItems:
		return "at least " + count(k.Want, "element"), strconv.Itoa(k.Got)
	case *kind.MaxItems:
		return "at most " + count(k.Want, "element"), strconv.Itoa(k.Got)
	case *kind.AdditionalItems:
		return "no more elements", strconv.Itoa(k.Count) + " more"
	case *kind.MinProperties:
		return "at least " + count(k.Want, "key"), strconv.Itoa(k.Got)
	case *kind.MaxProperties:
		return "at most " + count(k.Want, "key"), strconv.Itoa(k.Got)
	}
	return "", ""
}

func wordsOfKeys(k jsonschema.ErrorKind) (expected, found string) {
	switch k := k.(type) {
	case *kind.Required:
		return "the key " + strconv.Quote(strings.Join(k.Missing, `", "`)), "no such key"
	case *kind.AdditionalProperties:
		return "no other keys", strconv.Quote(strings.Join(k.Properties, `", "`))
	case *kind.Dependency:
		return fmt.Sprintf("the keys %s beside %q", spellKeys(k.Missing), k.Prop), "no such keys"
	case *kind.DependentRequired:
		return fmt.Sprintf("the keys %s beside %q", spellKeys(k.Missing), k.Prop), "no such keys"
	case *kind.UniqueItems:
		return "elements that all differ", fmt.Sprintf("that those at %d and %d are equal", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains:
		return "an element that fits the schema of contains", "none"
	case *kind.MinContains:
		return fmt.Sprintf("at least %s that fit the schema of contains", count(k.Want, "element")), strconv.Itoa(len(k.Got))
	case *kind.MaxContains:
		return fmt.Sprintf("at most %s that fit the schema of contains", count(k.Want, "element")), strconv.Itoa(len(k.Got))
	}
	return "", ""
}

func spellKeys(keys []string) string {
	quoted := make([]string, len(keys))
	for i, key := range keys {
		quoted[i] = strconv.Quote(key)
	}
	return strings.Join(quoted, ", ")
}

// spell writes values of a schema as JSON, cut.
func spell(values ...any) string {
	var r run
	parts := make([]gjson.Result, 0, len(values))
	for _, v := range values {
		raw, err := json.Marshal(v)
		if err == nil {
			parts = append(parts, gjson.ParseBytes(raw))
		}
	}
	return r.showAll(parts, false)
}

// spellRat writes a number of a schema in decimals, exactly where it can be.
func spellRat(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	digits, _ := n.FloatPrec()
	return n.FloatString(digits)
}
