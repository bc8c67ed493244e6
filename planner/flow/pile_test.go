package flow

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A pile gives every link below a limit, in order, however links come in and however far it is asked.
func TestAPileGivesItsLinksInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for range 2000 {
		var p pile
		p.clear()
		var keys []int32
		for range 1 + r.IntN(12) {
			for range r.IntN(20) {
				x := link{key: r.Int32N(60) - 20, by: int32(len(keys))}
				keys = append(keys, x.key)
				if r.IntN(2) == 0 {
					p.put(x)
				} else if x.key >= p.others() || p.near == 0 {
					p.add(x)
				} else {
					p.put(x) // what is read already may only be put
				}
			}
			limit := r.Int32N(70) - 25
			var got []int32
			for k := 0; ; k++ {
				if k == p.near {
					if p.others() >= limit {
						break
					}
					p.draw(min(limit, p.others()+1+r.Int32N(10)), r.Int32N(30))
				}
				if p.list[k].key >= limit {
					break
				}
				got = append(got, p.list[k].key)
			}
			slices.Sort(keys)
			var want []int32
			for _, k := range keys {
				if k < limit {
					want = append(want, k)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("below %d the pile gives %v, want %v", limit, got, want)
			}
		}
		if len(p.list) != len(keys) {
			t.Fatalf("%d links of %d are left", len(p.list), len(keys))
		}
	}
}
