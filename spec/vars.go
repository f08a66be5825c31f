package spec

// ParseVars reads a file that gives values to vars: one YAML map (JSON is a part
// of YAML) from names to JSON values, with the rules of a suite's vars. Text is
// returned as it stands; what looks like ${ … } in it is not evaluated.
func ParseVars(file *File) ([]Var, Problems) {
	l := newLoader(file)
	l.of = "a vars file"
	root := l.decode()
	if root == nil {
		return nil, l.sorted()
	}
	vars := l.vars(place{node: root, name: "a vars file"})
	return vars, l.sorted()
}
