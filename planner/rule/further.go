package rule

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
)

// Second says how a practice has second responsible persons 第二责任人. The zero Second has none.
type Second struct {
	Most int        // households of one second person
	Unit SecondUnit // of which unit they are
}

// SecondUnit ties the second person's unit to the first's.
type SecondUnit string

const (
	SecondAny       SecondUnit = ""          // no matter
	SecondDifferent SecondUnit = "different" // another than the first's, so that one unit's busy season leaves nobody alone
	SecondSame      SecondUnit = "same"      // the first's, so that a colleague relays
)

// tenNeighbours is how many households one 十户调解员 looks after, about.
const tenNeighbours = 10

// Further reports whether a question has a further tier: units and second persons by the practice, helpers if the roster has
// any.
func (q Question) Further(t planner.Tier) bool {
	switch t {
	case planner.TierUnit:
		return q.Preset.Units
	case planner.TierSecond:
		return q.second().Most > 0
	case planner.TierVolunteer:
		return q.helps(planner.HelperVolunteer)
	case planner.TierTen:
		return q.helps(planner.HelperMediator)
	}
	return false
}

func (q Question) helps(kind planner.HelperKind) bool {
	return slices.ContainsFunc(q.Roster.Helpers, func(h planner.Helper) bool { return h.Kind == kind && h.Serves(q.Valid.From) })
}

// Serving is the question with the villages that units serve under a plan, for the tiers that read them.
func (q Question) Serving(links []planner.Link) Question {
	q.serving = nil
	if !q.Further(planner.TierUnit) {
		return q
	}
	q.serving = map[planner.UnitID][]planner.AreaCode{}
	for _, l := range links {
		if l.Tier == planner.TierUnit {
			q.serving[l.Unit] = append(q.serving[l.Unit], l.Area)
		}
	}
	return q
}

// further reports whether a tier is none of the three of [planner.Tiers].
func further(t planner.Tier) bool { return slices.Contains(planner.FurtherTiers, t) }

// ofHouseholds reports whether a tier's targets are single households.
func ofHouseholds(t planner.Tier) bool {
	return t == planner.TierHousehold || t == planner.TierSecond || t == planner.TierVolunteer
}

// layUnits lays the tier of units: its "cadres" are the units that have cadres for households, with the sum of their places,
// its targets the villages with the number of their consenting households. Roads are from where the unit sits.
func (l *layer) layUnits(in *Instance) error {
	q := l.q
	q.serving = nil
	homes, err := Lay(q, planner.TierHousehold, nil)
	if err != nil {
		return err
	}
	size := map[planner.AreaCode]int{}
	for _, t := range homes.Targets {
		size[t.Household.Village]++
	}
	places := map[planner.UnitID]int{}
	for _, c := range homes.Cadres {
		places[c.Unit.ID] += c.Cap
	}
	for _, u := range homes.UnitCaps {
		id := homes.Cadres[u.Cadres[0]].Unit.ID
		places[id] = min(places[id], u.Most)
	}
	for _, code := range slices.Sorted(maps.Keys(size)) {
		in.Targets = append(in.Targets, &Target{Code: string(code), Area: code, Name: planner.Both(l.place(code)), Place: l.place(code), Size: size[code],
			village: l.villages[code], upper: l.villages[code]})
	}
	var last map[planner.UnitID][]planner.AreaCode // links of last period's plan, if it had any
	if l.q.Last != nil {
		for _, k := range l.q.Last.LinksOf(planner.TierUnit) {
			if last == nil {
				last = map[planner.UnitID][]planner.AreaCode{}
			}
			last[k.Unit] = append(last[k.Unit], k.Area)
		}
	}
	room := 0
	for _, u := range l.q.Roster.Units {
		if places[u.ID] == 0 {
			continue
		}
		old := u.Villages
		if last != nil {
			old = last[u.ID]
		}
		u.Villages = nil // roads begin at the seat
		x := l.unit(u)
		for _, v := range old {
			if at, ok := l.villages[v]; ok {
				x.serves[at], x.linked = true, true
			}
		}
		in.Cadres = append(in.Cadres, &Cadre{Cadre: planner.Cadre{ID: planner.CadreID(u.ID), Code: u.Code, Name: u.Name, Unit: u.ID, Active: true}, Unit: x, Cap: places[u.ID], native: -1})
		room += places[u.ID]
	}
	byCodeThenID(in.Cadres)
	for _, c := range in.Cadres {
		c.Share = min(c.Cap, (c.Cap*len(homes.Targets)+room-1)/room)
	}
	return nil
}

