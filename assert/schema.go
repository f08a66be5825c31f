package assert

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// WithFiles says how the files that checks name are read: schemas, what they
// refer to, and snapshots. from is the name of the file that the path stands
// in, and path is relative to its folder. A schema is compiled once for all the
// Compile that are given the same Option, so a suite should have one.
func WithFiles(read func(from, path string) ([]byte, error)) Option {
	shared := newSchemas(read)
	return func(o *options) { o.files, o.schemas = read, shared }
}

// schemas are the compiled schemas of a suite, by their addresses. It is safe
// for concurrent use.
type schemas struct {
	read func(from, path string) ([]byte, error)

	mu       sync.Mutex
	compiled map[string]compiledSchema
	docs     map[string]any    // what was read, by path
	ids      map[string]string // the folder that stands for the address that a $id begins with
}

type compiledSchema struct {
	schema *jsonschema.Schema
	vain   []schemaFault // what it says in vain
	err    error
}

func newSchemas(read func(from, path string) ([]byte, error)) *schemas {
	return &schemas{read: read, compiled: map[string]compiledSchema{}, docs: map[string]any{}, ids: map[string]string{}}
}

func (p *compiler) schema(s *spec.Schema) {
	if s == nil {
		return
	}
	all := p.options.schemas
	if all == nil {
		all = newSchemas(nil)
	}
	name, load := "schema", func() compiledSchema { return all.inline(*s.Inline) }
	if s.Inline == nil {
		name += " " + printable(s.Path.Value)
		load = func() compiledSchema { return all.file(s.Path) }
	}
	done := load()
	if done.err == nil && assertsNothing(done.schema) {
		done.err = errors.New("this schema allows everything, so the check looks at nothing")
	}
	for _, f := range done.vain {
		at, message := f.in(s)
		p.problems.Warnf(at, "%s", message).Hint = f.hint
	}
	if done.err != nil {
		f := faultOf(done.err)
		at, message := f.in(s)
		p.problems.Errorf(at, "%s", message).Hint = f.hint
		return
	}
	p.add(&schemaCheck{name: name, at: s.Pos, schema: done.schema})
}

// in says where in a suite a fault is, and what to say there: one of a file is
// where that is named, and says where in the file it is.
func (f schemaFault) in(s *spec.Schema) (at spec.Pos, message string) {
	at, message = s.Path.Pos, f.message
	if s.Inline != nil {
		at = f.place(*s.Inline)
	}
	if where := shownAddress(f.address); where != "" && (s.Inline == nil || !strings.HasPrefix(where, "#")) {
		message = where + ": " + message
	}
	return at, message
}

// inline compiles a schema that stands in a suite. What it refers to lies
// relative to that suite.
func (s *schemas) inline(v spec.Value) compiledSchema {
	address := addressOf(absolute(v.Pos.File.Name))
	address.RawQuery = fmt.Sprintf("line=%d&column=%d", v.Pos.Line, v.Pos.Col)
	return s.once(v.Pos.File.Name, address.String(), func() (any, error) { return plain(v), nil })
}

// file compiles the schema in a file.
func (s *schemas) file(path spec.String) compiledSchema {
	from := path.Pos.File.Name
	abs := absolute(files.Shown(from, path.Value))
	return s.once(from, addressOf(abs).String(), func() (any, error) { return s.document(from, abs) })
}

func (s *schemas) once(from, address string, load func() (any, error)) compiledSchema {
	s.mu.Lock()
	defer s.mu.Unlock()
	if done, ok := s.compiled[address]; ok {
		return done
	}
	var done compiledSchema
	doc, err := load()
	if err != nil {
		done.err = err
	} else {
		done = s.compile(from, address, doc)
	}
	s.compiled[address] = done
	return done
}

func (s *schemas) compile(from, address string, doc any) (done compiledSchema) {
	defer func() {
		if r := recover(); r != nil {
			done.err = fmt.Errorf("this schema cannot be compiled: %v", r)
		}
	}()
	docs := map[string]any{address: doc}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(draftOf(doc))
	c.AssertFormat()
	c.UseRegexpEngine(compileSchemaPattern)
	c.UseLoader(&schemaLoader{all: s, from: from, docs: docs})
	if done.err = c.AddResource(address, doc); done.err != nil {
		return done
	}
	s.learnID(address, doc)
	if done.schema, done.err = c.Compile(address); done.err != nil {
		return done
	}
	sense := schemaSense{docs: docs, seen: map[*jsonschema.Schema]bool{}}
	sense.look(done.schema)
	done.vain = sense.found
	return done
}

// draftOf is the draft of a schema that does not say it itself: the newest, or
// for one that another refers to, that one's.
func draftOf(doc any) *jsonschema.Draft {
	object, _ := doc.(map[string]any)
	dialect, _ := object["$schema"].(string)
	for mark, draft := range map[string]*jsonschema.Draft{
		"/draft-04/": jsonschema.Draft4, "/draft-06/": jsonschema.Draft6,
		"/draft-07/": jsonschema.Draft7, "/2019-09/": jsonschema.Draft2019,
	} {
		if strings.Contains(dialect, mark) {
			return draft
		}
	}
	return jsonschema.Draft2020
}

// schemaLoader loads what the schemas that a suite names refer to.
type schemaLoader struct {
	all  *schemas
	from string
	docs map[string]any // what was loaded, by address
}

