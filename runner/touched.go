package runner

// Files returns, by the path of each suite as given, the files below its project's
// root that the suite read or would have: its source file, rows, bodies, schemas,
// snapshots and certificates, with absolute paths. What is read only by the run is
// there after it.
func (p *Plan) Files() map[string][]string {
	all := map[string][]string{}
	for _, s := range p.suites {
		if s.spec.File != nil {
			all[s.spec.File.Name] = s.spec.Files.Touched()
		}
	}
	return all
}
