package heap

import (
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
)

func TestPercentFor(t *testing.T) {
	for live, want := range map[uint64]uint64{
		5 << 20:  Floor,
		10 << 20: Floor,
		20 << 20: Floor,
		30 << 20: 30 << 20 * 7 / 4,
		1 << 30:  1 << 30 * 7 / 4,
	} {
		goal := live + live*uint64(percentFor(live))/100
		if goal > want || goal < want-want/50 {
			t.Errorf("%d MiB in use: collected at %d MiB, expected %d", live>>20, goal>>20, want>>20)
		}
	}
	if got := percentFor(0); got != 600 {
		t.Errorf("nothing in use: %d", got)
	}
}

// What is in use is looked at after each collection, not only the first.
func TestEachCollectionIsNoticed(t *testing.T) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		t.Skip("the environment says when garbage is collected")
	}
	collectUntil(func(percent uint64) bool { return percent > percentage })
	large := make([]byte, Floor)
	collectUntil(func(percent uint64) bool { return percent == percentage })
	runtime.KeepAlive(large)
	collectUntil(func(percent uint64) bool { return percent > percentage })
}

func collectUntil(is func(percent uint64) bool) {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	for metrics.Read(sample); !is(sample[0].Value.Uint64()); metrics.Read(sample) {
		runtime.GC()
		runtime.Gosched()
	}
}

func TestInUse(t *testing.T) {
	runtime.GC()
	if inUse() == 0 {
		t.Error("nothing is in use after a collection")
	}
}
