package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"lianxin/planner"
)

// BlockProofs are the raw inputs of the blocks of the tier of households; nil if it is one block or another tier.
func (in *Instance) BlockProofs() (ps []planner.BlockProof) {
	if in.Tier != planner.TierHousehold {
		return nil
	}
	blocks := in.Blocks()
	if len(blocks) < 2 {
		return nil
	}
	for _, b := range blocks {
		if len(b.Targets) > 0 {
			ps = append(ps, in.BlockProof(b))
		}
	}
	return ps
}

// BlockProof is the raw input of one block of the tier of households: of its cadres and targets, and of these alone, all that prices
// and rules read, by codes. It is the same whatever else of the roster was laid out.
func (in *Instance) BlockProof(b Block) planner.BlockProof {
	h := sha256.New()
	villages, groups := map[int32]planner.AreaCode{}, map[int32]planner.AreaCode{}
	counties := map[planner.AreaCode]bool{}
	for _, i := range b.Targets {
		t := in.Targets[i]
		villages[t.village], groups[t.group] = t.Household.Village, t.Household.Group
		counties[t.Household.Village.County()] = true
	}
	here := map[*Cadre]bool{}
	unit := map[planner.UnitID]string{}
	for _, j := range b.Cadres {
		c := in.Cadres[j]
		here[c], unit[c.Unit.ID] = true, c.Unit.Code
	}
	byVillage, byGroup := slices.Sorted(maps.Keys(villages)), slices.Sorted(maps.Keys(groups)) // in the order of codes: see [layer.places]
	within := func(numbers []int32, of map[int32]planner.AreaCode) (codes []planner.AreaCode) {
		for _, n := range numbers {
			if code, ok := of[n]; ok {
				codes = append(codes, code)
			}
		}
		return codes
	}
	code := func(c *Cadre) string {
		if c == nil || !here[c] {
			return ""
		}
		return c.Code
	}
	fmt.Fprintf(h, "lianxin block 1\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\n", in.Tier, in.q.Valid.From, in.q.Valid.Until, in.q.bookHash(), in.q.Preset.ID)
	for _, v := range byVillage {
		fmt.Fprintf(h, "village\x1f%s\n", villages[v])
	}
	seen := map[*Unit]bool{}
	var roads []byte
	for _, j := range b.Cadres {
		c := in.Cadres[j]
		if u := c.Unit; !seen[u] {
			seen[u] = true
			roads = roads[:0]
			for _, v := range byVillage {
				road := byte(u.travel[v]) // at most [beyondCountyMin]
				if u.serves[v] {
					road |= 1 << 7
				}
				roads = append(roads, road)
			}
			fmt.Fprintf(h, "unit\x1f%s\x1f%s\x1f%t\x1f%t\x1f%x", u.Code, u.Area, u.linked, u.follows, roads)
			for _, g := range byGroup {
				if u.upper != nil && u.upper[g] {
					fmt.Fprintf(h, "\x1f%s", groups[g])
				}
			}
			fmt.Fprintln(h)
		}
		fmt.Fprintf(h, "cadre\x1f%s\x1f%s\x1f%t\x1f%d\x1f%d\x1f%d\x1f%s\x1f%v\x1f%t\x1f%v\x1f%v\x1f%v\x1f%v\n", c.Code, c.Unit.Code, c.Away, c.Share, c.Cap, c.skills, villages[c.native],
			within(c.off, villages), c.ground != nil, within(c.ground, groups), within(c.teams, villages), within(c.likes, villages), within(c.likesGroup, groups))
	}
	for _, u := range in.UnitCaps {
		if c := in.Cadres[u.Cadres[0]]; here[c] {
			fmt.Fprintf(h, "cap\x1f%s\x1f%d\x1f%d\n", c.Unit.Code, u.Most, u.Least)
		}
	}
	for _, i := range b.Targets {
		t := in.Targets[i]
		fmt.Fprintf(h, "target\x1f%s\x1f%s\x1f%d\x1f%s\x1f%s\x1f%t\x1f%d\x1f%s", t.Code, t.Area, t.needs, code(t.Last), code(t.Pin), t.Was != "", t.team, unit[t.cover])
		for _, c := range t.recused {
			if here[c] {
				fmt.Fprintf(h, "\x1f%s", c.Code)
			}
		}
		for _, c := range t.wished {
			if here[c] {
				fmt.Fprintf(h, "\x1fwish %s", c.Code)
			}
		}
		if here[t.another] {
			fmt.Fprintf(h, "\x1fnot %s", t.another.Code)
		}
		fmt.Fprintln(h)
	}
	return planner.BlockProof{Counties: slices.Sorted(maps.Keys(counties)), Share: in.share, Instance: hex.EncodeToString(h.Sum(nil))}
}
