package pairing

import (
	"slices"

	"lianxin/planner"
)

// unitNode is a node of the proof: a leaf, or a link left out (first kid) and taken (second).
type unitNode struct {
	parent *unitNode
	v, u   int // the link that the parent decided
	as     int8
	pi     []int64
	r      relaxed
	kids   []*unitNode
}

func (n *unitNode) decided(v, u int) int8 {
	for ; n != nil && n.parent != nil; n = n.parent {
		if n.v == v && n.u == u {
			return n.as
		}
	}
	return linkOpen
}

// branch splits the leaf with the lowest bound until the gap is closed or the work is done.
func (s *unitSearch) branch(root *unitNode, try bool) error {
	leaves := []*unitNode{root}
	for len(leaves) < unitLeaves && s.spent+2*branchRounds*s.cells <= unitCells {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		k := 0
		for i, n := range leaves {
			if n.r.bound < leaves[k].r.bound {
				k = i
			}
		}
		n := leaves[k]
		if n.r.bound >= s.best.price {
			return nil
		}
		v, u := s.link(n)
		if v < 0 {
			return nil
		}
		for _, as := range []int8{linkOut, linkIn} {
			kid := &unitNode{parent: n, v: v, u: u, as: as, pi: slices.Clone(n.pi)}
			kid.r = s.relax(kid.pi, kid.decided)
			s.spent += s.cells
			_, pi, err := s.spread(kid, unitSmall)
			if err != nil {
				return err
			}
			if pi != nil {
				if r := s.relax(pi, kid.decided); r.bound > kid.r.bound {
					kid.pi, kid.r = pi, r
				}
				s.spent += s.cells
			}
			s.climb(kid, branchRounds, try)
			n.kids = append(n.kids, kid)
		}
		leaves[k] = n.kids[0]
		leaves = append(leaves, n.kids[1])
	}
	return nil
}

// link chooses what to decide next: of the unit that is asked for too much, or else too little, the open link with most households;
// of none, any open link that the best plan and the relaxation see differently.
func (s *unitSearch) link(n *unitNode) (bv, bu int) {
	bv, bu = -1, -1
	best := 0
	for v, some := range n.r.take {
		take := make([]int, len(s.cap))
		for _, t := range some {
			take[t.u] = t.n
		}
		for u, x := range take {
			if s.fixed[v][u] < 0 || n.decided(v, u) != linkOpen {
				continue
			}
			w := 0
			if over := n.r.load[u] - s.cap[u]; over > 0 && x > 0 {
				w = 1000*over + x
			} else if (x > 0) != slices.Contains(s.best.units[v], u) {
				w = 2 + x
			} else if s.cap[u] > 0 { // as good as any
				w = 1
			}
			if w > best {
				best, bv, bu = w, v, u
			}
		}
	}
	return bv, bu
}

// lowest is the bound that a node and all below it prove.
func (n *unitNode) lowest() int64 {
	if n.kids == nil {
		return n.r.bound
	}
	return max(n.r.bound, min(n.kids[0].lowest(), n.kids[1].lowest()))
}

// branches writes the proof, parents first. Where the kids prove no more than the node itself, it is a leaf.
func (n *unitNode) branches() (bs []planner.Branch) {
	if n.kids == nil || n.lowest() == n.r.bound {
		b := planner.Branch{Leaf: true}
		for _, x := range n.pi {
			b.Potentials = append(b.Potentials, planner.Seconds(x))
		}
		return []planner.Branch{b}
	}
	bs = []planner.Branch{{Unit: n.kids[0].u, Village: n.kids[0].v}}
	return append(append(bs, n.kids[0].branches()...), n.kids[1].branches()...)
}
