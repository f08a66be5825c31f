package spec

// ParseRows reads a file of rows: one YAML list of JSON values. Text is returned
// as it stands; what looks like ${ … } in it is not evaluated.
func ParseRows(file *File) ([]Value, Problems) {
	l := newLoader(file)
	l.of = "a file of rows"
	root := l.decode()
	if root == nil {
		return nil, l.sorted()
	}
	var rows []Value
	l.items(place{node: root, name: "a file of rows"}, "a list of rows", func(i place) {
		i.name = "a row"
		if v, ok := l.value(i); ok {
			rows = append(rows, v)
		}
	})
	return rows, l.sorted()
}
