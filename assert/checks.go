package assert

import (
	"cmp"
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// match judges a subject and explains what does not hold.
func (j *judging) match(check string, at spec.Pos, want *matcher, s subject) *Failure {
	bound, err := want.bind(j)
	if err != nil {
		return j.explainError(check, at, err)
	}
	verdict := bound.judge(&j.run, s)
	if j.err != nil {
		return j.explainError(check, at, j.err)
	}
	if verdict == holds {
		return nil
	}
	f := j.merge(bound.explain(&j.run, s))
	if j.err != nil { // the difference came out wrong
		f.detail, f.note = "", strings.Join(addNew(addNew(nil, f.note), "the values are too large to show where they differ"), "; ")
	}
	return &Failure{Check: check, Pos: at, Expected: f.expected, Found: j.foundAt(f), Message: f.note, Detail: f.detail}
}

// headerCheck is a matcher on a header, joined by ", " where it is repeated.
type headerCheck struct {
	name   string
	header string
	at     spec.Pos
	want   *matcher
}

func (c *headerCheck) pos() spec.Pos { return c.at }

func (c *headerCheck) judge(j *judging) *Failure {
	values := j.activation.Response.Header.Values(c.header)
	j.begin(path{})
	s := subject{value: textValue(strings.Join(values, ", ")), text: true, missing: len(values) == 0}
	f := j.match(c.name, c.at, c.want, s)
	if f != nil && s.missing && f.Found == nothingThere {
		f.Found = "no such header"
		f.Message = cmp.Or(f.Message, j.headerHint(c.header))
	}
	return f
}

// headerHint names the header of the answer that name was probably meant to be.
func (j *judging) headerHint(name string) string {
	var names []string
	for n := range j.activation.Response.Header {
		if len(n) <= maxHintLength {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	if near := spec.Closest(name, names[:min(len(names), maxHintKeys)]); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// gjsonCheck is a matcher on what a path picks out of the body.
type gjsonCheck struct {
	name string
	path path
	at   spec.Pos
	want *matcher
}

func (c *gjsonCheck) pos() spec.Pos { return c.at }

func (c *gjsonCheck) judge(j *judging) *Failure {
	body, err := j.json()
	if err != nil {
		return j.notJSON(c.name, c.at, err)
	}
	if fault := expr.CheckLookup(body, c.path.text); fault != nil {
		return &Failure{Check: c.name, Pos: c.at, Message: addHint(fault.Message, fault.Hint)}
	}
	j.begin(c.path)
	value, missing, lack := c.path.findIn(j.activation, body)
	if d := j.dispute(value, c.path.text, c.path.value); d != nil {
		f := d.failure(j, c.name, c.at)
		f.Expected = c.describe(j)
		return f
	}
	if lack != "" && !missing {
		return &Failure{Check: c.name, Pos: c.at, Expected: c.describe(j), Found: j.show(value), Message: j.hide(lack)}
	}
	f := j.match(c.name, c.at, c.want, subject{value: value, missing: missing})
	if f != nil && missing && f.Message == "" {
		f.Message = j.hide(lack)
		if lack == "" {
			f.Message = j.hide(j.hint(c.path, body))
		}
	}
	return f
}

// describe is what is expected at the path, "" where that cannot be said.
func (c *gjsonCheck) describe(j *judging) string {
	bound, err := c.want.bind(j)
	if err != nil {
		return ""
	}
	return bound.describe(&j.run)
}

// notJSON is the failure of a check of a body that is not JSON.
func (j *judging) notJSON(check string, at spec.Pos, err error) *Failure {
	body := j.activation.Response.Body
	f := &Failure{Check: check, Pos: at, Expected: "a body of JSON", Message: err.Error()}
	if len(body) > 0 {
		f.Found = j.quoteIn(string(body[:min(len(body), maxRead)]), maxShownInDiff)
	}
	return f
}

// jsonCheck compares the whole body as JSON.
type jsonCheck struct {
	at   spec.Pos
	want *matcher
}

func (c *jsonCheck) pos() spec.Pos { return c.at }

func (c *jsonCheck) judge(j *judging) *Failure {
	body, err := j.json()
	if err != nil {
		return j.notJSON("json", c.at, err)
	}
	j.begin(path{})
	if d := j.dispute(body, "", whole); d != nil {
		return d.failure(j, "json", c.at)
	}
	return j.match("json", c.at, c.want, subject{value: body})
}

// textCheck is a matcher on the body as text.
type textCheck struct {
	at   spec.Pos
	want *matcher
}

func (c *textCheck) pos() spec.Pos { return c.at }

func (c *textCheck) judge(j *judging) *Failure {
	if err := j.activation.CheckText(); err != nil {
		return j.explainError("text", c.at, err)
	}
	j.begin(path{})
	s := subject{value: textValue(j.activation.Text()), text: true}
	return j.match("text", c.at, c.want, s)
}
