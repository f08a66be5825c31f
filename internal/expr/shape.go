package expr

import (
	"strconv"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/apicel/apicel/spec"
)

// A suite often says the same of many answers, with another number in each:
//
//	body.id == 17
//	body.id == 18
//
// What takes the time of compiling those is to parse them and to check their
// types, which is the same for all whose numbers have equally many digits: they
// have one shape, and all places in it are the same. It is compiled once, and a
// copy of its tree with other numbers is planned for each of them.

// shapeKey is what texts of one shape have in common.
type shapeKey struct {
	text  string // with # for the digits of its whole numbers
	scope spec.Scope
}

// shape is a text that was compiled without a fault, and which of its whole
// numbers are which nodes of its tree.
type shape struct {
	unit *unit
	// literals are the ids of the nodes, in the order of the text.
	literals map[int64]int
}

// maxDigits is the number of digits up to which every whole number is an int.
const maxDigits = 18

// wholeNumbers finds the whole numbers of an expression; none where it holds
// anything that makes their places doubtful.
func wholeNumbers(text string) []span {
	var found []span
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c >= 0x80, c == '`', c == '/', c == '-', c == '#':
			return nil
		case c == '"' || c == '\'':
			if i = stringEnd(text, i); i < 0 {
				return nil
			}
		case isNameByte(c):
			end := i
			for end < len(text) && (isNameByte(text[end]) || text[end] == '.' && c >= '0' && c <= '9') {
				end++
			}
			if isWhole(text[i:end]) {
				found = append(found, span{i, end})
			}
			i = end
		default:
			i++
		}
	}
	return found
}

// isWhole tells decimal numbers in the spelling that they are printed in.
func isWhole(word string) bool {
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return false
		}
	}
	return len(word) <= maxDigits && (word[0] != '0' || len(word) == 1)
}

// masked is a text with # for the digits of its numbers.
func masked(text string, numbers []span) string {
	b := []byte(text)
	for _, n := range numbers {
		for i := n.from; i < n.to; i++ {
			b[i] = '#'
		}
	}
	return string(b)
}

// newShape returns what of a compiled unit serves others, nil where a number of
// the text is not found in its tree.
func newShape(u *unit, numbers []span) *shape {
	if len(u.faults) > 0 || len(u.ast.SourceInfo().MacroCalls()) > 0 {
		return nil
	}
	s := &shape{unit: u, literals: map[int64]int{}}
	info := u.ast.SourceInfo()
	ast.PostOrderVisit(u.ast.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		n, ok := wholeLiteral(e)
		if !ok {
			return
		}
		at, _ := info.GetOffsetRange(e.ID())
		for i, number := range numbers {
			if int(at.Start) == number.from && strconv.FormatInt(n, 10) == u.text[number.from:number.to] {
				s.literals[e.ID()] = i
			}
		}
	}))
	if len(s.literals) != len(numbers) {
		return nil
	}
	return s
}

func wholeLiteral(e ast.Expr) (int64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	n, ok := e.AsLiteral().(types.Int)
	return int64(n), ok
}

// with returns the unit of another text of the shape.
func (s *shape) with(text string, numbers []span) *unit {
	u := *s.unit
	u.text = text
	from := s.unit.ast
	factory := ast.NewExprFactory()
	tree := factory.CopyExpr(from.Expr())
	ast.PostOrderVisit(tree, ast.NewExprVisitor(func(e ast.Expr) {
		i, ok := s.literals[e.ID()]
		if !ok || e.Kind() != ast.LiteralKind {
			return
		}
		n, _ := strconv.ParseInt(text[numbers[i].from:numbers[i].to], 10, 64) // isWhole
		e.SetKindCase(factory.NewLiteral(e.ID(), types.Int(n)))
	}))
	u.plan(ast.NewCheckedAST(ast.NewAST(tree, from.SourceInfo()), from.TypeMap(), from.ReferenceMap()))
	return &u
}
