package expr

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/files"
)

// MaxFile is the size in bytes up to which file() reads a file.
const MaxFile = 64 << 20

// maxCached is how many bytes of files a compiler keeps. What more it reads, it
// reads again when it is asked for again.
const maxCached = 256 << 20

const fileFunction = "file"

// mayReadFiles tells whether file() may be called in a text.
func mayReadFiles(text string) bool { return strings.Contains(text, fileFunction) }

// fileCache reads each file once. It is safe for concurrent use.
type fileCache struct {
	read func(from, path string) ([]byte, error) // nil where no files may be read

	mu    sync.Mutex
	files map[fileKey]*cachedFile
	kept  int // bytes
}

type fileKey struct{ from, path string }

type cachedFile struct {
	once sync.Once
	data []byte
	err  error
}

func newFileCache(read func(from, path string) ([]byte, error)) *fileCache {
	return &fileCache{read: read, files: map[fileKey]*cachedFile{}}
}

// get returns the content of a file.
func (c *fileCache) get(from, path string) ([]byte, error) {
	key := fileKey{from, path}
	c.mu.Lock()
	f := c.files[key]
	if f == nil {
		f = &cachedFile{}
		c.files[key] = f
	}
	c.mu.Unlock()
	f.once.Do(func() {
		if f.data, f.err = c.read(from, path); f.err == nil && len(f.data) > MaxFile {
			f.data, f.err = nil, fmt.Errorf("%s is larger than %d MiB, which is what file() reads at most", path, MaxFile>>20)
		}
		c.keep(key, len(f.data))
	})
	return f.data, f.err
}

// keep counts what was read, or forgets it where too much is kept already.
func (c *fileCache) keep(key fileKey, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept+size > maxCached {
		delete(c.files, key)
		return
	}
	c.kept += size
}

// readFile is the function file.
func (u *unit) readFile(path string) ref.Val {
	data, err := u.files.get(u.from, path)
	if err != nil {
		return types.WrapErr(&EvalError{Message: err.Error(), Hint: files.Hint(err)})
	}
	return types.Bytes(data)
}

// file judges a call of file(), which stands at an offset. A literal path is
// read at once, so that a missing file is a fault of the expression.
func (w *nameWalk) file(at int, path ast.Expr) {
	if w.unit.files.read == nil {
		w.unit.fail(at, "file() cannot be used here: no files may be read", "")
		return
	}
	if name, ok := literalString(path); ok {
		if _, err := w.unit.files.get(w.unit.from, name); err != nil {
			w.unit.fail(w.at(path), err.Error(), files.Hint(err))
		}
		return
	}
	for _, r := range w.readings(path) {
		switch r.name {
		case varsVar, envVar:
		case "row", "row_index":
			w.unit.refs.RowFile = true
		default:
			w.unit.fail(w.at(r.node), fmt.Sprintf("the path given to file() reads %s, expected a literal or what is made of vars, env, row and row_index", r.name),
				"name the file in the suite: what a run finds out must not decide which file is read")
			return
		}
	}
}

// reading is a variable that is read, or a function called whose value does not
// follow from its arguments, and the node that does it.
type reading struct {
	name string
	node ast.Expr
}

// readings are all that decides the value of an expression. They are needed only
// where files are read.
func (w *nameWalk) readings(e ast.Expr) []reading {
	if !w.unit.readsFiles {
		return nil
	}
	switch e.Kind() {
	case ast.IdentKind:
		return w.identReadings(e)
	case ast.ComprehensionKind:
		outside := len(w.locals)
		out := w.enter(e.AsComprehension())
		w.leaveLoop(outside)
		out = append(out, w.readings(e.AsComprehension().Result())...)
		w.locals = w.locals[:outside]
		return once(out)
	}
	var out []reading
	if e.Kind() == ast.CallKind && !e.AsCall().IsMemberFunction() && slices.Contains(impure, e.AsCall().FunctionName()) {
		out = append(out, reading{e.AsCall().FunctionName() + "()", e})
	}
	for _, part := range children(e) {
		out = append(out, w.readings(part)...)
	}
	return once(out)
}

// once keeps the first reading of each name: nested loops would else double them
// with each level.
func once(all []reading) []reading {
	var out []reading
	for _, r := range all {
		if !slices.ContainsFunc(out, func(o reading) bool { return o.name == r.name }) {
			out = append(out, r)
		}
	}
	return out
}

// impure are the functions whose value does not follow from their arguments.
var impure = append([]string{"header_values", fileFunction}, changing...)

func (w *nameWalk) identReadings(e ast.Expr) []reading {
	for _, l := range slices.Backward(w.locals) {
		if l.name != e.AsIdent() {
			continue
		}
		out := make([]reading, len(l.reads))
		for i, r := range l.reads {
			out[i] = reading{r.name, e}
		}
		return out
	}
	name := rootName(e)
	if _, ok := variable(name); !ok {
		if _, ok = variableWithMembers(name); !ok {
			return nil
		}
	}
	return []reading{{name, e}}
}

// children are the parts of an expression that is no comprehension.
func children(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	case ast.CallKind:
		return operands(e.AsCall())
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.MapKind:
		var out []ast.Expr
		for _, entry := range e.AsMap().Entries() {
			out = append(out, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
		return out
	case ast.StructKind:
		var out []ast.Expr
		for _, f := range e.AsStruct().Fields() {
			out = append(out, f.AsStructField().Value())
		}
		return out
	}
	return nil
}
