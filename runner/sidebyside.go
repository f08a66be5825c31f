package runner

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// shareOfWork is how many pieces a goroutine takes at a time. Fewer pieces than
// that are not worth a second one.
const shareOfWork = 32

// sideBySide does n pieces of work on all processors and returns when all are
// done. A panic in one of them is a panic of sideBySide.
func sideBySide(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), (n+shareOfWork-1)/shareOfWork)
	if workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var panicked atomic.Value
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			defer func() {
				if value := recover(); value != nil {
					panicked.CompareAndSwap(nil, panicIn{value})
				}
			}()
			for {
				end := int(next.Add(shareOfWork))
				for i := end - shareOfWork; i < min(end, n); i++ {
					do(i)
				}
				if end >= n {
					return
				}
			}
		})
	}
	wg.Wait()
	if p, ok := panicked.Load().(panicIn); ok {
		panic(p.value)
	}
}

// panicIn gives all panics one type, as atomic.Value wants it.
type panicIn struct{ value any }
