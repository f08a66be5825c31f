package expr

import (
	"fmt"
	"slices"
	"sync"

	"cel.dev/cel-go/cel"

	"github.com/apicel/apicel/spec"
)

// Decls are the names that a suite declares.
type Decls struct {
	Vars     []VarDecl
	Secrets  []string
	Captures []string
	// NoRows tells that no query has rows, so that hints need not name row.
	NoRows bool
	// ReadFile returns the content of the file at path, relative to the folder of
	// the file from, whose name is that of [spec.File]. It should read at most
	// [MaxFile] bytes. Where it is nil, file() is refused.
	ReadFile func(from, path string) ([]byte, error)
}

// VarDecl is a var and its type (see [TypeOf]).
type VarDecl struct {
	Name string
	Type *cel.Type
}

// Compiler compiles the expressions of one suite. It is safe for concurrent use
// and compiles the same text in the same scope once.
type Compiler struct {
	env      *cel.Env
	vars     []string
	secrets  []string
	captures []string // sorted
	noRows   bool
	files    *fileCache
	steps    uint64 // MaxSteps; tests that exhaust them take less

	mu    sync.Mutex
	units map[unitKey]*lazyUnit
	// shapes are those that were met, of texts that hold whole numbers.
	shapes map[shapeKey]*shape
}

// unitKey is what decides what a text is compiled to. The file it stands in
// counts only where the text may read files, which are relative to it.
type unitKey struct {
	text  string
	scope spec.Scope
	from  string
}

type lazyUnit struct {
	once sync.Once
	unit *unit
}

// NewCompiler returns a compiler for a suite that declares d. A var without a
// type is dyn.
func NewCompiler(d Decls) (*Compiler, error) {
	env, err := base()
	if err != nil {
		return nil, fmt.Errorf("make the CEL environment: %w", err)
	}
	c := &Compiler{secrets: d.Secrets, captures: unique(d.Captures), noRows: d.NoRows, files: newFileCache(d.ReadFile), steps: MaxSteps, units: map[unitKey]*lazyUnit{}, shapes: map[shapeKey]*shape{}}
	opts := make([]cel.EnvOption, 0, len(d.Vars))
	for _, v := range d.Vars {
		if slices.Contains(c.vars, v.Name) {
			continue // reported by whoever read the suite
		}
		t := v.Type
		if t == nil {
			t = cel.DynType
		}
		c.vars = append(c.vars, v.Name)
		opts = append(opts, cel.Variable(varsVar+"."+v.Name, t))
	}
	if c.env, err = env.Extend(opts...); err != nil {
		return nil, fmt.Errorf("declare the vars: %w", err)
	}
	return c, nil
}

// unique sorts names and leaves out those that come again.
func unique(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// Expr compiles CEL. The problems say what is wrong at its exact place; where
// there are any, the Expr is nil. An expression that cannot give want is a
// problem; one whose type is not known before it is evaluated is none. A string
// that holds ${ … } is one too, since nothing is inserted into it.
func (c *Compiler) Expr(src spec.String, scope spec.Scope, want *cel.Type) (*Expr, spec.Problems) {
	e, ps := c.expr(src, scope, want, (*spec.Problems).Errorf)
	if ps.HasErrors() {
		return nil, ps
	}
	return e, ps
}

// expr compiles CEL and reports a ${ in its strings in the way given.
func (c *Compiler) expr(src spec.String, scope spec.Scope, want *cel.Type, report reporter) (*Expr, spec.Problems) {
	u := c.unit(src, scope)
	var ps spec.Problems
	for _, i := range u.inserts {
		report(&ps, src.At(i.at), "${ in a string is text: nothing is inserted here").Hint = i.hint
	}
	faults := u.faults
	if len(faults) == 0 && !assignable(want, u.typ) {
		faults = []fault{wrongType(want, u.typ)}
	}
	if len(faults) > 0 {
		for _, f := range faults {
			ps.Errorf(src.At(f.at), "%s", f.message).Hint = f.hint
		}
		ps.Sort()
		return nil, ps
	}
	return newExpr(u, src), ps
}

// reporter is how a problem is added: as an error or as a warning.
type reporter func(ps *spec.Problems, pos spec.Pos, format string, args ...any) *spec.Problem

func (c *Compiler) unit(src spec.String, scope spec.Scope) *unit {
	key := unitKey{text: src.Value, scope: scope}
	if src.Pos.File != nil && mayReadFiles(src.Value) {
		key.from = src.Pos.File.Name
	}
	c.mu.Lock()
	l := c.units[key]
	if l == nil {
		l = &lazyUnit{}
		c.units[key] = l
	}
	c.mu.Unlock()
	l.once.Do(func() { l.unit = compile(c, key) })
	return l.unit
}

// assignable tells whether an expression of type got may give want.
func assignable(want, got *cel.Type) bool {
	return want == nil || isDyn(want) || isDyn(got) || want.IsAssignableType(got)
}

func wrongType(want, got *cel.Type) fault {
	f := fault{message: fmt.Sprintf("the expression gives %s, expected %s", typeName(got), typeName(want))}
	if want.IsExactType(cel.BoolType) {
		f.hint = "compare it with something, as in status == 200"
	}
	if isOptional(got) {
		f.hint = "add .orValue(…) or .hasValue()"
	}
	return f
}