// Load returns the schema at an address: a file's, or one that begins as the
// $id of a schema that came from a file, and then lies relative to that file.
func (l *schemaLoader) Load(address string) (any, error) {
	doc, err := l.load(address)
	if err == nil {
		l.docs[address] = doc
	}
	return doc, err
}

func (l *schemaLoader) load(address string) (any, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "file" {
		return l.all.document(l.from, pathOf(u))
	}
	bases := slices.SortedFunc(maps.Keys(l.all.ids), func(a, b string) int { return len(b) - len(a) })
	for _, base := range bases {
		rest, ok := strings.CutPrefix(address, base)
		if !ok {
			continue
		}
		doc, err := l.all.document(l.from, filepath.Join(l.all.ids[base], filepath.FromSlash(rest)))
		if !errors.Is(err, fs.ErrNotExist) {
			return doc, err
		}
	}
	return nil, &remoteError{address}
}

// remoteError is a reference to a schema that is not in a file.
type remoteError struct{ address string }

// isDraft tells whether it is a draft of JSON Schema, of which it then is one
// that is not known.
func (e *remoteError) isDraft() bool { return strings.Contains(e.address, "//json-schema.org/draft") }

func (e *remoteError) Error() string {
	if e.isDraft() {
		return fmt.Sprintf("the draft %s is not known, expected draft 4, 6, 7, 2019-09 or 2020-12", e.address)
	}
	return fmt.Sprintf("the schema refers to %s, which would have to be fetched, and only files are read", e.address)
}

// document reads the schema at an absolute path, once.
func (s *schemas) document(from, abs string) (any, error) {
	if doc, ok := s.docs[abs]; ok {
		return doc, nil
	}
	if s.read == nil {
		return nil, errors.New("no files may be read here")
	}
	path, err := filepath.Rel(filepath.Dir(absolute(from)), abs)
	if err != nil {
		path = abs
	}
	raw, err := s.read(from, filepath.ToSlash(path))
	if err != nil {
		return nil, err
	}
	text := strings.TrimPrefix(string(raw), byteOrderMark)
	if err := expr.CheckJSON(text); err != nil {
		return nil, fmt.Errorf("%s is not JSON: %w", files.Shown(from, filepath.ToSlash(path)), err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	s.docs[abs] = doc
	s.learnID(addressOf(abs).String(), doc)
	return doc, nil
}

// reads tells whether a schema was read from the file at an absolute path.
func (s *schemas) reads(abs string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path := range s.docs {
		if followed, err := filepath.EvalSymlinks(path); path == abs || err == nil && followed == abs {
			return true
		}
	}
	return false
}

// learnID notes the address that a schema gives itself, because references in
// it are relative to that. Schemas that lie side by side in a folder usually
// call each other by it.
func (s *schemas) learnID(address string, doc any) {
	object, _ := doc.(map[string]any)
	id, _ := object["$id"].(string)
	if id == "" {
		id, _ = object["id"].(string) // draft 4
	}
	u, err := url.Parse(id)
	if err != nil || !u.IsAbs() || u.Scheme == "file" || !strings.Contains(u.Path, "/") {
		return
	}
	file, err := url.Parse(address)
	if err != nil {
		return
	}
	base, _, _ := strings.Cut(id, "#")
	s.ids[base[:strings.LastIndexByte(base, '/')+1]] = filepath.Dir(pathOf(file))
}

// plain is a value of a file as a JSON decoder would give it.
func plain(v spec.Value) any {
	switch v.Kind {
	case spec.Bool:
		return v.Scalar.Value == "true"
	case spec.Number:
		return jsonNumber(v.Scalar.Value)
	case spec.Text:
		return v.Scalar.Value
	case spec.List:
		list := make([]any, len(v.Items))
		for i, item := range v.Items {
			list[i] = plain(item)
		}
		return list
	case spec.Map:
		object := make(map[string]any, len(v.Members))
		for _, m := range v.Members {
			object[m.Key.Value] = plain(m.Value)
		}
		return object
	}
	return nil
}

func absolute(path string) string {
	abs, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		return filepath.Clean(path)
	}
	return abs
}

// addressOf is the URL of a file.
func addressOf(abs string) *url.URL {
	path := filepath.ToSlash(abs)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return &url.URL{Scheme: "file", Path: path}
}

// pathOf is the file that a URL stands for.
func pathOf(u *url.URL) string {
	path := u.Path
	if runtime.GOOS == "windows" {
		path = strings.TrimPrefix(path, "/")
	}
	return filepath.FromSlash(path)
}

// shownAddress is where something stands in a schema, as a message shows it:
// the file as seen from where apicel runs, and behind # the place in it; of an
// inline schema the place only.
func shownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return address
	}
	fragment := ""
	if u.Fragment != "" {
		fragment = "#" + u.Fragment
	}
	if u.Scheme != "file" {
		u.Fragment, u.RawFragment = "", ""
		return u.String() + fragment
	}
	if u.RawQuery != "" { // inline
		return "#" + u.Fragment
	}
	path := pathOf(u)
	if here, err := filepath.Rel(absolute("."), path); err == nil && filepath.IsLocal(here) {
		path = here
	}
	return filepath.ToSlash(path) + fragment
}
