package assert

import (
	"context"
	"errors"
	"io"
	"io/fs"
	slashpath "path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// ignored stands in a snapshot for what is not compared, so that a snapshot
// that is written anew does not differ there.
const ignored = "<ignored>"

// adviceToUpdate is what to do where a snapshot is missing or out of date.
const adviceToUpdate = "run with --update-snapshots to write it"

// snapshotCheck expects the body to be what a file holds: as JSON where both
// are JSON, else as text.
type snapshotCheck struct {
	at     spec.Pos
	path   *expr.Template
	ignore []path
}

func (c *snapshotCheck) pos() spec.Pos { return c.at }

func (p *compiler) snapshot(s *spec.Snapshot) {
	if s == nil {
		return
	}
	t, problems := p.expr.Template(s.Path, spec.ScopeCheck, expr.EscapeNone)
	if problems.HasErrors() {
		p.problems = append(p.problems, problems...)
		return
	}
	p.note(t.Refs(), problems)
	c := &snapshotCheck{at: s.Pos, path: t}
	for _, one := range s.Ignore {
		if !p.checkPath(one) {
			continue
		}
		ignore := newPath(one.Value)
		if ignore.keys == nil {
			p.problems.Errorf(one.Pos, "this path makes a value instead of picking one, so there is nothing in the snapshot that it could leave out").
				WithHint("use keys, indices, # and queries, separated by dots")
			continue
		}
		c.ignore = append(c.ignore, ignore)
	}
	if p.nameSnapshot(s, t) {
		p.add(c)
	}
}

// nameSnapshot tells the run which files a check is about.
func (p *compiler) nameSnapshot(s *spec.Snapshot, t *expr.Template) bool {
	o := p.options
	if o.snapshots == nil || o.snapshotFiles == nil || o.files == nil {
		p.problems.Errorf(s.Path.Pos, "no files may be read here")
		return false
	}
	if what := unfitForPath(t.Refs()); what != "" {
		p.problems.Errorf(s.Path.Pos, "the path of a snapshot reads %s", what).
			WithHint("it may read vars, row and row_index, so that no answer says which file is written")
		return false
	}
	p.refs.RowFile = p.refs.RowFile || t.Refs().Row
	from := s.Path.Pos.File.Name
	text, constant := t.Constant()
	if !constant {
		text = pattern(s.Path.Value)
	}
	abs, err := o.snapshotPath(from, text)
	switch {
	case err == nil && constant:
		o.snapshots.name(s.Path.Pos, abs)
		o.snapshots.place(s.Path.Pos, abs)
	case err == nil:
		o.snapshots.namePattern(abs)
	case constant || !strings.Contains(slashpath.Dir(text), "*"): // else it is known once the folder is
		p.problems.Errorf(s.Path.Pos, "%v", err).Hint = hintOf(err)
		return false
	}
	return true
}

// pattern is a path with * in place of its templates.
func pattern(path string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(path, "${")
		b.WriteString(strings.NewReplacer("*", "?", "[", "?").Replace(before))
		if !found {
			return b.String()
		}
		b.WriteByte('*')
		depth, i := 1, 0
		for ; i < len(rest) && depth > 0; i++ {
			switch rest[i] {
			case '{':
				depth++
			case '}':
				depth--
			}
		}
		path = rest[i:]
	}
}

// judge compares. Where snapshots are written, a difference is no failure yet:
// settle writes once it is known that everything else holds.
func (c *snapshotCheck) judge(j *judging) *Failure {
	f, content := c.compare(j)
	if f != nil && content != nil && j.snapshots.update {
		j.unsettled = func(othersHold bool) *Failure { return c.settle(j, f, content, othersHold) }
	}
	return f
}

