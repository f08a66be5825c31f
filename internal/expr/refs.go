package expr

import (
	"slices"

	"github.com/apicel/apicel/spec"
)

// Refs are the variables that an expression reads.
type Refs struct {
	// Vars and Secrets are names, in the order of first use, without duplicates.
	Vars, Secrets []string
	// Captures are all readings of captures, one for each place.
	Captures []CaptureRef
	// Row, RowIndex, Attempt, Request, Response and Env tell whether a variable
	// of that kind is read, Status whether status is.
	Row, RowIndex, Attempt, Request, Response, Env, Status bool
	// Changing tells that a function is called that gives another value each time:
	// now, uuid or random_int.
	Changing bool
	// RowFile tells that row or row_index is among what decides which file is
	// read. Rows that come from an answer must not.
	RowFile bool
	// RowPos is the place of the first reading of row or row_index.
	RowPos spec.Pos
}

// IsZero tells whether nothing is read, so that only constants decide.
func (r Refs) IsZero() bool {
	reads := r.Row || r.RowIndex || r.Attempt || r.Request || r.Response || r.Env
	return !reads && len(r.Vars)+len(r.Secrets)+len(r.Captures) == 0
}

// with adds what o reads, to new Refs where there are none yet.
func (r *Refs) with(o Refs) *Refs {
	if r == nil {
		r = &Refs{}
	}
	r.Add(o)
	return r
}

// value returns what is read, which is nothing where r is nil.
func (r *Refs) value() Refs {
	if r == nil {
		return Refs{}
	}
	return *r
}

// CaptureRef is one reading of a capture.
type CaptureRef struct {
	Name string
	// Optional is set for captures.?x and has(captures.x), which read the
	// capture without needing the query that makes it.
	Optional bool
	// Pos is the place of the name.
	Pos spec.Pos
}

// Add adds what o reads.
func (r *Refs) Add(o Refs) {
	for _, name := range o.Vars {
		r.Vars = appendNew(r.Vars, name)
	}
	for _, name := range o.Secrets {
		r.Secrets = appendNew(r.Secrets, name)
	}
	r.Captures = append(r.Captures, o.Captures...)
	if r.RowPos.IsZero() {
		r.RowPos = o.RowPos
	}
	r.Row = r.Row || o.Row
	r.RowIndex = r.RowIndex || o.RowIndex
	r.RowFile = r.RowFile || o.RowFile
	r.Attempt = r.Attempt || o.Attempt
	r.Request = r.Request || o.Request
	r.Response = r.Response || o.Response
	r.Env = r.Env || o.Env
	r.Status = r.Status || o.Status
	r.Changing = r.Changing || o.Changing
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
