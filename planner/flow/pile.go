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

// pile is a list of links of which only the near ones are in order: list[:near] ascends by key. The keys of list[near:mid]
// are rest or more and below edge, those of list[mid:] are edge or more, and are not looked at before something so far is
// asked for.
type pile struct {
	list      []link
	near, mid int
	rest      int32 // far if near is mid
	edge      int32
}

// clear empties the pile but keeps its memory.
func (p *pile) clear() { *p = pile{p.list[:0], 0, 0, far, far} }

// others bounds the keys of the links that are not in order.
func (p *pile) others() int32 { return min(p.rest, p.edge) }

// put adds a link.
func (p *pile) put(x link) {
	n := len(p.list)
	p.list = append(p.list, x)
	if x.key >= p.edge {
		return
	}
	p.list[n] = p.list[p.mid] // its own place if there is none so far
	if x.key >= p.rest || p.near == 0 || x.key >= p.list[p.near-1].key {
		p.list[p.mid] = x
		p.mid++
		p.rest = min(p.rest, x.key)
		return
	}
	low, high := 0, p.near
	for low < high {
		if m := (low + high) / 2; p.list[m].key <= x.key {
			low = m + 1
		} else {
			high = m
		}
	}
	p.list[p.mid] = p.list[p.near]
	copy(p.list[low+1:p.near+1], p.list[low:p.near])
	p.list[low] = x
	p.near++
	p.mid++
}

// add adds a link to those farthest.
func (p *pile) add(x link) {
	p.list = append(p.list, x)
	p.edge = min(p.edge, x.key)
}

// draw brings the links of keys below limit into order, and near those that are not much more, by wide at most.
func (p *pile) draw(limit, wide int32) {
	list := p.list
	if limit > p.edge {
		edge, m := limit+wide, p.mid
		p.edge = far
		for k := m; k < len(list); k++ {
			if x := list[k]; x.key < edge {
				list[k], list[m] = list[m], x
				m++
			} else {
				p.edge = min(p.edge, x.key)
			}
		}
		p.mid = m
	}
	p.rest = far
	n := p.near
	middle := list[:p.mid]
	for k := n; k < len(middle); k++ {
		if x := middle[k]; x.key < limit {
			middle[k], middle[n] = middle[n], x
			n++
		} else {
			p.rest = min(p.rest, x.key)
		}
	}
	fresh := list[p.near:n] // no key of these is below those before
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