// compare gives a failure where the body is not what the snapshot holds, and
// with it what the snapshot would have to hold.
func (c *snapshotCheck) compare(j *judging) (f *Failure, content []byte) {
	path, err := c.path.Text(j.ctx, j.activation)
	if err != nil {
		return j.explainError("snapshot", c.at, err), nil
	}
	name := "snapshot " + printable(j.hide(path))
	from := c.path.Source().Pos.File.Name
	abs, err := j.snapshotPath(from, path)
	if err != nil {
		return &Failure{Check: name, Pos: c.at, Message: j.hide(addHint(err.Error(), hintOf(err)))}, nil
	}
	j.snapshots.name(c.at, abs)
	if len(j.activation.Response.Body) == 0 {
		return &Failure{Check: name, Pos: c.at, Expected: "a body", Found: "none", Message: "a snapshot of nothing would hold of any answer without a body; check size or text instead"}, nil
	}
	if _, err := j.json(); err != nil && strings.Contains(j.activation.Response.Header.Get("Content-Type"), "json") {
		return j.notJSON(name, c.at, err), nil
	}
	if d := c.dispute(j); d != nil {
		return d.failure(j, name, c.at), nil
	}
	found, isJSON, ok := c.content(j)
	if !ok {
		return &Failure{Check: name, Pos: c.at, Message: "the snapshot would have more than " + files.Size(MaxSnapshot)}, nil
	}
	raw, err := j.files(from, filepath.ToSlash(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Failure{Check: name, Pos: c.at, Expected: "the body of the snapshot", Found: "no such file", Message: adviceToUpdate}, found
	case err != nil:
		return &Failure{Check: name, Pos: c.at, Message: j.hide(err.Error())}, nil
	}
	j.begin(newPath(""))
	f = c.differ(j, string(raw), string(found), isJSON)
	if f == nil {
		return nil, nil
	}
	f.Check, f.Pos = name, c.at
	return f, found
}

// dispute says that readers of the body do not agree on what is not ignored.
func (c *snapshotCheck) dispute(j *judging) *dispute {
	body, err := j.json()
	if err != nil || j.readings == nil {
		return nil
	}
	compared := func(v gjson.Result) gjson.Result { return gjson.Parse(replaceIgnored(rawOf(v), c.ignore)) }
	return j.dispute(compared(body), "", compared)
}

// content is what a snapshot of the body holds: without secrets, JSON indented
// with its keys in the order that they have, and text as it is.
// A body that is no text is kept as it is. ok is false where the snapshot would
// be larger than MaxSnapshot.
func (c *snapshotCheck) content(j *judging) (content []byte, isJSON, ok bool) {
	body, err := j.json()
	if text := j.activation.Response.Body; err != nil || !utf8.Valid(text) {
		raw := []byte(j.hide(strings.TrimPrefix(string(text), byteOrderMark)))
		return raw, false, len(raw) <= MaxSnapshot
	}
	raw := j.hideJSON(replaceIgnored(rawOf(body), c.ignore))
	if indentedSize(raw) > MaxSnapshot {
		return nil, true, false
	}
	return pretty.PrettyOptions([]byte(raw), &pretty.Options{Indent: "  ", Width: 0}), true, true
}

// MaxSnapshot is the number of bytes that a snapshot may have.
const MaxSnapshot = 64 << 20

// indentedSize is about the length of JSON once it is indented, which may be the
// square of what it was.
func indentedSize(raw string) int {
	size, depth := len(raw), 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i += scalarLength(raw[i:]) - 1
		case '{', '[':
			depth++
			size += 2*depth + 1
		case '}', ']':
			depth--
			size += 2*depth + 1
		case ',':
			size += 2*depth + 1
		}
	}
	return size
}

// SnapshotPath returns the path of the snapshot of a row where it depends on
// the row, and where it stands; "" where there is none, or one for all rows.
func (c *Checks) SnapshotPath(ctx context.Context, a *expr.Activation) (path string, at spec.Pos) {
	for _, one := range c.list {
		s, ok := one.(*snapshotCheck)
		if !ok {
			continue
		}
		if _, constant := s.path.Constant(); constant {
			continue
		}
		if path, err := s.path.Text(ctx, a); err == nil { // else judging says why
			return path, s.at
		}
	}
	return "", spec.Pos{}
}

