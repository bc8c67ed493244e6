package flow

import (
	"cmp"
	"slices"
)

// link is a way between two sinks that a row could go: by is the row, at the sink at the other end, more what it would cost
// more than where it is. The key bounds, from below, more with the price of the sink at the other end added (of links out of
// a sink, while prices rise) or taken off (of links into a sink, while prices fall).
type link struct {
	key  int32
	at   int32
	more int32
	by   int32 // out: nobody is known
}

// pile is a list of links of which only the near ones are in order: list[:near] ascends by key, the keys of the others are
// rest or more.
type pile struct {
	list []link
	near int
	rest int32
}

// clear empties the pile but keeps its memory.
func (p *pile) clear() { p.list, p.near, p.rest = p.list[:0], 0, far }

// put adds a link.
func (p *pile) put(x link) {
	p.list = append(p.list, x)
	if x.key >= p.rest {
		return
	}
	low, high := 0, p.near
	for low < high {
		if mid := (low + high) / 2; p.list[mid].key <= x.key {
			low = mid + 1
		} else {
			high = mid
		}
	}
	p.list[len(p.list)-1] = p.list[p.near] // its own place if all are near
	copy(p.list[low+1:p.near+1], p.list[low:p.near])
	p.list[low] = x
	p.near++
}

// add adds a link to those that are not in order.
func (p *pile) add(x link) {
	p.list = append(p.list, x)
	p.rest = min(p.rest, x.key)
}

// draw brings the links of keys below limit into order.
func (p *pile) draw(limit int32) {
	p.rest = far
	n := p.near
	for k := n; k < len(p.list); k++ {
		if x := p.list[k]; x.key < limit {
			p.list[k], p.list[n] = p.list[n], x
			n++
		} else {
			p.rest = min(p.rest, x.key)
		}
	}
	fresh := p.list[p.near:n] // no key of these is below those before
	p.near = n
	if len(fresh) > 48 {
		slices.SortFunc(fresh, func(a, b link) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.by, b.by)) })
		return
	}
	for k := 1; k < len(fresh); k++ {
		x, n := fresh[k], k
		for n > 0 && fresh[n-1].key > x.key {
			fresh[n] = fresh[n-1]
			n--
		}
		fresh[n] = x
	}
}
