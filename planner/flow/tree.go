package flow

import "math"

// box bounds points.
type box struct{ x0, y0, x1, y1 float64 }

var nowhere = box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func around(x, y []float64) box {
	b := nowhere
	for i := range x {
		b = box{min(b.x0, x[i]), min(b.y0, y[i]), max(b.x1, x[i]), max(b.y1, y[i])}
	}
	return b
}

func (b box) join(c box) box {
	return box{min(b.x0, c.x0), min(b.y0, c.y0), max(b.x1, c.x1), max(b.y1, c.y1)}
}

// node is a box of points with a value that bounds theirs: the least price of sinks, or the most that rows pay.
type node struct {
	box
	value int32
}

// tree is a complete binary tree over n points in their order; node 1 is the root, 2k and 2k+1 are the children of k, and
// the leaves hold about leafSize points each.
type boxTree struct {
	n      int
	leaves int // a power of two
	nodes  []node
}

func newBoxTree(n, leafSize int) *boxTree {
	t := &boxTree{n: n, leaves: 1}
	for t.leaves*leafSize < n {
		t.leaves *= 2
	}
	t.nodes = make([]node, 2*t.leaves)
	return t
}

// span is the range of points of leaf k, counted from 0.
func (t *boxTree) span(k int) (from, to int32) {
	return int32(t.n * k / t.leaves), int32(t.n * (k + 1) / t.leaves)
}

// lay makes the boxes.
func (t *boxTree) lay(x, y []float64) {
	for k := range t.leaves {
		from, to := t.span(k)
		t.nodes[t.leaves+k].box = around(x[from:to], y[from:to])
	}
	for k := t.leaves - 1; k > 0; k-- {
		t.nodes[k].box = t.nodes[2*k].box.join(t.nodes[2*k+1].box)
	}
}

// kdOrder sorts points so that the halves of each node of a boxTree with the given number of leaves lie apart.
func kdOrder(x, y []float64, leaves int) (order []int32) {
	n := len(x)
	order = make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	var split func(node, first, count int)
	split = func(node, first, count int) {
		if count == 1 {
			return
		}
		from, mid, to := n*first/leaves, n*(first+count/2)/leaves, n*(first+count)/leaves
		if to-from > 1 {
			b := nowhere
			for _, i := range order[from:to] {
				b = box{min(b.x0, x[i]), min(b.y0, y[i]), max(b.x1, x[i]), max(b.y1, y[i])}
			}
			by, other := x, y
			if b.y1-b.y0 > b.x1-b.x0 {
				by, other = y, x
			}
			choose(order[from:to], mid-from, func(a, b int32) bool {
				if by[a] != by[b] {
					return by[a] < by[b]
				}
				if other[a] != other[b] {
					return other[a] < other[b]
				}
				return a < b
			})
		}
		split(2*node, first, count/2)
		split(2*node+1, first+count/2, count/2)
	}
	split(1, 0, leaves)
	return order
}

// choose orders a so that its first k are less than the others.
func choose(a []int32, k int, less func(a, b int32) bool) {
	for len(a) > 1 && k > 0 && k < len(a) {
		// median of three as the pivot
		m, z := len(a)/2, len(a)-1
		if less(a[m], a[0]) {
			a[m], a[0] = a[0], a[m]
		}
		if less(a[z], a[0]) {
			a[z], a[0] = a[0], a[z]
		}
		if less(a[z], a[m]) {
			a[z], a[m] = a[m], a[z]
		}
		pivot := a[m]
		l, r := 0, z
		for l <= r {
			for less(a[l], pivot) {
				l++
			}
			for less(pivot, a[r]) {
				r--
			}
			if l <= r {
				a[l], a[r] = a[r], a[l]
				l++
				r--
			}
		}
		switch {
		case k <= r:
			a = a[:r+1]
		case k >= l:
			a, k = a[l:], k-l
		default:
			return
		}
	}
}
