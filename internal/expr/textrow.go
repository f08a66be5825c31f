package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/apicel/apicel/spec"
)

// CheckTextRow says what an expression gets wrong about a row of which every cell
// is text, as in CSV: a column that there is none of, and a cell that is compared
// with what is no text, which it never equals. CEL compares any two values, so
// that such a comparison would be false for each row, and a != true.
func (e *Expr) CheckTextRow(columns []string) spec.Problems {
	w := &textRow{expr: e, columns: columns}
	tree := e.unit.ast.Expr()
	if !w.isShadowed(tree) {
		ast.PostOrderVisit(tree, ast.NewExprVisitor(w.look))
	}
	return w.problems
}

const rowVar = "row"

type textRow struct {
	expr     *Expr
	columns  []string
	problems spec.Problems
}

// isShadowed tells whether a loop calls its own variable row.
func (w *textRow) isShadowed(tree ast.Expr) bool {
	shadowed := false
	ast.PostOrderVisit(tree, ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.ComprehensionKind {
			c := x.AsComprehension()
			shadowed = shadowed || c.IterVar() == rowVar || c.IterVar2() == rowVar || c.AccuVar() == rowVar
		}
	}))
	return shadowed
}

func (w *textRow) look(x ast.Expr) {
	if column, ok := w.cell(x); ok && !slices.Contains(w.columns, column) {
		p := w.problems.Errorf(w.at(x), "the rows have no column %q", column)
		p.Hint = "the columns are " + shortened(strings.Join(w.columns, ", "))
		if near := spec.Closest(column, w.columns); near != "" {
			p.Hint = "did you mean " + near + "?"
		}
	}
	if x.Kind() != ast.CallKind || len(x.AsCall().Args()) != 2 {
		return
	}
	left, right := x.AsCall().Args()[0], x.AsCall().Args()[1]
	switch x.AsCall().FunctionName() {
	case operators.Equals, operators.NotEquals:
		w.compare(left, right)
		w.compare(right, left)
	case operators.In:
		if right.Kind() == ast.ListKind {
			for _, element := range right.AsList().Elements() {
				w.compare(left, element)
			}
		}
	}
}

// compare reports that a cell is compared with a literal that is no text.
func (w *textRow) compare(x, with ast.Expr) {
	column, ok := w.cell(x)
	if !ok || with.Kind() != ast.LiteralKind {
		return
	}
	literal := with.AsLiteral()
	if _, text := literal.(types.String); text {
		return
	}
	value := unparse(with, w.expr.unit.ast.SourceInfo())
	hint := fmt.Sprintf("write %q", value)
	switch literal.Type() {
	case types.IntType, types.UintType, types.DoubleType:
		hint += fmt.Sprintf(", or %s(row.%s) to compare numbers", literal.Type().TypeName(), column)
	case types.NullType:
		hint = `an empty cell is ""`
	}
	w.problems.Errorf(w.at(x), "row.%s is text, as every cell of CSV is, so it never equals %s", column, value).Hint = hint
}

// cell returns the column that row.name or row["name"] reads.
func (w *textRow) cell(x ast.Expr) (column string, ok bool) {
	switch x.Kind() {
	case ast.SelectKind:
		s := x.AsSelect()
		return s.FieldName(), !s.IsTestOnly() && isRow(s.Operand())
	case ast.CallKind:
		call := x.AsCall()
		if call.FunctionName() != operators.Index || len(call.Args()) != 2 || call.Args()[1].Kind() != ast.LiteralKind || !isRow(call.Args()[0]) {
			return "", false
		}
		name, ok := call.Args()[1].AsLiteral().(types.String)
		return string(name), ok
	}
	return "", false
}

func isRow(x ast.Expr) bool { return x.Kind() == ast.IdentKind && x.AsIdent() == rowVar }

func (w *textRow) at(x ast.Expr) spec.Pos {
	return w.expr.src.At(w.expr.unit.nodeOffset(w.expr.unit.ast.SourceInfo(), x.ID()))
}

// Exprs returns the expressions of the template.
func (t *Template) Exprs() []*Expr {
	var all []*Expr
	for _, p := range t.parts {
		if p.expr != nil {
			all = append(all, p.expr)
		}
	}
	return all
}

// Exprs returns the expressions of the value.
func (j *JSON) Exprs() []*Expr {
	var all []*Expr
	for _, p := range j.parts {
		if p.template != nil {
			all = append(all, p.template.Exprs()...)
		}
	}
	return all
}
