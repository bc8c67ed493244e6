package rule

import (
	"maps"
	"slices"

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
			t.formerly = []planner.Text{AnotherPlease.Say.Fill("target", t.Name().ZH)} // until 2026-11 the English sentence had the Chinese name
			t.Last, t.Former = nil, &planner.Reason{Rule: AnotherPlease.ID, Private: true, Say: planner.Text{ZH: AnotherPlease.Say.Fill("target", t.Name().ZH).ZH, EN: AnotherPlease.Say.Fill("target", t.Name().EN).EN}}
		}
	}
	for _, c := range l.byID {
		slices.Sort(c.likes)
		slices.Sort(c.likesGroup)
	}
}
