package expr

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// unit is a compiled text. It knows the file that the text stands in only where
// files are read, so that equal texts share it; places are byte offsets in the text.
type unit struct {
	text  string
	files *fileCache
	// readsFiles tells that the text may read files, which are relative to from.
	readsFiles bool
	from       string
	env        *cel.Env
	ast        *ast.AST
	prog       cel.Program
	typ        *cel.Type
	path       *path // where the expression is only a look-up
	loops      bool
	steps      uint64 // that an evaluation may take
	refs       Refs   // places of captures are in at, of row in rowAt
	at         []int
	rowAt      int
	// inserts are the places of a ${ in strings, where it is text.
	inserts []insert
	faults  []fault
}

// fault is a problem of an expression at a byte offset of its text.
type fault struct {
	at            int
	message, hint string
}

// compile parses text, judges its names, checks types and plans the program. All
// faults that do not follow from one another are found in one go.
func compile(c *Compiler, key unitKey) *unit {
	numbers := wholeNumbers(key.text)
	if len(numbers) == 0 || key.from != "" {
		return compileWhole(c, key)
	}
	like := shapeKey{masked(key.text, numbers), key.scope}
	c.mu.Lock()
	s := c.shapes[like]
	c.mu.Unlock()
	if s != nil {
		return s.with(key.text, numbers)
	}
	u := compileWhole(c, key)
	if s := newShape(u, numbers); s != nil {
		c.mu.Lock()
		c.shapes[like] = s
		c.mu.Unlock()
	}
	return u
}

func compileWhole(c *Compiler, key unitKey) *unit {
	u := &unit{text: key.text, from: key.from, readsFiles: mayReadFiles(key.text), files: c.files, env: c.env, steps: c.steps}
	if isBlank(u.text) {
		u.fail(0, "the expression is empty", "")
		return u
	}
	parsed, issues := c.env.Parse(u.text)
	if errs := issues.Errors(); len(errs) > 0 {
		u.faults = append(u.faults, u.syntaxFault(errs))
		return u
	}
	tree := index(parsed.NativeRep())
	names := &nameWalk{compiler: c, scope: key.scope, unit: u, info: parsed.NativeRep().SourceInfo()}
	names.walk(parsed.NativeRep().Expr())
	if names.misread {
		return u
	}
	checked, issues := c.env.Check(parsed)
	if errs := issues.Errors(); len(errs) > 0 {
		u.faults = append(u.faults, names.typeFaults(tree, errs)...)
	}
	if len(u.faults) > 0 {
		slices.SortStableFunc(u.faults, func(a, b fault) int { return a.at - b.at })
		return u
	}
	u.plan(checked.NativeRep())
	return u
}

func (u *unit) plan(checked *ast.AST) {
	u.ast, u.typ = checked, checked.GetType(checked.Expr().ID())
	u.loops = hasLoop(checked.Expr())
	u.path = pathOf(checked.Expr())
	prog, err := u.env.PlanProgram(checked, programOptions(checked, u.steps)...)
	if err != nil {
		f := told(err.Error(), "") // what is constant is computed when the program is made
		u.fail(0, f.Message, f.Hint)
		return
	}
	u.prog = prog
}

func (u *unit) fail(at int, message, hint string) {
	u.faults = append(u.faults, fault{at, message, hint})
}

// isBlank tells whether there is nothing but white space and comments.
func isBlank(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") {
			return false
		}
	}
	return true
}

// index maps the nodes of a tree by their ids.
func index(a *ast.AST) map[int64]ast.Expr {
	nodes := map[int64]ast.Expr{}
	ast.PostOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) { nodes[e.ID()] = e }))
	return nodes
}

func hasLoop(e ast.Expr) bool {
	found := false
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) { found = found || e.Kind() == ast.ComprehensionKind }))
	return found
}

// offset returns the byte offset of a place that CEL gives as a line from 1 and
// a column from 0, both of the decoded text and in characters.
func (u *unit) offset(l common.Location) int {
	rest, at := u.text, 0
	for range l.Line() - 1 {
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			break
		}
		at, rest = at+n+1, rest[n+1:]
	}
	for range max(l.Column(), 0) {
		_, n := utf8.DecodeRuneInString(rest)
		at, rest = at+n, rest[n:]
	}
	return at
}

// nodeOffset returns the byte offset of what a reader takes for the place of a
// node: the name of a field or a function, where CEL points at the dot before
// or the bracket behind it.
func (u *unit) nodeOffset(info *ast.SourceInfo, id int64) int {
	return u.named(u.offset(info.GetStartLocation(id)))
}

// named returns where the name begins that CEL points at with its dot or bracket.
func (u *unit) named(at int) int {
	switch {
	case at >= len(u.text):
		return at
	case u.text[at] == '.':
		return u.fieldOffset(at)
	case u.text[at] == '(':
		return u.nameBefore(at)
	}
	return at
}

// fieldOffset returns where the name behind the dot at at begins.
func (u *unit) fieldOffset(at int) int {
	rest := strings.TrimLeft(u.text[at:], ".? \t\r\n`")
	return len(u.text) - len(rest)
}

// nameBefore returns where the name that ends before at begins, or at.
func (u *unit) nameBefore(at int) int {
	end := len(strings.TrimRight(u.text[:at], jsonSpace))
	from := end
	for from > 0 && isNameByte(u.text[from-1]) {
		from--
	}
	if from == end {
		return at
	}
	return from
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isDyn(t *cel.Type) bool {
	return t.Kind() == types.DynKind || t.Kind() == types.AnyKind || t.Kind() == types.TypeParamKind
}

func isOptional(t *cel.Type) bool {
	return t.Kind() == types.OpaqueKind && t.TypeName() == types.OptionalType.TypeName()
}

// typeName returns the name of a type as messages spell it.
func typeName(t *cel.Type) string { return prettyTypes(cel.FormatCELType(t)) }

var prettyTypes = strings.NewReplacer(
	"google.protobuf.Timestamp", "timestamp",
	"google.protobuf.Duration", "duration",
	"optional_type", "optional",
	"null_type", "null",
	"net.IP", "ip", "net.CIDR", "cidr",
).Replace

// article puts a or an before a word.
func article(word string) string {
	if word != "" && strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return fmt.Sprintf("a %s", word)
}
