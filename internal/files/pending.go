package files

import "sync"

// pending are the temporary files that are being written.
var pending = unfinished{in: map[string]folder{}}

type unfinished struct {
	mu sync.Mutex
	in map[string]folder
}

func (u *unfinished) add(in folder, name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.in[name] = in
}

func (u *unfinished) drop(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.in, name)
}

// RemoveUnfinished removes the temporary files that are being written just now.
// It is for a process that ends at once: what writes them fails afterwards.
func RemoveUnfinished() {
	pending.mu.Lock()
	defer pending.mu.Unlock()
	for name, in := range pending.in {
		_ = in.Remove(name) // the process ends, there is nobody to tell
	}
}
