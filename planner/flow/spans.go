package flow

import (
	"math/bits"
	"sync"
)

// arc is a pair of the complete graph that has come to matter.
type arc struct{ sink, cost int32 }

// span is where a row's arcs are held, and a lower bound of c+p over its other sinks. A span has room for a power of two,
// eight or more.
type span struct {
	at   uint32
	len  uint32
	rest int32
}

// chunkBits: arcs are held in chunks of 2^chunkBits, which never move, so that several goroutines can add to rows of their own.
const chunkBits = 16

// arena holds the arcs of all rows.
type arena struct {
	chunks [][]arc // a span longer than a chunk begins one of its own length, and the chunks after it are not used
	mu     sync.Mutex
	used   int
}

func newArena() *arena { return &arena{chunks: make([][]arc, 1<<(32-chunkBits))} }

// at is the room from a place on to the end of its chunk.
func (h *arena) at(at uint32) []arc { return h.chunks[at>>chunkBits][at&(1<<chunkBits-1):] }

// chunk makes room for at least 2^class arcs, a chunk or more.
func (h *arena) chunk(class int) (at, end uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k, n := h.used, 1<<max(0, class-chunkBits)
	h.used += n
	h.chunks[k] = make([]arc, n<<chunkBits)
	return uint32(k) << chunkBits, uint32(k+n) << chunkBits
}

// pantry is one goroutine's free places in an arena.
type pantry struct {
	from, end uint32       // of the chunk that is in use
	spare     [32][]uint32 // by log2 of their size
}

// room finds a place for 2^class arcs.
func (y *pantry) room(h *arena, class int) (at uint32) {
	if f := y.spare[class]; len(f) > 0 {
		y.spare[class] = f[:len(f)-1]
		return f[len(f)-1]
	}
	if y.end-y.from < 1<<class {
		for y.end != y.from { // what is left of it is for shorter spans
			c := min(bits.TrailingZeros32(y.from), bits.Len32(y.end-y.from)-1)
			y.spare[c] = append(y.spare[c], y.from)
			y.from += 1 << c
		}
		y.from, y.end = h.chunk(class)
	}
	at = y.from
	y.from += 1 << class
	return at
}

// add appends an arc to row i's.
func (a *lazySolver) add(i int32, x arc) {
	sp := &a.spans[i]
	if n := sp.len; n == 0 || n >= 8 && n&(n-1) == 0 {
		class := max(3, bits.Len32(n))
		at := a.pantry.room(a.arena, class)
		if n > 0 {
			copy(a.arena.at(at)[:n], a.arcsOf(i))
			a.pantry.spare[class-1] = append(a.pantry.spare[class-1], sp.at)
		}
		sp.at = at
	}
	a.arena.at(sp.at)[sp.len] = x
	sp.len++
}

func (a *lazySolver) arcsOf(i int32) []arc {
	sp := &a.spans[i]
	if sp.len == 0 {
		return nil
	}
	return a.arena.at(sp.at)[:sp.len]
}
