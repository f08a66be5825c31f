package runner

import (
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/internal/keep"
	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/spec"
)

// EnvPrefix begins the names of environment variables that set vars:
// APICEL_VAR_customer sets vars.customer.
const EnvPrefix = "APICEL_VAR_"

// MaxSecretFile is the length in bytes that the file of a secret may have.
const MaxSecretFile = 64 << 10

// Inputs are the values given to suites from outside. Where several set one
// var, --var wins over vars files (the later one first), those over the
// environment, and that over the default in the suite.
type Inputs struct {
	// Env is the environment of the process.
	Env   map[string]string
	Files []VarsFile
	Vars  []VarFlag
	// Demo are the vars that --demo sets, below everything but the defaults.
	Demo map[string]string
}

// VarFlag is one --var NAME=VALUE.
type VarFlag struct{ Name, Value string }

// VarsFile is one --vars-file.
type VarsFile struct {
	Name   string
	Values []Input
}

// Input is a var's value from a vars file: JSON, or text that takes the
// type of the var's default.
type Input struct {
	Name   string
	JSON   []byte
	Text   string
	IsText bool
}

// override is the value that wins over the default of a var, and where it came from.
type override struct {
	Input
	from string
}

func (in Inputs) override(name string) (override, bool) {
	for _, f := range slices.Backward(in.Vars) {
		if f.Name == name {
			return override{Input{Text: f.Value, IsText: true}, "--var " + name}, true
		}
	}
	for _, file := range slices.Backward(in.Files) {
		for _, v := range slices.Backward(file.Values) {
			if v.Name == name {
				return override{v, file.Name + ": " + name}, true
			}
		}
	}
	if text, ok := in.Env[EnvPrefix+name]; ok {
		return override{Input{Text: text, IsText: true}, EnvPrefix + name}, true
	}
	if text, ok := in.Demo[name]; ok {
		return override{Input{Text: text, IsText: true}, "--demo"}, true
	}
	return override{}, false
}

// check compares the names of the inputs with what the suites declare.
// A name that nobody declares is no error where a suite could not be read: it
// may be what declares it, and the others should run.
func (in Inputs) check(suites []*spec.Suite) (errs, warnings []string) {
	vars, secrets := map[string]bool{}, map[string]bool{}
	unread := false
	for _, s := range suites {
		unread = unread || s.Problems.HasErrors()
		for _, v := range s.Vars {
			vars[v.Name.Value] = true
		}
		for _, v := range s.Secrets {
			secrets[v.Name.Value] = true
		}
	}
	for _, f := range in.Vars {
		switch {
		case secrets[f.Name] && !vars[f.Name]:
			errs = append(errs, fmt.Sprintf("--var %s: %s is a secret; give it through the environment, where other programs do not see it", f.Name, f.Name))
		case !vars[f.Name] && !unread:
			errs = append(errs, fmt.Sprintf("--var %s: no suite declares vars.%s%s", f.Name, f.Name, didYouMean(f.Name, vars)))
		case !vars[f.Name]:
			warnings = append(warnings, fmt.Sprintf("--var %s: no suite that could be read declares vars.%s", f.Name, f.Name))
		}
	}
	for _, file := range in.Files {
		for _, v := range file.Values {
			if !vars[v.Name] {
				warnings = append(warnings, fmt.Sprintf("%s sets %s, which no suite declares under vars%s", file.Name, v.Name, didYouMean(v.Name, vars)))
			}
		}
	}
	return errs, append(warnings, in.unusedEnv(vars)...)
}

func (in Inputs) unusedEnv(vars map[string]bool) []string {
	var warnings []string
	for name := range in.Env {
		if v, ok := strings.CutPrefix(name, EnvPrefix); ok && !vars[v] {
			warnings = append(warnings, fmt.Sprintf("%s is set, but no suite declares vars.%s%s", name, v, didYouMean(v, vars)))
		}
	}
	sort.Strings(warnings)
	return warnings
}

func didYouMean(name string, among map[string]bool) string {
	names := make([]string, 0, len(among))
	for n := range among {
		names = append(names, n)
	}
	sort.Strings(names)
	if best := spec.Closest(name, names); best != "" {
		return fmt.Sprintf(", did you mean %s?", best)
	}
	return ""
}

// resolveInputs evaluates vars and reads secrets, and returns the types of the vars.
func (s *suite) resolveInputs(o CompileOptions, red *secret.Redactor, read suiteFiles) []expr.VarDecl {
	s.resolveSecrets(o.Inputs, red)
	r := &varResolver{suite: s, in: o.Inputs, seed: o.Seed, state: map[string]int{}, redact: red.Redact, readFile: read.read}
	s.vars = make(map[string]ref.Val, len(s.spec.Vars))
	s.changing = map[string]bool{}
	if !r.prepare() {
		return r.decls
	}
	for i := range r.vars {
		r.resolve(i, nil)
	}
	return r.decls
}

