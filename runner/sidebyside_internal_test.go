package runner

import (
	"sync/atomic"
	"testing"
)

func TestSideBySide(t *testing.T) {
	for _, n := range []int{0, 1, shareOfWork - 1, shareOfWork, shareOfWork + 1, 10*shareOfWork + 3} {
		done := make([]atomic.Int32, n)
		sideBySide(n, func(i int) { done[i].Add(1) })
		for i := range done {
			if got := done[i].Load(); got != 1 {
				t.Errorf("of %d pieces number %d was done %d times", n, i, got)
			}
		}
	}
}

func TestPanicSideBySide(t *testing.T) {
	for _, n := range []int{1, 10 * shareOfWork} {
		func() {
			defer func() {
				if value := recover(); value != "a bug" {
					t.Errorf("%d pieces: panic %v", n, value)
				}
			}()
			sideBySide(n, func(int) { panic("a bug") })
			t.Errorf("%d pieces: no panic", n)
		}()
	}
}
