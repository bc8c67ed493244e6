package rule

import (
	"cmp"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// join ties targets to cadres: recusals, pins, last period.
func (l *layer) join(in *Instance) error {
	byHousehold := map[planner.HouseholdID]*Target{}
	byArea := map[planner.AreaCode]*Target{}
	for _, t := range in.Targets {
		if t.Household != nil {
			byHousehold[t.Household.ID] = t
		} else {
			byArea[t.Area] = t
		}
	}
	for _, r := range l.q.Roster.Recusals {
		c := l.byID[r.Cadre]
		if c == nil {
			continue
		}
		if r.Household == "" {
			if v, ok := l.villages[r.Village]; ok {
				c.off = append(c.off, v)
			}
		} else if t := byHousehold[r.Household]; t != nil {
			t.recused = append(t.recused, c)
		}
	}
	if l.tier == planner.TierHousehold {
		for _, p := range l.q.Pins {
			t, c := byHousehold[p.Household], l.byID[p.Cadre]
			if t == nil || c == nil || t.Pin != nil && t.Pin != c {
				return l.badPin(p, t, c)
			}
			t.Pin = c
		}
	}
	if l.q.Last != nil {
		for _, p := range l.q.Last.Pairings {
			if p.Tier != l.tier {
				continue
			}
			if was := l.everyone[p.Cadre]; was != nil && l.tier == planner.TierHousehold && was.Active && coveredIn(was, l.q.Valid) {
				if t := byHousehold[p.Household]; t != nil {
					t.cover = was.Unit
				}
			}
			t, c := byArea[p.Area], l.byID[p.Cadre]
			if p.Household != "" {
				t = byHousehold[p.Household]
				if h := l.households[p.Household]; c != nil && h != nil && h.Group != "" {
					if g := l.groups[h.Group]; !slices.Contains(c.ground, g) {
						c.ground = append(c.ground, g)
					}
				}
			}
			if t != nil {
				t.Was, t.Last = p.Cadre, c
			}
		}
	}
	l.wishes(byHousehold)
	for _, c := range in.Cadres {
		slices.Sort(c.off)
		slices.Sort(c.ground)
	}
	for _, t := range in.Targets {
		slices.SortFunc(t.recused, func(a, b *Cadre) int { return cmp.Compare(a.Code, b.Code) })
		switch {
		case t.Was == "" || t.Former != nil:
		case t.Last == nil:
			t.Former = &planner.Reason{Rule: "not-in-post", Private: true, Say: notInPost}
			if x := l.everyone[t.Was]; x != nil {
				t.Former.Say = notInPostNamed.Fill("cadre", x.Name)
			}
		default:
			// A pin to somebody else is a choice: the change keeps its price.
			if r := in.forbidden(Pair{t.Last, t}); r != nil && r.ID != Pinned.ID {
				why := in.reason(r, Pair{t.Last, t})
				why.Private = true
				t.formerly = in.saidBefore(r, Pair{t.Last, t})
				t.Former = &why
				t.Last = nil
			}
		}
	}
	return nil
}

var (
	notInPost      = planner.Text{ZH: "上期干部已不在名册", EN: "last period's cadre is no longer in the roster"}
	notInPostNamed = planner.Text{ZH: "上期干部{cadre}已调离或不再承担这项联系", EN: "last period's cadre {cadre} has moved on or no longer serves this tier"}
)

// badPin says why a pin cannot be read.
func (l *layer) badPin(p planner.Pin, t *Target, c *Cadre) error {
	cadre, household := string(p.Cadre), string(p.Household)
	if x := l.everyone[p.Cadre]; x != nil {
		cadre = x.Code
	}
	if h := l.households[p.Household]; h != nil {
		household = h.Code
	}
	switch {
	case t == nil:
		return planner.Fail(planner.Invalid, "锁定的"+household+"户不在册或未同意结对，请取消该锁定。", "the pinned household "+household+" is not in the roster or has not agreed; drop the pin.")
	case c == nil:
		return planner.Fail(planner.Invalid, "锁定的干部"+cadre+"不在岗或不是一般干部，请取消该锁定。", "the pinned cadre "+cadre+" is not in post or not of staff rank; drop the pin.")
	}
	return planner.Fail(planner.Invalid, household+"户锁定给了两名干部，请只留一个。", "household "+household+" is pinned to two cadres; keep one.")
}

// coveredIn reports whether others look after the cadre's households for a while in the span.
func coveredIn(c *planner.Cadre, s civil.Span) bool {
	x := planner.Cadre{}
	for _, l := range c.Leaves {
		if l.Cover {
			x.Leaves = append(x.Leaves, l)
		}
	}
	return x.LongLeaveIn(s)
}
