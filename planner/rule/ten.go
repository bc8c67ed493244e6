package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lianxin/planner"
)

// tens cuts the households of each village into runs of about ten neighbours, by group and code. Groups with fewer than ten
// are taken together with the next of the village; what then lies together is cut into as many runs as come nearest to
// ten each, the longer ones first, none differing by more than one.
func (l *layer) tens() (ts []*Target) {
	of := map[planner.AreaCode][]*planner.Household{}
	for i := range l.q.Roster.Households {
		if h := &l.q.Roster.Households[i]; h.Served() {
			area := h.Group
			if area == "" {
				area = h.Village
			}
			of[area] = append(of[area], h)
		}
	}
	var blocks [][]planner.AreaCode // groups taken together
	homes := 0                      // of the last block
	for _, area := range slices.Sorted(maps.Keys(of)) {
		last := len(blocks) - 1
		if last >= 0 && homes < tenNeighbours && blocks[last][0].Village() == area.Village() {
			blocks[last] = append(blocks[last], area)
			homes += len(of[area])
			continue
		}
		blocks, homes = append(blocks, []planner.AreaCode{area}), len(of[area])
	}
	for k := len(blocks) - 1; k > 0; k-- { // a small rest of a village goes to the block before
		n := 0
		for _, area := range blocks[k] {
			n += len(of[area])
		}
		if n < tenNeighbours/2 && blocks[k-1][0].Village() == blocks[k][0].Village() {
			blocks[k-1] = append(blocks[k-1], blocks[k]...)
			blocks = slices.Delete(blocks, k, k+1)
		}
	}
	for _, areas := range blocks {
		var hs []*planner.Household
		for _, area := range areas {
			slices.SortFunc(of[area], compareHouseholds)
			hs = append(hs, of[area]...)
		}
		ts = append(ts, l.cut(areas[0], hs)...)
	}
	return ts
}

// cut makes the tens of one block, which is known by its first area.
func (l *layer) cut(area planner.AreaCode, hs []*planner.Household) (ts []*Target) {
	runs := max(1, (len(hs)+tenNeighbours/2)/tenNeighbours)
	total := len(hs)
	for k := range runs {
		n := total / runs
		if k < total%runs {
			n++
		}
		code := fmt.Sprintf("%s#%02d", area, k+1)
		t := &Target{Code: code, Area: planner.AreaCode(code), No: k + 1, Size: n, Place: l.place(area), village: l.villages[area.Village()]}
		if hs[0].Group != "" {
			t.group, t.Place = l.groups[hs[0].Group], l.place(hs[0].Group)
		}
		t.upper = t.group
		t.name = planner.Text{ZH: fmt.Sprintf("%s第%d个十户", l.place(area), k+1), EN: fmt.Sprintf("ten no. %d of %s", k+1, l.place(area))}
		for _, h := range hs[:n] {
			t.Members = append(t.Members, h.ID)
		}
		hs = hs[n:]
		ts = append(ts, t)
	}
	return ts
}

// TenArea is the group, or the village where there are none, of a ten whose area reads like 411281001001-03#02.
func TenArea(code planner.AreaCode) planner.AreaCode {
	area, _, _ := strings.Cut(string(code), "#")
	return planner.AreaCode(area)
}
