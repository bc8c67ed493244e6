package rule

import (
	"slices"

	"lianxin/planner"
)

// DealAsPresent deals the caps of units out to their cadres, each keeping room for what they have now as far as caps allow.
// It is what a replan plans with.
func (in *Instance) DealAsPresent() {
	if len(in.UnitCaps) == 0 {
		return
	}
	column := map[planner.CadreID]int{}
	for j, c := range in.Cadres {
		column[c.ID] = j
	}
	load := make([]int, len(in.Cadres))
	for _, t := range in.Targets {
		if j, ok := column[t.Was]; ok && load[j] < in.Cadres[j].Cap {
			load[j]++
		}
	}
	for _, u := range in.UnitCaps {
		sum := 0
		for _, j := range u.Cadres {
			if load[j] = min(load[j], u.Most-sum); load[j] < 0 {
				load[j] = 0
			}
			sum += load[j]
		}
	}
	in.Deal(load)
}

// Capped reports whether cadre j's unit is capped and its cadres' caps use the cap up, so that giving the cadre more places
// gives the unit none.
func (in *Instance) Capped(j int) bool {
	for _, u := range in.UnitCaps {
		if !slices.Contains(u.Cadres, int32(j)) {
			continue
		}
		room := 0
		for _, k := range u.Cadres {
			room += in.Cadres[k].Cap
		}
		return room >= u.Most
	}
	return false
}

// Deal turns the caps of units into caps of their cadres, for whoever knows no others: each keeps room for what they have in
// load, and what is left is dealt out evenly. With the loads of an optimal placement that placement stays optimal.
// UnitCaps stays, to tell whose caps must not be raised.
func (in *Instance) Deal(load []int) {
	for _, u := range in.UnitCaps {
		var cs []*Cadre
		left := u.Most
		for _, j := range u.Cadres {
			c := *in.Cadres[j] // a copy to deal on
			if load != nil {
				c.Cap -= load[j]
				left -= load[j]
			}
			cs = append(cs, &c)
		}
		deal(cs, max(0, left))
		for k, j := range u.Cadres {
			in.Cadres[j].Cap = cs[k].Cap
			if load != nil {
				in.Cadres[j].Cap += load[j]
			}
		}
	}
}

// DealLeast turns the lower bounds of units into bounds of their cadres likewise: of a unit that has no more than its fewest,
// each cadre has to keep what they have in load.
func (in *Instance) DealLeast(load []int) {
	for _, u := range in.UnitCaps {
		have := 0
		for _, j := range u.Cadres {
			have += load[j]
		}
		for _, j := range u.Cadres {
			if have <= u.Least {
				in.Cadres[j].Least = load[j]
			}
		}
	}
}

// deal lowers caps to a sum of at most most: the highest level at which the sum fits, and what is left one each in order.
func deal(cs []*Cadre, most int) {
	sum := func(level int) (s int) {
		for _, c := range cs {
			s += min(level, c.Cap)
		}
		return s
	}
	top := 0
	for _, c := range cs {
		top = max(top, c.Cap)
	}
	if sum(top) <= most {
		return
	}
	level := 0
	for sum(level+1) <= most {
		level++
	}
	left := most - sum(level)
	for _, c := range cs {
		if c.Cap > level {
			c.Cap = level
			if left > 0 {
				c.Cap++
				left--
			}
		}
	}
}
