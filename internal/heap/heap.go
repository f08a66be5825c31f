// Package heap says how far the program's memory may grow before garbage is
// collected.
//
// Go collects when the heap has doubled, and for the first time at 4 MiB. A
// program that lives for 10 to 100 milliseconds would spend a fifth of its time on
// collections that free little: the tables of its packages and the suites stay
// until it ends. So the heap may grow to a floor first, and only above it follows
// a rule such as Go's:
//
//	collect at  max(Floor, 1.75 × what is in use)
//
// A GOGC or GOMEMLIMIT of the environment is left in force instead.
//
// The package is initialised before those that make tables, since it imports
// almost nothing.
package heap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// First is the number of bytes at which garbage is collected first. A run of
	// 1,000 queries ends before it.
	First = 24 << 20
	// Floor is the number of bytes up to which the heap grows afterwards without a
	// collection, however little is in use.
	Floor = 40 << 20
	// atFirst is the percentage for First: with 100 Go collects first at 4 MiB.
	atFirst = 100 * First / (4 << 20)
	// percentage is by how much a heap above the floor may grow. Go's 100 was found
	// to take a tenth more memory and a twentieth less time.
	percentage = 75
)

func init() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(atFirst)
	follow(&watcher{percent: atFirst})
}

// watcher is garbage from the beginning, so that each collection finds it. It is
// too large to share its place with what is still in use.
type watcher struct {
	percent int
	_       [24]byte
}

func follow(w *watcher) { runtime.SetFinalizer(w, (*watcher).collected) }

// collected sets how far the heap may grow until the next collection.
func (w *watcher) collected() {
	if percent := percentFor(inUse()); percent != w.percent {
		w.percent = percent
		debug.SetGCPercent(percent)
	}
	follow(w)
}

// percentFor is by how much a heap of so many bytes in use may grow.
func percentFor(live uint64) int {
	if live == 0 {
		return atFirst
	}
	return max(percentage, int(100*Floor/live)-100)
}

// inUse is what the last collection left, in bytes.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
