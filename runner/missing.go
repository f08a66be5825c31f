package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apicel/apicel/spec"
)

// missingInput is an input that a file asks for and nobody gives.
type missingInput struct {
	what string   // "vars.api", with what it is for
	pos  spec.Pos // where it is declared
	then string   // what follows behind the file: a next step, or what is wrong
}

func (s *suite) miss(what string, pos spec.Pos, then string) {
	s.missing = append(s.missing, missingInput{what, pos, then})
}

// MissingInput is an input without a value: what it is, with the files that ask
// for it, and where the first of them declares it.
type MissingInput struct {
	Text string
	Pos  spec.Pos
}

// MissingInputs returns each required var, secret and environment variable that
// has no value. A run that misses inputs must not start.
func (p *Plan) MissingInputs() []MissingInput {
	type input struct{ what, then string }
	var order []input
	files, first := map[input][]string{}, map[input]spec.Pos{}
	for _, s := range p.suites {
		for _, m := range s.missing {
			key := input{m.what, m.then}
			if files[key] == nil {
				order = append(order, key)
				first[key] = m.pos
			}
			if name := m.pos.File.Name; !slices.Contains(files[key], name) {
				files[key] = append(files[key], name)
			}
		}
	}
	list := make([]MissingInput, len(order))
	for i, in := range order {
		list[i] = MissingInput{in.what + " of " + someOf(files[in]) + in.then, first[in]}
	}
	return list
}

// someOf names the first of many names.
func someOf(names []string) string {
	const shown = 3
	switch {
	case len(names) == 1:
		return names[0]
	case len(names) <= shown:
		return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}
