package sample

import "math/bits"

// rng is splitmix64 (Steele, Lea, Flood 2014): one word of state, so that each thing can have a stream of its own.
type rng struct{ s uint64 }

// at opens the stream of the n-th thing of a purpose.
func at(seed uint64, purpose string, n int) *rng {
	h := uint64(0xcbf29ce484222325) // FNV-1a
	for i := range len(purpose) {
		h = (h ^ uint64(purpose[i])) * 0x100000001b3
	}
	r := &rng{seed ^ h}
	r.s = r.next() ^ uint64(n)*0x9e3779b97f4a7c15
	r.next()
	return r
}

func (r *rng) next() uint64 {
	r.s += 0x9e3779b97f4a7c15
	z := r.s
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n returns a number from 0 to k−1.
func (r *rng) n(k int) int {
	hi, _ := bits.Mul64(r.next(), uint64(k))
	return int(hi)
}

// in returns a number from lo to hi, both included.
func (r *rng) in(lo, hi int) int { return lo + r.n(hi-lo+1) }

// chance is true in perMille of a thousand draws.
func (r *rng) chance(perMille int) bool { return r.n(1000) < perMille }

// pick returns one of xs.
func pick[T any](r *rng, xs []T) T { return xs[r.n(len(xs))] }

// quota chooses exactly want of total things that pass one by one (Knuth, TAOCP 2, 3.4.2, algorithm S).
type quota struct{ want, left int }

func (q *quota) take(r *rng) bool {
	if q.left <= 0 {
		return false
	}
	ok := r.n(q.left) < q.want
	q.left--
	if ok {
		q.want--
	}
	return ok
}

// apportion divides total by weights with the largest remainders; equal remainders go to the lower index.
func apportion(total int, weights []int) []int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	out := make([]int, len(weights))
	if sum == 0 {
		return out
	}
	rest := make([]int, len(weights))
	left := total
	for i, w := range weights {
		out[i] = total * w / sum
		rest[i] = total * w % sum
		left -= out[i]
	}
	for _, i := range descending(rest)[:left] {
		out[i]++
	}
	return out
}