// helperCadres lists a tier's helpers as the rules see them. Their road begins at their own village.
func (l *layer) helperCadres() (cs []*Cadre) {
	kind := planner.HelperVolunteer
	if l.tier == planner.TierTen {
		kind = planner.HelperMediator
	}
	for _, h := range l.q.Roster.Helpers {
		if h.Kind != kind || !h.Serves(l.q.Valid.From) {
			continue
		}
		v := h.Area.Village()
		c := &Cadre{Cadre: planner.Cadre{ID: planner.CadreID(h.ID), Code: h.Code, Name: h.Name, Skills: h.Skills, Capacity: h.Capacity, Active: true},
			Unit: l.unit(planner.Unit{Name: l.place(h.Area), Area: v}), skills: needBits(h.Skills), native: -1, home: -1, Cap: max(1, h.Capacity)}
		if at, ok := l.villages[v]; ok {
			c.home = at
		}
		if h.Area != v {
			c.homeGroup = l.groups[h.Area]
		}
		c.Share = c.Cap
		cs = append(cs, c)
	}
	return cs
}

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
		t.Name = planner.Text{ZH: fmt.Sprintf("%s第%d个十户", l.place(area), k+1), EN: fmt.Sprintf("ten no. %d of %s", k+1, l.place(area))}
		for _, h := range hs[:n] {
			t.Members = append(t.Members, h.ID)
		}
		hs = hs[n:]
		ts = append(ts, t)
	}
	return ts
}

// joinFurther ties a further tier's targets to the first persons, to last period's and to the wishes.
func (l *layer) joinFurther(in *Instance, upper []planner.Pairing) {
	byHousehold := map[planner.HouseholdID]*Target{}
	for _, t := range in.Targets {
		if t.Household != nil {
			byHousehold[t.Household.ID] = t
		}
	}
	if l.tier == planner.TierSecond {
		for _, p := range upper {
			if t := byHousehold[p.Household]; t != nil && p.Household != "" {
				t.first = p.Cadre
				if c := l.everyone[p.Cadre]; c != nil {
					t.firstUnit = c.Unit
				}
			}
		}
	}
	if l.q.Last == nil {
		return
	}
	had := map[planner.HouseholdID]planner.CadreID{} // of a ten
	for _, k := range l.q.Last.Links {
		switch {
		case k.Tier != l.tier:
		case l.tier == planner.TierTen:
			for _, h := range k.Members {
				had[h] = planner.CadreID(k.Helper)
			}
		case k.Household != "":
			if t := byHousehold[k.Household]; t != nil {
				t.Was = planner.CadreID(k.Who())
				t.Last = l.byID[t.Was]
			}
		}
	}
	if l.tier != planner.TierTen {
		return
	}
	for _, t := range in.Targets { // whoever had most of them; of equals the first by ID
		votes := map[planner.CadreID]int{}
		for _, h := range t.Members {
			if c := had[h]; c != "" {
				votes[c]++
			}
		}
		for _, c := range slices.Sorted(maps.Keys(votes)) {
			if votes[c] > votes[t.Was] {
				t.Was = c
			}
		}
		t.Last = l.byID[t.Was]
	}
}

