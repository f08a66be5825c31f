package assert

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

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
		return cmp.Or(comparePlaces(a.at, b.at), cmp.Compare(a.where, b.where), cmp.Compare(a.name, b.name))
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
