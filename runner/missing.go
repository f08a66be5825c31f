package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apicel/apicel/spec"
)

// missingInput is an input that a file asks for and nobody gives.
type missingInput struct {
	what string // "vars.api", with what it is for
	file string // that declares it
	then string // what follows behind the file: a next step, or what is wrong
}

func (s *suite) miss(what string, file *spec.File, then string) {
	s.missing = append(s.missing, missingInput{what, file.Name, then})
}

// MissingInputs returns a line for each required var, secret and environment
// variable that has no value, with the files that ask for it. A run that misses
// inputs must not start.
func (p *Plan) MissingInputs() []string {
	type input struct{ what, then string }
	var order []input
	files := map[input][]string{}
	for _, s := range p.suites {
		for _, m := range s.missing {
			key := input{m.what, m.then}
			if files[key] == nil {
				order = append(order, key)
			}
			if !slices.Contains(files[key], m.file) {
				files[key] = append(files[key], m.file)
			}
		}
	}
	lines := make([]string, len(order))
	for i, in := range order {
		lines[i] = in.what + " of " + someOf(files[in]) + in.then
	}
	return lines
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