// wishes ties what households and cadres would like to the tier of households.
func (l *layer) wishes(byHousehold map[planner.HouseholdID]*Target) {
	if l.tier != planner.TierHousehold {
		return
	}
	for _, w := range l.q.Roster.Wishes {
		t, c := byHousehold[w.Household], l.byID[w.Cadre]
		switch {
		case w.Household != "" && t == nil:
		case w.Household != "" && w.Cadre != "":
			if c != nil && !slices.Contains(t.wished, c) {
				t.wished = append(t.wished, c)
			}
		case w.Household != "":
			t.another = l.byID[t.Was]
		case c == nil:
		case w.Area == w.Area.Village():
			if v, ok := l.villages[w.Area]; ok {
				c.likes = append(c.likes, v)
			}
		default:
			if g, ok := l.groups[w.Area]; ok {
				c.likesGroup = append(c.likesGroup, g)
			}
		}
	}
	for _, t := range byHousehold {
		slices.SortFunc(t.wished, func(a, b *Cadre) int { return compareCadres(a, b) })
		if t.another != nil && t.Last == t.another {
			t.Last, t.Former = nil, planner.Reason{Rule: AnotherPlease.ID, Private: true, Say: AnotherPlease.Say.Fill("target", t.Name.ZH, "cadre", t.another.Name)}
		}
	}
	for _, c := range l.byID {
		slices.Sort(c.likes)
		slices.Sort(c.likesGroup)
	}
}

// Fixed is what linking unit j with village i costs once, Each what each of the village's households adds; ok is false if
// a rule forbids the link. Of the tier of units alone.
func (in *Instance) Fixed(i, j int) (fixed, each planner.Seconds, ok bool) {
	p := Pair{in.Cadres[j], in.Targets[i]}
	if in.forbidden(p) != nil {
		return 0, 0, false
	}
	for k := range in.prices {
		r := &in.prices[k]
		if !r.When(p) {
			continue
		}
		if r.Once {
			fixed += r.cost(p)
		} else {
			each += r.cost(p)
		}
	}
	return fixed, each, true
}

// UnitReasons are the parts of the price of unit j's link with village i for n of its households, when the unit has had
// before. They add up to Fixed + n·Each + the prices of the unit's places before+1 … before+n.
func (in *Instance) UnitReasons(i, j, n, before int) (rs []planner.Reason) {
	p := Pair{in.Cadres[j], in.Targets[i]}
	for k := range in.prices {
		r := &in.prices[k]
		if !r.When(p) || r.cost(p) == 0 {
			continue
		}
		x := in.reason(r, p)
		if !r.Once && n == 0 {
			continue
		}
		if !r.Once {
			x.Price *= planner.Seconds(n)
			x.Say = planner.Text{ZH: x.Say.ZH + "，" + strconv.Itoa(n) + "户", EN: x.Say.EN + ", " + strconv.Itoa(n) + " households"}
		}
		rs = append(rs, x)
	}
	for k := range in.loads {
		r := &in.loads[k]
		var sum planner.Seconds
		for m := before + 1; m <= before+n; m++ {
			sum += r.Next(r.Price, in.Cadres[j], m).Seconds()
		}
		if sum != 0 {
			rs = append(rs, planner.Reason{Rule: r.ID, Price: sum, Say: r.words(in.Cadres[j], before+n)})
		}
	}
	return rs
}

// TenArea is the group, or the village where there are none, of a ten whose area reads like 411281001001-03#02.
func TenArea(code planner.AreaCode) planner.AreaCode {
	area, _, _ := strings.Cut(string(code), "#")
	return planner.AreaCode(area)
}

// Served reports whether the village was one of unit j's before. Of the tier of units alone.
func (in *Instance) Served(i, j int) bool { return in.Cadres[j].Unit.serves[in.Targets[i].village] }

// Kept reports whether unit j's link with village i stays whatever the plan: it was there before, and no rule forbids it.
func (in *Instance) Kept(i, j int) bool {
	return in.Served(i, j) && in.forbidden(Pair{in.Cadres[j], in.Targets[i]}) == nil
}

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
