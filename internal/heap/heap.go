// Package heap says how far the program's memory may grow before garbage is
// collected.
//
// Go collects when the heap has doubled, and for the first time at 4 MiB. A
// program that lives for 10 to 100 milliseconds would spend a fifth of its time on
// collections that free little: the tables of its packages and the suites stay
// until it ends. So the heap may grow to a floor first, and only above it follows
// Go's rule:
//
//	collect at  max(Floor, 2 × what is in use)
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
	// First is the number of bytes at which garbage is collected first. It keeps
	// the peak of a small run where it would have been.
	First = 16 << 20
	// Floor is the number of bytes up to which the heap grows afterwards without a
	// collection, however little is in use.
	Floor = 40 << 20
	// least is the heap at which Go collects first with GOGC=100, in bytes.
	least = 4 << 20
	// usual is Go's percentage, and that of a heap above the floor.
	usual = 100
)

func init() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(usual * First / least)
	follow(&watcher{percent: usual * First / least})
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
		return usual * First / least
	}
	return max(usual, int(usual*Floor/live)-usual)
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
