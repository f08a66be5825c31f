package runner

import (
	"reflect"
	"slices"
	"strings"

	"github.com/apicel/apicel/spec"
)

var (
	stringType = reflect.TypeFor[spec.String]()
	specFile   = reflect.TypeFor[*spec.File]()
)

// plainFields are the fields of package spec whose texts are no expressions
// unless they hold ${ … }. A field that is not among them may be one.
var plainFields = []string{
	"Name", "Description", "Tags", "Path", "Key", "Scalar", "Text", "XML", "Base64", "Query", "Operation", "Skip", "After", "Message",
	"Filename", "ContentType", "File", "Values", "Subject", "Regex", "Header",
}

// eachString calls do for every text in a part of a suite that may be or hold
// an expression, whatever key it stands under, so that a key that is added to the
// language is not forgotten here.
func eachString(part any, do func(spec.String)) { visitStrings(reflect.ValueOf(part), "", do) }

func visitStrings(v reflect.Value, field string, do func(spec.String)) {
	switch {
	case !v.IsValid() || v.Type() == specFile:
		return
	case v.Type() == stringType:
		s, ok := v.Interface().(spec.String)
		if ok && s.IsSet() && (strings.Contains(s.Value, "${") || !slices.Contains(plainFields, field)) {
			do(s)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			visitStrings(v.Elem(), field, do)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visitStrings(v.Index(i), field, do)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				visitStrings(v.Field(i), f.Name, do)
			}
		}
	default:
	}
}
