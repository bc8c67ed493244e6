package flow

// heap is a 4-ary heap of distance and sink or row in one word, distance first, so that equals leave in the order of the
// numbers.
type heap []int64

func key(d, j int32) int64 { return int64(d)<<32 | int64(uint32(j)) }

func (h *heap) push(x int64) {
	a := append(*h, x)
	k := len(a) - 1
	for k > 0 {
		up := (k - 1) >> 2
		if a[up] <= x {
			break
		}
		a[k] = a[up]
		k = up
	}
	a[k] = x
	*h = a
}

// pop takes the least; the heap must not be empty.
func (h *heap) pop() int64 {
	a := *h
	top := a[0]
	n := len(a) - 1
	x := a[n]
	a = a[:n]
	*h = a
	k := 0
	for {
		c := k<<2 + 1
		if c >= n {
			break
		}
		e := min(c+4, n)
		least, v := c, a[c]
		for c++; c < e; c++ {
			if a[c] < v {
				least, v = c, a[c]
			}
		}
		if v >= x {
			break
		}
		a[k] = v
		k = least
	}
	if n > 0 {
		a[k] = x
	}
	return top
}
