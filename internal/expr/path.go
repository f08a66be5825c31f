package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// path is an expression that only looks a value up: vars.x, captures.a.b[0],
// row["x"]. It is walked without CEL, which takes longer.
type path struct {
	root  string
	steps []step
}

// step is a key, or an index where key is "" and isIndex is set.
type step struct {
	key     string
	index   int64
	isIndex bool
}

// pathOf returns the path that a checked expression is, or nil.
func pathOf(e ast.Expr) *path {
	var steps []step
	for {
		switch e.Kind() {
		case ast.IdentKind:
			return newPath(strings.TrimPrefix(e.AsIdent(), "."), steps)
		case ast.SelectKind:
			if e.AsSelect().IsTestOnly() {
				return nil
			}
			steps = append([]step{{key: e.AsSelect().FieldName()}}, steps...)
			e = e.AsSelect().Operand()
		case ast.CallKind:
			call := e.AsCall()
			if call.FunctionName() != operators.Index || len(call.Args()) != 2 || call.Args()[1].Kind() != ast.LiteralKind {
				return nil
			}
			s, ok := constantStep(call.Args()[1].AsLiteral())
			if !ok {
				return nil
			}
			steps = append([]step{s}, steps...)
			e = call.Args()[0]
		default:
			return nil
		}
	}
}

func constantStep(v ref.Val) (step, bool) {
	switch v := v.(type) {
	case types.String:
		return step{key: string(v)}, true
	case types.Int:
		return step{index: int64(v), isIndex: true}, true
	}
	return step{}, false
}

// newPath returns the path where its root holds values that came from JSON.
func newPath(root string, steps []step) *path {
	switch {
	case strings.HasPrefix(root, varsVar+"."), root == "row", root == "body":
		return &path{root, steps}
	case root == capturesVar && len(steps) > 0 && !steps[0].isIndex:
		return &path{capturesVar + "." + steps[0].key, steps[1:]}
	}
	return nil
}

// lookUp walks the path. False says that CEL must be asked: something is
// missing, which CEL explains, or is not a value that came from JSON.
func (p *path) lookUp(f *frame) (ref.Val, bool) {
	v, ok := f.value(p.root)
	for _, s := range p.steps {
		if !ok {
			return nil, false
		}
		switch c := v.(type) {
		case *jsonMap:
			v, ok = c.find(s.key)
			ok = ok && !s.isIndex
		case *jsonList:
			if ok = s.isIndex && s.index >= 0 && s.index < int64(c.len()); ok {
				v = c.nth(int(s.index))
			}
		default:
			return nil, false
		}
	}
	return v, ok && !types.IsUnknownOrError(v)
}