// differ is the failure of a body that is not what the snapshot holds.
func (c *snapshotCheck) differ(j *judging, want, got string, isJSON bool) *Failure {
	wantJSON, err := parseBody(want, false)
	switch {
	case isJSON && err != nil:
		return &Failure{Expected: "the snapshot's text: " + j.quoteIn(want, maxShownInDiff), Found: "JSON: " + j.quoteIn(got, maxShownInDiff), Message: adviceIfRight}
	case isJSON:
		return c.differJSON(j, wantJSON, gjson.Parse(got))
	case want == got:
		return nil
	case err == nil && (want[0] == '{' || want[0] == '['):
		return &Failure{Expected: "JSON, as the snapshot has it", Found: "text: " + j.quoteIn(got, maxShownInDiff), Message: adviceIfRight}
	}
	f := &Failure{Expected: j.quote(want), Found: j.quote(got), Message: adviceIfRight, Detail: j.diffText(want, got)}
	if f.Detail == "" {
		f.Message = addNew([]string{}, j.differsFrom(want, got)+"; "+adviceIfRight)[0]
	}
	return f
}

// adviceIfRight is what to do with a difference.
const adviceIfRight = "if the new body is right, run with --update-snapshots"

func (c *snapshotCheck) differJSON(j *judging, want, got gjson.Result) *Failure {
	want = gjson.Parse(replaceIgnored(rawOf(want), c.ignore))
	if j.equal(want, got) {
		return nil
	}
	d := diff{run: &j.run, ignored: len(c.ignore) > 0}
	d.compare("", want, got)
	if j.err != nil {
		return j.explainError("", c.at, j.err)
	}
	n := len(d.lines) + d.more
	if n == 0 {
		return nil
	}
	return &Failure{Expected: "the body of the snapshot", Found: "a body that differs in " + count(n, "place"), Message: adviceIfRight, Detail: d.String()}
}

// settle writes the snapshot where all other checks hold. What failed otherwise
// is no body that anybody wants to keep.
func (c *snapshotCheck) settle(j *judging, f *Failure, content []byte, othersHold bool) *Failure {
	if !othersHold {
		f.Message = "it is not written because other checks failed"
		return f
	}
	path, err := c.path.Text(j.ctx, j.activation)
	if err != nil {
		return j.explainError(f.Check, c.at, err)
	}
	from := c.path.Source().Pos.File.Name
	abs, err := j.snapshotPath(from, path)
	if err != nil {
		return &Failure{Check: f.Check, Pos: c.at, Message: j.hide(addHint(err.Error(), hintOf(err)))}
	}
	mine, err := j.snapshots.write(abs, writer{c, j.activation.RowIndex}, content, func(write func(io.Writer) error) error {
		return j.snapshotFiles.Write(from, filepath.ToSlash(path), write)
	})
	switch {
	case err != nil:
		return &Failure{Check: f.Check, Pos: c.at, Message: j.hide(err.Error())}
	case !mine:
		f.Message = "this run has written another body there; every query and every row needs a path of its own, such as name-${row_index}.json"
		return f
	}
	return nil
}

// hideJSON takes secrets out of JSON so that it stays JSON: out of each key
// and scalar by itself.
func (r *run) hideJSON(raw string) string {
	if r.redact == nil || r.redact(raw) == raw && !strings.Contains(raw, `\`) {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '"' || c == '-' || c >= '0' && c <= '9':
			v := gjson.Parse(raw[i:min(len(raw), i+scalarLength(raw[i:]))])
			b.WriteString(r.hideScalar(v))
			i += len(v.Raw)
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

func (r *run) hideScalar(v gjson.Result) string {
	text := textOf(v)
	if safe := r.redact(text); safe != text {
		return string(gjson.AppendJSONString(nil, safe))
	}
	return v.Raw
}

// scalarLength is the number of bytes of the string or number that text begins
// with.
func scalarLength(text string) int {
	if text[0] != '"' {
		end := strings.IndexFunc(text, func(c rune) bool { return !strings.ContainsRune("+-.eE0123456789", c) })
		if end < 0 {
			return len(text)
		}
		return end
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