func (s *suite) resolveSecrets(in Inputs, red *secret.Redactor) {
	s.secrets = make(map[string]string, len(s.spec.Secrets))
	for _, sec := range s.spec.Secrets {
		name := sec.Name.Value
		value, ok := s.readSecret(sec, in)
		if !ok {
			continue
		}
		if !red.Add(name, value) {
			s.problems.Errorf(sec.Name.Pos, "the value of secret %s is too short to be kept out of the output: masking it would mask ordinary text", name).
				WithHint("use a secret of at least %d characters, white space around it aside", secret.MinLength)
		}
		s.secrets[name] = value
	}
}

// readSecret returns the value of a secret. One line end at the end of a file is
// not part of it, since editors add one.
func (s *suite) readSecret(sec spec.Secret, in Inputs) (string, bool) {
	name := sec.Name.Value
	if sec.Env.IsSet() {
		value, ok := in.Env[sec.Env.Value]
		if !ok || value == "" {
			s.miss("environment variable "+sec.Env.Value+", for secret "+name, sec.Name.Pos, "")
			return "", false
		}
		return value, true
	}
	path := beside(sec.FilePath.Pos.File, sec.FilePath.Value)
	data, err := readSecretFile(path, in.Env)
	if err != nil {
		s.miss("file for secret "+name, sec.Name.Pos, ": "+err.Error())
		return "", false
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if value == "" {
		s.miss("file for secret "+name, sec.Name.Pos, ": "+path+" is empty")
		return "", false
	}
	return value, true
}

// readSecretFile reads the one file that may lie anywhere, but none of /proc: what
// is there, such as /proc/self/environ, is the environment and not a file. A kept
// login is for its own source only.
func readSecretFile(path string, env map[string]string) ([]byte, error) {
	if followed := followed(path); strings.HasPrefix(followed, "/proc/") {
		return nil, fmt.Errorf("cannot read %s: it is a view of a process, expected a file", path)
	} else if logins := keep.ForUser(func(name string) string { return env[name] }).Dir; logins != "" && strings.HasPrefix(followed, slashed(logins)) {
		return nil, fmt.Errorf("cannot read %s: it is a login that is kept for a source, expected a file of your own", path)
	}
	return files.Read(path, MaxSecretFile)
}

// followed is where a path leads, "" where it leads nowhere.
func followed(path string) string {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	if target, err = filepath.Abs(target); err != nil {
		return ""
	}
	return filepath.ToSlash(target)
}

// slashed is the folder as the beginning of all paths in it.
func slashed(folder string) string {
	if target := followed(folder); target != "" {
		folder = target
	}
	return strings.TrimSuffix(filepath.ToSlash(folder), "/") + "/"
}

// convert turns what was given for a var into a value of the type of its default.
func (r *varResolver) convert(o override, t *cel.Type) (ref.Val, error) {
	if !o.IsText {
		return r.convertJSON(o, t)
	}
	if t.IsExactType(cel.StringType) || t.IsExactType(cel.DynType) {
		return types.String(o.Text), nil
	}
	if expr.CheckJSON(o.Text) != nil {
		return nil, r.typeError(o, t, o.Text)
	}
	return r.convertJSON(override{Input{JSON: []byte(strings.TrimSpace(o.Text))}, o.from}, t)
}

func (r *varResolver) convertJSON(o override, t *cel.Type) (ref.Val, error) {
	v := expr.FromJSON(o.JSON)
	got := expr.Native(v).Type().TypeName()
	switch {
	case t.IsExactType(cel.DynType), got == t.TypeName():
		return v, nil
	case t.IsExactType(cel.DoubleType) && (got == "int" || got == "uint"):
		return expr.Native(v).ConvertToType(types.DoubleType), nil
	case t.Kind() == types.MapKind && got == "map", t.Kind() == types.ListKind && got == "list":
		return v, nil
	}
	return nil, r.typeError(o, t, string(o.JSON))
}

// typeError quotes what was found, masked before it is cut: an input may hold a
// secret by mistake.
func (r *varResolver) typeError(o override, t *cel.Type, found string) error {
	if found = r.redact(found); len(found) > 40 {
		found = strings.ToValidUTF8(found[:40], "") + "…"
	}
	want := typeName(t)
	if t.Kind() == types.IntKind && wholeNumber.MatchString(found) {
		want = "a whole number of at most 64 bits"
	}
	return fmt.Errorf("%s: found %s, expected %s like the default", o.from, found, want)
}

var wholeNumber = lazyregexp.New(`^-?[0-9]+$`)

// typeName names a type as messages do.
func typeName(t *cel.Type) string {
	switch t.Kind() {
	case types.MapKind:
		return "a map"
	case types.ListKind:
		return "a list"
	case types.IntKind:
		return "a whole number"
	case types.DoubleKind, types.UintKind:
		return "a number"
	case types.BoolKind:
		return "true or false"
	}
	return "a value of type " + t.String()
}
