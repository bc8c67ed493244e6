package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// How far the heap of a command that works on a whole office grows between two collections. A county is small and its work is
// over in seconds: room to grow saves time. Of a prefecture the roster and the plan themselves are gigabytes that stay, and
// room in proportion would double them. A served process keeps Go's own way.
const (
	roomAtMost  = 512 << 20 // bytes of room, but
	roomPercent = 300       // no more than this of what is held, and
	roomAtLeast = 40        // no less than this, in percent, however much is held
)

// fewerCollections holds for a command that works on a whole office and ends; call what it returns to take it back.
func fewerCollections() (back func()) { return collecting(roomPercent) }

// spareMemory is the same for commands that go through a whole plan: of a county they take Go's own way.
func spareMemory() (back func()) { return collecting(100) }

func collecting(most int) (back func()) {
	t := &tuner{on: true, most: most}
	was := debug.SetGCPercent(t.room())
	t.again()
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.on = false
		debug.SetGCPercent(was)
	}
}

// room is the percentage for what is held now.
func (t *tuner) room() int {
	return min(t.most, max(roomAtLeast, int(100*roomAtMost/max(held(), 1))))
}

// held is what the last collection left, in bytes.
func held() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// tuner sets the percentage anew after each collection: what nobody holds is finalized then.
type tuner struct {
	mu   sync.Mutex
	on   bool
	most int // percent
}

type told struct{ t *tuner }

func (t *tuner) again() {
	runtime.SetFinalizer(&told{t}, func(x *told) {
		x.t.mu.Lock()
		defer x.t.mu.Unlock()
		if x.t.on {
			debug.SetGCPercent(x.t.room())
			x.t.again()
		}
	})
}
