package rule

import (
	"maps"
	"slices"
	"strconv"

	"lianxin/planner"
)

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
		in.Targets = append(in.Targets, &Target{Code: string(code), Area: code, name: planner.Both(l.place(code)), Place: l.place(code), Size: size[code],
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

// Served reports whether the village was one of unit j's before. Of the tier of units alone.
func (in *Instance) Served(i, j int) bool { return in.Cadres[j].Unit.serves[in.Targets[i].village] }

// Kept reports whether unit j's link with village i stays whatever the plan: it was there before, and no rule forbids it.
func (in *Instance) Kept(i, j int) bool {
	return in.Served(i, j) && in.forbidden(Pair{in.Cadres[j], in.Targets[i]}) == nil
}
