// Package expr is the expression language of suites: CEL with the variables and
// functions that package spec names, ${ … } templates of it, and JSON values
// that stay bytes until a field is asked for.
//
// A [Compiler] is made for each suite from what the suite declares. It compiles
// three kinds of things, each of which knows what it reads (its [Refs]) and is
// then shared by all goroutines: an [Expr] is CEL, a [Template] is text with
// ${ … } in it, a [JSON] is a JSON value whose strings are templates. All of
// them are evaluated against an [Activation], the values of one attempt of one
// query. What is wrong with an expression is a [spec.Problem] at its place in
// the file; what goes wrong when it is evaluated is an [EvalError].
package expr

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"github.com/apicel/apicel/spec"
)

// base is the environment that all suites extend. Making it takes about a
// millisecond, which a command that compiles nothing does not pay.
var base = sync.OnceValues(func() (*cel.Env, error) {
	opts := []cel.EnvOption{
		cel.EnableMacroCallTracking(), // has(x.y) and x.all(…) keep their places
		cel.OptionalTypes(),
		cel.CrossTypeNumericComparisons(true),
		ext.Strings(),
		ext.Lists(ext.ListsMaxRangeSize(MaxRange)),
		ext.Sets(),
		ext.Math(),
		ext.Encoders(ext.EncodersVersion(0)), // what later versions add is in encoders
		ext.Regex(),
		ext.Network(),
		ext.TwoVarComprehensions(),
		ext.Bindings(ext.BindingsVersion(0)), // later ones add what only CEL's own rewriting calls
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateRegexLiterals()),
	}
	opts = append(opts, variables()...)
	opts = append(opts, functions()...)
	opts = append(opts, encoders()...)
	opts = append(opts, withCookies)
	return cel.NewEnv(opts...)
})

// variables declares spec.Variables. Those with members are maps here; members
// are declared with their types beside them, those of vars by NewCompiler.
func variables() []cel.EnvOption {
	var opts []cel.EnvOption
	for _, name := range []string{requestVar, timingVar, tlsVar} {
		opts = append(opts, cel.Variable(name, cel.MapType(cel.StringType, cel.DynType)))
	}
	for _, v := range spec.Variables {
		if name, ok := strings.CutSuffix(v.Name, ".*"); ok {
			opts = append(opts, cel.Variable(name, cel.MapType(cel.StringType, celType(v.Type))))
			continue
		}
		opts = append(opts, cel.Variable(v.Name, celType(v.Type)))
	}
	return opts
}

// celType returns the type that the tables of package spec spell, dyn for
// anything else.
func celType(name string) *cel.Type {
	for _, t := range []*cel.Type{
		cel.StringType, cel.IntType, cel.BoolType, cel.BytesType, cel.DurationType, cel.TimestampType,
		cel.MapType(cel.StringType, cel.StringType), cel.ListType(cel.StringType), cookieType,
	} {
		if t.String() == name {
			return t
		}
	}
	return cel.DynType
}

// The variables that have members.
const (
	envVar      = "env"
	varsVar     = "vars"
	secretsVar  = "secrets"
	capturesVar = "captures"
	requestVar  = "request"
	timingVar   = "timing"
	tlsVar      = "tls"
)

// TypeOf returns the type of a literal: string, int, uint, double, bool, list of
// dyn, map from string to dyn, and dyn for null.
func TypeOf(v spec.Value) *cel.Type {
	switch v.Kind {
	case spec.Bool:
		return cel.BoolType
	case spec.Number:
		return nativeNumber(v.Scalar.Value).Type().(*types.Type)
	case spec.Text:
		return cel.StringType
	case spec.List:
		return cel.ListType(cel.DynType)
	case spec.Map:
		return cel.MapType(cel.StringType, cel.DynType)
	}
	return cel.DynType
}

// functionNames are the functions and macros that an expression may call,
// operators left out. Names of libraries hold a dot: math.greatest.
var functionNames = sync.OnceValue(func() []string {
	env, err := base()
	if err != nil {
		return nil
	}
	var names []string
	for name := range env.Functions() {
		if isCallable(name) {
			names = append(names, name)
		}
	}
	for _, m := range env.Macros() {
		if name := m.Function(); isCallable(name) {
			names = append(names, cmp.Or(namespacedMacros[name], name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
})

// namespacedMacros are the macros that are called as functions of a library.
var namespacedMacros = map[string]string{"bind": "cel.bind"}

// isCallable tells a function that can be called by name from an operator and
// from what only macros call.
func isCallable(name string) bool {
	return isNameByte(name[0]) && name[0] != '_' && !strings.Contains(name, "@")
}
