package runner

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// varResolver evaluates the vars of a suite, each after those it reads.
type varResolver struct {
	suite *suite
	in    Inputs
	seed  uint64
	vars  []compiledVar
	decls []expr.VarDecl
	state map[string]int // 1 while being resolved, 2 when done
	// circular are vars whose circle has been reported.
	circular []string
	redact   func(string) string
	readFile func(from, path string) ([]byte, error)
}

// compiledVar is the default of a var: whole, where it is one ${ … }, else json.
type compiledVar struct {
	spec  spec.Var
	whole *expr.Template
	json  *expr.JSON
}

// prepare compiles the defaults and says whether all of them could be.
func (r *varResolver) prepare() bool {
	s := r.suite.spec
	first := make([]expr.VarDecl, len(s.Vars))
	for i, v := range s.Vars {
		first[i] = expr.VarDecl{Name: v.Name.Value, Type: expr.TypeOf(v.Value)}
	}
	compiler, err := expr.NewCompiler(expr.Decls{Vars: withUnread(first, s), ReadFile: r.readFile})
	if err != nil {
		r.suite.problems.Errorf(spec.Pos{File: s.File, Line: 1, Col: 1}, "vars cannot be declared: %v", err)
		return false
	}
	ok := true
	r.decls = first
	for i, v := range s.Vars {
		cv, t, problems := compileVar(compiler, v)
		if t != nil {
			r.decls[i].Type = t
		}
		ok = ok && !problems.HasErrors()
		r.suite.problems = append(r.suite.problems, problems...)
		r.vars = append(r.vars, cv)
	}
	return ok
}

// withUnread adds the vars that could not be read: they are declared, so that
// reading them is no second problem.
func withUnread(vars []expr.VarDecl, s *spec.Suite) []expr.VarDecl {
	vars = slices.Clone(vars)
	for _, name := range s.Unread.Vars {
		vars = append(vars, expr.VarDecl{Name: name})
	}
	return vars
}

func compileVar(c *expr.Compiler, v spec.Var) (compiledVar, *cel.Type, spec.Problems) {
	cv := compiledVar{spec: v}
	if v.Value.Kind == spec.Text {
		t, problems := c.Template(v.Value.Scalar, spec.ScopeVars, expr.EscapeNone)
		if t != nil && t.Whole() != nil {
			cv.whole = t
			return cv, t.Whole().Type(), problems
		}
	}
	j, problems := c.JSON(v.Value, spec.ScopeVars)
	cv.json = j
	return cv, nil, problems
}

func (v compiledVar) refs() expr.Refs {
	if v.whole != nil {
		return v.whole.Refs()
	}
	if v.json != nil {
		return v.json.Refs()
	}
	return expr.Refs{}
}

// resolve gives var i its value. path holds the vars that led to it, to name a circle.
func (r *varResolver) resolve(i int, path []string) {
	v := r.vars[i]
	name := v.spec.Name.Value
	switch r.state[name] {
	case 2:
		return
	case 1:
		r.circular = append(r.circular, path...)
		from := slices.Index(path, name)
		r.suite.problems.Errorf(v.spec.Name.Pos, "vars read each other in a circle: %s", strings.Join(append(path[from:], name), " → "))
		return
	}
	r.state[name] = 1
	defer func() { r.state[name] = 2 }()
	if o, ok := r.in.override(name); ok {
		r.set(v, func() (ref.Val, error) { return r.convert(o, r.decls[i].Type) })
		return
	}
	for _, dep := range v.refs().Vars {
		if j := slices.IndexFunc(r.vars, func(o compiledVar) bool { return o.spec.Name.Value == dep }); j >= 0 {
			r.resolve(j, append(slices.Clone(path), name))
		}
	}
	if v.spec.Value.Kind == spec.Null {
		r.suite.miss("vars."+name, v.spec.Name.Pos, fmt.Sprintf("; give it with --var %s=… or %s%s", name, EnvPrefix, name))
		return
	}
	refs := v.refs()
	isChanging := func(name string) bool { return r.suite.changing[name] }
	r.suite.changing[name] = refs.Changing || slices.ContainsFunc(refs.Vars, isChanging)
	r.set(v, func() (ref.Val, error) { return r.eval(v) })
}

func (r *varResolver) eval(v compiledVar) (ref.Val, error) {
	a := &expr.Activation{
		Env: r.in.Env, Vars: r.suite.vars,
		Rand: expr.Stream(r.seed, r.suite.id, "vars "+v.spec.Name.Value, 0),
	}
	if v.whole != nil {
		return v.whole.Value(background, a)
	}
	data, err := v.json.Bytes(background, a)
	if err != nil {
		return nil, err
	}
	return expr.FromJSON(data), nil
}

// set keeps the value that give returns. A var that cannot be evaluated since
// an input is missing is itself missing; the input is named once.
func (r *varResolver) set(v compiledVar, give func() (ref.Val, error)) {
	val, err := give()
	if err == nil {
		r.suite.vars[v.spec.Name.Value] = val
		return
	}
	var missing *expr.MissingEnvError
	if errors.As(err, &missing) {
		r.suite.miss("environment variable "+missing.Name+", for vars."+v.spec.Name.Value, v.spec.Name.Pos, "")
		return
	}
	if slices.Contains(r.circular, v.spec.Name.Value) || len(r.suite.missing) > 0 && r.readsMissing(v) {
		return
	}
	addEvalError(&r.suite.problems, v.spec.Value.Pos, err)
}

func (r *varResolver) readsMissing(v compiledVar) bool {
	return slices.ContainsFunc(v.refs().Vars, func(name string) bool {
		_, ok := r.suite.vars[name]
		return !ok
	})
}

// addEvalError adds an evaluation error as a problem, at its own place where it has one.
// Several that are joined are several problems.
func addEvalError(ps *spec.Problems, pos spec.Pos, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			addEvalError(ps, pos, one)
		}
		return
	}
	var eval *expr.EvalError
	if !errors.As(err, &eval) {
		ps.Errorf(pos, "%v", err)
		return
	}
	if !eval.Pos.IsZero() {
		pos = eval.Pos
	}
	p := ps.Errorf(pos, "%s", eval.Message)
	p.Hint = eval.Hint
}
