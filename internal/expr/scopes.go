package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apicel/apicel/spec"
)

// readable tells whether v may be read in the scope and says why not.
func (w *nameWalk) readable(v spec.Variable, name string, at int) bool {
	if v.Scopes&w.scope != 0 {
		return true
	}
	message, hint := fmt.Sprintf("%s cannot be read here: %s", name, whenMade[w.scope]), ""
	if v.Scopes == spec.ScopeVars {
		message = fmt.Sprintf("%s can only be read in vars, so that a suite's inputs stand in one place", name)
		hint = "declare a var that reads it, and read the var here"
	} else if known := v.Scopes &^ w.scope; known&spec.ScopeCheck != 0 {
		message = fmt.Sprintf("%s is not known yet here: %s", name, whenMade[w.scope])
	}
	if names := w.compiler.readableIn(w.scope); hint == "" && len(names) > 0 {
		hint = "known here: " + strings.Join(names, ", ")
	}
	w.unit.fail(at, message, hint)
	return false
}

// whenMade says of each scope when its expressions are evaluated.
var whenMade = map[spec.Scope]string{
	spec.ScopeVars:    "vars are evaluated before anything is sent",
	spec.ScopeSource:  "the source is evaluated before a request is built",
	spec.ScopeName:    "names are made before anything is sent",
	spec.ScopeEach:    "the rows are made before the first request of the query",
	spec.ScopeQuery:   "the request is built before it is sent",
	spec.ScopeHeaders: "headers are made before the request is sent",
	spec.ScopeCheck:   "checks judge an answer",
}

// readableIn are the variables of a scope that have something to read in this
// suite, first those that there are in no other scope, with the members of request
// as one.
func (c *Compiler) readableIn(scope spec.Scope) []string {
	var own, others []string
	for _, v := range spec.Variables {
		root, _, _ := strings.Cut(v.Name, ".")
		switch {
		case c.hasNone(root):
		case v.Scopes == scope:
			own = appendNew(own, root)
		case v.Scopes&scope != 0:
			others = appendNew(others, root)
		}
	}
	return append(own, others...)
}

// hasNone tells whether the suite declares nothing that a variable stands for.
func (c *Compiler) hasNone(root string) bool {
	switch root {
	case varsVar:
		return len(c.vars) == 0
	case secretsVar:
		return len(c.secrets) == 0
	case capturesVar:
		return len(c.captures) == 0
	case "row", "row_index":
		return c.noRows
	}
	return false
}

// membersOf are the members that the table of variables gives a name.
func membersOf(root string) []string {
	var names []string
	for _, v := range spec.Variables {
		if name, ok := strings.CutPrefix(v.Name, root+"."); ok && name != "*" {
			names = append(names, name)
		}
	}
	return names
}

// variableWithMembers returns an entry that says where a variable with members
// may be read: all of its members may be read in the same places.
func variableWithMembers(root string) (spec.Variable, bool) {
	i := slices.IndexFunc(spec.Variables, func(v spec.Variable) bool { return strings.HasPrefix(v.Name, root+".") })
	if i < 0 {
		return spec.Variable{}, false
	}
	return spec.Variables[i], true
}

// variable returns the entry of the table of variables.
func variable(name string) (spec.Variable, bool) {
	i := slices.IndexFunc(spec.Variables, func(v spec.Variable) bool { return v.Name == name })
	if i < 0 {
		return spec.Variable{}, false
	}
	return spec.Variables[i], true
}
