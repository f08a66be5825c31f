package files

import (
	"slices"
	"sync"
)

// Use is a file that a policy was asked for: a path and the file that it stands in.
type Use struct{ From, Path string }

// maxUses is the number of uses that are remembered: those of the files that a
// suite names, not those that rows name while it runs.
const maxUses = 10_000

// uses remembers what a policy was asked for. The zero value is ready for use.
type uses struct {
	mu   sync.Mutex
	seen map[Use]bool
	list []Use
}

// Uses returns what the policy was asked for, refused or not, each once, in the
// order in which it first was. It remembers the first ten thousand.
func (p *Policy) Uses() []Use {
	if p == nil {
		return nil
	}
	p.uses.mu.Lock()
	defer p.uses.mu.Unlock()
	return slices.Clone(p.uses.list)
}

func (p *Policy) note(from, path string) {
	if p == nil {
		return
	}
	use := Use{from, path}
	p.uses.mu.Lock()
	defer p.uses.mu.Unlock()
	if p.uses.seen[use] || len(p.uses.list) == maxUses {
		return
	}
	if p.uses.seen == nil {
		p.uses.seen = map[Use]bool{}
	}
	p.uses.seen[use] = true
	p.uses.list = append(p.uses.list, use)
}

// Touched returns the paths of the files that the policy was asked for and that lie
// below its root, whether they are there or not: as [Policy.Path] has them, sorted.
func (p *Policy) Touched() []string {
	var paths []string
	for _, use := range p.Uses() {
		if path, err := p.Path(use.From, use.Path); err == nil {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
