package pairing

import (
	"cmp"
	"maps"
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// Apply is the input with what the way takes back: recusals, leaves, pins and rules. Places, and who is left out, are not
// in an input; [Way.fit] sets them in the tier.
func (w Way) Apply(in Input) Input {
	for _, e := range w.Lift {
		switch e.Kind {
		case ElementRecusal:
			in.Roster.Recusals = slices.DeleteFunc(slices.Clone(in.Roster.Recusals), func(r planner.Recusal) bool {
				return r.Cadre == e.Cadre && (e.Village != "" && r.Household == "" && r.Village == e.Village || e.Household != "" && r.Household == e.Household)
			})
		case ElementLeave:
			in.Roster.Cadres = slices.Clone(in.Roster.Cadres)
			for k := range in.Roster.Cadres {
				if in.Roster.Cadres[k].ID == e.Cadre {
					in.Roster.Cadres[k].Leaves = nil
				}
			}
		case ElementPin:
			in.Pins = slices.DeleteFunc(slices.Clone(in.Pins), func(p planner.Pin) bool { return p.Household == e.Household })
		case ElementVillage:
			in.teams = slices.DeleteFunc(slices.Clone(in.teams), func(t planner.Team) bool { return t.Village == e.Village })
			in.Book.Limits.Villages = maps.Clone(in.Book.Limits.Villages)
			if in.Book.Limits.Villages == nil {
				in.Book.Limits.Villages = map[planner.AreaCode]int{}
			}
			if in.Book.Limits.Villages[e.Village] = 0; w.teams != nil {
				in.Book.Limits.Villages[e.Village] = e.Cap
			}
		case ElementRule:
			in.Book.Pairs = slices.DeleteFunc(slices.Clone(in.Book.Pairs), func(r rule.PairRule) bool { return r.ID == e.Rule })
		}
	}
	if w.Unit != "" {
		in.Book.Limits.UnitLeast = maps.Clone(in.Book.Limits.UnitLeast)
		in.Book.Limits.UnitLeast[w.Unit] = w.Lower
	}
	return in
}

// settle is the input with the way and the cadres that it found for villages whose caps it lifts.
func (w Way) settle(in Input) Input {
	in = w.Apply(in)
	in.teams = append(slices.Clone(in.teams), w.teams...)
	slices.SortFunc(in.teams, func(a, b planner.Team) int { return cmp.Compare(a.Village, b.Village) })
	return in
}

// fit sets the way's places in a laid tier and takes out whom it leaves out.
func (w Way) fit(inst *rule.Instance) {
	grow(inst, w.Raise)
	for _, p := range w.Places {
		for _, c := range inst.Cadres {
			if c.ID == p.Cadre {
				c.Cap += p.More
			}
		}
	}
	if len(w.Leave) > 0 {
		inst.Targets = slices.DeleteFunc(inst.Targets, func(t *rule.Target) bool {
			return slices.ContainsFunc(w.Leave, func(l Left) bool { return l.Code == t.Code })
		})
	}
}
