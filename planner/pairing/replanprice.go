package pairing

import "math"

// triple is a price of a replan: how many are left without a cadre, how many change theirs, seconds. Triples are added
// part by part and compared from the left; the parts are never folded into one number by weights. Triples form an ordered
// group, which is all that shortest paths and weak duality need.
type triple struct {
	left, changed, secs int64
}

// beyond is more than any price; it is compared, never added to.
var beyond = triple{left: math.MaxInt64}

func (a triple) plus(b triple) triple {
	return triple{a.left + b.left, a.changed + b.changed, a.secs + b.secs}
}

func (a triple) minus(b triple) triple {
	return triple{a.left - b.left, a.changed - b.changed, a.secs - b.secs}
}

func (a triple) less(b triple) bool {
	if a.left != b.left {
		return a.left < b.left
	}
	if a.changed != b.changed {
		return a.changed < b.changed
	}
	return a.secs < b.secs
}
